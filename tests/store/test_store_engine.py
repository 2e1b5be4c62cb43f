"""The engine: addresses, durability, and errors a person can act on."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.store.making import MINUTE, Clock, article, deliver, put, verdict

from wireroom.model.delivery import Move
from wireroom.model.errors import StoreError
from wireroom.store import LogFilter, Store, backlog, lane, reading, stock, sweep

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Executable


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("wireroom.db", "does not parse"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("mysql://localhost/wireroom", "mysql database is not supported"),
        ("postgresql+pg8000://localhost/wireroom", ""),
    ],
)
def test_an_address_that_cannot_work_is_explained(url: str, said: str) -> None:
    """What is no SQLite file and no Postgres is refused with what is expected; the driver is always ours."""
    if not said:
        Store(url).close()
        return
    with pytest.raises(StoreError, match=f"{said}.*sqlite:///"):
        Store(url)


def test_a_password_is_never_in_an_error() -> None:
    """An error names the database without its password."""
    url = "postgresql+psycopg://wire:hunter2@127.0.0.1:1/wireroom?connect_timeout=2"
    with Store(url) as store, pytest.raises(StoreError) as caught:
        store.migrate()
    assert "hunter2" not in str(caught.value)
    assert "wire:***@127.0.0.1:1/wireroom" in str(caught.value)


def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    """A file of something else gives one line that names it and says what to do."""
    file = tmp_path / "notes.txt"
    file.write_text("These are the minutes of a meeting, and no database at all. " * 20)
    with Store(f"sqlite:///{file}") as store, pytest.raises(StoreError, match=r"notes\.txt.*name another path"):
        store.migrate()


def test_a_database_without_tables_is_explained(database_url: str) -> None:
    """Reading before the tables were made says so."""
    with Store(database_url) as store, pytest.raises(StoreError, match=r"not been set up|no tables yet"):
        store.log(LogFilter())


def test_a_writer_that_never_ends_is_explained(sqlite_url: str, tmp_path: Path) -> None:
    """When another program keeps the file locked the wait ends with an error that says so, and nothing is written."""
    with Store(sqlite_url) as store:
        store.migrate()
        with closing(sqlite3.connect(tmp_path / "var" / "wireroom.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with store._database.reading() as session:
                session.raw.execute("PRAGMA busy_timeout = 50")  # the pool hands out this connection next
            with pytest.raises(StoreError, match="another program has been writing"):
                put(store, article())
        assert store.tally() == {}


def test_a_touch_is_on_disk(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a lane notes before it touches the wire is flushed once it is written; other moves do not wait.

    An article is synced by SQLite itself: see test_store_powercut.py.
    """
    flushed: list[str] = []
    folder = tmp_path / "var"
    real = getattr(os, "fdatasync", os.fsync)

    def fdatasync(file: int) -> None:
        flushed.append(next(path.name for path in folder.iterdir() if path.stat().st_ino == os.fstat(file).st_ino))
        real(file)

    with Store(sqlite_url) as store:
        store.migrate()
        monkeypatch.setattr(os, "fdatasync", fdatasync, raising=False)
        (delivery,) = put(store, article())
        claim = store.claim(delivery, holder="w", lease=MINUTE)
        assert claim is not None
        assert flushed == []
        store.touch(claim)
        assert flushed == ["wireroom.db-wal"]
        store.settle(claim, verdict(Move.RETRY), by="w", attempt=1)
        assert len(flushed) == 1
        with store._database.reading() as session:
            assert session.raw.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
            assert session.raw.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_no_connection_is_held_between_calls(store: Store, clock: Clock) -> None:
    """After any call every connection is back in the pool."""
    deliver(store, put(store, article())[0])
    store.recent("harbour-x", 5)
    assert store.lease("scheduler", "a", MINUTE)
    assert store._database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (lane._DUE, "deliveries_planned"),
        (backlog._WAITING[0], "deliveries_planned"),
        (backlog._WAITING[1], "deliveries_held"),
        (backlog._BESIDE[0], "deliveries_planned"),
        (backlog._STALE[0], "deliveries_planned"),
        (backlog._OVERDUE, "deliveries_planned"),
        (backlog._LATE_LANES, "deliveries_planned"),
        (sweep._IN_FLIGHT, "deliveries_sending"),
        (sweep._DOUBTFUL, "deliveries_unconfirmed"),
        (stock._NEWEST[-1], "deliveries_delivered"),
        (stock._OLDEST[-1], "deliveries_delivered"),
        (stock._FILED, "labels_filed"),
        (reading._LAST, "deliveries_ended"),
        (sweep._RETIRED, "deliveries_ended"),
    ],
)
def test_every_frequent_question_has_its_index(sqlite_url: str, statement: Executable, index: str) -> None:
    """What lanes, sweeps and feeds ask is answered from an index, in its order, whatever the size of the log."""
    with Store(sqlite_url) as store:
        store.migrate()
        sql, fixed = store._database.text(statement)
        names = ("destination", "now", "first", "last", "limit", "since", "before", "newest", "kind", "slug")
        with store._database.reading() as session:
            plan = session.raw.execute(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(names, 1) | fixed).fetchall()
    steps = [row[3] for row in plan]
    assert index in steps[0]
    assert not any(step.startswith("SCAN deliveries") and "INDEX" not in step for step in steps)
