"""Archive documents (RFC 5005, section 4): one for each month that is over, in chains that lead back to the first item.

A month that outgrows the feed while it runs has documents of its own before it is over, so that no item is ever in
none. A document, once written, changes only when an article in it is corrected or taken back, or comes late.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wireroom.channels.feed.folder import Page
from wireroom.compose.feeds.formats import ARCHIVE, ENDINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wireroom.channels.feed.folder import Folder
    from wireroom.channels.feed.items import Items, Ready
    from wireroom.compose.feeds.formats import Format
    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.stock import FeedItem, Stock

AT_ONCE = 24
"""Documents sealed in one go; a feed with years behind it is done in several."""

_NEWEST = f"{ARCHIVE}/.newest"
_CLOSING = 10**6  # a month's last document follows those written while it ran

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

Place = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One item of a sealed document: who it is, where it stands in the order, and its bytes in each format."""

    uid: str
    revision: int
    published_at: datetime
    updated_at: datetime
    fragments: Mapping[str, bytes]

    @property
    def place(self) -> Place:
        return self.published_at, self.uid


@dataclass(frozen=True, slots=True)
class _Sealed:
    """An archive document: its name, the name of the one before it ("" for none), its items in order of publication."""

    name: str
    older: str
    entries: tuple[_Entry, ...]

    @property
    def last(self) -> Place:
        return self.entries[-1].place if self.entries else (_BEFORE_ALL, "")


class Archive:
    """The archive of one feed; every method is to be called with the folder locked."""

    def __init__(
        self, folder: Folder, formats: Sequence[Format], stock: Stock, items: Items, size: int, base: str
    ) -> None:
        self._folder, self._stock, self._items, self._size, self._base = folder, stock, items, size, base
        self._kinds = [(place, kind) for place, kind in enumerate(formats) if kind.archived]

    def addresses(self, name: str) -> dict[str, str]:
        """Where the documents of one archive page are seen from outside, by format; none for no page."""
        if not name:
            return {}
        return {kind.name: f"{self._base}/{ARCHIVE}/{quote(_file(name, kind))}" for _, kind in self._kinds}

    def update(
        self, head: FeedHead, now: datetime, newest: Sequence[FeedItem], changed: FeedItem | None, without: str
    ) -> tuple[dict[str, Page], str]:
        """The documents to write, and the name of the newest page then.

        `newest` are the feed's items and the next older one, `changed` what is being sent, `without` the uid of what
        is being taken back, whose place `changed` tells.
        """
        if not self._kinds:
            return {}, ""
        work = _Work(self._read, self._folder.read(_NEWEST))
        if changed is not None:
            self._correct(work, changed, without)
        self._seal(work, now, newest)
        pages: dict[str, Page] = {}
        for page in work.changed.values():
            pages |= self._pages(head, page)
        if work.newest in work.changed:
            pages[_NEWEST] = Page(work.pointer())
        return pages, work.newest

    def _correct(self, work: _Work, item: FeedItem, without: str) -> None:
        """Put an item that belongs into a sealed page there, or take it out."""
        name = self._home(work, item)
        if not name:
            return
        page = work.page(name)
        kept = tuple(entry for entry in page.entries if entry.uid != item.uid)
        if without != item.uid:
            kept += tuple(self._entries(self._items.of([item])))
        kept = tuple(sorted(kept, key=lambda entry: entry.place))
        if kept != page.entries:
            work.put(replace(page, entries=kept))

    def _home(self, work: _Work, item: FeedItem) -> str:
        """The page an item belongs to; "" where it is in the feed itself, or has yet to be sealed with its like."""
        if not work.newest:
            return ""
        month = _month(item.published_at)
        if item.place > work.last:
            return month if work.newest == month else ""
        mine = [name for name in self._names() if _key(name)[0] == month]
        for name in mine:
            if item.place <= work.page(name).last:
                return name
        if month not in mine:
            self._insert(work, month)
        return month

    def _insert(self, work: _Work, name: str) -> None:
        """A page between others: the one after it leads to it, and it to the one before."""
        before = [each for each in self._names() if _key(each) < _key(name)]
        after = [each for each in self._names() if _key(each) > _key(name)]
        work.put(_Sealed(name, before[-1] if before else "", ()), newest=not after)
        if after:
            work.put(replace(work.page(after[0]), older=name))

    def _seal(self, work: _Work, now: datetime, newest: Sequence[FeedItem]) -> None:
        """Seal what is left of months that are over, and the oldest of this month before it falls off the feed."""
        start = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        for _ in range(AT_ONCE):
            fallen = len(newest) > self._size and newest[self._size].place > work.last
            over = self._unsealed(work, start)
            if not over and not fallen:
                return
            oldest = over or self._unsealed(work, now + timedelta.resolution)
            month = _month(oldest[0].published_at) if oldest else ""
            rows = [item for item in oldest if _month(item.published_at) == month][: self._size]
            if not rows:
                return
            closes = bool(over) and len(rows) < self._size
            self._append(work, month, rows, closes=closes)

    def _append(self, work: _Work, month: str, rows: Sequence[FeedItem], *, closes: bool) -> None:
        entries = tuple(self._entries(self._items.of(rows)))
        if not entries:  # nothing can be made of them, which was noted; the next ones count
            last = rows[-1]
            entries = (_Entry(last.uid, last.revision, last.published_at, last.published_at, {}),)
        name = month if closes or work.newest == month else _next_part(month, work.newest)
        if name == work.newest:
            page = work.page(name)
            work.put(replace(page, entries=tuple(sorted((*page.entries, *entries), key=lambda entry: entry.place))))
            return
        work.put(_Sealed(name, work.newest, entries), newest=True)

    def _unsealed(self, work: _Work, before: datetime) -> list[FeedItem]:
        """The oldest items that are in no page yet, published before a time: one page of them at most."""
        since = work.last[0] if work.newest else None
        found = self._stock.after(since, before, self._size + len(work.ties))
        return [item for item in found if item.uid not in work.ties][: self._size]

    def _entries(self, ready: Sequence[Ready]) -> list[_Entry]:
        return [
            _Entry(
                each.item.uid,
                each.item.revision,
                each.item.published_at,
                each.updated_at,
                {kind.name: each.fragments[place] for place, kind in self._kinds},
            )
            for each in ready
        ]

    def _pages(self, head: FeedHead, page: _Sealed) -> dict[str, Page]:
        """A sealed page's documents and the index that finds its items in them again."""
        found: dict[str, Page] = {}
        spans: dict[str, list[list[int]]] = {}
        entries = page.entries[::-1]
        dated = replace(
            head,
            updated=max((entry.updated_at for entry in entries), default=None),
            hubs=(),
            gone=(),
            current=head.feed_urls,
            feed_urls=dict(head.feed_urls) | self.addresses(page.name),
            older=self.addresses(page.older),
        )
        for _, kind in self._kinds:
            fragments = [entry.fragments[kind.name] for entry in entries if kind.name in entry.fragments]
            data = kind.document(dated, fragments)
            spans[kind.name] = _spans(data, [entry.fragments.get(kind.name, b"") for entry in entries])
            found[f"{ARCHIVE}/{_file(page.name, kind)}"] = Page(data, partial(kind.require_frame, dated))
        found[f"{ARCHIVE}/.{page.name}.index"] = Page(_index(page, entries, spans))
        return found

    def _read(self, name: str) -> _Sealed:
        data = self._folder.read(f"{ARCHIVE}/.{name}.index")
        if data is None:
            return _Sealed(name, "", ())
        told = json.loads(data)
        documents = {kind.name: self._folder.read(f"{ARCHIVE}/{_file(name, kind)}") or b"" for _, kind in self._kinds}
        entries = [
            _Entry(
                each["uid"],
                each["revision"],
                datetime.fromisoformat(each["published"]),
                datetime.fromisoformat(each["updated"]),
                {
                    kind: documents[kind][start : start + length]
                    for kind, (start, length) in each["spans"].items()
                    if kind in documents and length
                },
            )
            for each in told["entries"]
        ]
        return _Sealed(name, told["older"], tuple(entries[::-1]))

    def _names(self) -> list[str]:
        """The names of all pages, oldest first."""
        ends = tuple(ENDINGS.values())
        stems = {file.removesuffix(end) for file in self._folder.names(ARCHIVE) for end in ends if file.endswith(end)}
        return sorted((stem for stem in stems if "." not in stem), key=_key)


