"""The push channel: every send brings a place to what the feed's folder holds, so it may be repeated at will."""

from __future__ import annotations

import hashlib
import itertools
import os
import time
from typing import TYPE_CHECKING

from wireroom.channels.push.files import Files
from wireroom.channels.push.place import Way
from wireroom.channels.push.places import place
from wireroom.channels.push.record import UNKNOWN, Record
from wireroom.model.errors import NotSent, RateLimited
from wireroom.model.post import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from wireroom.channels.push.files import Page
    from wireroom.channels.push.place import There
    from wireroom.model.channel import Surroundings
    from wireroom.model.destination import Destination
    from wireroom.model.post import Exchange, Post

SHORT = 16  # hex digits of a digest that a receipt shows
SHARE = 2  # times `timeout` that one send works: a lane's lease covers three, and the last file may take one


class PushChannel:
    """Takes the files of the feed it follows to one place: what changed, archives first, what has gone last."""

    repeatable = True

    def __init__(self, destination: Destination, surroundings: Surroundings) -> None:
        texts = {name: str(value) for name, value in destination.options.items() if value}
        way = Way(
            to=texts.get("to", ""),
            timeout=destination.timeout,
            mark=_mark(destination.name),
            now=surroundings.now,
            options=texts,
            secrets=destination.secrets,
        )
        self._place = place(way)
        self._files = Files(surroundings.feeds / destination.follows)
        self._record = Record(surroundings.feeds, destination.name, f"{texts.get('endpoint', '')} {way.to}".strip())
        self._sure: set[str] = set()  # names that this process has compared or put there
        self._url = texts.get("url", "")
        self._timeout, self._now = destination.timeout, surroundings.now

    def send(self, post: Post) -> Receipt:  # noqa: ARG002 the feed's files hold it
        """Bring the place to what the feed's folder holds. Raises an `Ending`."""
        end = time.monotonic() + SHARE * self._timeout
        with self._record.held(self._timeout, self._now):
            push = _Push(self._files, self._record, self._sure, self._over(end))
            names = self._files.names()
            if not names:
                raise NotSent(f"{self._files.folder} holds no feed yet: there is nothing to push")
            if not push.needed(names):  # another post's push has brought this one along
                return self._receipt(None)
            with self._place.open() as there:
                push.run(there)
                return self._receipt(there.exchange)

    def amend(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 the feed's files hold the newer revision
        """As `send`."""
        return self.send(post)

    def retract(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 the feed's files hold it no more
        """As `send`."""
        return self.send(post)

    def find(self, post: Post, since: datetime) -> Receipt | None:  # noqa: ARG002 what is there is compared whole
        """The receipt when the place holds every file exactly as it is here; None also where that cannot be told."""
        names = self._files.names()
        if not self._place.tells or not names:
            return None
        with self._record.held(self._timeout, self._now), self._place.open() as there:
            if not self._record.digests.keys() <= set(names):  # what has gone here is not gone there
                return None
            for name in names:
                page = self._files.read(name)
                if page is None or not there.holds(page, left=False):
                    return None
                self._record.digests[name] = page.digest
            return self._receipt(there.exchange)

    def check(self) -> str:
        """Write a probe there and take it away again. Raises an `Ending` that says what stands in the way."""
        with self._place.open() as there:
            there.probe()
        return f"{self._place.address} takes files"

    def _receipt(self, exchange: Exchange | None) -> Receipt:
        held = hashlib.sha256(repr(sorted(self._record.digests.items())).encode()).hexdigest()
        return Receipt(
            remote_id=held[:SHORT], remote_url=self._url or self._place.address, at=self._now(), exchange=exchange
        )

    def _over(self, end: float) -> Callable[[Iterable[str]], None]:
        """Ends a send that has used up its time: what it did is remembered, and the rest follows with the next."""

        def over(digests: Iterable[str]) -> None:
            if time.monotonic() > end:
                done = sum(digest != UNKNOWN for digest in digests)
                told = f"{done} files are there after {SHARE * self._timeout:.0f} s; the others follow at once"
                raise RateLimited(told, until=self._now())

        return over


class _Push:
    """One push: compares, puts, removes, and keeps the record true to what may be there whenever it is cut short."""

    def __init__(self, files: Files, record: Record, sure: set[str], over: Callable[[Iterable[str]], None]) -> None:
        self._files, self._record, self._sure, self._over = files, record, sure, over

    def needed(self, names: list[str]) -> bool:
        """Whether anything is to be compared, put or taken away, these being the files there are."""
        return any(map(self._differs, names)) or not self._record.digests.keys() <= set(names)

    def run(self, there: There) -> None:
        """Put what differs, each folder's archive before its documents, the feed's own documents last."""
        kept = dict(self._record.digests)
        self._doubt()
        try:
            for owner in self._files.folders():
                changed = list(self._changed(self._files.documents(owner)))
                for page in itertools.chain(self._changed(self._files.archive(owner)), changed):
                    self._bring(there, page)
            self._clear(there, kept.keys() - set(self._files.names()))
        finally:
            if self._record.digests != kept:
                self._record.keep()

    def _changed(self, names: list[str]) -> Iterator[Page]:
        for name in names:
            if self._differs(name) and (page := self._files.read(name)):
                yield page

    def _differs(self, name: str) -> bool:
        """Whether the file is not known to be there as it is now."""
        return name not in self._sure or self._record.digests.get(name) != self._files.digest(name)

    def _doubt(self) -> None:
        """Note, on the disk too, what is about to be put: a process that dies on the way may have left it, or not."""
        digests = self._record.digests
        stale = [name for name in self._files.names() if digests.get(name) != self._files.digest(name)]
        if stale:
            digests.update(dict.fromkeys(stale, UNKNOWN))
            self._record.keep()

    def _bring(self, there: There, page: Page) -> None:
        digests = self._record.digests
        left = digests.get(page.name) == page.digest
        if page.name in self._sure or not there.holds(page, left=left):
            digests[page.name] = UNKNOWN
            there.put(page)
        digests[page.name] = page.digest
        self._sure.add(page.name)
        self._over(digests.values())

    def _clear(self, there: There, gone: set[str]) -> None:
        for name in sorted(gone):
            there.remove(name)
            del self._record.digests[name]
            self._sure.discard(name)
            self._over(self._record.digests.values())


def _mark(destination: str) -> str:
    """A word of this host's and destination's own: nobody else writes under it, and what is left is overwritten."""
    return hashlib.sha256(f"{os.uname().nodename}/{destination}".encode()).hexdigest()[:8]
