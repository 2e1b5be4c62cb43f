"""Feed files on disk, replaced whole or not at all."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wireroom.channels.disk import explained, settle
from wireroom.compose.feeds.packing import ENCODINGS, pack
from wireroom.model.errors import NotSent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Page:
    """A document as it is to stand on the disk, gone if it has no bytes; `check` raises `ValueError` if it is bad."""

    data: bytes
    check: Callable[[], None] = lambda: None


class Folder:
    """A folder of documents that are replaced whole: a reader sees the old one or the new one, nothing between.

    Beside each document stand its packed forms in the encodings of `packed`, for web servers that serve files.
    """

    def __init__(self, path: Path, packed: Sequence[str] = ()) -> None:
        self.path, self._packed = path, packed

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder against every other process and thread; the kernel lets go when a process dies."""
        with explained(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            with explained(self.path):
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def read(self, name: str) -> bytes | None:
        """A document's bytes, None where there is none. Raises `NotSent`."""
        with explained(self.path / name), suppress(FileNotFoundError):
            return (self.path / name).read_bytes()
        return None

    def replace(self, pages: Mapping[str, Page]) -> tuple[Path, ...]:
        """Put the documents, by name below the folder, in place of those that differ; call it locked.

        Every document is whole on the disk before the first takes its place, so a full disk spoils none of them.
        A page of no bytes takes its file away. Returns the files that changed. Raises `NotSent`.
        """
        changed = self._with_packed({name: page for name, page in pages.items() if self._differs(name, page)})
        written = {name: page.data for name, page in changed.items() if page.data}
        try:
            for name, data in written.items():
                self._stage(name, data)
            for name in written:
                settle(self._staged(name))
            for name in changed:
                self._put(name, there=name in written)
            for folder in {(self.path / name).parent for name in changed}:
                settle(folder)
        finally:
            for name in written:
                with suppress(OSError):
                    self._staged(name).unlink(missing_ok=True)
        return tuple(self.path / name for name in changed)

    def names(self, below: str) -> list[str]:
        """The names of the files in a folder below this one, in order; hidden ones are left out. Raises `NotSent`."""
        with explained(self.path / below):
            try:
                found = sorted(each.name for each in (self.path / below).iterdir() if not each.name.startswith("."))
            except FileNotFoundError:
                found = []
        return found

    def _with_packed(self, changed: dict[str, Page]) -> dict[str, Page]:
        """What changes with documents: their packed forms, where they are kept, and none that would be out of date."""
        beside: dict[str, Page] = {}
        for name, page in changed.items():
            if name.rpartition("/")[2].startswith("."):
                continue
            for encoding, ending in ENCODINGS.items():
                if page.data and encoding in self._packed:
                    beside[name + ending] = Page(pack(page.data, encoding))
                elif (self.path / (name + ending)).exists():
                    beside[name + ending] = Page(b"")
        return changed | beside

    def _put(self, name: str, *, there: bool) -> None:
        with explained(self.path / name):
            if there:
                self._staged(name).replace(self.path / name)
            else:
                (self.path / name).unlink(missing_ok=True)

    def probe(self) -> None:
        """Write a file and take it away again. Raises `NotSent`."""
        with self.locked():
            self._stage("probe", b"Wireroom can write here.\n")
            with explained(self.path):
                self._staged("probe").unlink()

    def _differs(self, name: str, page: Page) -> bool:
        path = self.path / name
        there = self.read(name)
        if there == page.data or (there is None and not page.data):
            return False
        try:
            page.check()
        except ValueError as error:
            raise NotSent(f"{path} was left as it was: {error}. This is a fault in Wireroom.") from error
        return True

    def _staged(self, name: str) -> Path:
        """Where a document waits; one name is enough, since only the holder of the lock writes."""
        path = self.path / name
        return path.with_name(f".{path.name}.new")

    def _stage(self, name: str, data: bytes) -> None:
        with explained(self.path / name):
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            with self._staged(name).open("wb") as file:
                file.write(data)
