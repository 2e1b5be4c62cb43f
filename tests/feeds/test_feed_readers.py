"""Readers of every kind: those that take changes alone, browsers with people, programs that look at headers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import brotli
import feedparser
import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from wireroom.channels.feed import FeedChannel
    from wireroom.model.article import Article
    from wireroom.model.post import Post

BROWSER = {
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "upgrade-insecure-requests": "1",
}
NAMES = ["rss.xml", "atom.xml", "feed.json"]


@pytest.fixture
def posts() -> list[Post]:
    """What stands in the feed, newest first; tests put more there."""
    return []


@pytest.fixture
def publish(
    posts: list[Post],
    channel: Callable[..., FeedChannel],
    article: Callable[..., Article],
    post: Callable[[Article], Post],
) -> Callable[[int], Post]:
    """Publishes the article number `n`."""
    feed = channel(posts)

    def publishing(n: int) -> Post:
        posts.insert(0, post(article(n)))
        feed.send(posts[0])
        return posts[0]

    return publishing


def ids(name: str, document: bytes) -> list[str]:
    """The ids of a document's items."""
    if name == "feed.json":
        return [item["id"] for item in json.loads(document)["items"]]
    parsed = feedparser.parse(document)
    assert not parsed.bozo
    return [entry.id for entry in parsed.entries]


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_may_take_changes_alone(name: str, client: httpx.Client, publish: Callable[[int], Post]) -> None:
    """Who says `A-IM: feed` and names a version gets 226 with what is new since, as a whole valid feed (RFC 3229)."""
    for n in range(5):
        publish(n)
    first = client.get(f"/feeds/quay/{name}")
    made = [publish(5), publish(6)]
    headers = {"a-im": "feed", "if-none-match": first.headers["etag"]}
    second = client.get(f"/feeds/quay/{name}", headers=headers)
    assert (second.status_code, second.headers["im"]) == (226, "feed")
    assert ids(name, second.content) == [each.uid for each in reversed(made)]
    assert second.headers["etag"] == client.get(f"/feeds/quay/{name}").headers["etag"]
    assert "private" in second.headers["cache-control"]
    assert {"a-im", "if-none-match"} <= {each.strip().lower() for each in second.headers["vary"].split(",")}
    nothing = client.get(f"/feeds/quay/{name}", headers={"a-im": "feed", "if-none-match": second.headers["etag"]})
    assert nothing.status_code == 304


def test_a_correction_is_a_change(
    client: httpx.Client, posts: list[Post], publish: Callable[[int], Post], channel: Callable[..., FeedChannel]
) -> None:
    """An article that was corrected is among the changes, those that were not are not."""
    for n in range(3):
        publish(n)
    etag = client.get("/feeds/quay/atom.xml").headers["etag"]
    old = posts[1]
    assert old.article
    posts[1] = replace(old, revision=2, article=replace(old.article, revision=2, title="Put right"))
    channel(posts).send(posts[1])
    answer = client.get("/feeds/quay/atom.xml", headers={"a-im": "feed", "if-none-match": etag})
    assert answer.status_code == 226
    assert [entry.title for entry in feedparser.parse(answer.content).entries] == ["Put right"]


@pytest.mark.parametrize("headers", [{"a-im": "feed"}, {"a-im": "feed", "if-none-match": '"who-knows"'}, {"a-im": "x"}])
def test_who_names_no_version_we_know_gets_all(
    headers: dict[str, str], client: httpx.Client, publish: Callable[[int], Post]
) -> None:
    """Without a version that is remembered, and for other manipulations, the whole feed comes."""
    publish(1)
    publish(2)
    answer = client.get("/feeds/quay/rss.xml", headers=headers)
    assert (answer.status_code, len(ids("rss.xml", answer.content))) == (200, 2)


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_changes_come_packed_as_well(encoding: str, client: httpx.Client, publish: Callable[[int], Post]) -> None:
    """Changes are packed as the reader takes them, and a version is known by any of its tags."""
    publish(1)
    etag = client.get("/feeds/quay/rss.xml", headers={"accept-encoding": "identity"}).headers["etag"]
    publish(2)
    headers = {"a-im": "feed", "if-none-match": etag, "accept-encoding": encoding}
    answer = client.get("/feeds/quay/rss.xml", headers=headers)
    assert (answer.status_code, answer.headers["content-encoding"]) == (226, encoding)
    assert len(ids("rss.xml", answer.content)) == 1


