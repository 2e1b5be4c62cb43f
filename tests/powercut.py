"""A disk that can lose its power: it notes what SQLite writes and syncs, and tells what a power cut would leave.

SQLite runs here over a file system layer of our own (APSW lets Python write one), under the store as it is. What was
synced stays; of what was not, any part may be there or not, sector by sector, as on a real disk.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import pytest
from sqlalchemy import URL, Engine, create_engine

from wireroom.store import engine

SECTOR = 512
"""Bytes a disk writes whole or not at all."""

Keeps = Callable[[], bool]
"""Whether a sector that was never synced has made it to the disk."""


@dataclass(frozen=True)
class Op:
    """Something that was done to a file: `data` at `offset`, a new length (`data` None), or a sync (both None)."""

    file: str
    offset: int | None = None
    data: bytes | None = None


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._disk, self._name = disk, Path(path or "").name

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802  (the names are SQLite's)
        super().xWrite(data, offset)
        self._disk.ops.append(Op(self._name, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        super().xTruncate(size)
        self._disk.ops.append(Op(self._name, size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.ops.append(Op(self._name))


class Disk(apsw.VFS):
    """The files of one folder, with everything that was done to them since this disk was made, in order."""

    def __init__(self, folder: Path) -> None:
        self.name = f"disk-{uuid.uuid4().hex}"
        super().__init__(self.name, "")
        self._folder = folder
        self._before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        self.ops: list[Op] = []

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _File:  # noqa: N802
        return _File(self, name, flags)

    def connect(self, path: Path) -> Connection:
        """A connection to a database on this disk, as the driver would give one."""
        return Connection(apsw.Connection(str(path), vfs=self.name))

    def synced(self, descriptor: int) -> None:
        """Somebody has synced one of the files by its descriptor."""
        inode = os.fstat(descriptor).st_ino
        self.ops += [Op(path.name) for path in self._folder.iterdir() if path.stat().st_ino == inode]

    def after_cut(self, folder: Path, keeps: Keeps, at: int | None = None) -> None:
        """Put into `folder` what is left when the power goes after `at` operations, or now."""
        durable = {name: bytearray(data) for name, data in self._before.items()}
        waiting: dict[str, list[Op]] = {}
        for op in self.ops[:at]:
            if op.offset is not None:
                waiting.setdefault(op.file, []).append(op)
                continue
            for done in waiting.pop(op.file, []):
                _apply(done, durable, lambda: True)
        for ops in waiting.values():
            for op in ops:
                _apply(op, durable, keeps)
        folder.mkdir()
        for name, data in durable.items():
            (folder / name).write_bytes(data)


def _apply(op: Op, files: dict[str, bytearray], keeps: Keeps) -> None:
    assert op.offset is not None
    file = files.setdefault(op.file, bytearray())
    if op.data is None:
        if keeps():
            file[op.offset :] = bytes(max(op.offset - len(file), 0))
        return
    for start in range(0, len(op.data), SECTOR):
        if keeps():
            sector, at = op.data[start : start + SECTOR], op.offset + start
            file.extend(bytes(max(at - len(file), 0)))
            file[at : at + len(sector)] = sector


class Cursor:
    """As much of a driver's cursor as the store and its engine use."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection, self._cursor = connection, connection.cursor()
        self.rowcount = -1

    @property
    def description(self) -> object:
        """The columns of the answer; None when there are none."""
        try:
            return self._cursor.description
        except apsw.ExecutionCompleteError:
            return None

    def execute(self, text: str, values: Mapping[str, Any] | tuple[Any, ...] = ()) -> Cursor:
        """Run a statement."""
        before = self._connection.total_changes()
        self._cursor.execute(text, values)
        self.rowcount = self._connection.total_changes() - before
        return self

    def fetchone(self) -> Any:
        """The next row, or None."""
        return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return self._cursor.fetchall()

    def close(self) -> None:
        """Give it back."""
        self._cursor.close()


class Connection:
    """As much of a driver's connection as the store and its engine use."""

    isolation_level = None

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def cursor(self) -> Cursor:
        """A new cursor."""
        return Cursor(self._connection)

    def execute(self, text: str, values: Mapping[str, Any] | tuple[Any, ...] = ()) -> Cursor:
        """Run a statement on a cursor of its own."""
        return self.cursor().execute(text, values)

    def create_function(self, *_: object, **__: object) -> None:
        """The engine offers a function nobody here calls."""

    def commit(self) -> None:
        """Nothing is open that the store did not open itself."""

    def rollback(self) -> None:
        """Undo what is open."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close it."""
        self._connection.close()


@contextmanager
def on_a_disk(path: Path) -> Iterator[Disk]:
    """A disk under every store that opens the database at `path`, which is there already, while this lasts."""
    disk, real = Disk(path.parent), getattr(os, "fdatasync", os.fsync)

    def fdatasync(descriptor: int) -> None:
        real(descriptor)
        disk.synced(descriptor)

    def create(url: URL, **options: Any) -> Engine:
        ours = {"creator": lambda: disk.connect(path)} if url.database == str(path) else {}
        return create_engine(url, **options, **ours)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "create_engine", create)
        patch.setattr(os, "fdatasync", fdatasync, raising=False)
        yield disk
