"""Bringing the tables up to date: quick when there is nothing to do, careful when there is."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from wireroom.model.errors import StoreError
from wireroom.store.engine import explain
from wireroom.store.files import appearing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config
    from sqlalchemy import Connection

    from wireroom.store.database import Database

HEAD = "0005"
"""The revision this program works with; a test holds it to the newest file in migrations/versions."""

SCRIPTS = Path(__file__).parent / "migrations"
"""Where the revisions are."""

_LOCK = 0x77697265  # any number, the same in every process: Postgres' advisory lock of those who migrate
_log = logging.getLogger(__name__)


def migrate(database: Database) -> None:
    """Bring the tables to HEAD. Raises StoreError for a database of a newer program, or one that cannot be used."""
    if revision(database) == HEAD:
        return
    try:
        with database.engine.connect() as connection, _alone(database, connection):
            raw = connection.connection.driver_connection
            found = _revision(raw, sqlite=database.sqlite)
            if found != HEAD:
                _upgrade(database, connection, found)
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise explain(database.url, error) from error


def _revision(raw: Any, *, sqlite: bool) -> str | None:
    """The revision the tables are at, by plain SQL; None for a database without tables."""
    there = (
        "SELECT name FROM sqlite_master WHERE name = 'alembic_version'"
        if sqlite
        else "SELECT to_regclass('alembic_version')::text"
    )
    row = raw.execute(there).fetchone()
    if row is None or row[0] is None:
        return None
    row = raw.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


@contextlib.contextmanager
def _alone(database: Database, connection: Connection) -> Iterator[None]:
    """One transaction in which nobody else migrates; the tables change all together or not at all."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if database.sqlite else "BEGIN")
    try:
        if not database.sqlite:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        with contextlib.suppress(SQLAlchemyError):
            connection.connection.driver_connection.rollback()  # type: ignore[union-attr]
        raise


def known(revision: str) -> bool:
    """Whether this program knows tables of that revision; those of a newer one it does not."""
    from alembic.script import ScriptDirectory

    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def revision(database: Database) -> str | None:
    """The revision a database's tables are at; None for one without tables. Raises `StoreError`."""
    with database.reading() as session:
        return _revision(session.raw, sqlite=database.sqlite)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(database: Database, connection: Connection, found: str | None) -> None:
    from alembic import command

    config = _config()
    if found is not None and not known(found):
        raise StoreError(
            f"{database.place} was written by a newer Wireroom (its tables are at {found!r}, this program knows "
            f"up to {HEAD!r}); install that version again, or restore a backup made before the update"
        )
    if found is not None and database.sqlite:
        file = Path(str(database.url.database))
        copy_file(database, file.with_name(f"{file.name}.{found}.bak"))
    config.attributes["connection"] = connection
    _log.info("%s: tables from %s to %s", database.place, found or "nothing", HEAD)
    command.upgrade(config, "head")


def copy_file(database: Database, path: Path) -> None:
    """Copy a SQLite database by its online backup, in use or not; the copy appears whole or not at all."""
    try:
        with appearing(path) as half:
            copy_pages(database, half)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path}: the copy of {database.place} cannot be written: {error}") from error


def copy_pages(database: Database, path: Path) -> None:
    """Copy a SQLite database, in use or not, page by page. Raises OSError for a copy that cannot be written."""
    with contextlib.closing(sqlite3.connect(path)) as copy, database.reading() as session:
        try:
            session.raw.backup(copy)
        except sqlite3.Error as error:  # told apart from errors of the database itself
            raise OSError(f"{error}; is there room on the disk?") from error
