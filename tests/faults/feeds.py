"""Cells on a feed whose folder cannot be written: the real channel on a real disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tests.faults.bench import Bench, Clock, tried_before
from tests.faults.matrix import Cell, Moment, Way

from wireroom.channels.feed import FeedChannel
from wireroom.model.channel import Surroundings
from wireroom.model.delivery import State
from wireroom.model.destination import Destination
from wireroom.model.post import Post
from wireroom.model.publication import Publication

if TYPE_CHECKING:
    from wireroom.model.article import Article
    from wireroom.store import Store

DOCUMENTS = ("rss.xml", "atom.xml", "feed.json")
WHERE = {
    "rss.xml": "channel/item/guid",
    "atom.xml": "{http://www.w3.org/2005/Atom}entry/{http://www.w3.org/2005/Atom}id",
}
CANNOT_BE_WRITTEN = Path("/sys/kernel")  # takes no new file from anybody, root included
ALWAYS_FULL = Path("/dev/full")  # answers every write with ENOSPC


@dataclass
class Folder:
    """A feed in a folder."""

    place: Destination
    path: Path
    channel: FeedChannel

    def post(self, article: Article) -> Post:
        """A feed's post carries the whole article."""
        return Post(
            key=article.uid,
            uid=article.uid,
            revision=1,
            destination=self.place.name,
            channel="feed",
            title=article.title,
            text=article.title,
            link=article.url,
            article=article,
        )

    def ids(self, post: Post) -> list[str]:
        """Every item of the article, in the document that has most of them."""
        return max((self.held(name, post.uid) for name in DOCUMENTS), key=len)

    def creates(self, post: Post) -> None:
        """Nobody counts how often a file is written."""

    def held(self, name: str, uid: str) -> list[str]:
        """An article's items in one document: its uid, as often as it stands there."""
        path = self.path / name
        if not path.is_file():
            return []
        if path.suffix == ".json":
            found = [str(item["id"]) for item in json.loads(path.read_bytes())["items"]]
        else:
            found = [str(each.text) for each in ET.fromstring(path.read_bytes()).iterfind(WHERE[name])]
        return [each for each in found if each == uid]


@dataclass
class Feed:
    """A cell on a feed that holds an older item already."""

    cell: Cell
    bench: Bench
    older: Bench
    folder: Folder

    def lead_up(self) -> None:
        """To a retry by a folder that is in the way, to the third moment by a worker that is lost."""
        bench = self.bench
        if self.cell.moment is Moment.RETRY:
            self._try_in_vain(Way.FILE)
            assert (bench.delivery.state, bench.delivery.attempts) == (State.PLANNED, 1)
            bench.pass_time()
        if self.cell.moment is Moment.LOOK:
            bench.lose_worker(made=self.cell.row.made)
            bench.sweep()

    def strike(self) -> None:
        """One round in which nothing can be written."""
        self._try_in_vain(self.cell.row.way)

    def mend(self) -> None:
        """It is mended already."""

    def extra(self) -> int:
        """The try before a retry, or that of the worker that was lost."""
        return tried_before(self.cell) + int(self.cell.moment is Moment.LOOK)

    def check(self) -> None:
        """Every document holds both items, each once, and nothing half written lies about."""
        for name in DOCUMENTS:
            for post in (self.older.posted, self.bench.posted):
                assert len(self.folder.held(name, post.uid)) == 1
        assert sorted(path.name for path in self.folder.path.iterdir()) == sorted([".lock", *DOCUMENTS])

    def _try_in_vain(self, way: Way) -> None:
        with _spoiled(self.folder.path, way):
            self.bench.step()


@contextmanager
def _spoiled(path: Path, way: Way) -> Iterator[None]:
    """A feed's folder in which nothing can be written; what was there is put aside and back."""
    if way is Way.FULL:
        staged = path / ".atom.xml.new"  # where the document is written before it takes its place
        staged.symlink_to(ALWAYS_FULL)
        yield
        staged.unlink(missing_ok=True)
        return
    spoiled, aside = (path / "rss.xml" if way is Way.FOLDER else path), path.with_name("aside")
    spoiled.rename(aside)
    if way is Way.FOLDER:
        spoiled.mkdir()
    elif way is Way.FILE:
        spoiled.touch()
    else:
        spoiled.symlink_to(CANNOT_BE_WRITTEN)
    yield
    if way is Way.FOLDER:
        spoiled.rmdir()
    else:
        spoiled.unlink()
    aside.rename(spoiled)


def feed(cell: Cell, store: Store, clock: Clock, feeds: Path, name: str) -> Feed:
    """A bench for a cell on a feed; an older article is in it already."""
    place = Destination(name="feed", channel="feed")
    outlet = Publication(key="outlet", name="The Outlet", url="https://example.org")
    around = Surroundings(
        feeds=feeds,
        public_url="https://feeds.example.org",
        now=clock,
        recent=lambda limit: store.recent(place.name, limit),
        publications=(outlet,),
    )
    folder = Folder(place, feeds / place.name, FeedChannel(place, around))
    older = Bench(store, clock, folder, f"{name}-older")
    older.drive()
    return Feed(cell, Bench(store, clock, folder, name), older, folder)
