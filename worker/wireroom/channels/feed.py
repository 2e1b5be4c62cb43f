"""The feed channel: RSS, Atom and JSON Feed documents on disk, replaced whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import threading
from collections import OrderedDict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from wireroom.compose.feeds.formats import FORMATS, Format
from wireroom.compose.feeds.options import head, options
from wireroom.model.errors import NotSent, Rejected, WireroomError
from wireroom.model.post import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from wireroom.model.article import Article
    from wireroom.model.channel import Sent, Surroundings
    from wireroom.model.destination import Destination
    from wireroom.model.post import Post

_log = logging.getLogger(__name__)

_REMEDIES = {
    errno.ENOSPC: "the disk is full. Free some space there",
    errno.EDQUOT: "the disk quota is used up. Free some space there, or raise the quota",
    errno.EROFS: "the file system is read-only. Mount it for writing",
    errno.EACCES: "Wireroom has no right to write there. Give that right to the user it runs as (chown, chmod)",
    errno.EPERM: "Wireroom has no right to write there. Give that right to the user it runs as (chown, chmod)",
    errno.ENOTDIR: "a file stands where a folder is needed. Move that file away",
    errno.EEXIST: "a file stands where a folder is needed. Move that file away",
    errno.EISDIR: "a folder stands where a file is needed. Move that folder away",
}


class FeedChannel:
    """A feed: sending a post writes the documents anew from all posts that stand, so it may be repeated at will."""

    repeatable = True

    def __init__(self, destination: Destination, surroundings: Surroundings) -> None:
        self._options = options(destination)
        self._surroundings = surroundings
        self._folder = _Folder(surroundings.feeds / destination.name)
        self._head = head(destination, self._options, surroundings.publications, surroundings.public_url)
        self._items = _Items(self._options.formats, room=max(4 * self._options.items, 64))
        self._served = f"{surroundings.feeds_from or surroundings.public_url}/feeds/{quote(destination.name, safe='')}"
        self._timeout = destination.timeout

    def send(self, post: Post) -> Receipt:
        """Write the feed with this post in it. Raises `NotSent` (disk) or `Rejected` (no item can be made of it)."""
        self._items.of(post)
        self.refresh()
        return self._receipt(post)

    def amend(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 the feed is written from what stands
        """Write the feed with the newer revision in it; guid and date of publication stay."""
        return self.send(post)

    def retract(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 the uid is all a feed needs
        """Write the feed without this post. Raises `NotSent`."""
        self._write(without=post.uid)
        return self._receipt(post)

    def find(self, post: Post, since: datetime) -> Receipt | None:  # noqa: ARG002 an item has no time of sending
        """The receipt, when every document holds the item at exactly this revision. Raises `NotSent`."""
        try:
            fragments = self._items.of(post).fragments
        except Rejected:
            return None
        for kind, fragment in zip(self._options.formats, fragments, strict=True):
            if fragment not in (self._folder.read(kind.file) or b""):
                return None
        return self._receipt(post)

    def visible(self, sent: Sequence[Sent], since: datetime) -> list[bool]:  # noqa: ARG002 an item has no such time
        """Fetch every document as readers do and look for each item; where nothing serves them nothing is there.

        What the feed is not to hold (any more: taken back, or older than its `items`) is not missed.
        """
        from wireroom.channels.feed_reader import documents, shows

        meant = {post.uid for post in self._standing("")}
        pages = documents(self._served, [kind.file for kind in self._options.formats], self._timeout)
        uids = [each.post.uid for each in sent]
        return [uid not in meant or all(shows(page, uid) for page in pages) for uid in uids]

    def check(self) -> str:
        """Prove that the feed's folder can be written to. Raises `NotSent` that says what stands in the way."""
        self._folder.probe()
        return f"{', '.join(kind.file for kind in self._options.formats)} in {self._folder.path}"

    def refresh(self) -> tuple[Path, ...]:
        """Write the documents from the posts that stand, also when there are none yet.

        Returns the files whose bytes changed. Raises `NotSent`, and then no document has changed.
        """
        return self._write()

    def _write(self, without: str = "") -> tuple[Path, ...]:
        with self._folder.locked():
            return self._folder.replace(self._documents(self._standing(without)))

    def _standing(self, without: str) -> Iterable[Post]:
        """The posts of the feed: one per article, its newest revision."""
        try:
            recent = self._surroundings.recent(self._options.items)
        except WireroomError as error:
            raise NotSent(f"The posts of this feed could not be read: {error}") from error
        newest: dict[str, Post] = {}
        for post in recent:
            known = newest.get(post.uid)
            if post.uid != without and (known is None or known.revision < post.revision):
                newest[post.uid] = post
        return newest.values()

    def _documents(self, posts: Iterable[Post]) -> dict[Format, bytes]:
        """Every format's document of the same items, latest publication first."""
        items: list[_Item] = []
        for post in posts:
            with suppress(Rejected):  # one bad item must not cost the others their feed; a note was logged
                items.append(self._items.of(post))
        items.sort(key=lambda item: (item.published_at, item.uid), reverse=True)
        del items[self._options.items :]
        dated = replace(self._head, updated=max((item.updated_at for item in items), default=None))
        return {
            kind: kind.document(dated, [item.fragments[place] for item in items])
            for place, kind in enumerate(self._options.formats)
        }

    def _receipt(self, post: Post) -> Receipt:
        address = self._head.feed_urls[self._options.formats[0].name]
        return Receipt(remote_id=post.uid, remote_url=address, at=self._surroundings.now())


