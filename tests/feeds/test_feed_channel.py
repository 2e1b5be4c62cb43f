"""The feed channel: what it writes, what it leaves alone, and what it says when the disk says no."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import feedparser
import pytest

from wireroom.channels.feed import FeedChannel
from wireroom.compose.feeds.formats import FEEDS
from wireroom.model.channel import Amendable, Checkable, Findable, Retractable, Surroundings
from wireroom.model.destination import Destination
from wireroom.model.errors import NotSent, Rejected, SettingsError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wireroom.model.article import Article
    from wireroom.model.post import Post

FILES = ("atom.xml", "feed.json", "rss.xml")


def pages(folder: Path) -> dict[str, bytes]:
    """The documents of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("[!.]*")) if path.is_file()}


def uids(folder: Path) -> dict[str, list[str]]:
    """The ids of the items of each document, as a reader sees them."""
    found = {name: [entry.id for entry in feedparser.parse(data).entries] for name, data in pages(folder).items()}
    return found | {"feed.json": [item["id"] for item in json.loads(pages(folder)["feed.json"])["items"]]}


def everywhere(expected: list[str]) -> dict[str, list[str]]:
    """The same ids in each document."""
    return dict.fromkeys(FILES, expected)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the channel's documents stand."""
    return tmp_path / "feeds" / "quay"


@pytest.fixture
def posts(article: Callable[..., Article], post: Callable[[Article], Post]) -> list[Post]:
    """Three posts, newest first."""
    return [post(article(n)) for n in (3, 2, 1)]


def test_it_can_do_all_that_a_feed_can(channel: Callable[..., FeedChannel]) -> None:
    """A feed may be sent again at will, be looked up, amended, retracted and checked."""
    feed = channel([])
    assert feed.repeatable
    for ability in (Findable, Amendable, Retractable, Checkable):
        assert isinstance(feed, ability)


def test_send_writes_three_documents_of_the_same_items(
    channel: Callable[..., FeedChannel], posts: list[Post], folder: Path
) -> None:
    """Sending gives a receipt with uid and feed address; the documents hold the same items, newest first."""
    receipt = channel([posts[1], posts[2], posts[0]]).send(posts[0])
    assert receipt.remote_id == posts[0].uid
    assert receipt.remote_url == "https://feeds.example/feeds/quay/rss.xml"
    assert receipt.at is not None
    assert uids(folder) == everywhere([post.uid for post in posts])


def test_the_empty_feed_is_written(channel: Callable[..., FeedChannel], folder: Path) -> None:
    """Before the first article a refresh puts three empty feeds there, and a second one changes nothing."""
    feed = channel([])
    assert sorted(path.name for path in feed.refresh()) == list(FILES)
    assert uids(folder) == everywhere([])
    assert feed.refresh() == ()


def test_equal_bytes_are_not_written_again(
    channel: Callable[..., FeedChannel], posts: list[Post], folder: Path
) -> None:
    """A file whose bytes would not change is not touched, so its readers keep their 304."""
    channel(posts).send(posts[0])
    before = {path: path.stat() for path in folder.iterdir()}
    channel(posts).send(posts[0])
    after = {path: path.stat() for path in folder.iterdir()}
    assert {p: (s.st_ino, s.st_mtime_ns) for p, s in before.items()} == {
        p: (s.st_ino, s.st_mtime_ns) for p, s in after.items()
    }


def test_amend_shows_the_new_revision_under_the_old_id(
    channel: Callable[..., FeedChannel], posts: list[Post], folder: Path, post: Callable[[Article], Post]
) -> None:
    """A revision replaces the item: same id and date of publication, new text, later lastBuildDate."""
    feed = channel(posts)
    receipt = feed.send(posts[0])
    assert posts[0].article
    later = posts[0].article.updated_at + timedelta(days=1)
    revised = post(replace(posts[0].article, revision=2, title="Corrected", updated_at=later))
    posts.insert(0, revised)
    assert feed.amend(receipt, revised) == receipt
    entries = feedparser.parse(pages(folder)["rss.xml"]).entries
    assert [entry.id for entry in entries] == [each.uid for each in posts[1:]]
    assert (entries[0].title, entries[0].published) == ("Corrected", "Sun, 01 Mar 2026 12:00:00 GMT")
    assert b"<lastBuildDate>Mon, 02 Mar 2026 12:05:00 GMT</lastBuildDate>" in pages(folder)["rss.xml"]


