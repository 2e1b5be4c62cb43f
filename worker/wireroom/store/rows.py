"""Whole tables, carried row by row from one database to another, whatever kind each is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wireroom.store.tables import deliveries, metadata, moves

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Table

    from wireroom.store.database import Database, Session

TABLES = tuple(metadata.sorted_tables)
"""Every table, those that others point to first."""

_NUMBERED = (deliveries, moves)


def read_rows(connection: Any, table: Table) -> Iterable[Sequence[Any]]:
    """The rows of a table, each with all columns in their order, as they come: a large table is never held whole."""
    wanted = f"SELECT {_columns(table)} FROM {table.name}"  # noqa: S608  (constants only, here and below)
    cursor = connection.cursor()
    rows: Iterable[Sequence[Any]] = cursor.stream(wanted) if hasattr(cursor, "stream") else cursor.execute(wanted)
    return rows


def write_rows(database: Database, session: Session, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    """Put rows, as `read_rows` gives them, into a table. Truth values may be numbers, as SQLite has them."""
    if database.sqlite:
        places = ", ".join("?" for _ in table.columns)
        session.raw.executemany(f"INSERT INTO {table.name} ({_columns(table)}) VALUES ({places})", rows)  # noqa: S608
        return
    with session.raw.cursor().copy(f"COPY {table.name} ({_columns(table)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def empty(session: Session) -> None:
    """Take every row out of every table."""
    for table in reversed(TABLES):
        session.raw.execute(f"DELETE FROM {table.name}")  # noqa: S608


def take_time(database: Database, session: Session) -> None:
    """Let a transaction on Postgres last as long as it must."""
    if not database.sqlite:
        session.raw.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")


def keep_others_out(database: Database, session: Session) -> None:
    """Let nobody else write until the transaction ends; reading goes on. On SQLite that is so in any transaction."""
    if not database.sqlite:
        names = ", ".join(table.name for table in TABLES)
        session.raw.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE")


def number_on(database: Database, session: Session) -> None:
    """Let new rows have numbers no row here has, or had before the tables were emptied. SQLite sees to it itself."""
    if database.sqlite:
        return
    for table in _NUMBERED:
        counter = f"pg_get_serial_sequence('{table.name}', 'id')"
        highest = f"(SELECT coalesce(max(id), 0) FROM {table.name})"  # noqa: S608
        session.raw.execute(f"SELECT setval({counter}, greatest(nextval({counter}), {highest}))")


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)
