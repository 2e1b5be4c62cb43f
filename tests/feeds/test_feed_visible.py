"""A feed as its readers get it: an item is there when every document that is served shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.feeds.conftest import PAPER, START

from wireroom.channels.feed import FeedChannel
from wireroom.channels.feed.reader import shows
from wireroom.channels.wire import MOST
from wireroom.compose.feeds.formats import FEEDS
from wireroom.compose.feeds.head import FeedHead
from wireroom.model.article import Article
from wireroom.model.channel import Sent, Surroundings, Visible
from wireroom.model.destination import Destination
from wireroom.model.post import Post, Receipt
from wireroom.testing.standin import Asked, Reply, StandIn, closed_port


@dataclass
class Quay:
    """A feed that is written below a folder and fetched where we say."""

    folder: Path
    posts: list[Post]

    def at(self, address: str, *, inside: str = "", **options: object) -> FeedChannel:
        """The channel, its feeds seen at `address`."""
        surroundings = Surroundings(
            feeds=self.folder / "feeds",
            public_url=address,
            now=lambda: START + timedelta(days=20),
            recent=lambda count: self.posts[:count],
            publications=(PAPER,),
            feeds_from=inside,
        )
        return FeedChannel(Destination(name="quay", channel="feed", options=options, timeout=5.0), surroundings)

    def seen(self, address: str, **more: str) -> list[bool]:
        """Which of the posts are to be seen there."""
        return list(
            self.at(address, **more).visible([Sent(post, Receipt(remote_id=post.uid)) for post in self.posts], START)
        )


@pytest.fixture
def quay(tmp_path: Path, article: Callable[..., Article], post: Callable[[Article], Post]) -> Quay:
    """A feed with two posts, written."""
    quay = Quay(tmp_path, [post(article(2)), post(article(1, uid='tag:a&b<c>,2026:"1"'))])
    quay.at("http://127.0.0.1:9").refresh()
    return quay


def test_what_is_served_is_seen(quay: Quay, client: httpx.Client) -> None:
    """Every post of the feed that a reader gets is seen, whatever characters its id has; a feed can tell."""
    assert isinstance(quay.at("http://127.0.0.1:9"), Visible)
    assert quay.seen(str(client.base_url).rstrip("/")) == [True, True]


def test_what_was_never_written_is_not_seen(
    quay: Quay, client: httpx.Client, article: Callable[..., Article], post: Callable[[Article], Post]
) -> None:
    """A post that belongs into the feed and is in no document is missed."""
    quay.posts.insert(0, post(article(3)))
    assert quay.seen(str(client.base_url).rstrip("/")) == [False, True, True]


def test_every_document_counts(quay: Quay, client: httpx.Client, tmp_path: Path) -> None:
    """A post that one of the feed's formats lacks is not to be seen by its readers."""
    (tmp_path / "feeds" / "quay" / "atom.xml").write_bytes(b"<feed/>")
    assert quay.seen(str(client.base_url).rstrip("/")) == [False, False]


def test_where_nothing_serves_nothing_is_seen(quay: Quay, caplog: pytest.LogCaptureFixture) -> None:
    """A feed whose server is gone is exactly what the alarm is for; the log says what happened."""
    assert quay.seen(closed_port()) == [False, False]
    assert "could not be reached" in caplog.text


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_error_page_is_no_feed(quay: Quay, status: int, caplog: pytest.LogCaptureFixture) -> None:
    """A server that answers with an error shows nothing."""
    with StandIn(lambda _: Reply(status, "tag:harbourpost.example,2026-03-01:2")) as gone:
        assert quay.seen(gone.address) == [False, False]
    assert f"answered {status}" in caplog.text


def test_redirects_are_followed_as_readers_do(quay: Quay, client: httpx.Client) -> None:
    """An address that leads on, as from http to https, is followed; one that leads in circles shows nothing."""

    def onward(asked: Asked) -> Reply:
        there = str(client.base_url).rstrip("/") if asked.path.startswith("/feeds") else ""
        return Reply(301, b"", headers={"Location": there + asked.path})

    with StandIn(onward) as old:
        assert quay.seen(old.address) == [True, True]
        assert quay.seen(f"{old.address}/circle") == [False, False]


def test_the_worker_may_look_elsewhere(quay: Quay, client: httpx.Client) -> None:
    """Where the worker cannot reach the public address it fetches the feeds at the one the settings name."""
    assert quay.seen("https://no.such.name.invalid", inside=str(client.base_url).rstrip("/")) == [True, True]


def test_what_the_feed_is_not_to_hold_is_not_missed(
    quay: Quay, client: httpx.Client, article: Callable[..., Article], post: Callable[[Article], Post]
) -> None:
    """A post that was taken back, or that newer ones have pushed out of the feed's window, raises no alarm."""
    there = str(client.base_url).rstrip("/")
    pushed_out = post(article(99))
    sent = [Sent(each, Receipt(remote_id=each.uid)) for each in (*quay.posts, pushed_out)]
    assert list(quay.at(there).visible(sent, START)) == [True, True, True]
    small = quay.at(there, items=1)
    small.refresh()
    assert list(small.visible(sent, START)) == [True, True, True]
    quay.posts.reverse()
    assert list(small.visible(sent, START)) == [True, False, True], "now the other one belongs there, and is not"


def test_a_newer_revision_shows_the_article(
    quay: Quay, client: httpx.Client, article: Callable[..., Article], post: Callable[[Article], Post]
) -> None:
    """A first post whose correction took its place in the feed is seen."""
    first = quay.posts[0]
    quay.posts[0] = post(article(2, revision=2, title="Ferry 2, corrected"))
    channel = quay.at(str(client.base_url).rstrip("/"))
    channel.refresh()
    assert list(channel.visible([Sent(first, Receipt(remote_id=first.uid))], START)) == [True]


@given(st.text("a1&<>\"'é港\\/:,", min_size=1, max_size=12).map(lambda end: f"tag:quay.example,2026:{end}"))
def test_an_id_is_found_whole_or_not_at_all(uid: str) -> None:
    """In each format an item is found by its own id, and not by one that only begins or ends like it."""
    article = Article(
        uid=uid, revision=1, publication="p", title="t", url="https://a.example/", published_at=START, updated_at=START,
        html="<p>b</p>", text="b", digest="d",
    )  # fmt: skip
    head = FeedHead(
        id="urn:h", title="h", description="h", home_url="https://h.example",
        feed_urls={kind.name: f"https://h.example/{kind.file}" for kind in FEEDS.values()}, language="en",
    )  # fmt: skip
    for kind in FEEDS.values():
        document = kind.document(head, [kind.fragment(article)])
        assert shows(document, uid)
        assert not shows(document, f"{uid}0")
        assert not shows(document, uid[:-1])
        assert not shows(document, uid[1:])


def test_a_document_too_long_to_be_read_is_believed() -> None:
    """An item that may stand behind what we read of a very long feed is not missed."""
    assert shows(b"x" * MOST, "tag:a")
    assert not shows(b"x" * 100, "tag:a")
