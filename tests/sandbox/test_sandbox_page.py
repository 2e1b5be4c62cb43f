"""The page of what was posted."""

import re
from html.parser import HTMLParser

import pytest
import requests
from tests.sandbox.conftest import PAGE, PICTURE, Caller

from wireroom.sandbox import Sandbox

LINK = "https://example.com/2026/11/harbour-lights-come-back"


class Outline(HTMLParser):
    """What a page consists of: addresses it fetches, tags it opens, its text."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag in {"img", "script", "source", "iframe"}:
            self.fetched.append(found.get("src", ""))
        if tag == "link":
            self.fetched.append(found["href"])

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(call: Caller, path: str = "/") -> Outline:
    answer = call.session.get(call.sandbox.url + path, timeout=10)
    outline = Outline()
    outline.feed(answer.text)
    return outline


def test_posts_are_shown_as_readers_see_them(call: Caller) -> None:
    """Text with links as they are displayed, account, card; both platforms."""
    call.control("POST", "/cards", url=LINK, title="Harbour lights", description="They shine again")
    call.post(f"Lights on {LINK} #東京")
    call.feed("Lights on the Page", link=LINK)
    page = _page(call)
    for words in ("Lights on", "example.com/2026/11/harbour…", "#東京", "@sandbox_newsroom", "Harbour lights",
                  "They shine again", "Lights on the Page"):  # fmt: skip
        assert words in page.text
    hrefs = [found["href"] for tag, found in page.tags if tag == "a"]
    assert hrefs.count(LINK) == 3


def test_pictures_have_their_alt_text(call: Caller) -> None:
    """The picture is shown from the sandbox's own memory, with its alt text in words too."""
    files = {"source": ("dot.png", PICTURE, "image/png")}
    call.graph("POST", f"/{PAGE}/photos", files=files, data={"caption": "Look", "alt_text_custom": 'One "dot" <1px>'})
    page = _page(call)
    image = next(found for tag, found in page.tags if tag == "img")
    assert image["alt"] == 'One "dot" <1px>'
    shown = call.session.get(call.sandbox.url + image["src"], timeout=10)
    assert (shown.content, shown.headers["x-content-type-options"]) == (PICTURE, "nosniff")


def test_a_picture_by_address_is_never_fetched(call: Caller) -> None:
    """The sandbox knows only its name, and says so."""
    call.graph("POST", f"/{PAGE}/photos", data={"url": "https://example.com/dot.png", "caption": "Look"})
    page = _page(call)
    assert "https://example.com/dot.png" in page.text
    assert not [tag for tag, _ in page.tags if tag == "img"]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
def test_texts_are_texts(call: Caller, text: str) -> None:
    """Nothing a post says becomes part of the page."""
    call.post(text)
    call.feed(text, link="https://example.com/<script>alert(2)</script>")
    page = _page(call)
    assert text in page.text
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 1
    assert not [tag for tag, _ in page.tags if tag == "img"]


def test_only_web_addresses_become_links(call: Caller) -> None:
    """A link post with another scheme is refused before it could be a link on the page."""
    assert call.feed("Hi", link="javascript:alert(1)//https://example.com").status_code == 400


def test_the_page_fetches_nothing_from_outside(call: Caller) -> None:
    """Every resource is the sandbox's own, and the policy forbids others."""
    call.post(f"One {LINK}")
    answer = call.session.get(call.sandbox.url, timeout=10)
    page = _page(call)
    assert page.fetched
    assert all(address.startswith("/") and not address.startswith("//") for address in page.fetched)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for address in page.fetched:
        got = call.session.get(call.sandbox.url + address, timeout=10)
        assert got.status_code == 200
        assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", got.text)


def test_faults_and_counts_are_shown(call: Caller) -> None:
    """What is in force, how many requests came, and a link posted twice."""
    call.control("POST", "/faults", fault="status", platform="x", count=2)
    call.post(f"One {LINK}")
    call.post(f"Two {LINK}")
    call.control("POST", "/faults", script=["ok", "close"], platform="facebook")
    text = " ".join(_page(call).text.split())
    assert "same link 2×" in text
    assert "2 requests" in text or "requests 2" in text
    assert "ok, then close after posting · facebook, create · 0 of 2 calls" in text


def test_what_readers_do_not_see_yet_is_marked(call: Caller) -> None:
    """Unpublished, edited, in a thread, not in timelines yet."""
    call.control("POST", "/rules", x={"lag": 60})
    parent = call.post("First").json()["data"]["id"]
    call.post("Second", reply={"in_reply_to_tweet_id": parent})
    call.feed("Draft", published="false")
    text = _page(call).text
    for mark in ("not in timelines yet", "in a thread", "not published"):
        assert mark in text


@pytest.mark.parametrize("form", ["/i/web/status/{id}", "/somebody/status/{id}"])
def test_permalinks_of_x_posts(call: Caller, form: str) -> None:
    """Where X would have the post, the sandbox has it too."""
    identifier = call.post("Here I am").json()["data"]["id"]
    assert "Here I am" in _page(call, form.format(id=identifier)).text


def test_a_post_that_is_not_there(call: Caller, sandbox: Sandbox) -> None:
    """404, and a sentence."""
    answer = requests.get(f"{sandbox.url}/{PAGE}/posts/1", timeout=10)
    assert (answer.status_code, "no such post" in answer.text) == (404, True)
    assert requests.get(f"{sandbox.url}/_media/x/1", timeout=10).status_code == 404


def test_an_empty_sandbox_says_what_will_be_there(call: Caller) -> None:
    """Before the first post the page is not blank."""
    assert "No post yet" in _page(call).text


def test_a_long_timeline_is_cut(call: Caller, sandbox: Sandbox) -> None:
    """The newest fifty are shown, and where the rest is."""
    call.control("POST", "/limits", x="unlimited")
    for number in range(52):
        call.post(f"Post {number}")
    page = _page(call)
    assert len([tag for tag, _ in page.tags if tag == "article"]) == 50
    assert "The newest 50 of 52" in page.text
