"""Backup and restore on both kinds of database: one moment, whole or not at all, and what may be out is not sent."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text
from tests.store.making import MINUTE, START, Clock, article, deliver, doubt, first_tables, new, put, sent, verdict

from wireroom.model.delivery import Delivery, Move, State, fold
from wireroom.model.errors import StoreError
from wireroom.model.post import Action
from wireroom.store import LogFilter, Restored, Store
from wireroom.store.backup import read_backup
from wireroom.store.restore import restore
from wireroom.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL = LogFilter(limit=1000)
X = {"harbour-x"}


@pytest.fixture(params=["sqlite", "postgres"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a second, empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'other' / 'wireroom.db'}"
    else:
        with request.getfixturevalue("postgres_server").database() as url:
            yield url


def busy(store: Store, clock: Clock) -> dict[str, Delivery]:
    """A newsroom's database with a delivery in every state, by the state's name."""
    there = {}
    for number, state in enumerate(State, 1):
        subject = article(number, title=f"“Ferry” №{number}\t{state}\\n𝕏", published_at=START)
        (there[state.value],) = put(store, subject, new(subject, held=state is State.HELD))
    deliver(store, there["delivered"])
    doubt(store, there["unconfirmed"], due=clock.on(MINUTE))
    claim, attempt = sent(store, there["failed"])
    assert store.settle(claim, verdict(Move.REJECT), by="w", attempt=attempt)
    assert store.move(there["cancelled"], Move.CANCEL, by="mara", why="no")
    sent(store, there["sending"])
    feed = article(20)
    put(store, feed, new(feed, "harbour-feed"))
    store.set_standing("harbour-x", "paused", "for lunch")
    store.beat("worker", "worker@here")
    return {name: store.delivery(row.id) for name, row in there.items()}


def rows(url: str) -> dict[str, list[Any]]:
    """Every row of every table, truth values as numbers, but for the signs of life and the marks."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            tables = [table for table in metadata.sorted_tables if table.name not in {"beats", "leases", "marks"}]
            return {table.name: sorted(map(repr, connection.execute(table.select()))) for table in tables}
    finally:
        engine.dispose()


def test_a_backup_is_restored_to_either_kind_of_database(
    store: Store, database_url: str, other_url: str, clock: Clock, tmp_path: Path
) -> None:
    """What ended reads the same in any other database, to the last character, and new rows get new numbers."""
    before = busy(store, clock)
    made = store.backup(tmp_path / "a backup?.db")
    assert (made.made, made.articles, made.deliveries, made.waiting) == (clock.time, 8, 8, 5)
    assert read_backup(made.path) == made
    assert list(tmp_path.glob("*backup*")) == [made.path]
    outcome = restore(other_url, made, folder=tmp_path / "var", looked_for=(), clock=clock)
    assert (outcome.doubted, outcome.kept) == (0, None)
    assert {name: found for name, found in rows(other_url).items() if name != "deliveries"} == {
        name: found for name, found in rows(database_url).items() if name != "deliveries"
    }
    with Store(other_url, clock=clock) as copy:
        for name in ("delivered", "cancelled", "unconfirmed"):
            assert copy.dossier(before[name].id) == store.dossier(before[name].id)
        assert (copy.standing("harbour-x"), copy.beats()) == (store.standing("harbour-x"), [])
        subject = article(30)
        (added,) = put(copy, subject)
        assert int(added.id) > max(int(row.id) for row in store.log(ALL))
        assert len(copy.dossier(added.id).entries) == 1


def test_a_backup_is_one_moment(store: Store, tmp_path: Path) -> None:
    """Made while others write, a backup holds no article without its posts, and what is there can be restored."""
    done = threading.Event()

    def write() -> None:
        number = 1
        while not done.is_set():
            subject = article(number)
            put(store, subject, new(subject), new(subject, "harbour-feed"))
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backups = [store.backup(tmp_path / f"{number}.db") for number in range(4)]
    finally:
        done.set()
        writer.join()
    assert all(made.deliveries == 2 * made.articles for made in backups)
    assert [made.articles for made in backups] == sorted(made.articles for made in backups)


@pytest.fixture
def made(store: Store, clock: Clock, tmp_path: Path) -> Path:
    """A backup of a busy database, an hour old."""
    busy(store, clock)
    path = store.backup(tmp_path / "backup.db").path
    clock.on(timedelta(hours=1))
    return path


