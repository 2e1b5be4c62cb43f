"""Fixtures every room's tests may ask for: a database on SQLite and on Postgres, a Redis."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.servers import Postgres, Redis, postgres, running_redis, session_folder, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One Postgres for the session and all its workers; skips where none can run, fails on CI."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres(session_folder(tmp_path_factory)))
        except Exception as error:  # noqa: BLE001  (whatever the reason, there is no server)
            unavailable("Postgres", error)
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """One Redis for the session, on a private socket; a test that kills it must start it again."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_redis())
        except Exception as error:  # noqa: BLE001
            unavailable("Redis", error)
        yield server


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The address of an empty Redis, as the settings take it."""
    with redis_server.client() as client:
        client.flushall()
    return redis_server.broker


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'var' / 'wireroom.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database, once on SQLite and once on Postgres."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    yield request.getfixturevalue("postgres_url")


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """The address of an empty Postgres database."""
    with postgres_server.database() as url:
        yield url