def test_retract_takes_the_item_away(channel: Callable[..., FeedChannel], posts: list[Post], folder: Path) -> None:
    """A retracted article leaves every document, even while the store still counts it; twice is no error."""
    feed = channel(posts)
    receipt = feed.send(posts[1])
    assert feed.retract(receipt, posts[1]) == receipt
    assert feed.retract(receipt, posts[1]) == receipt
    assert uids(folder) == everywhere([posts[0].uid, posts[2].uid])


def test_find_looks_for_the_very_revision(
    channel: Callable[..., FeedChannel], posts: list[Post], post: Callable[[Article], Post]
) -> None:
    """A post is found only when every document holds it at its revision."""
    feed, since = channel(posts), posts[0].article.published_at if posts[0].article else None
    assert since
    assert feed.find(posts[0], since) is None
    receipt = feed.send(posts[0])
    assert feed.find(posts[0], since) == receipt
    assert posts[0].article
    assert feed.find(post(replace(posts[0].article, revision=2, title="Corrected")), since) is None
    assert feed.find(replace(posts[0], uid="tag:nobody", article=None), since) is None


def test_items_bounds_the_feed(channel: Callable[..., FeedChannel], posts: list[Post], folder: Path) -> None:
    """The feed holds as many items as its destination says, the newest."""
    channel(posts, items=2).send(posts[0])
    assert uids(folder) == everywhere([posts[0].uid, posts[1].uid])


def test_formats_hubs_and_words_come_from_the_options(
    channel: Callable[..., FeedChannel], posts: list[Post], folder: Path
) -> None:
    """Only the formats named are written, with the hubs, title, description and language that were set."""
    words = {"title": "Quay & co", "description": "All ships", "language": "ja"}
    channel(posts, formats=["atom"], hubs=["https://hub.example/"], **words).send(posts[0])
    assert list(pages(folder)) == ["atom.xml"]
    feed = feedparser.parse(pages(folder)["atom.xml"]).feed
    assert (feed.title, feed.subtitle, feed.language) == ("Quay & co", "All ships", "ja")
    assert [link.href for link in feed.links if link.rel == "hub"] == ["https://hub.example/"]


def test_the_publication_speaks_where_the_options_do_not(
    channel: Callable[..., FeedChannel], posts: list[Post], folder: Path
) -> None:
    """Title, description, language and link come from the publication the feed takes."""
    channel(posts).send(posts[0])
    feed = feedparser.parse(pages(folder)["rss.xml"]).feed
    told = (feed.title, feed.subtitle, feed.language, feed.link)
    assert told == ("The Harbour Post", "News from the quays", "en", "https://harbourpost.example")


def test_a_format_no_longer_written_is_taken_away(
    channel: Callable[..., FeedChannel], posts: list[Post], folder: Path
) -> None:
    """A document that would never move again does not stay behind to mislead its readers."""
    channel(posts).send(posts[0])
    channel(posts, formats=["json"]).send(posts[0])
    assert list(pages(folder)) == ["feed.json"]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"formats": ["rss", "xml"]}, "destinations.quay.formats"),
        ({"formats": []}, "destinations.quay.formats"),
        ({"items": 0}, "destinations.quay.items"),
        ({"items": 2.5}, "destinations.quay.items"),
        ({"items": "many"}, "destinations.quay.items"),
    ],
)
def test_senseless_options_are_refused(
    channel: Callable[..., FeedChannel], options: dict[str, object], path: str
) -> None:
    """An unknown format or a senseless number of items is named with its place in the settings."""
    with pytest.raises(SettingsError) as caught:
        channel([], **options)
    assert [problem.path for problem in caught.value.problems] == [path]


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "a\\b"])
def test_a_destination_cannot_lead_out_of_the_folder(name: str, tmp_path: Path, channel: Callable[..., object]) -> None:
    """A destination whose name is no plain name of a folder gets no feed."""
    surroundings = Surroundings(
        feeds=tmp_path, public_url="", now=lambda: pytest.fail("no receipt is due"), recent=lambda count: []
    )
    with pytest.raises(SettingsError):
        FeedChannel(Destination(name=name, channel="feed"), surroundings)


