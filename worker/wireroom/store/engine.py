"""The engine under the store: SQLite or Postgres, opened the way a log that can be trusted needs it."""

from __future__ import annotations

import math
import os
import select
import sqlite3
import time
import weakref
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from wireroom.model.errors import StoreError
from wireroom.store.files import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Dialect, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

PATIENCE = 10.0
"""Seconds a write waits for another writer before it gives up."""

TRUSTED = 1.0
"""Seconds for which a connection to Postgres that was just used is not asked whether it is still alive."""

_WANTED = "expected sqlite:///path/to/file.db or postgresql+psycopg://user@host/name"
_POSTGRES_OPTIONS = (
    f"-c lock_timeout={int(PATIENCE)}s -c statement_timeout=60s -c idle_in_transaction_session_timeout=60s"
)


def parse(url: str | URL) -> URL:
    """The address of a database. Raises StoreError for one that is neither a SQLite file nor Postgres."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"the database address does not parse; {_WANTED}") from error
    kind = parsed.get_backend_name()
    if kind not in {"sqlite", "postgresql"}:
        raise StoreError(f"a {kind} database is not supported; {_WANTED}")
    if kind == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise StoreError(f"a database in memory would forget its deliveries; {_WANTED}")
    return parsed


def open_engine(url: URL) -> Engine:
    """An engine whose connections commit only when told to; nothing is connected yet, but a file's folder is made."""
    try:
        engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgres(url)
    except (NoSuchModuleError, ImportError, OSError) as error:
        raise StoreError(f"{place(url)} cannot be opened: {error}; {_WANTED}") from error
    forget = weakref.WeakMethod(engine.dispose)
    os.register_at_fork(after_in_child=lambda: _leave_to_parent(forget))
    return engine


def _leave_to_parent(dispose: weakref.WeakMethod[Any]) -> None:
    """A forked child must not speak on its parent's connections."""
    method = dispose()
    if method is not None:
        method(close=False)


def place(url: URL) -> str:
    """The database's address as people may see it: a file's path, or an address without its password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def _sqlite(url: URL) -> Engine:
    if sqlite3.sqlite_version_info < (3, 35):
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or newer is needed")
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        paramstyle="named",
        poolclass=QueuePool,
        pool_size=16,
        max_overflow=-1,
        pool_use_lifo=True,
        connect_args={"isolation_level": None, "timeout": PATIENCE, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """WAL lets readers read while one writes; what must be on the disk waits for it: `full_sync`, WriteAheadLog."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA fullfsync = ON")  # macOS alone knows it, where a plain sync stops at the drive's cache
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA cache_size = -16000")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages: 16 MB; each checkpoint waits for the disk
    connection.execute("PRAGMA journal_size_limit = 67108864")
    _use_wal(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn WAL on. Two processes doing so at once can meet "locked" without the wait SQLite else gives them."""
    until = time.monotonic() + PATIENCE
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal":
                return
            said = "a write-ahead log cannot be used here"
        except sqlite3.OperationalError as error:
            said = str(error)
        if time.monotonic() > until:
            raise sqlite3.OperationalError(said)
        time.sleep(0.02)


@contextmanager
def full_sync(connection: sqlite3.Connection) -> Iterator[None]:
    """Let SQLite itself wait for the disk in each commit within: nobody sees the commit before it is there to stay.

    SQLite refuses to change this inside a transaction, so the transaction begins and ends within.
    """
    connection.execute("PRAGMA synchronous = FULL")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous = NORMAL")


class WriteAheadLog:
    """A SQLite file's log of commits, and how it gets to the disk where many writers are to wait for it.

    `full_sync` makes SQLite wait while it holds the only write lock, so that writers wait one after another. Waiting
    here, after the commit, is the same call on the same file, and lets them wait side by side, for one turn of the
    disk. docs/reliability.md has the figures.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + "-wal")
        self._known: int | None = None

    def flush(self) -> None:
        """Return when every commit so far is on the disk. Raises OSError. Call with a connection open."""
        log = os.open(self._path, os.O_RDONLY)
        try:
            getattr(os, "fdatasync", os.fsync)(log)
            inode = os.fstat(log).st_ino
        finally:
            os.close(log)
        if inode != self._known:
            sync_folder(self._path.parent)
            self._known = inode


def _postgres(url: URL) -> Engine:
    arguments: dict[str, Any] = {"autocommit": True, "application_name": "wireroom", "connect_timeout": int(PATIENCE)}
    if "options" not in url.query:
        arguments["options"] = _POSTGRES_OPTIONS
    arguments = {name: value for name, value in arguments.items() if name not in url.query}
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=16,
        max_overflow=-1,
        pool_use_lifo=True,
        connect_args=arguments,
    )
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", partial(_ask_the_rested, engine.dialect))
    return engine


def _note_rest(_raw: object, record: ConnectionPoolEntry) -> None:
    record.info["rests since"] = time.monotonic()


def _ask_the_rested(dialect: Dialect, raw: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Whether a connection is alive is asked where it has rested, or where its server has said something unasked.

    A server that goes says so and hangs up; only one that vanishes with its network is silent. When one connection
    has died, all that rest beside it are given up with it.
    """
    try:
        rested = time.monotonic() - record.info.get("rests since", math.inf) >= TRUSTED
        if rested or _has_spoken(raw.fileno()):
            dialect.do_ping(raw)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _has_spoken(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


def explain(url: URL, error: BaseException) -> StoreError:
    """A driver's error as a sentence for people: where, what, what to do."""
    cause = error.__cause__ if isinstance(error, SQLAlchemyError) and error.__cause__ else error
    said = " ".join(str(cause).split()) or type(cause).__name__
    hint = next((advice for sign, advice in _ADVICE if sign in said), "")
    return StoreError(f"{place(url)}: {said}{'; ' + hint if hint else ''}")


_ADVICE = (
    ("write-ahead log", "put the file on a disk of this machine: a network file system cannot carry it"),
    ("database is locked", f"another program has been writing for over {PATIENCE:.0f} seconds; find and end it"),
    ("disk I/O error", "is the disk full, or failing? Nothing half-written was kept"),
    ("disk is full", "make room on the disk; nothing half-written was kept"),
    ("readonly database", "the file or its folder is not writable for this user"),
    ("unable to open database file", "the file or its folder cannot be read and written by this user"),
    ("file is not a database", "it is some other file; name another path, or restore a backup"),
    ("malformed", "the file is damaged; restore a backup"),
    ("no such table", "it has no tables yet; `wireroom run` or `wireroom publish` makes them"),
    ("does not exist", "it has not been set up yet; `wireroom run` or `wireroom publish` sets up the tables"),
    ("connection refused", "is Postgres running, and is the address right?"),
    ("password authentication failed", "the user or password in the database address is wrong"),
)
