"""The stage of a storm: servers, platforms, newsrooms and load, put up, and taken down again in order."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.storm.harm import Harm, Scene
from benchmarks.storm.keeper import Keeper
from benchmarks.storm.newsroom import furnish
from benchmarks.storm.processes import MARK
from benchmarks.storm.publisher import Publisher
from benchmarks.storm.servers import Postgres, Redis, postgres, redis
from wireroom.sandbox import Sandbox, State, running
from wireroom.sandbox.rules import FacebookRules, XRules
from wireroom.store import Store

UNHEARD = 0.05  # of the requests are lost before the platform has applied them
_ANSWERS_LOST = [
    {"fault": "reset", "when": "after"},
    {"fault": "close", "when": "after"},
    {"fault": "hold", "when": "after", "seconds": 1},
    {"fault": "status", "when": "after"},
    {"fault": "late", "when": "after", "seconds": 0.5},
]
_REQUESTS_LOST = [
    {"fault": "close", "when": "before"},
    {"fault": "hold", "when": "before", "seconds": 0.5},
    {"fault": "status", "when": "before"},
]
_DRIP = 0.002  # seconds for each byte of an answer, so that a kill finds posts on the wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be run. `lost` is the share of answers lost after the post was applied.

    `rate` is how many articles are published a second, for each daemon.
    """

    kills: int
    seed: int
    database: str = "sqlite"
    daemons: int = 1
    lost: float = 0.0
    rate: float = 1.0
    keep: Path | None = None
    trace: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """All that is up while a storm lasts."""

    order: Order
    keepers: Sequence[Keeper]
    harm: Harm
    publisher: Publisher
    sandbox: Sandbox
    store: Store


def up(stack: contextlib.ExitStack, order: Order, folder: Path, mark: str) -> Stage:
    """Everything up and at work, each taken down again as the stack unwinds."""
    clock = folder / "clock"
    clock.write_text("0")
    sandbox = stack.enter_context(running(_platforms()))
    _misbehave(sandbox, order)
    broker, database = _servers(stack, order, folder)
    homes = [folder / f"home{number}" for number in range(order.daemons)]
    file = homes[0] / "var" / "wireroom.db"
    for home in homes:
        furnish(
            home,
            database=database.url if database else "sqlite:///var/wireroom.db",
            broker=broker.url if broker else "embedded",
            port=_free_port(),
            sandbox=f"127.0.0.1:{sandbox.port}",
        )
    store = stack.enter_context(Store(database.url if database else f"sqlite:///{file}"))
    store.migrate()
    keepers = [Keeper(home, f"{mark}.{number}", clock) for number, home in enumerate(homes)]
    scene = Scene(keepers=keepers, clock=clock, broker=broker, database=database, file=file)
    harm = Harm(scene, Random(order.seed))
    stack.callback(harm.calm)
    for keeper in keepers:
        stack.callback(keeper.end)
        keeper.start()
    publisher = stack.enter_context(Publisher(homes[0], clock, order.rate * order.daemons))
    return Stage(order, keepers, harm, publisher, sandbox, store)


def _servers(stack: contextlib.ExitStack, order: Order, folder: Path) -> tuple[Redis | None, Postgres | None]:
    if order.database == "sqlite":
        return None, None
    broker = stack.enter_context(redis(folder / "redis"))
    return broker, stack.enter_context(postgres(folder / "postgres", {**os.environ}))


def _platforms() -> State:
    """Stand-ins that take whatever comes, a second post in the same words as well: it must be seen, not refused."""
    return State(limited=False, x=XRules(duplicates="off"), facebook=FacebookRules(duplicates="off"))


def _misbehave(sandbox: Sandbox, order: Order) -> None:
    """Lose answers as ordered, some requests before they are heard, and let every other answer take its time.

    So a kill finds posts on the wire, and looks find that some are there and some are not.
    """
    chances = ((order.lost, _ANSWERS_LOST), (UNHEARD, _REQUESTS_LOST))
    for number, (share, script) in enumerate(chances):
        if share:
            sandbox.fault(script=script, route="create", probability=share, seed=order.seed + number)
    sandbox.fault(fault="drip", seconds=_DRIP, when="after", route="create", count=None)


def until(stage: Stage, condition: Callable[[], bool], seconds: float) -> bool:
    """Wait, keeping the daemons up, until a condition holds or the time is over; whether it held."""
    end = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < end:
        for keeper in stage.keepers:
            keeper.tend()
        time.sleep(min(0.03, max(0.0, end - time.monotonic())))
    return held


@contextlib.contextmanager
def marked(mark: str) -> Iterator[None]:
    """Every process started from here on carries the mark."""
    os.environ[MARK] = mark
    try:
        yield
    finally:
        del os.environ[MARK]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
