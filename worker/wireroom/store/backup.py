"""A database as one file of its own: copied while it is in use, checked, and told apart from other files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL

from wireroom.model.errors import StoreError
from wireroom.store.codec import moment
from wireroom.store.database import Database
from wireroom.store.files import appearing
from wireroom.store.marks import MADE
from wireroom.store.migrate import HEAD, copy_pages, known, migrate
from wireroom.store.rows import TABLES, read_rows, take_time, write_rows
from wireroom.store.values import Backup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BEGINS = b"SQLite format 3\0"
_OURS = {"alembic_version", "articles", "deliveries", "moves"}
_WAITING = "deliveries WHERE state NOT IN ('delivered', 'failed', 'cancelled')"


def back_up(database: Database, path: Path) -> Backup:
    """Copy a database at HEAD to a SQLite file, whatever it is itself: one moment of it, whole, checked, on the disk.

    Nobody waits meanwhile. A file that is there is replaced. Raises `StoreError`, and then nothing has changed.
    """
    if not path.parent.is_dir():
        raise StoreError(f"{path}: the backup cannot be written: there is no folder {path.parent}")
    made = database.now()
    try:
        with appearing(path) as half:
            if database.sqlite:
                copy_pages(database, half)
            else:
                _stream(database, half)
            _finish(half, made)
            found = read_backup(half)
        return replace(found, path=path)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path}: the backup of {database.place} cannot be written: {error}") from error


def opened(path: Path, clock: Callable[[], datetime] | None = None) -> Database:
    """A SQLite file as a database of its own, whatever its name would mean in an address."""
    return Database(URL.create("sqlite", database=str(path)), clock)


def reading(path: Path) -> closing[sqlite3.Connection]:
    """A SQLite file to be read only, closed in the end."""
    return closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True))


def read_backup(path: Path) -> Backup:
    """What a backup holds, after it was looked through for damage; a copy of a SQLite database's file is one too.

    Raises `StoreError` for what is no backup, is damaged, or was made by a newer program.
    """
    try:
        with path.open("rb") as file:
            begins = file.read(len(_BEGINS))
        if begins != _BEGINS:
            raise StoreError(f"{path} is no backup of Wireroom: it is some other kind of file")
        with reading(path) as connection:
            return _read(path, connection)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path} cannot be read as a backup: {error}; use another one") from error


def _stream(database: Database, half: Path) -> None:
    """Copy row by row what Postgres shows in one snapshot."""
    with closing(opened(half)) as target:
        migrate(target)
        with database.reading(snapshot=True) as source, target.writing() as session:
            take_time(database, source)
            for table in TABLES:
                write_rows(target, session, table, read_rows(source.raw, table))


def _finish(half: Path, made: int) -> None:
    """Make the copy a single file, with no log beside it, that says when it was made."""
    with closing(sqlite3.connect(half, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE").fetchone()
        copy.execute("REPLACE INTO marks (name, value) VALUES (?, ?)", (MADE, moment(made).isoformat()))


def _read(path: Path, connection: sqlite3.Connection) -> Backup:
    damage = "; ".join(_damage(connection))
    if damage:
        raise StoreError(f"{path} is damaged: {damage}; use another backup")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables >= _OURS:
        raise StoreError(f"{path} is no backup of Wireroom: it is another program's database")
    revision = str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    if revision != HEAD and not known(revision):
        raise StoreError(
            f"{path} was made by a newer Wireroom (its tables are at {revision!r}, this program knows up to {HEAD!r}); "
            "restore it with that version"
        )

    def number(what: str) -> int:
        return int(connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # noqa: S608  (constants only)

    return Backup(
        path=path,
        made=_made(path, connection, marked="marks" in tables),
        revision=revision,
        articles=number("(SELECT DISTINCT uid FROM articles)"),
        deliveries=number("deliveries"),
        waiting=number(_WAITING),
    )


def _damage(connection: sqlite3.Connection) -> Iterator[str]:
    """What SQLite finds wrong with a file: broken pages, or rows that point nowhere."""
    for (said,) in connection.execute("PRAGMA integrity_check(1)").fetchall():
        if said != "ok":
            yield " ".join(said.split())
    for row in connection.execute("PRAGMA foreign_key_check").fetchmany(1):
        yield f"a row of {row[0]} belongs to none of {row[2]}"


def _made(path: Path, connection: sqlite3.Connection, *, marked: bool) -> datetime:
    """When it was made; a mere copy of a database's file is as old as the last line of its log."""
    mark = connection.execute("SELECT value FROM marks WHERE name = ?", (MADE,)).fetchone() if marked else None
    if mark is not None:
        return datetime.fromisoformat(mark[0])
    (last,) = connection.execute("SELECT max(at) FROM moves").fetchone()
    return moment(int(path.stat().st_mtime * 1_000_000) if last is None else last)
