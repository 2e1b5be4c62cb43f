"""What every cell of the matrix is given: a migrated database, a sandbox that remembers nothing, one clock for all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.faults.bench", "tests.faults.social", "tests.faults.feeds")

from tests.faults.bench import START, Clock  # noqa: E402  (what is imported before it is told to is not rewritten)

from wireroom.sandbox import Sandbox, State, running  # noqa: E402
from wireroom.sandbox.state import utc_now  # noqa: E402
from wireroom.store import Store  # noqa: E402


@pytest.fixture(scope="session")
def clock_of_all() -> Clock:
    """The clock of the session's sandbox."""
    return Clock()


@pytest.fixture
def clock(clock_of_all: Clock) -> Clock:
    """The clock of the cell's store and channel, and of the sandbox."""
    clock_of_all.time = START
    return clock_of_all


@pytest.fixture(scope="session")
def served(clock_of_all: Clock) -> Iterator[Sandbox]:
    """One sandbox for the session; clients sign by the true time, all else goes by the test's clock."""
    with running(State(now=clock_of_all, signing=utc_now)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox, clock: Clock) -> Sandbox:
    """A sandbox that remembers nothing."""
    served.state.reset()
    return served


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, brought up to date."""
    path = tmp_path_factory.mktemp("migrated") / "wireroom.db"
    with Store(f"sqlite:///{path}") as store:
        store.migrate()
    return path


@pytest.fixture
def store(migrated: Path, tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """A copy of it, on the cell's clock."""
    path = tmp_path / "wireroom.db"
    shutil.copyfile(migrated, path)
    with Store(f"sqlite:///{path}", clock=clock) as store:
        yield store