def test_an_item_that_cannot_be_made_costs_nobody_else(
    channel: Callable[..., FeedChannel], posts: list[Post], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One impossible article is left out with a note, said once; only its own delivery is rejected."""
    bad = replace(posts[1], article=None)
    feed = channel([posts[0], bad, posts[2]])
    with caplog.at_level(logging.WARNING, logger="wireroom.channels.feed"):
        feed.send(posts[0])
        feed.refresh()
    assert uids(folder) == everywhere([posts[0].uid, posts[2].uid])
    assert [posts[1].uid in record.getMessage() for record in caplog.records] == [True]
    with pytest.raises(Rejected, match="carries no article"):
        feed.send(bad)


def test_the_bytes_follow_the_content_even_under_one_revision(
    channel: Callable[..., FeedChannel], posts: list[Post], folder: Path
) -> None:
    """Ready-made items are used only for the very same article, so two channels always write the same bytes."""
    feed = channel(posts)
    feed.refresh()
    assert posts[0].article
    posts[0] = replace(posts[0], article=replace(posts[0].article, title="Moved"))
    feed.refresh()
    before = pages(folder)
    assert channel(posts).refresh() == ()
    assert b"Moved" in before["rss.xml"]


def test_many_articles_pass_through_a_small_store_of_items(
    channel: Callable[..., FeedChannel], article: Callable[..., Article], post: Callable[[Article], Post], folder: Path
) -> None:
    """Hundreds of articles through a feed of two items leave the two newest."""
    posts: list[Post] = []
    feed = channel(posts, items=2, formats=["json"])
    for n in range(150):
        posts.insert(0, post(article(n)))
    for each in reversed(posts):
        feed.find(each, each.article.published_at)  # type: ignore[union-attr]
    feed.refresh()
    items = json.loads(pages(folder)["feed.json"])["items"]
    assert [item["id"] for item in items] == [each.uid for each in posts[:2]]


def test_check_writes_nothing_readers_see(channel: Callable[..., FeedChannel], folder: Path) -> None:
    """The check proves that the folder can be written to and leaves no document behind."""
    assert channel([], formats=["rss", "json"]).check() == f"rss.xml, feed.json in {folder}"
    assert pages(folder) == {}
    assert [path.name for path in folder.iterdir()] == [".lock"]


def test_a_file_in_place_of_the_folder(channel: Callable[..., FeedChannel], posts: list[Post], folder: Path) -> None:
    """Where a file stands in place of the folder, nothing was sent, and the sentence says which path and what to do."""
    folder.parent.mkdir()
    folder.write_text("in the way")
    for work in (lambda: channel(posts).send(posts[0]), lambda: channel(posts).check()):
        with pytest.raises(NotSent, match="Move that file away") as caught:
            work()
        assert str(folder) in caught.value.message
        assert caught.value.code == "EEXIST"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_leaves_the_last_good_documents(
    channel: Callable[..., FeedChannel], posts: list[Post], folder: Path
) -> None:
    """With no space for one of the documents none is replaced, the ending says so, and the next try heals it."""
    channel(posts[1:]).refresh()
    before = pages(folder)
    (folder / ".feed.json.new").symlink_to("/dev/full")
    with pytest.raises(NotSent, match=r"feed\.json cannot be used: the disk is full") as caught:
        channel(posts).send(posts[0])
    assert caught.value.code == "ENOSPC"
    assert pages(folder) == before
    assert sorted(path.name for path in folder.iterdir()) == [".lock", *FILES]
    channel(posts).send(posts[0])
    assert uids(folder) == everywhere([post.uid for post in posts])


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="needs a place where even root may not write")
def test_a_place_without_the_right_to_write(posts: list[Post]) -> None:
    """Where the system forbids writing, nothing was sent and the sentence says what to do."""
    surroundings = Surroundings(
        feeds=Path("/sys/wireroom"),
        public_url="",
        now=lambda: datetime(2026, 6, 1, tzinfo=UTC),
        recent=lambda count: posts,
    )
    with pytest.raises(NotSent, match=r"no right to write|read-only") as caught:
        FeedChannel(Destination(name="quay", channel="feed"), surroundings).send(posts[0])
    assert "/sys/wireroom" in caught.value.message


@pytest.mark.skipif(os.geteuid() == 0, reason="no folder is closed to root")
def test_a_folder_closed_to_us(channel: Callable[..., FeedChannel], posts: list[Post], folder: Path) -> None:
    """A folder without the right to write ends in a sentence with the path, and the last good documents stay."""
    channel(posts[1:]).refresh()
    before = pages(folder)
    folder.chmod(0o500)
    try:
        with pytest.raises(NotSent, match="no right to write"):
            channel(posts).send(posts[0])
    finally:
        folder.chmod(0o700)
    assert pages(folder) == before


def test_a_folder_in_place_of_a_document(channel: Callable[..., FeedChannel], posts: list[Post], folder: Path) -> None:
    """Where a folder stands in place of a document, the other documents stay as they are."""
    (folder / "rss.xml").mkdir(parents=True)
    with pytest.raises(NotSent, match="Move that folder away"):
        channel(posts).send(posts[0])
    assert not (folder / "atom.xml").exists()


def test_a_store_that_fails_is_an_ending(
    channel: Callable[..., FeedChannel], tmp_path: Path, posts: list[Post]
) -> None:
    """When the posts of the feed cannot be read, nothing was sent and the feed stays as it is."""

    def recent(count: int) -> Sequence[Post]:
        raise StoreError("the database is locked")

    surroundings = Surroundings(
        feeds=tmp_path, public_url="", now=lambda: datetime(2026, 6, 1, tzinfo=UTC), recent=recent
    )
    with pytest.raises(NotSent, match="the database is locked"):
        FeedChannel(Destination(name="quay", channel="feed"), surroundings).send(posts[0])


WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from wireroom.channels.feed import FeedChannel
from wireroom.model.article import Article
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination
from wireroom.model.post import Post

root, name = Path(sys.argv[1]), sys.argv[2]
start = datetime(2026, 3, 1, tzinfo=UTC)

def made(uid):
    article = Article(uid=uid, revision=1, publication="p", title=uid, url="", published_at=start, updated_at=start,
                      html=f"<p>{uid}</p>" * 500, text=uid)
    return Post(key=uid, uid=uid, revision=1, destination="quay", channel="feed", title=uid, text=uid, link="",
                article=article)

def recent(count):
    return [made(path.name) for path in sorted((root / "sent").iterdir())]

surroundings = Surroundings(feeds=root / "feeds", public_url="", now=lambda: start, recent=recent)
channel = FeedChannel(Destination(name="quay", channel="feed", options={"items": 500}), surroundings)
print("ready", flush=True)
sys.stdin.readline()
for n in range(25):
    uid = f"urn:x:{name}{n}"
    (root / "sent" / uid).touch()
    channel.send(made(uid))
    for page in (root / "feeds" / "quay").glob("[!.]*"):
        assert page.is_dir() or uid.encode() in page.read_bytes(), (uid, page)
"""


def test_two_processes_lose_no_item(tmp_path: Path, folder: Path) -> None:
    """Two processes writing one feed at once: a reader always finds whole documents, and at the end every item."""
    (tmp_path / "sent").mkdir()
    command = [sys.executable, "-W", "error", "-c", WRITER, str(tmp_path)]
    writers = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for name in "ab"
    ]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    read = 0
    while any(writer.poll() is None for writer in writers):
        read += _read_all(folder)
    assert read
    assert [(writer.communicate()[0], writer.returncode) for writer in writers] == [("", 0), ("", 0)]
    assert {frozenset(each) for each in uids(folder).values()} == {
        frozenset(f"urn:x:{x}{n}" for x in "ab" for n in range(25))
    }


def test_many_threads_lose_no_item(
    channel: Callable[..., FeedChannel], article: Callable[..., Article], post: Callable[[Article], Post], folder: Path
) -> None:
    """Lanes of one process, some sharing a channel, write one feed at once and lose no item."""
    posts: list[Post] = []
    lock, channels = threading.Lock(), [channel(posts), channel(posts)]

    def publish(n: int) -> None:
        with lock:
            posts.insert(0, post(article(n)))
        channels[n % 2].send(posts[-1])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(publish, range(40)))
    assert {frozenset(each) for each in uids(folder).values()} == {frozenset(each.uid for each in posts)}


def _read_all(folder: Path) -> int:
    """Read every document and require it to be whole; how many there were."""
    read = 0
    for kind in FEEDS.values():
        page = folder / kind.file
        if page.exists():
            kind.require(page.read_bytes())
            read += 1
    return read
