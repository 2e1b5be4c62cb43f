"""The dashboard: who may look, that nothing on it can be run, and that it shows what a person needs."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import pytest
from tests.web.conftest import Room

from wireroom.model.delivery import Failure, Move, State
from wireroom.model.post import Exchange
from wireroom.model.trouble import Trouble, TroubleKind

HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(2)> {{ 7*7 }} \u202e & co'
PAGES = ["/", "/deliveries/1"]
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Reader(HTMLParser):
    """Reads a page as a browser does: its elements, its links, its text; unclosed elements are noted."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [value or "" for _, attributes in self.tags for key, value in attributes.items() if key == name]


def page(room: Room, path: str, status: int = 200) -> Reader:
    """A page, read; it is whole, and its headers forbid what it does not need."""
    answer = room.get(path, headers={})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    read = Reader(answer.text)
    assert read.open == []
    assert not read.values("style")
    assert not any(key.startswith("on") for _, attributes in read.tags for key in attributes)
    return read


def test_hostile_words_stay_words(room: Room) -> None:
    """A headline, a reason or an answer full of markup is shown letter by letter, and runs nowhere."""
    room.publish(title=HOSTILE, body_text=f"{HOSTILE} ok")
    failed = room.settle(Move.REJECT, failure=Failure("rejected", "<b>", f"`<b>`{HOSTILE}"), why=HOSTILE)
    title = failed.title
    for path in ("/", f"/deliveries/{failed.id}", f"/?article={quote(failed.uid)}", "/?destination=%3Cscript%3E"):
        read = page(room, path)
        assert [attributes.get("src") for tag, attributes in read.tags if tag == "script"] == ["/_page/page.js"]
        assert not any(tag in {"b", "img"} and "onerror" in attributes for tag, attributes in read.tags)
    assert title in page(room, "/").text
    assert "<b>" in page(room, f"/deliveries/{failed.id}").text


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "//x.example", " https://x"]
)
def test_only_the_web_is_linked(room: Room, address: str) -> None:
    """What a platform gives as an address of its post becomes a link only if it is one of the web."""
    room.publish()
    done = room.deliver(remote_url=address)
    for path in ("/", f"/deliveries/{done.id}"):
        hrefs = page(room, path).values("href")
        assert not any(href.strip() == address.strip() for href in hrefs)
        assert all(urlsplit(href).scheme in {"", "http", "https"} for href in hrefs)


def test_the_front_shows_where_everything_stands(room: Room) -> None:
    """Deliveries stand grouped by article, with the proof or the reason; a locked destination asks for a person."""
    room.publish(title="Ferry one sails")
    room.deliver("x")
    room.settle(Move.LOSE, "page", failure=Failure("unsure", None, "the Page did not answer"))
    room.publish(title="Ferry two sails", body_text="The second ferry left.")
    room.app.store.set_standing("page", "locked", "make a new token, then `wireroom resume`")
    room.app.store.set_standing("feed", "paused", "for lunch")
    read = page(room, "/")
    assert read.text.index("Ferry two sails") < read.text.index("Ferry one sails")
    assert "https://x.example/4711" in read.values("href")
    for words in ("the Page did not answer", "page waits for you", "wireroom resume page", "for lunch", "Harbor Post"):
        assert words in read.text
    assert "waits: the destination is locked" in read.text
    assert "Nothing goes out just now" in read.text


def test_an_empty_newsroom_says_what_to_do(small: Room) -> None:
    """Before the first article the page says how one is published."""
    assert "wireroom publish FILE" in page(small, "/").text


def test_the_front_is_filtered(room: Room) -> None:
    """State, destination and article narrow the list; the chosen state is marked."""
    uid = room.publish(title="Ferry one sails")["article"]["uid"]
    room.deliver("x")
    room.publish(title="Ferry two sails", body_text="The second ferry left.")

    def stories(query: str) -> set[str]:
        return {title for title in ("one", "two") if f"Ferry {title} sails" in page(room, f"/?{query}").text}

    assert stories("state=delivered") == {"one"}
    assert stories("destination=x&state=planned") == {"two"}
    assert stories("destination=x") == {"one", "two"}
    assert stories(f"article={quote(uid)}") == {"one"}
    assert stories("state=failed") == set()
    assert stories("state=&destination=") == {"one", "two"}
    marked = [attributes for _, attributes in page(room, "/?state=delivered").tags if "aria-current" in attributes]
    assert [attributes.get("href") for attributes in marked] == ["/?state=delivered"]


