"""Archives: month by month, in one chain, nothing missing, and what is sealed stays unless an article in it changes."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.feeds.conftest import PAPER

from wireroom.channels.feed import FeedChannel
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.model.article import Article
    from wireroom.model.post import Post

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where feeds live that are written a thousand times: these tests are of order, not of power cuts."""
BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Feed:
    """A feed of three items whose clock and posts a test moves."""

    def __init__(self, root: Path, items: int = 3, **options: object) -> None:
        self.root, self.now = root, BEGIN
        self.posts: list[Post] = []
        surroundings = Surroundings(
            feeds=root,
            public_url="https://feeds.example",
            now=lambda: self.now,
            recent=lambda count: sorted(self.posts, key=lambda post: (_published(post), post.uid), reverse=True)[
                :count
            ],
            publications=(PAPER,),
        )
        self.channel = FeedChannel(
            Destination(name="quay", channel="feed", options={"items": items, **options}), surroundings
        )

    def publish(self, post: Post, at: datetime | None = None) -> None:
        """Something is published, at `at` or now."""
        self.now = max(self.now, at or self.now)
        self.posts.append(post)
        self.channel.send(post)

    def page(self, address: str) -> bytes:
        """The document at an address."""
        return (self.root / urlsplit(address).path.removeprefix("/feeds/")).read_bytes()

    def chain(self, kind: str) -> list[list[str]]:
        """The ids of the feed and of each archive document, as somebody finds them who follows the links."""
        address, found = f"https://feeds.example/feeds/quay/{kind}", []
        while address:
            ids, address = LINKS[kind](self.page(address))
            found.append(ids)
            assert len(found) < 100
        return found


def _published(post: Post) -> datetime:
    assert post.article
    return post.article.published_at


def _xml(document: bytes) -> tuple[list[str], str]:
    root = ET.fromstring(document)
    ids = [each.text or "" for tag in ("guid", f"{ATOM}entry/{ATOM}id") for each in root.findall(f".//{tag}")]
    links = {each.get("rel"): each.get("href") or "" for each in root.iter(f"{ATOM}link")}
    return ids, links.get("prev-archive", "")


def _json(document: bytes) -> tuple[list[str], str]:
    told = json.loads(document)
    return [item["id"] for item in told["items"]], told.get("next_url", "")


LINKS = {"rss.xml": _xml, "atom.xml": _xml, "feed.json": _json}


@pytest.fixture
def make(article: Callable[..., Article], post: Callable[[Article], Post]) -> Callable[[int, datetime], Post]:
    """Makes the post number `n`, published at a time."""
    return lambda n, at: post(article(n, published_at=at, updated_at=at))


def test_nothing_is_sealed_while_all_is_in_the_feed(tmp_path: Path, make: Callable[..., Post]) -> None:
    """In its first month a feed that holds everything has no archive."""
    feed = Feed(tmp_path)
    for n in range(3):
        feed.publish(make(n, BEGIN + timedelta(hours=n)), BEGIN + timedelta(hours=n))
    assert not (tmp_path / "quay" / "archive").exists()
    assert [len(each) for each in feed.chain("rss.xml")] == [3]


@pytest.mark.parametrize("kind", list(LINKS))
def test_a_month_that_is_over_has_its_document(kind: str, tmp_path: Path, make: Callable[..., Post]) -> None:
    """With the first article of a new month the old month is sealed, and the feed leads to it."""
    feed = Feed(tmp_path)
    for n in range(2):
        feed.publish(make(n, BEGIN + timedelta(hours=n)), BEGIN + timedelta(hours=n))
    feed.publish(make(2, BEGIN + timedelta(days=30)), BEGIN + timedelta(days=30))
    main, archive = feed.chain(kind)
    assert len(main) == 3
    assert archive == main[1:]
    assert sorted(path.name for path in (tmp_path / "quay" / "archive").glob("[!.]*")) == [
        "2026-01.atom.xml",
        "2026-01.json",
        "2026-01.rss.xml",
    ]


def test_an_archive_document_says_what_it_is(tmp_path: Path, make: Callable[..., Post]) -> None:
    """It carries `fh:archive`, its own address and that of the feed it belongs to (RFC 5005, 4)."""
    feed = Feed(tmp_path)
    feed.publish(make(1, BEGIN))
    feed.publish(make(2, BEGIN + timedelta(days=30)), BEGIN + timedelta(days=30))
    for kind, marks in {"rss": "channel/", "atom": ""}.items():
        root = ET.fromstring((tmp_path / "quay" / "archive" / f"2026-01.{kind}.xml").read_bytes())
        links = {each.get("rel"): each.get("href") for each in root.iter(f"{ATOM}link")}
        assert root.find(f"{marks}{HISTORY}archive") is not None
        assert links["self"] == f"https://feeds.example/feeds/quay/archive/2026-01.{kind}.xml"
        assert links["current"] == f"https://feeds.example/feeds/quay/{kind}.xml"


