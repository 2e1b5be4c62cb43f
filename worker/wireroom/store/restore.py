"""A database put back to what a backup holds, whole or not at all, so that nothing is posted twice afterwards."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, select, text

from wireroom.model.delivery import Move, State
from wireroom.model.errors import StoreError
from wireroom.store import marks
from wireroom.store.backup import back_up, opened, reading
from wireroom.store.codec import moment, read_delivery
from wireroom.store.database import Database
from wireroom.store.effects import Change
from wireroom.store.files import sync_folder
from wireroom.store.migrate import known, migrate, revision
from wireroom.store.moving import move_within
from wireroom.store.rows import TABLES, empty, keep_others_out, number_on, read_rows, take_time, write_rows
from wireroom.store.statements import D, columns, in_states
from wireroom.store.tables import beats, leases
from wireroom.store.values import Outcome, Restored

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from wireroom.store.database import Session
    from wireroom.store.values import Backup

AGAIN = timedelta(days=7)
"""A backup made so soon after a restore may itself lack articles that were lost then."""

_OF_THE_MOMENT = (beats, leases)  # their rows mean nothing once the processes are gone
_DAMAGED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
_WHY = "the database was restored from a backup: it may have gone out since that was made"

_FIRST = text(
    "UPDATE deliveries SET doubted = false, "
    "first_touched = CASE WHEN first_touched < created THEN first_touched ELSE created - 1 END "
    "WHERE action = 'create' AND state IN ('held', 'planned', 'sending', 'failed')"
)
_UNDER_WAY = (
    select(*columns())
    .where(in_states(State.PLANNED, State.SENDING), D.due <= bindparam("now", type_=BigInteger))
    .order_by(D.id)
)


def restore(
    url: str,
    backup: Backup,
    *,
    folder: Path,
    looked_for: Collection[str],
    clock: Callable[[], datetime] | None = None,
) -> Outcome:
    """Put the database at `url` back to what a backup holds; what it was becomes a backup of its own.

    All of it is one transaction, in which others wait. `folder` is where files may be made; `looked_for` names the
    destinations where a post sent twice does harm: what was due there may have gone out since the backup was made, and
    is looked for before it is sent. A SQLite file that is damaged, or that a newer program has written, is set aside
    as it is. Raises `StoreError`, and then nothing has changed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".restoring-", dir=folder) as scratch:
            source = _prepared(backup, Path(scratch) / "backup.db")
            with closing(Database(url, clock)) as database:
                file = Path(str(database.url.database)) if database.sqlite else folder / "wireroom.db"
                kept = file.with_name(f"{file.name}.before-restore-{moment(database.now()):%Y%m%dT%H%M%SZ}")
                if not _unusable(database, file):
                    return _fill(database, source, looked_for, kept)
            fresh = Path(scratch) / "fresh.db"
            with closing(opened(fresh, clock)) as anew:
                outcome = _fill(anew, source, looked_for, kept)
            _set_aside(file, kept, fresh)
            return replace(outcome, kept=kept)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{backup.path} cannot be restored: {error}") from error


def _prepared(backup: Backup, path: Path) -> Backup:
    """A copy of a backup, with tables of today."""
    with reading(backup.path) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
    with closing(opened(path)) as database:
        migrate(database)
    return replace(backup, path=path)


def _unusable(database: Database, file: Path) -> bool:
    """Whether nothing can be written to what is there. Raises `StoreError` on Postgres: it cannot be set aside."""
    if database.sqlite and _damaged(file):
        return True
    found = revision(database)
    if found is None or known(found):
        return False
    if database.sqlite:
        return True
    raise StoreError(
        f"{database.place} was written by a newer Wireroom (its tables are at {found!r}); make an empty database, "
        "name that in the settings as `wireroom.database`, and restore into it"
    )


def _damaged(file: Path) -> bool:
    if not file.exists():
        return False
    try:
        with closing(sqlite3.connect(file)) as connection:
            return bool(connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",))
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in _DAMAGED:  # the rest of the number tells it more exactly
            return True
        raise


def _set_aside(file: Path, kept: Path, fresh: Path) -> None:
    """Put a fresh file in a database's place; the old one stays under another name, its log of commits beside it."""
    os.link(file, kept)
    log, index = file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")
    if log.exists():
        log.rename(kept.with_name(f"{kept.name}-wal"))
    index.unlink(missing_ok=True)
    fresh.replace(file)
    sync_folder(file.parent)


def _fill(database: Database, source: Backup, looked_for: Collection[str], kept: Path) -> Outcome:
    """Put a backup's rows in the place of a database's own, in one transaction; what was there goes to `kept`."""
    migrate(database)
    with reading(source.path) as backup, database.writing(acknowledged=True) as session:
        take_time(database, session)
        keep_others_out(database, session)
        keeps = session.raw.execute("SELECT 1 FROM articles LIMIT 1").fetchone() is not None
        if keeps:
            back_up(database, kept)
        empty(session)
        for table in TABLES:
            if table not in _OF_THE_MOMENT:
                write_rows(database, session, table, read_rows(backup, table))
        number_on(database, session)
        now = database.now(session)
        marks.note_restored(session, _gap(session, source, now))
        return Outcome(_doubt(session, looked_for, now), kept if keeps else None)


def _gap(session: Session, source: Backup, now: int) -> Restored:
    """The time of which the database knows nothing now: from the backup on, or from the one before that."""
    earlier, since = marks.restored(session), source.made
    if earlier is not None and source.made < earlier.at + AGAIN:
        since = min(since, earlier.made)
    return Restored(since, moment(now))


def _doubt(session: Session, looked_for: Collection[str], now: int) -> int:
    """Let nothing be sent before it was looked for that may be out: what was due at once, the rest in its turn.

    How many are unconfirmed now.
    """
    session.change(_FIRST)
    doubted = 0
    for row in session.rows(_UNDER_WAY, now=now):
        delivery = read_delivery(row)
        if delivery.may_be_out and delivery.destination in looked_for:
            move = Move.DOUBT if delivery.state is State.PLANNED else Move.LOSE
            change = Change(move=move, why=_WHY, due=moment(now))
            doubted += move_within(session, delivery, change, by="restore", now=now) is not None
    return doubted