@dataclass(frozen=True, slots=True)
class _Item:
    """An article as its fragments, one for each format of the feed, in the feed's order of formats."""

    uid: str
    published_at: datetime
    updated_at: datetime
    fragments: tuple[bytes, ...]


class _Items:
    """The items of the newest articles, ready made: at most `room` of them, the least used make way."""

    def __init__(self, formats: tuple[Format, ...], room: int) -> None:
        self._formats = formats
        self._room = room
        self._kept: OrderedDict[tuple[str, int], tuple[Article | None, _Item | str]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, post: Post) -> _Item:
        """The post's item. Raises `Rejected` where none can be made, which is noted once."""
        key = (post.uid, post.revision)
        with self._lock:
            article, item = self._kept.get(key, (None, ""))
            if not item or article != post.article:
                item = self._made(post)
                self._kept[key] = (post.article, item)
            self._kept.move_to_end(key)
            if len(self._kept) > self._room:
                self._kept.popitem(last=False)
        if isinstance(item, str):
            raise Rejected(item, code="no-item")
        return item

    def _made(self, post: Post) -> _Item | str:
        """The item, or the sentence that says why there can be none."""
        try:
            return self._fragments(post.article)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            problem = f"No feed item can be made of {post.uid}, revision {post.revision}: {error}"
            _log.warning("%s. The feed goes out without it.", problem)
            return problem

    def _fragments(self, article: Article | None) -> _Item:
        if article is None:
            raise ValueError("the post carries no article")
        fragments = tuple(kind.fragment(article) for kind in self._formats)
        return _Item(article.uid, article.published_at, article.updated_at, fragments)


class _Folder:
    """A folder of documents that are replaced whole: a reader sees the old one or the new one, nothing between."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder against every other process and thread; the kernel lets go when a process dies."""
        with _explained(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            with _explained(self.path):
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def read(self, name: str) -> bytes | None:
        """A document's bytes, None where there is none. Raises `NotSent`."""
        with _explained(self.path / name), suppress(FileNotFoundError):
            return (self.path / name).read_bytes()
        return None

    def replace(self, pages: Mapping[Format, bytes]) -> tuple[Path, ...]:
        """Put the documents in place of those that differ; call it locked. Raises `NotSent`.

        Every document is whole on the disk before the first takes its place, so a full disk spoils none of them.
        A format that is no longer written loses its file: no feed is better than one that never moves again.
        """
        changed = {kind.file: data for kind, data in pages.items() if self._differs(kind, data)}
        try:
            for name, data in changed.items():
                self._stage(name, data)
            for name in changed:
                _settle(self._staged(name))
            for name in changed:
                with _explained(self.path / name):
                    self._staged(name).replace(self.path / name)
            if changed:
                _settle(self.path)
        finally:
            for name in changed:
                with suppress(OSError):
                    self._staged(name).unlink(missing_ok=True)
        for kind in FORMATS.values():
            if kind not in pages:
                with _explained(self.path / kind.file):
                    (self.path / kind.file).unlink(missing_ok=True)
        return tuple(self.path / name for name in changed)

    def probe(self) -> None:
        """Write a file and take it away again. Raises `NotSent`."""
        with self.locked():
            self._stage("probe", b"Wireroom can write here.\n")
            with _explained(self.path):
                self._staged("probe").unlink()

    def _differs(self, kind: Format, data: bytes) -> bool:
        path = self.path / kind.file
        if self.read(kind.file) == data:
            return False
        try:
            kind.require(data)
        except ValueError as error:
            raise NotSent(f"{path} was left as it was: {error}. This is a fault in Wireroom.") from error
        return True

    def _staged(self, name: str) -> Path:
        """Where a document waits; one name is enough, since only the holder of the lock writes."""
        return self.path / f".{name}.new"

    def _stage(self, name: str, data: bytes) -> None:
        with _explained(self.path / name), self._staged(name).open("wb") as file:
            file.write(data)


def _settle(path: Path) -> None:
    """Make a file's bytes, or a folder's names, last through a power cut. Raises `NotSent`."""
    with _explained(path):
        held = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(held)
        finally:
            os.close(held)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn an error of the disk into `NotSent`: which path, what is wrong, what to do."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}. Look at that disk")
        message = f"{path} cannot be used: {remedy}; Wireroom tries again by itself."
        raise NotSent(message, code=errno.errorcode.get(error.errno or 0)) from error