class _Work:
    """The pages as they are to be: read when they are first asked for, and those that change.

    `last` is the place up to which everything is sealed, `ties` the uids of the sealed items published at that moment.
    """

    def __init__(self, read: Callable[[str], _Sealed], pointer: bytes | None) -> None:
        nothing = {"page": "", "last": [_BEFORE_ALL.isoformat(), ""], "ties": []}
        told: dict[str, Any] = json.loads(pointer) if pointer else nothing
        self._read = read
        self._pages: dict[str, _Sealed] = {}
        self.changed: dict[str, _Sealed] = {}
        self.newest: str = told["page"]
        self.last: Place = (datetime.fromisoformat(told["last"][0]), told["last"][1])
        self.ties: set[str] = set(told["ties"])

    def page(self, name: str) -> _Sealed:
        """The page of this name."""
        if name not in self._pages:
            self._pages[name] = self._read(name)
        return self._pages[name]

    def put(self, page: _Sealed, *, newest: bool = False) -> None:
        """Let a page be so; with `newest` it is the newest from now on."""
        self._pages[page.name] = self.changed[page.name] = page
        if newest:
            self.newest = page.name
        if page.name == self.newest:
            earlier, self.last = self.last, max(self.last, page.last)
            ties = {entry.uid for entry in page.entries if entry.published_at == self.last[0]}
            self.ties = ties | self.ties if earlier[0] == self.last[0] else ties

    def pointer(self) -> bytes:
        """What the next one needs to know, so that it need not read the pages."""
        moment, uid = self.last
        told = {"page": self.newest, "last": [moment.isoformat(), uid], "ties": sorted(self.ties)}
        return json.dumps(told).encode()


def _file(name: str, kind: Format) -> str:
    return f"{name}{ENDINGS[kind.name]}"


def _month(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m}"


def _key(name: str) -> tuple[str, int]:
    return name[:7], int(name[8:]) if len(name) > 7 else _CLOSING


def _next_part(month: str, newest: str) -> str:
    part = _key(newest)[1] + 1 if newest[:7] == month and len(newest) > 7 else 1
    return f"{month}-{part:03}"


def _spans(data: bytes, fragments: Sequence[bytes]) -> list[list[int]]:
    found, place = [], 0
    for fragment in fragments:
        start = data.index(fragment, place) if fragment else 0
        found.append([start, len(fragment)])
        place = start + len(fragment) if fragment else place
    return found


def _index(page: _Sealed, entries: Sequence[_Entry], spans: Mapping[str, Sequence[Sequence[int]]]) -> bytes:
    told = [
        {
            "uid": entry.uid,
            "revision": entry.revision,
            "published": entry.published_at.isoformat(),
            "updated": entry.updated_at.isoformat(),
            "spans": {kind: found[place] for kind, found in spans.items()},
        }
        for place, entry in enumerate(entries)
    ]
    return json.dumps({"older": page.older, "entries": told}).encode()
