"""Whatever fails on the way: in the end the place holds what the feed's folder holds, and links lead somewhere."""

from __future__ import annotations

import shutil
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.push.conftest import Channels, Feed, channel_to
from tests.push.servers import Mirror

from wireroom.channels.push.files import Page, media_type
from wireroom.model.errors import Ending, NotSent, RateLimited
from wireroom.testing import a_post

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wireroom.channels.push.channel import PushChannel
    from wireroom.model.post import Exchange, Post

NAMES = ("rss.xml", "feed.json", "archive/a.rss.xml", "archive/b.rss.xml", "tag/x/rss.xml", "tag/x/archive/a.rss.xml")
FOREIGN = {"index.html": b"theirs", "atom.xml": b"theirs too"}


class Shelf:
    """A place in memory that fails when it is told to, before or after it did what it was asked, or dies with us."""

    tells = False
    address = "shelf"
    exchange: Exchange | None = None

    def __init__(self) -> None:
        self.files: dict[str, bytes] = dict(FOREIGN)
        self.puts: list[str] = []
        self.fails: tuple[int, bool] | None = None
        self.record = Path()
        self.at_the_time: bytes | None = None

    @contextmanager
    def open(self) -> Iterator[Shelf]:
        """Itself."""
        yield self

    def holds(self, page: Page, *, left: bool) -> bool:
        """As a server that tells lengths alone."""
        return left and len(self.files.get(page.name, b"")) == len(page.body)

    def put(self, page: Page) -> None:
        """Keep it."""
        self._do(lambda: self.files.__setitem__(page.name, page.body))
        self.puts.append(page.name)

    def remove(self, name: str) -> None:
        """Drop it."""
        self._do(lambda: self.files.pop(name, None))

    def probe(self) -> None:
        """All is well."""

    def _do(self, deed: object) -> None:
        assert callable(deed)
        count, done = self.fails or (-1, False)
        if self.fails is not None:
            self.fails = (count - 1, done)
        if count != 0 or done:
            deed()
        if count == 0:
            self.at_the_time = self.record.read_bytes() if self.record.is_file() else None
            raise NotSent("the shelf broke")


def on_shelf(feeds: Path, shelf: Shelf) -> PushChannel:
    """A channel, as a new process makes it, whose place is the shelf."""
    made = channel_to(feeds, "/nowhere", {}, {}, timeout=20.0)
    made._place = shelf
    return made


class Pushing(RuleBasedStateMachine):
    """A feed that changes, two processes that push it and are started anew, and a place that fails."""

    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="wireroom-push-"))
        self.feed, self.shelf = Feed(self.home), Shelf()
        self.shelf.record = self.home / ".pushed" / "mirror.json"
        self.made = [on_shelf(self.home, self.shelf) for _ in range(2)]
        self.ours: dict[str, bytes] = {}
        self.number = 0

    @rule(name=st.sampled_from(NAMES), size=st.sampled_from([1, 2]))
    def write(self, name: str, size: int) -> None:
        self.number += 1
        self.ours[name] = f"{self.number:04}".encode() * size
        self.feed.write({name: self.ours[name]})

    @rule(name=st.sampled_from(NAMES))
    def drop(self, name: str) -> None:
        if name in self.ours:
            self.feed.drop(name)
            del self.ours[name]

    @rule(name=st.sampled_from(NAMES))
    def write_old_bytes(self, name: str) -> None:
        self.ours[name] = b"0000"
        self.feed.write({name: b"0000"})

    @rule(which=st.integers(0, 1))
    def start_anew(self, which: int) -> None:
        self.made[which] = on_shelf(self.home, self.shelf)

    @rule(which=st.integers(0, 1), fails=st.none() | st.tuples(st.integers(0, 4), st.booleans()), killed=st.booleans())
    def push(self, which: int, fails: tuple[int, bool] | None, killed: bool) -> None:
        self.shelf.fails, self.shelf.puts = fails, []
        try:
            self.made[which].send(a_post())
        except NotSent:
            if killed and self.shelf.at_the_time is not None:  # what a process that died there would have written
                self.shelf.record.write_bytes(self.shelf.at_the_time)
                self.start_anew(which)
            return
        kept = {name: body for name, body in FOREIGN.items() if name not in self.ours}
        assert self.shelf.files == {**kept, **self.ours}

    @invariant()
    def no_link_to_what_is_not_there(self) -> None:
        """Within one push an archive comes before the documents that link to it, the feed's own come last."""
        puts = getattr(self, "shelf", Shelf()).puts
        ranks = [0 if name.startswith("tag/") else 1 if "archive/" in name else 2 for name in puts]
        inner = [name for name in puts if name.startswith("tag/")]
        assert ranks == sorted(ranks)
        assert inner == sorted(inner, key=lambda name: "archive/" not in name)

    def teardown(self) -> None:
        if hasattr(self, "home"):
            shutil.rmtree(self.home)