def test_what_may_be_out_is_looked_for(
    store: Store, database_url: str, made: Path, clock: Clock, tmp_path: Path
) -> None:
    """Due first posts are in doubt at once, the others before they are sent; a feed's and what ended are left alone."""
    before = {row.id: row for row in store.log(ALL)}
    planned = article(40)
    put(store, planned, new(planned, due=clock.time + MINUTE), new(planned, action=Action.AMEND))
    backup = store.backup(tmp_path / "later.db")
    outcome = restore(database_url, backup, folder=tmp_path, looked_for=X, clock=clock)
    assert outcome.doubted == 2
    after = {row.id: row for row in store.log(ALL)}
    changed = {row.state.value: after[key] for key, row in before.items() if row != after[key]}
    assert set(changed) == {"planned", "sending", "held", "failed"}
    for name, move in (("planned", Move.DOUBT), ("sending", Move.LOSE)):
        row, log = changed[name], store.dossier(changed[name].id).entries
        assert (row.state, row.due, row.doubted, row.may_be_out) == (State.UNCONFIRMED, clock.time, True, False)
        assert (log[-1].move, log[-1].by, fold(log)) == (move, "restore", row.state)
    feed = next(row for row in after.values() if row.destination == "harbour-feed")
    assert all(row.may_be_out for row in (changed["held"], changed["failed"], feed))
    later = {row.action: row for row in store.log(LogFilter(article=planned.uid))}
    assert later[Action.CREATE].state is State.PLANNED
    assert (later[Action.CREATE].may_be_out, later[Action.AMEND].may_be_out) == (True, False)
    with store.transaction() as tx:
        assert tx.restored() == Restored(made=backup.made, at=clock.time)


def test_what_was_there_is_kept(store: Store, database_url: str, made: Path, clock: Clock, tmp_path: Path) -> None:
    """What a restore replaces is a backup of its own, from which it can be had back; numbers are never used twice."""
    put(store, article(50))
    lost = max(int(row.id) for row in store.log(ALL))
    was = rows(database_url)
    outcome = restore(database_url, read_backup(made), folder=tmp_path / "var", looked_for=X, clock=clock)
    assert outcome.kept is not None
    assert outcome.kept.name == "wireroom.db.before-restore-20260301T103100Z"
    assert rows(f"sqlite:///{outcome.kept}") == was
    assert int(put(store, article(51))[0].id) > lost
    clock.on(MINUTE)
    restore(database_url, read_backup(outcome.kept), folder=tmp_path / "var", looked_for=(), clock=clock)
    assert {name: found for name, found in rows(database_url).items() if name != "deliveries"} == {
        name: found for name, found in was.items() if name != "deliveries"
    }
    assert store.delivery(str(lost)).uid == article(50).uid


def test_a_second_restore_looks_as_far_back_as_the_first(
    store: Store, database_url: str, made: Path, clock: Clock, tmp_path: Path
) -> None:
    """A backup made soon after a restore lacks what was lost then: its gap begins where the first one's did."""
    first = read_backup(made)
    restore(database_url, first, folder=tmp_path, looked_for=X, clock=clock)
    for days in (1, 8):
        now = clock.on(timedelta(days=days))
        since = first.made if days < 7 else now
        backup = store.backup(tmp_path / "second.db")
        restore(database_url, backup, folder=tmp_path, looked_for=X, clock=clock)
        with store.transaction() as tx:
            assert tx.restored() == Restored(made=since, at=clock.time)


