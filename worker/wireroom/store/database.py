"""Transactions on the engine: short, explicit, one writer at a time on SQLite, and statements compiled once."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from wireroom.model.errors import StoreError
from wireroom.store.codec import micros
from wireroom.store.engine import PATIENCE, WriteAheadLog, explain, full_sync, open_engine, parse, place
from wireroom.store.values import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import URL, Executable

MEASURE_EVERY = 10.0
"""Seconds after which the distance to a Postgres server's clock is measured anew."""

_SERVER_CLOCK = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_RACES = {"40001", "40P01", "23505"}  # serialization failure, deadlock, unique key: run it again


class Session:
    """One connection, for the length of one transaction."""

    __slots__ = ("_database", "raw")

    def __init__(self, database: Database, raw: Any) -> None:
        self._database, self.raw = database, raw

    def rows(self, statement: Executable, **values: object) -> list[Any]:
        """All rows of a statement that gives some."""
        text, defaults = self._database.text(statement)
        rows: list[Any] = self.raw.execute(text, {**defaults, **values}).fetchall()
        return rows

    def row(self, statement: Executable, **values: object) -> Any | None:
        """The first row, or None."""
        rows = self.rows(statement, **values)
        return rows[0] if rows else None

    def change(self, statement: Executable, **values: object) -> int:
        """Run a statement that gives no rows; how many rows it changed."""
        text, defaults = self._database.text(statement)
        return int(self.raw.execute(text, {**defaults, **values}).rowcount)


class Database:
    """The engine, its clock, and the compiled text of every statement that was ever run on it.

    Statements are built with SQLAlchemy Core, compiled once per database kind and from then on handed to the
    driver as text: a lane runs nine of them per delivery, and Core's own execution costs ten times the driver's.
    """

    def __init__(self, url: str | URL, clock: Callable[[], datetime] | None) -> None:
        self.url = parse(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = open_engine(self.url)
        self._errors: type[Exception] = self.engine.dialect.loaded_dbapi.Error
        self._texts: dict[Executable, tuple[str, dict[str, Any]]] = {}
        self._writer = threading.Lock()
        self._begin = "BEGIN IMMEDIATE" if self.sqlite else "BEGIN; SET LOCAL synchronous_commit = off"
        self._begin_durable = "BEGIN IMMEDIATE" if self.sqlite else "BEGIN"
        self._log = WriteAheadLog(Path(str(self.url.database))) if self.sqlite else None
        self._clock = clock
        self._offset: int | None = None
        self._measured = 0.0
        self._measuring = threading.Lock()

    @property
    def place(self) -> str:
        """Where the database is, as people may see it."""
        return place(self.url)

    def text(self, statement: Executable) -> tuple[str, dict[str, Any]]:
        """A statement's SQL and its fixed values. Only statements built once, at module level, may come here."""
        known = self._texts.get(statement)
        if known is None:
            known = self._texts[statement] = self.compile(statement)
        return known

    def compile(self, statement: Executable) -> tuple[str, dict[str, Any]]:
        """A statement's SQL in this database's tongue, and the values it was built with."""
        compiled = statement.compile(self.engine, compile_kwargs={"render_postcompile": True})  # type: ignore[attr-defined]
        fixed = {name: value for name, value in compiled.params.items() if value is not None}
        return str(compiled), fixed

    def once(self, session: Session, statement: Executable) -> list[Any]:
        """The rows of a statement made for one use: compiled and forgotten."""
        text, values = self.compile(statement)
        rows: list[Any] = session.raw.execute(text, values).fetchall()
        return rows

    @contextmanager
    def reading(self, *, snapshot: bool = False) -> Iterator[Session]:
        """A connection to read from; with `snapshot` all statements see one and the same moment."""
        begin = "BEGIN" if self.sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        with self._connection() as connection:
            if not snapshot:
                yield Session(self, connection.driver_connection)
                return
            with self._bracket(connection.driver_connection, begin) as session:
                yield session

    @contextmanager
    def writing(self, *, durable: bool = False, acknowledged: bool = False) -> Iterator[Session]:
        """A transaction that writes, committed at the end, undone by any error.

        `durable`: on disk before this returns. Others survive the death of every process, but a power cut may take
        the last of them back, always in order: a durable one makes all before it durable too. `acknowledged`: on
        disk before anybody sees it, for what a person is then told is kept. On SQLite writers of this process queue
        here, where waiting is fair and cheap, and with other processes at BEGIN IMMEDIATE.
        """
        with self._connection() as connection:
            raw = connection.driver_connection
            begin = self._begin_durable if durable or acknowledged else self._begin
            sync = full_sync(raw) if acknowledged and self.sqlite else nullcontext()
            with self._turn(), sync, self._bracket(raw, begin) as session:
                yield session
            if durable and self._log is not None:
                self._flush(self._log)

    def alone(self, statement: Executable, **values: object) -> Any:
        """The row of a statement that writes and is a transaction by itself; for Postgres, where it is then durable."""
        with self._connection() as connection:
            return Session(self, connection.driver_connection).rows(statement, **values)[0]

    def _flush(self, log: WriteAheadLog) -> None:
        try:
            log.flush()
        except OSError as error:
            raise StoreError(f"{self.place}: the disk does not take what was written: {error}") from error

    @contextmanager
    def _bracket(self, raw: Any, begin: str) -> Iterator[Session]:
        raw.execute(begin)
        try:
            yield Session(self, raw)
            raw.execute("COMMIT")
        except BaseException:
            self._undo(raw)
            raise

    def _undo(self, raw: Any) -> None:
        try:
            raw.rollback()
        except self._errors:
            return  # the connection is gone and the transaction with it; the pool will notice

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.sqlite:
            yield
            return
        if not self._writer.acquire(timeout=PATIENCE):
            raise StoreError(f"{self.place}: another part of this program has been writing for {PATIENCE:.0f} seconds")
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        try:
            connection = self.engine.raw_connection()
            try:
                yield connection
            finally:
                connection.close()
        except (self._errors, DBAPIError) as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> StoreError:
        told = explain(self.url, error)
        state = getattr(error, "sqlstate", None)
        unique = getattr(error, "sqlite_errorname", "") in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
        return Conflict(str(told)) if state in _RACES or unique else told

    def now(self, session: Session | None = None) -> int:
        """Microseconds since 1970 by the database's clock: the host's for a file, the server's for Postgres.

        A Postgres server's clock is the host's monotonic one plus an offset, measured every MEASURE_EVERY seconds.
        """
        if self._clock is not None:
            return micros(self._clock())
        if self.sqlite:
            return time.time_ns() // 1000
        if self._offset is None or time.monotonic() - self._measured > MEASURE_EVERY:
            self._measure(session)
        return time.monotonic_ns() // 1000 + (self._offset or 0)

    def _measure(self, session: Session | None) -> None:
        if session is None:
            with self.reading() as own:
                self._measure(own)
            return
        with self._measuring:
            before = time.monotonic_ns()
            server = int(session.raw.execute(_SERVER_CLOCK).fetchone()[0])
            after = time.monotonic_ns()
            self._offset, self._measured = server - (before + after) // 2000, time.monotonic()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
