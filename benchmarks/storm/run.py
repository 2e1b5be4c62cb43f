"""A storm from beginning to end: servers, newsroom and load up; the strokes; calm; the comparison; all down again."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.storm import gather
from benchmarks.storm.harm import Harm, Scene
from benchmarks.storm.keeper import Keeper
from benchmarks.storm.newsroom import furnish
from benchmarks.storm.plan import Stroke, furthest, plan
from benchmarks.storm.processes import MARK, Signs, gone
from benchmarks.storm.publisher import Publisher
from benchmarks.storm.servers import Postgres, Redis, postgres, redis
from benchmarks.storm.verdict import Verdict
from wireroom.model.errors import StoreError
from wireroom.sandbox import Sandbox, State, running
from wireroom.sandbox.rules import FacebookRules, XRules
from wireroom.store import Store

LIFE = 8.0  # seconds to wait for the newsroom to be at work again before the next stroke falls all the same
UP_TO_DATE = 60.0  # seconds a daemon may take to start and to write its feeds anew
SETTLING = 300.0  # seconds everything may take to come to an end once there is calm
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
    """What is to be run. `lost` is the share of answers lost after the post was applied; `rate` articles a second."""

    kills: int
    seed: int
    database: str = "sqlite"
    daemons: int = 1
    lost: float = 0.0
    rate: float = 1.0
    keep: Path | None = None
    trace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: the verdict, what was left running, how each daemon ended, and how long it took (seconds)."""

    order: Order
    strokes: tuple[Stroke, ...]
    missed: int
    articles: int
    tries: int
    starts: int
    verdict: Verdict
    left: tuple[str, ...]
    seconds: float
    settling: float

    @property
    def good(self) -> bool:
        """Whether nothing at all is to be complained of."""
        return self.verdict.good and not self.left and not self.missed


Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Stage:
    """All that is up while a storm lasts."""

    order: Order
    keepers: Sequence[Keeper]
    harm: Harm
    publisher: Publisher
    sandbox: Sandbox
    store: Store


def storm(order: Order, tell: Tell) -> Outcome:
    """Run it; whatever happens, nothing is left running."""
    began, mark = time.monotonic(), uuid.uuid4().hex
    strokes = plan(order.seed, order.kills, daemons=order.daemons)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_marked(mark))
        folder = order.keep or Path(stack.enter_context(_folder()))
        stage = _up(stack, order, folder, mark)
        missed = _rage(stage, strokes, tell)
        calm = time.monotonic()
        tell("calm; waiting until every delivery has ended")
        _settle(stage, furthest(strokes))
        settling = time.monotonic() - calm
        judged, left = _judge(stage)
        articles, tries, starts = stage.publisher.articles, stage.publisher.tries, sum(k.starts for k in stage.keepers)
    left += [f"{each.role} (pid {each.pid}) after everything" for each in gone(Signs(mark, folder), 5.0)]
    return Outcome(
        order=order,
        strokes=strokes,
        missed=missed,
        articles=articles,
        tries=tries,
        starts=starts,
        verdict=judged,
        left=tuple(left),
        seconds=time.monotonic() - began,
        settling=settling,
    )


def _up(stack: contextlib.ExitStack, order: Order, folder: Path, mark: str) -> _Stage:
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
    publisher = stack.enter_context(Publisher(homes[0], clock, order.rate))
    return _Stage(order, keepers, harm, publisher, sandbox, store)


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


def _rage(stage: _Stage, strokes: Sequence[Stroke], tell: Tell) -> int:
    """Let every stroke fall; how many kills found nobody."""
    began, missed = time.monotonic(), 0
    for stroke in strokes:
        if stage.publisher.failure is not None:
            raise stage.publisher.failure
        if stroke.after_life:
            _await_life(stage)
        _until(stage, lambda: False, stroke.pause)
        if stage.order.trace:
            tell(f"{time.monotonic() - began:6.1f} s  {stroke}")
        missed += not stage.harm.strike(stroke)
        if stroke.number % 25 == 24:
            posts = len(stage.sandbox.posts())
            tell(f"{stroke.number + 1} of {len(strokes)} strokes, {stage.publisher.articles} articles, {posts} posts")
    return missed


def _await_life(stage: _Stage) -> None:
    """Wait until every daemon has its parts and something new reaches the platforms."""
    before = stage.sandbox.state.request_count

    def alive() -> bool:
        if stage.sandbox.state.request_count == before:
            return False
        return all({"worker", "scheduler"} <= {each.role for each in keeper.family()} for keeper in stage.keepers)

    _until(stage, alive, LIFE)


def _settle(stage: _Stage, furthest_offset: float) -> None:
    """No more harm and no more news: wait until nothing is to come, with the clock where it was ahead most.

    What was planned while it was ahead is due then; with the true time it would wait until that has caught up.
    """
    stage.harm.calm()
    stage.harm.step(furthest_offset)
    stage.publisher.stop()
    _until(stage, lambda: not _waiting(stage), SETTLING)


def _waiting(stage: _Stage) -> bool:
    try:
        return gather.waiting(stage.store) > 0
    except StoreError:
        return True


def _judge(stage: _Stage) -> tuple[Verdict, list[str]]:
    """Stop the daemons in good order, then compare.

    Of several homes each writes the feeds that its own workers deliver, so one of them has a feed whole; the others
    have it as soon as their worker starts anew.
    """
    left = [told for keeper in stage.keepers for told in _stopped(keeper)]
    homes, feeds = [keeper.home for keeper in stage.keepers], {each.destination for each in stage.publisher.promises}
    views = {feed: gather.richest(homes, feed) for feed in feeds if feed.startswith("feed")}
    if len(homes) > 1:
        left += _brought_up_to_date(stage, lambda: all(gather.alike(homes, feed) for feed in views))
        views = {feed: [*shown, *gather.everywhere(homes, feed)] for feed, shown in views.items()}
    return gather.verdict(stage.store, stage.publisher.promises, stage.sandbox.posts(), views), left


def _brought_up_to_date(stage: _Stage, alike: Callable[[], bool]) -> list[str]:
    """Start each daemon once more until the feeds are alike at every home; what is to be said of it."""
    if alike():
        return []
    for keeper in stage.keepers:
        keeper.start()
    _until(stage, alike, UP_TO_DATE)
    return [told for keeper in stage.keepers for told in _stopped(keeper)]


def _stopped(keeper: Keeper) -> list[str]:
    """What is to be said of a daemon that was told to stop: nothing, if all is well."""
    code, stayed = keeper.stop()
    told = [f"{each.role} (pid {each.pid}) of {keeper.home.name}" for each in stayed]
    return [*told, f"{keeper.home.name} ended with {code} when it was told to stop"] if code else told


def _until(stage: _Stage, condition: Callable[[], bool], seconds: float) -> bool:
    """Wait, keeping the daemons up, until a condition holds or the time is over; whether it held."""
    end = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < end:
        for keeper in stage.keepers:
            keeper.tend()
        time.sleep(min(0.03, max(0.0, end - time.monotonic())))
    return held


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="wireroom-storm-", ignore_cleanup_errors=True) as name:
        yield name


@contextlib.contextmanager
def _marked(mark: str) -> Iterator[None]:
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
