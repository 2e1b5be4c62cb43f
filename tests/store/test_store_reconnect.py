"""Connections to Postgres that die with their server: given up at once, and not asked after at every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from wireroom.model.errors import StoreError
from wireroom.store import Store, engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import Postgres


@pytest.fixture
def store(postgres_url: str) -> Iterator[Store]:
    """A store on Postgres with three connections at rest."""
    with Store(postgres_url) as opened:
        opened.migrate()
        opened.now()
        database = opened._database
        with database.reading(), database.reading(), database.reading():
            pass
        yield opened


@pytest.mark.parametrize("trusted", [0.0, 60.0], ids=["rested", "used a moment ago"])
def test_nobody_notices_a_restart(
    store: Store, postgres_url: str, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch, trusted: float
) -> None:
    """After a restart of the server whoever asks next gets an answer, however many connections have died."""
    monkeypatch.setattr(engine, "TRUSTED", trusted)
    postgres_server.disconnect(postgres_url)
    with store._database.reading(), store._database.reading(), store._database.reading():
        assert store.standings() == {}
    assert store._database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_death_in_use_is_told_once(store: Store, postgres_url: str, postgres_server: Postgres) -> None:
    """A transaction whose connection dies is undone and says so; the next one has another connection."""

    def interrupted() -> None:
        with store._database.writing() as session:
            postgres_server.disconnect(postgres_url)
            session.raw.execute("SELECT 1")

    with pytest.raises(StoreError):
        interrupted()
    assert store.standings() == {}


def test_a_connection_at_work_is_not_asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever uses the database again and again does not pay for a question before each use."""
    asked: list[object] = []
    monkeypatch.setattr(PGDialect_psycopg, "do_ping", lambda _, raw: asked.append(raw))
    monkeypatch.setattr(engine, "TRUSTED", 60.0)
    for _ in range(3):
        store.standings()
    assert not asked
    monkeypatch.setattr(engine, "TRUSTED", 0.0)
    store.standings()
    assert len(asked) == 1
