"""Feeds by section, tag and author, feeds of several outlets, what is under embargo, what was taken back."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import brotli
import feedparser
import pytest
from tests.feeds.conftest import PAPER, START

from wireroom.channels.feed import FeedChannel
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination
from wireroom.model.errors import RateLimited
from wireroom.model.publication import Publication

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wireroom.model.article import Article
    from wireroom.model.post import Post

SISTER = Publication(
    key="island-letter", name="The Island Letter", url="https://island.example", rights="© The Letter",
    license="https://island.example/terms",
)  # fmt: skip
NOW = START + timedelta(days=20)
GROUP = Destination(name="group", channel="feed")
FEEDS = (
    GROUP,
    Destination(name="harbour", channel="feed", publications=("harbour-post",)),
    Destination(name="island", channel="feed", publications=("island-letter",)),
)


def channel(folder: Path, posts: list[Post], destination: Destination = GROUP, **options: object) -> FeedChannel:
    """A feed of both outlets."""
    surroundings = Surroundings(
        feeds=folder,
        public_url="https://feeds.example",
        now=lambda: NOW,
        recent=lambda count: posts[:count],
        publications=(PAPER, SISTER),
        sisters=FEEDS,
    )
    return FeedChannel(replace(destination, options=options), surroundings)


def titles(path: Path) -> list[str]:
    """The headlines of a document."""
    return [entry.title for entry in feedparser.parse(path.read_bytes()).entries]


@pytest.fixture
def posts(article: Callable[..., Article], post: Callable[[Article], Post]) -> list[Post]:
    """Three posts, newest first: two of the sea, one of the city, by different people."""
    return [
        post(article(3, title="Three", section="Sea", tags=("Ferry", "港"), authors=("Mio Arai",))),
        post(article(2, title="Two", section="City", tags=("ferry",), authors=("Tom Reed", "Mio Arai"))),
        post(article(1, title="One", section="Sea", tags=(), authors=())),
    ]


def test_sections_tags_and_authors_have_feeds_of_their_own(tmp_path: Path, posts: list[Post]) -> None:
    """Each is below the feed's address, names itself, and holds what belongs there; spelling matters no more than case."""  # noqa: E501
    feed = channel(tmp_path, posts, by=["section", "tag", "author"])
    for each in posts:
        feed.send(each)
    below = tmp_path / "group"
    assert titles(below / "section/sea/rss.xml") == ["Three", "One"]
    assert titles(below / "tag/ferry/atom.xml") == ["Three", "Two"]
    assert titles(below / "author/mio-arai/rss.xml") == ["Three", "Two"]
    head = feedparser.parse((below / "section/sea/rss.xml").read_bytes()).feed
    assert head.title == "Sea · The Harbour Post · The Island Letter"
    links = {link.rel: link.href for link in head.links}
    assert links["self"] == "https://feeds.example/feeds/group/section/sea/rss.xml"
    ids = {ET.fromstring(path.read_bytes()).findtext("{*}id") for path in below.rglob("atom.xml")}
    assert len(ids) == len(list(below.rglob("atom.xml")))


def test_a_correction_leaves_the_feeds_it_no_longer_belongs_to(tmp_path: Path, posts: list[Post]) -> None:
    """An article that loses a tag, or is taken back, is gone from the feed of that tag."""
    feed = channel(tmp_path, posts, by=["tag"])
    for each in posts:
        feed.send(each)
    first = posts[0]
    assert first.article
    posts.insert(0, replace(first, revision=2, article=replace(first.article, revision=2, tags=("港",))))
    receipt = feed.send(posts[0])
    assert titles(tmp_path / "group/tag/ferry/rss.xml") == ["Two"]
    feed.retract(receipt, posts[2])
    assert titles(tmp_path / "group/tag/ferry/rss.xml") == []


def test_a_group_feed_says_where_each_article_comes_from(
    tmp_path: Path, article: Callable[..., Article], post: Callable[[Article], Post]
) -> None:
    """An item names its own outlet's feed as source, its outlet's rights, and the outlet where nobody signs."""
    posts = [post(article(2, publication="island-letter", authors=())), post(article(1))]
    channel(tmp_path, posts).refresh()
    items = ET.fromstring((tmp_path / "group/rss.xml").read_bytes()).findall("channel/item")
    sources = [item.find("source") for item in items]
    assert [(each.get("url"), each.text) for each in sources if each is not None] == [
        ("https://feeds.example/feeds/island/rss.xml", "The Island Letter"),
        ("https://feeds.example/feeds/harbour/rss.xml", "The Harbour Post"),
    ]
    assert items[0].findtext("{*}rights") == "© The Letter"
    assert items[0].findtext("{*}creator") == "The Island Letter"
    entry = ET.fromstring((tmp_path / "group/atom.xml").read_bytes()).find("{*}entry")
    assert entry is not None
    assert entry.findtext("{*}source/{*}title") == "The Island Letter"
    assert {link.get("rel"): link.get("href") for link in entry.findall("{*}link")}["license"] == SISTER.license


def test_an_outlet_s_own_feed_names_no_source(
    tmp_path: Path, article: Callable[..., Article], post: Callable[[Article], Post]
) -> None:
    """What comes from its own feed was taken from nowhere."""
    channel(tmp_path, [post(article(1))], FEEDS[1]).refresh()
    assert b"<source" not in (tmp_path / "harbour/rss.xml").read_bytes()


def test_what_is_under_embargo_is_in_no_document(
    tmp_path: Path, article: Callable[..., Article], post: Callable[[Article], Post]
) -> None:
    """A post of the future waits until then, and no other post takes it along, whatever the store says."""
    early = post(article(2, title="Under embargo", published_at=NOW + timedelta(minutes=5)))
    posts = [early, post(article(1, title="Free"))]
    feed = channel(tmp_path, posts, by=["tag"], formats=["rss", "sitemap", "ninjs"])
    with pytest.raises(RateLimited) as caught:
        feed.send(early)
    assert caught.value.until == NOW + timedelta(minutes=5)
    feed.send(posts[1])
    written = [path for path in (tmp_path / "group").rglob("*") if path.is_file()]
    assert titles(tmp_path / "group/rss.xml") == ["Free"]
    assert not any(b"Under embargo" in path.read_bytes() for path in written)


def test_packed_files_stand_beside_those_they_are_made_of(tmp_path: Path, posts: list[Post]) -> None:
    """With `precompress` a web server finds each document packed, always of the same version; without it none."""
    feed = channel(tmp_path, posts[1:], precompress=["gzip", "br"])
    feed.send(posts[1])
    channel(tmp_path, posts, precompress=["gzip", "br"]).send(posts[0])
    plain = (tmp_path / "group/rss.xml").read_bytes()
    assert b"Three" in plain
    assert gzip.decompress((tmp_path / "group/rss.xml.gz").read_bytes()) == plain
    assert brotli.decompress((tmp_path / "group/rss.xml.br").read_bytes()) == plain
    channel(tmp_path, posts[1:]).refresh()
    assert list((tmp_path / "group").glob("*.gz")) == []
