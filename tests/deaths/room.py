"""A newsroom on the sandbox with a clock that is turned by hand, and its daemon's work done step by step."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from wireroom.app import Application
from wireroom.broker import DRAIN, LOOK, OVERTAKE, Waker
from wireroom.channels import catalogue
from wireroom.daemon.jobs import Jobs
from wireroom.model.article import Draft, Picture
from wireroom.model.delivery import Delivery
from wireroom.settings import load
from wireroom.store import LogFilter, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
EVERYTHING = LogFilter(limit=100)
SETTINGS = """
[wireroom]
timezone = "Asia/Tokyo"
database = "{database}"
broker = "{broker}"
sandbox = "{sandbox}"

[publications.harbor-post]
name = "Harbor Post"
url = "https://harbor.example.org"

[destinations.feed]
channel = "feed"

[destinations.x]
channel = "x"
base_url = "sandbox"
max_age = "none"
timeout = "5s"
settle = {{ after = "30s", looks = 2 }}
retry = {{ attempts = 3, first = "10s", longest = "1m" }}

[destinations.page]
channel = "facebook"
base_url = "sandbox"
max_age = "none"
timeout = "5s"
settle = {{ after = "30s", looks = 2 }}
retry = {{ attempts = 3, first = "10s", longest = "1m" }}
"""
PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00"
    b"\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
"""A PNG of one dot."""


@dataclass
class Clock:
    """A clock that moves only when it is told to."""

    time: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.time

    def turn(self, **span: float) -> None:
        """Let time pass."""
        self.time += timedelta(**span)


def furnish(home: Path, database: str, sandbox: str, broker: str = "embedded") -> None:
    """Write the newsroom's settings and its picture."""
    (home / "config").mkdir(parents=True)
    text = SETTINGS.format(database=database, sandbox=sandbox, broker=broker)
    (home / "config" / "wireroom.toml").write_text(text)
    (home / "ferry.png").write_bytes(PICTURE)


class _Errands(Waker):
    """Instead of sending wake-ups, remembers them for who does the work at once."""

    def __init__(self) -> None:
        super().__init__("")
        self.given: list[tuple[str, str]] = []

    def wake(self, task: str, name: str) -> bool:
        self.given.append((task, name))
        return True


@dataclass
class Room:
    """The application of one process, and what it does in the name of people, scheduler and worker."""

    app: Application
    clock: Clock

    def draft(self, *, title: str = "The ferry returns", picture: bool = False) -> Draft:
        """The article of all these tests; another title is another revision of it."""
        photo = Picture(path=str(self.app.settings.home / "ferry.png"), media_type="image/png", alt="A ferry")
        return Draft(
            publication="harbor-post",
            title=title,
            published_at=START,
            html="<p>It left on time.</p>",
            text="It left on time.",
            external_id="ferry",
            picture=photo if picture else None,
        )

    def take(self, destination: str, **changes: object) -> None:
        """Take the article in for one destination."""
        self.app.intake.take(self.draft(**changes), to=[destination])  # type: ignore[arg-type]

    def drain(self, name: str) -> None:
        """Carry what is due."""
        self.app.lanes.drain(name)

    def look(self, name: str) -> None:
        """Look for what is in doubt, after the time a doubt is given."""
        self.clock.turn(seconds=31)
        self.app.lanes.look(name)

    def newest(self) -> Delivery | None:
        """The newest delivery, None where there is none yet."""
        return next(iter(self.app.store.log(EVERYTHING)), None)

    def tick(self) -> None:
        """A second of the daemon's life: what the scheduler wakes is done at once."""
        errands = _Errands()
        Jobs(self.app, errands).tick()
        for task, name in errands.given:
            work = {DRAIN: self.app.lanes.drain, OVERTAKE: self.app.lanes.overtake, LOOK: self.app.lanes.look}[task]
            work(name)


@contextmanager
def room(home: Path, clock: Clock, part: str) -> Iterator[Room]:
    """A process of the newsroom at `home`."""
    app = Application(load(home, {}, catalogue.kinds(), secrets=True), part=part)
    app.store.close()
    app.store = Store(app.settings.database, clock=clock)
    try:
        yield Room(app, clock)
    finally:
        app.close()
