"""What deaths need: a process to fork from, a sandbox to post on, empty databases at once."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import psycopg
import pytest
from sqlalchemy import make_url
from tests.deaths.journeys import DOING
from tests.deaths.room import Clock, furnish

from wireroom.sandbox import Sandbox, running
from wireroom.store import Store
from wireroom.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.deaths.points import Journey
    from tests.servers import Postgres

ROOT = Path(__file__).parents[2]


class Nursery:
    """Forks the processes that are to die."""

    def __init__(self) -> None:
        line = [sys.executable, "-m", "tests.deaths.child"]
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def send(self, **order: object) -> dict[str, Any]:
        """Have an order carried out: all that the fork said, and how it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        said: dict[str, Any] = {}
        while "ended" not in said:
            said |= json.loads(self._process.stdout.readline())
        return said

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()


@dataclass(frozen=True)
class Stage:
    """Where a journey is made: a furnished home on an empty database, the sandbox, the time."""

    home: Path
    sandbox: Sandbox
    clock: Clock
    nursery: Nursery

    def travel(self, journey: Journey, fatal: str = "", number: int = 1) -> dict[str, Any]:
        """Make a journey in a process of its own, which dies at the fatal point; what it said and how it ended."""
        return self.nursery.send(
            journey=journey.name,
            since=journey.since,
            until=journey.until,
            fatal=fatal,
            number=number,
            home=str(self.home),
            now=self.clock().isoformat(),
        )

    def posts(self, destination: str) -> list[str]:
        """The texts of the posts that stand on a destination now; of a feed's items, the titles."""
        if destination != "feed":
            posts = self.sandbox.posts({"x": "x", "page": "facebook"}[destination])
            return [str(post["text"]) for post in posts]
        feed = self.home / "var" / "feeds" / "feed" / "rss.xml"
        return [item.findtext("title", "") for item in ElementTree.parse(feed).iter("item")] if feed.exists() else []


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """One process to fork from for the session."""
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(scope="session")
def standin() -> Iterator[tuple[Sandbox, Clock]]:
    """One sandbox for the session, on a clock that is turned by hand; it takes the same post any number of times."""
    clock = Clock()
    with running(now=clock, verify=False) as sandbox:
        yield sandbox, clock


@pytest.fixture(scope="session")
def sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database, to be copied."""
    path = tmp_path_factory.mktemp("model") / "wireroom.db"
    with Store(f"sqlite:///{path}") as store:
        store.migrate()
    return path


@pytest.fixture(scope="session")
def postgres_model(postgres_server: Postgres) -> Iterator[str]:
    """A Postgres database with its tables, to be emptied."""
    with postgres_server.database() as url:
        with Store(url) as store:
            store.migrate()
        yield url


@pytest.fixture
def stage(
    tmp_path: Path, nursery: Nursery, standin: tuple[Sandbox, Clock], request: pytest.FixtureRequest
) -> Callable[[str, str], Stage]:
    """Sets the stage for a journey on "sqlite" or "postgres"."""
    sandbox, clock = standin

    def set_up(journey: str, database: str) -> Stage:
        clock.time = Clock().time
        _calm(sandbox, DOING[journey].faults)
        url = f"sqlite:///{tmp_path / 'var' / 'wireroom.db'}"
        if database == "postgres":
            url = request.getfixturevalue("postgres_model")
            _empty(request.getfixturevalue("postgres_server"), url)
        else:
            (tmp_path / "var").mkdir()
            shutil.copyfile(request.getfixturevalue("sqlite_model"), tmp_path / "var" / "wireroom.db")
        broker = request.getfixturevalue("redis_url") if DOING[journey].broker else "embedded"
        furnish(tmp_path, url, f"127.0.0.1:{sandbox.port}", broker)
        return Stage(tmp_path, sandbox, clock, nursery)

    return set_up


def _calm(sandbox: Sandbox, faults: tuple[dict[str, object], ...]) -> None:
    state = sandbox.state
    with state.lock:
        state.reset()
        state.x_rules = replace(state.x_rules, duplicates="off")
        state.facebook_rules = replace(state.facebook_rules, duplicates="off")
    for fault in faults:
        sandbox.fault(**fault)


def _empty(server: Postgres, url: str) -> None:
    name = make_url(url).database
    tables = ", ".join(table.name for table in metadata.sorted_tables)
    with psycopg.connect(host=server.folder, user="postgres", dbname=name) as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode())