def test_brotli_on_the_wire_is_brotli(client: httpx.Client, publish: Callable[[int], Post]) -> None:
    """Who takes brotli as gladly as gzip gets brotli, under a tag of its own."""
    publish(1)
    with client.stream("GET", "/feeds/quay/rss.xml", headers={"accept-encoding": "gzip, br"}) as answer:
        raw = b"".join(answer.iter_raw())
        etag = answer.headers["etag"]
    assert etag.endswith('-br"')
    assert brotli.decompress(raw).startswith(b"<?xml")


@pytest.mark.parametrize("name", NAMES)
def test_a_person_sees_a_page(name: str, client: httpx.Client, publish: Callable[[int], Post]) -> None:
    """A browser that goes to a feed's address shows its headlines, its address, and links to every format."""
    made = publish(1)
    answer = client.get(f"/feeds/quay/{name}", headers=BROWSER)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Ferry 1 &amp; crew&#39;s &lt;new&gt; berth — 第1便" in answer.text
    assert f"https://feeds.example/feeds/quay/{name}" in answer.text
    assert made.link.replace("&", "&amp;") in answer.text
    for file in NAMES:
        assert f'href="{file}"' in answer.text
    assert "script" not in answer.headers["content-security-policy"]
    assert "accept" in answer.headers["vary"].lower()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"accept": "*/*"},
        {"accept": "application/rss+xml, application/xml;q=0.9, text/html;q=0.8", "sec-fetch-dest": "document"},
        {"accept": BROWSER["accept"]},
        {"accept": "text/html", "sec-fetch-dest": "empty"},
        {"sec-fetch-dest": "document"},
    ],
)
def test_programs_see_the_feed(headers: dict[str, str], client: httpx.Client, publish: Callable[[int], Post]) -> None:
    """Readers that call themselves browsers, scripts on pages, and all who prefer a feed get the feed."""
    publish(1)
    answer = client.get("/feeds/quay/rss.xml", headers=headers)
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"


def test_a_page_leads_nowhere_but_to_the_web(
    client: httpx.Client, channel: Callable[..., FeedChannel], article: Callable[..., Article],
    post: Callable[[Article], Post],
) -> None:  # fmt: skip
    """An article whose address or picture is no web address is shown without a link; markup in titles is text."""
    odd = article(1, url="javascript:alert(1)", title="<script>x</script>", picture=None)
    channel([post(odd)]).refresh()
    page = client.get("/feeds/quay/feed.json", headers=BROWSER).text
    assert "javascript:" not in page
    assert "<script>" not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page


def test_documents_below_a_feed_are_served_too(
    client: httpx.Client, channel: Callable[..., FeedChannel], article: Callable[..., Article],
    post: Callable[[Article], Post],
) -> None:  # fmt: skip
    """Feeds by tag, archives and partners' formats have their addresses and their media types."""
    made = post(article(1, tags=("食べ物",)))
    channel([made], by=["tag"], formats=["rss", "json", "sitemap", "ninjs"]).send(made)
    assert client.get("/feeds/quay/tag/shi-be-wu/rss.xml").headers["content-type"].startswith("application/rss+xml")
    assert client.get("/feeds/quay/sitemap.xml").headers["content-type"] == "application/xml; charset=utf-8"
    assert client.get("/feeds/quay/ninjs.json").headers["content-type"] == "application/json; charset=utf-8"
    for wrong in (
        "tag/x/../rss.xml",
        "tag/.x/rss.xml",
        "tag/x",
        "archive/rss.xml",
        "archive/.newest",
        "else/x/rss.xml",
    ):
        assert client.get(f"/feeds/quay/{wrong}").status_code == 404


def test_the_link_header_names_the_feed_and_its_hubs(
    serve: Callable[..., AbstractContextManager[httpx.Client]], publish: Callable[[int], Post], tmp_path: Path
) -> None:
    """What the newsroom says of a document's links goes out with 200, 304 and HEAD (WebSub, 4)."""
    publish(1)
    with serve(links=lambda feed, below: f'<https://feeds.example/{feed}/{below}>; rel="self"') as client:
        for answer in (client.get("/feeds/quay/rss.xml"), client.head("/feeds/quay/rss.xml")):
            assert answer.headers["link"] == '<https://feeds.example/quay/rss.xml>; rel="self"'
        etag = client.get("/feeds/quay/rss.xml").headers["etag"]
        same = client.get("/feeds/quay/rss.xml", headers={"if-none-match": etag})
        assert (same.status_code, "link" in same.headers) == (304, True)
    assert tmp_path.exists()


def test_feeds_are_for_reading(client: httpx.Client, publish: Callable[[int], Post]) -> None:
    """Any other method is refused, and says which there are."""
    publish(1)
    answer = client.post("/feeds/quay/rss.xml")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