TestPushing = Pushing.TestCase
TestPushing.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("mirror", ["directory", "sftp"], indirect=True)
def test_a_reader_sees_the_old_file_or_the_new_one(channel: Channels, mirror: Mirror, feed: Feed, post: Post) -> None:
    """Whoever reads while a large file is replaced, again and again, finds one of them whole."""
    bodies = [bytes([letter]) * 700_000 for letter in b"abc"]
    feed.write({"rss.xml": bodies[0]})
    made = channel()
    made.send(post)
    seen, over = [], threading.Event()

    def read() -> None:
        while not over.is_set():
            seen.append((mirror.folder / "rss.xml").read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for turn in range(1, 7):
            feed.write({"rss.xml": bodies[turn % 3]})
            made.send(post)
    finally:
        over.set()
        reader.join()
    assert seen
    assert all(body in bodies for body in seen)


def test_a_push_that_takes_long_ends_in_time_and_goes_on(tmp_path: Path) -> None:
    """A lane's lease covers three requests: a push of many files stops in time, counts as no try, and goes on."""
    feed, shelf = Feed(tmp_path), Shelf()
    files = {f"archive/{number}.json": b"{}" for number in range(5)} | {"feed.json": b"{}"}
    feed.write(files)
    made = channel_to(tmp_path, "/nowhere", {}, {}, timeout=0.0)
    made._place = shelf
    for number in range(1, 7):
        with pytest.raises(RateLimited, match=f"{number} files are there"):
            made.send(a_post())
    assert made.send(a_post())
    assert shelf.puts[-1] == "feed.json"
    assert shelf.files == {**FOREIGN, **files}


def test_a_folder_without_a_feed_empties_no_mirror(tmp_path: Path) -> None:
    """Where the feed's folder is gone or empty, a disk that is not mounted say, nothing there is taken away."""
    feed, shelf = Feed(tmp_path), Shelf()
    feed.write({"rss.xml": b"1"})
    made = on_shelf(tmp_path, shelf)
    made.send(a_post())
    shutil.rmtree(feed.folder)
    with pytest.raises(NotSent, match="holds no feed yet"):
        made.send(a_post())
    assert shelf.files["rss.xml"] == b"1"


def test_one_pushes_at_a_time(tmp_path: Path) -> None:
    """While a process pushes, another one's push waits, and in the end asks for another turn."""
    Feed(tmp_path).write({"rss.xml": b"1"})
    shelf, caught = Shelf(), []
    one, other = on_shelf(tmp_path, shelf), channel_to(tmp_path, "/nowhere", {}, {}, timeout=0.2)

    def meanwhile(page: Page) -> None:
        with pytest.raises(Ending) as ending:
            other.send(a_post())
        caught.append(ending.value)

    shelf.put = meanwhile  # type: ignore[method-assign]
    one.send(a_post())
    assert [type(ending) for ending in caught] == [RateLimited]


def test_a_spoiled_record_costs_a_comparison(tmp_path: Path) -> None:
    """A record that is no record, or names what no push can have left, leads to nothing being removed."""
    Feed(tmp_path).write({"rss.xml": b"1"})
    shelf = Shelf()
    on_shelf(tmp_path, shelf).send(a_post())
    (record,) = (tmp_path / ".pushed").glob("*.json")
    for text in ("{", "[]", '{"place": "/nowhere", "files": {"../x": "1", "/etc/x": "2", ".x": "3", "a//b": "4"}}'):
        record.write_text(text)
        on_shelf(tmp_path, shelf).send(a_post())
        assert shelf.files == {**FOREIGN, "rss.xml": b"1"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rss.xml", "application/rss+xml; charset=utf-8"),
        ("tag/x/atom.xml", "application/atom+xml; charset=utf-8"),
        ("feed.json", "application/feed+json; charset=utf-8"),
        ("archive/2026-01.atom.xml", "application/atom+xml; charset=utf-8"),
        ("section/a/archive/2026-01.json", "application/feed+json; charset=utf-8"),
        ("other.json", "application/json; charset=utf-8"),
        ("picture.png", "image/png"),
        ("thing", "application/octet-stream"),
    ],
)
def test_media_types(name: str, expected: str) -> None:
    """A file's media type is that of its format, by its name, in an archive by its ending."""
    assert media_type(name) == expected
