"""Feed documents in memory: read when the file has changed, compressed once per change, and known by their items."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from wireroom.compose.feeds.packing import pack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wireroom.compose.feeds.formats import Format

KNOWN = 64
"""Older versions of a document whose items are remembered, so that a reader can be given what is new to it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A document taken apart: what is before its items, the items, what parts them, what is after."""

    before: bytes
    items: tuple[bytes, ...]
    between: bytes
    after: bytes

    def with_only(self, items: list[bytes]) -> bytes:
        """The document with these of its items."""
        return self.before + self.between.join(items) + self.after


@dataclass
class Document:
    """A document as it is served, with what tells it from every other version.

    `modified` is the first whole second (since 1970) at which no older version can have been served; `before` maps the
    tags of older versions to the marks of their items; `notes` are whatever a server keeps with this version.
    """

    stamp: tuple[int, int, int]
    data: bytes
    kind: Format
    tag: str
    modified: int
    before: OrderedDict[str, frozenset[bytes]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _packed: dict[str, bytes] = field(default_factory=dict)
    _deltas: dict[tuple[str, str], bytes] = field(default_factory=dict)
    notes: dict[Any, Any] = field(default_factory=dict)

    def packed(self, encoding: str) -> bytes:
        """The bytes in an encoding, "" for plain; packed when they are first asked for, and once."""
        if not encoding:
            return self.data
        with self._lock:
            found = self._packed.get(encoding)
            if found is None:
                found = self._packed[encoding] = pack(self.data, encoding)
        return found

    @cached_property
    def parts(self) -> Parts | None:
        """The document taken apart; None for a format whose items are not told apart."""
        return _json_parts(self.data) if self.kind.name == "json" else _xml_parts(self.data, self.kind.name)

    @cached_property
    def marks(self) -> frozenset[bytes]:
        """What its items are known by."""
        return frozenset(_mark(item) for item in self.parts.items) if self.parts else frozenset()

    def since(self, tag: str, encoding: str) -> bytes | None:
        """The document with only what is new to a reader of an older version; None when that is not known."""
        marks, parts = self.before.get(tag), self.parts
        if marks is None or parts is None:
            return None
        with self._lock:
            found = self._deltas.get((tag, encoding))
            if found is None:
                found = pack(parts.with_only([item for item in parts.items if _mark(item) not in marks]), encoding)
                self._deltas[tag, encoding] = found
        return found


class Shelf:
    """The documents in memory, read again when the file has changed."""

    def __init__(self) -> None:
        self._documents: dict[Path, Document] = {}
        self._lock = threading.Lock()

    def document(self, path: Path, kind: Format) -> Document | None:
        """The document at `path` as it is now, None where there is none."""
        known = self._documents.get(path)
        try:
            if known is not None and known.stamp == _stamp(os.stat(path)):  # noqa: PTH116  (this line runs per request)
                return known
            with self._lock, path.open("rb") as file:
                return self._read(path, kind, _stamp(os.fstat(file.fileno())), file.read())
        except OSError:
            self._documents.pop(path, None)
            return None

    def _read(self, path: Path, kind: Format, stamp: tuple[int, int, int], data: bytes) -> Document:
        known = self._documents.get(path)
        if known is None or known.stamp != stamp:
            known = self._documents[path] = _document(stamp, data, kind, known)
        return known


def _stamp(facts: os.stat_result) -> tuple[int, int, int]:
    return facts.st_mtime_ns, facts.st_size, facts.st_ino


def _document(stamp: tuple[int, int, int], data: bytes, kind: Format, before: Document | None) -> Document:
    """A document just read. `before` is the version served until now.

    A date has only whole seconds. Where two versions were served within one, the newer counts as changed in the
    next, so that a reader who knows the older only by its date is not told that nothing changed (RFC 9110, 8.8.2.2).
    """
    tag = hashlib.sha256(data).hexdigest()[:32]
    modified = stamp[0] // 1_000_000_000
    if before is None:
        return Document(stamp, data, kind, tag, modified)
    modified = before.modified if before.tag == tag else max(modified, before.modified + 1)
    known = before.before.copy()
    if before.tag != tag:
        known[before.tag] = before.marks
        known.pop(tag, None)
    while len(known) > KNOWN:
        known.popitem(last=False)
    return Document(stamp, data, kind, tag, modified, known)


def _mark(item: bytes) -> bytes:
    return hashlib.blake2b(item, digest_size=16).digest()


_ITEM: Mapping[str, str] = {"rss": "item", "msn": "item", "smartnews": "item", "atom": "entry"}


def _xml_parts(data: bytes, kind: str) -> Parts | None:
    """Where an XML parser sees the items of a feed begin and end."""
    name, places, depth = _ITEM.get(kind), [], 0
    if name is None:
        return None
    parser = expat.ParserCreate()

    def starts(tag: str, _: Mapping[str, str]) -> None:
        nonlocal depth
        if tag == name and depth <= 2:
            places.append(parser.CurrentByteIndex)
        depth += 1

    def ends(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if tag == name and depth <= 2:
            places.append(data.index(b">", parser.CurrentByteIndex) + 1)

    parser.StartElementHandler, parser.EndElementHandler = starts, ends
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        return None
    if not places:
        return Parts(data, (), b"", b"")
    items = tuple(data[start:end] for start, end in zip(places[::2], places[1::2], strict=True))
    return Parts(data[: places[0]], items, b"\n", data[places[-1] :])


def _json_parts(data: bytes) -> Parts | None:
    """Where a JSON parser sees the items of a feed begin and end."""
    try:
        told = json.loads(data)
        items = tuple(_line(item) for item in told.pop("items"))
    except (ValueError, KeyError, AttributeError):
        return None
    return Parts(_line(told)[:-1] + b',\n"items":[\n', items, b",\n", b"\n]}\n")


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
