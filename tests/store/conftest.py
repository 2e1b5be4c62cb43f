"""The store under test: real, empty, on SQLite and on Postgres, with a clock that stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.store.making import Clock

from wireroom.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> Clock:
    """The time, for the test to move."""
    return Clock()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    """An empty store on either database."""
    with Store(database_url, clock=clock) as opened:
        opened.migrate()
        yield opened