def test_a_restore_that_fails_changes_nothing(
    store: Store, database_url: str, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error at the last step leaves every row as it was, no file half-made, and tells what went wrong."""

    def no(*_: object) -> None:
        raise OSError("the disk is gone")

    put(store, article(60))
    was = rows(database_url)
    monkeypatch.setattr("wireroom.store.restore.marks.note_restored", no)
    with pytest.raises(StoreError, match=r"backup\.db cannot be restored: the disk is gone"):
        restore(database_url, read_backup(made), folder=tmp_path / "var", looked_for=X)
    assert rows(database_url) == was
    assert not list((tmp_path / "var").glob(".restoring*"))


KILLED = """
import os, sys
from pathlib import Path
from wireroom.store import restore, rows
from wireroom.store.backup import read_backup

def die(*_):
    os._exit(9)

setattr(restore, sys.argv[3], die)
restore.restore(sys.argv[1], read_backup(Path(sys.argv[2])), folder=Path(sys.argv[2]).parent, looked_for={"harbour-x"})
"""


@pytest.mark.parametrize("step", ["empty", "_doubt"])
def test_a_restore_that_is_killed_changes_nothing(store: Store, database_url: str, made: Path, step: str) -> None:
    """Killed at any step, the database has all its rows, and the restore can be done again."""
    put(store, article(60))
    was = rows(database_url)
    done = subprocess.run([sys.executable, "-c", KILLED, database_url, str(made), step], check=False, timeout=60)
    assert done.returncode == 9
    assert rows(database_url) == was
    assert restore(database_url, read_backup(made), folder=made.parent, looked_for=X).doubted == 2
    assert len(store.log(ALL)) == 8


def test_what_is_no_backup_is_refused(store: Store, made: Path, tmp_path: Path) -> None:
    """A text, an empty file, another program's database, a damaged or a newer backup: each is refused by its name."""
    (tmp_path / "text").write_text("These are the minutes of a meeting.")
    (tmp_path / "empty").touch()
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE t (x)")
    raw = bytearray(made.read_bytes())
    raw[4096 * 5 : 4096 * 9] = bytes(4096 * 4)
    (tmp_path / "damaged").write_bytes(raw)
    shutil.copy(made, tmp_path / "newer")
    with closing(sqlite3.connect(tmp_path / "newer")) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    told = {"text": "is no backup", "empty": "is no backup", "other": "is no backup", "newer": "a newer Wireroom"}
    for name, said in {**told, "damaged": "damaged|malformed", "missing": "No such file"}.items():
        with pytest.raises(StoreError, match=f"{name} .*({said})"):
            read_backup(tmp_path / name)


def test_a_copy_of_the_file_is_a_backup_too(sqlite_url: str, clock: Clock, tmp_path: Path) -> None:
    """A SQLite file that was merely copied can be restored; it is as old as its last move."""
    with Store(sqlite_url, clock=clock) as store:
        store.migrate()
        put(store, article(1))
        clock.on(MINUTE)
        (delivery,) = put(store, article(2))
    shutil.copy(tmp_path / "var" / "wireroom.db", tmp_path / "copy.db")
    found = read_backup(tmp_path / "copy.db")
    assert (found.made, found.deliveries) == (clock.time, 2)
    restore(sqlite_url, found, folder=tmp_path, looked_for=X, clock=clock)
    with Store(sqlite_url) as store:
        assert store.delivery(delivery.id).state is State.UNCONFIRMED


def test_an_older_backup_is_migrated(database_url: str, tmp_path: Path) -> None:
    """A backup with the first tables there ever were is restored into today's; the file itself stays as it is."""
    delivery = first_tables(f"sqlite:///{tmp_path / 'old.db'}", tmp_path)
    raw = (tmp_path / "old.db").read_bytes()
    restore(database_url, read_backup(tmp_path / "old.db"), folder=tmp_path, looked_for=X)
    assert (tmp_path / "old.db").read_bytes() == raw
    with Store(database_url) as store:
        store.migrate()
        assert store.delivery(delivery.id).state is State.UNCONFIRMED


def test_a_damaged_or_newer_file_is_set_aside(sqlite_url: str, clock: Clock, tmp_path: Path) -> None:
    """What no transaction can be written to any more stays under another name, and the backup takes its place."""
    file = tmp_path / "var" / "wireroom.db"
    with Store(sqlite_url, clock=clock) as store:
        store.migrate()
        put(store, article(1))
        backup = store.backup(tmp_path / "backup.db")
    with closing(sqlite3.connect(file)) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    for content in (file.read_bytes(), b"no database" * 1000):
        file.write_bytes(content)
        clock.on(MINUTE)
        outcome = restore(sqlite_url, backup, folder=tmp_path / "var", looked_for=X, clock=clock)
        assert outcome.kept is not None
        assert outcome.kept.read_bytes() == content
        with Store(sqlite_url) as store:
            store.migrate()
            assert [row.state for row in store.log(ALL)] == [State.UNCONFIRMED]


def test_a_newer_postgres_is_left_alone(postgres_url: str, tmp_path: Path) -> None:
    """A Postgres database of a newer program cannot be set aside: it is refused, with the way out."""
    with Store(postgres_url) as store:
        store.migrate()
        put(store, article(1))
        backup = store.backup(tmp_path / "backup.db")
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match=r"newer Wireroom.*empty database"):
        restore(postgres_url, backup, folder=tmp_path, looked_for=X)


def test_writers_wait_for_a_restore(
    store: Store, database_url: str, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who publishes during a restore waits, and writes into what was restored: nothing acknowledged is replaced."""
    from wireroom.store import restore as module

    real, started = module._doubt, []

    def while_others_publish(*arguments: Any) -> int:
        started.append(threading.Thread(target=put, args=(store, article(70))))
        started[0].start()
        started[0].join(0.3)
        assert started[0].is_alive()
        return real(*arguments)

    monkeypatch.setattr(module, "_doubt", while_others_publish)
    restore(database_url, read_backup(made), folder=made.parent, looked_for=X)
    started[0].join()
    assert store.log(ALL)[0].uid == article(70).uid