@pytest.mark.parametrize("query", ["state=lost", "limit=x", "since=never", "colour=red"])
def test_a_filter_that_does_not_read_is_said_so(small: Room, query: str) -> None:
    """A filter that makes no sense is told on a page of its own, and shows nothing else instead."""
    assert query.partition("=")[2 if "colour" not in query else 0] in page(small, f"/?{query}", 422).text


@pytest.mark.parametrize("name", ["99", "x", "%3Cscript%3E", "9" * 40])
def test_a_delivery_that_is_not_there_is_a_page(small: Room, name: str) -> None:
    """An id that is nobody's is 404 with a sentence and a way back."""
    assert "no delivery" in page(small, f"/deliveries/{name}", 404).text


def test_one_delivery_is_shown_whole(room: Room) -> None:
    """The page of a delivery has the exact post, every move, what went over the wire, what a person can do."""
    room.publish()
    doubtful = room.settle(Move.LOSE, failure=Failure("unsure", None, "X did not answer"), why="no answer")
    read = page(room, f"/deliveries/{doubtful.id}")
    post = room.app.store.post(doubtful.id)
    assert post.text in read.text
    for words in (f"{post.weight} of 280", "POST https://x.example/2/tweets", "X did not answer", "no answer"):
        assert words in read.text
    for state in (State.PLANNED, State.SENDING, State.UNCONFIRMED):
        assert state.value in read.text
    assert f"wireroom confirm {doubtful.id}" in read.text
    assert {f"/deliveries/{room.delivery(name).id}" for name in ("feed", "page")} <= set(read.values("href"))


def test_times_are_the_newsrooms(small: Room) -> None:
    """Times are shown in the newsroom's zone, with their offset for machines."""
    small.publish()
    times = page(small, "/").values("datetime")
    assert times
    assert all(time.endswith("+09:00") for time in times)


def test_the_pages_own_files_are_there(small: Room) -> None:
    """What a page asks for is served with its type, and a page asks for nothing from elsewhere."""
    small.publish()
    types = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    read = page(small, "/")
    wanted = [*read.values("src"), *(href for href in read.values("href") if href.startswith("/_page/"))]
    assert {urlsplit(each).netloc for each in wanted} == {""}
    for each in wanted:
        answer = small.get(each, headers={"x-forwarded-for": "203.0.113.7"})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(types[each.rpartition(".")[2]])


def test_links_of_the_page_lead_somewhere(small: Room) -> None:
    """Every link of the pages to an address of ours is answered."""
    small.publish()
    for path in PAGES:
        for href in page(small, path).values("href"):
            if href.startswith("/"):
                assert small.get(href).status_code == 200, href


def test_a_long_answer_is_cut(small: Room) -> None:
    """An answer of a megabyte does not make a page of a megabyte."""
    small.publish()
    exchange = Exchange(
        method="POST", url="https://x.example/", body="b=1&c=%E3%81%82", status=500, answer="x" * 900_000
    )
    done = small.settle(Move.LOSE, exchange=exchange)
    answer = small.get(f"/deliveries/{done.id}", headers={})
    assert len(answer.text) < 60_000
    assert "c: あ" in answer.text


def test_what_is_wrong_stands_on_the_first_page(small: Room) -> None:
    """Troubles are on the first page, many of a kind as one line; what the page says elsewhere is not repeated."""
    failed = [Trouble(TroubleKind.FAILED, f"x/{number}", f"x: {HOSTILE} has failed.") for number in (1, 2, 3)]
    small.app.store.set_standing("page", "locked", "the token was revoked")
    small.app.store.note(
        [
            *failed,
            Trouble(TroubleKind.LOCKED, "page", "page waits for a person: the token was revoked."),
            Trouble(TroubleKind.WORKER, "worker", "No worker has shown life."),
            Trouble(TroubleKind.BACKLOG, "x", "x: 7 posts are due and not out. `wireroom status` says more."),
        ]
    )
    read = page(small, "/")
    assert "2 things are wrong" in read.text
    assert "And 2 more like it on x." in read.text
    assert "x: 7 posts are due and not out. wireroom status says more." in read.text
    assert read.text.count("the token was revoked") == 1
    assert "No worker has shown life" not in read.text, "that no worker is there the page sees and says itself"
    assert not [tag for tag, _ in read.tags if tag == "img"][1:]


def test_where_nothing_is_wrong_the_page_says_nothing(small: Room) -> None:
    """Without a trouble there is no list of them."""
    assert "wrong" not in page(small, "/").text.replace("says what is wrong", "")