def test_what_is_sealed_is_left_alone(tmp_path: Path, make: Callable[..., Post]) -> None:
    """New articles do not touch a sealed document, so it can be kept for long."""
    feed = Feed(tmp_path)
    feed.publish(make(1, BEGIN))
    feed.publish(make(2, BEGIN + timedelta(days=30)), BEGIN + timedelta(days=30))
    sealed = tmp_path / "quay" / "archive" / "2026-01.rss.xml"
    before = sealed.stat()
    for n in range(3, 9):
        feed.publish(make(n, feed.now + timedelta(hours=1)), feed.now + timedelta(hours=1))
    after = sealed.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("kind", list(LINKS))
def test_a_correction_and_a_retraction_reach_the_archive(kind: str, tmp_path: Path, make: Callable[..., Post]) -> None:
    """A corrected article is corrected where it is sealed, under its id; one taken back is in no document any more."""
    feed = Feed(tmp_path, items=1)
    for n in range(4):
        feed.publish(make(n, BEGIN + timedelta(days=12 * n)), BEGIN + timedelta(days=12 * n))
    first, second = feed.posts[0], feed.posts[1]
    assert first.article
    corrected = replace(first, revision=2, article=replace(first.article, revision=2, title="Put right"))
    feed.posts[0] = corrected
    receipt = feed.channel.send(corrected)
    ids = [uid for page in feed.chain(kind)[1:] for uid in page]
    assert ids.count(first.uid) == 1
    assert any(b"Put right" in path.read_bytes() for path in (tmp_path / "quay" / "archive").glob(f"*{kind[-3:]}"))
    del feed.posts[1]
    feed.channel.retract(receipt, second)
    assert second.uid not in [uid for page in feed.chain(kind) for uid in page]
    assert not any(second.uid.encode() in path.read_bytes() for path in (tmp_path / "quay").rglob("[!.]*.xml"))


moments = st.lists(st.tuples(st.integers(0, 100), st.sampled_from([0, 0, 0, 5, 40])), min_size=1, max_size=14)


@settings(max_examples=20, deadline=None)
@given(story=moments, size=st.integers(1, 4))
def test_whatever_comes_when_the_chain_holds_it_all(
    story: list[tuple[int, int]],
    size: int,
    article: Callable[..., Article],
    post: Callable[[Article], Post],
) -> None:
    """New and late articles in any order: who follows the chain finds each, and in the archive each once, in order."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        _tell(Feed(Path(folder), items=size, formats=["rss", "json"]), story, size, article, post)


def _tell(
    feed: Feed,
    story: list[tuple[int, int]],
    size: int,
    article: Callable[..., Article],
    post: Callable[[Article], Post],
) -> None:
    for n, (hours, late) in enumerate(story):
        feed.now += timedelta(hours=8 * hours)
        at = feed.now - timedelta(days=late)
        feed.publish(post(article(n, published_at=at, updated_at=at)))
    for _ in range(3):
        feed.channel.refresh()
    expected = [each.uid for each in sorted(feed.posts, key=lambda each: (_published(each), each.uid), reverse=True)]
    for kind in ("rss.xml", "feed.json"):
        main, *sealed = feed.chain(kind)
        archived = [uid for page in sealed for uid in page]
        assert main == expected[:size]
        assert set(main) | set(archived) == set(expected)
        assert archived == [uid for uid in expected if uid in set(archived)]
    assert FeedChannel.refresh(feed.channel) == ()


def test_a_newsroom_with_years_behind_it_is_sealed_in_steps(tmp_path: Path, make: Callable[..., Post]) -> None:
    """An archive that begins late is written some months at a time, and is whole after a few writes."""
    feed = Feed(tmp_path, formats=["json"])
    feed.posts = [make(n, BEGIN - timedelta(days=40 * n)) for n in range(40)]
    for _ in range(3):
        feed.channel.refresh()
    assert len({uid for page in feed.chain("feed.json") for uid in page}) == 40


def test_without_archives_there_are_none(tmp_path: Path, make: Callable[..., Post]) -> None:
    """`archives = false` writes the feed alone."""
    feed = Feed(tmp_path, archives=False)
    for n in range(9):
        feed.publish(make(n, BEGIN + timedelta(days=20 * n)), BEGIN + timedelta(days=20 * n))
    assert not (tmp_path / "quay" / "archive").exists()
    assert [len(each) for each in feed.chain("rss.xml")] == [3]
