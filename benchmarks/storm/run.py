"""A storm from beginning to end: servers, newsroom and load up; the strokes; calm; the comparison; all down again."""

from __future__ import annotations

import contextlib
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.storm import gather
from benchmarks.storm.keeper import Keeper
from benchmarks.storm.plan import Stroke, furthest, plan
from benchmarks.storm.processes import Signs, gone
from benchmarks.storm.stage import Order, Stage, marked, until, up
from benchmarks.storm.verdict import Verdict
from wireroom.model.errors import StoreError
from wireroom.store import Store

LIFE = 20.0  # seconds to wait for the newsroom to be at work again before the next stroke falls all the same
UP_TO_DATE = 60.0  # seconds a daemon may take to start and to write its feeds anew
SETTLING = 300.0  # seconds everything may take to come to an end once there is calm


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: the verdict, what was left running, and how long it took (seconds).

    `missed` is how many kills found nobody, `tries` how often an article was handed in, `starts` how often a daemon
    was started, and `caught` how many deliveries a worker held when it died.
    """

    order: Order
    strokes: tuple[Stroke, ...]
    missed: int
    articles: int
    tries: int
    starts: int
    verdict: Verdict
    caught: int
    left: tuple[str, ...]
    seconds: float
    settling: float

    @property
    def good(self) -> bool:
        """Whether nothing at all is to be complained of."""
        return self.verdict.good and not self.left and not self.missed


Tell = Callable[[str], None]


def storm(order: Order, tell: Tell) -> Outcome:
    """Run it; whatever happens, nothing is left running."""
    began, mark = time.monotonic(), uuid.uuid4().hex
    strokes = plan(order.seed, order.kills, daemons=order.daemons)
    with contextlib.ExitStack() as stack:
        stack.enter_context(marked(mark))
        folder = order.keep or Path(stack.enter_context(_folder()))
        stage = up(stack, order, folder, mark)
        missed = _rage(stage, strokes, tell)
        calm = time.monotonic()
        tell("calm; waiting until every delivery has ended")
        _settle(stage, furthest(strokes))
        settling = time.monotonic() - calm
        judged, left = _judge(stage)
        caught = gather.caught(stage.store, stage.publisher.promises)
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
        caught=caught,
        left=tuple(left),
        seconds=time.monotonic() - began,
        settling=settling,
    )


def _rage(stage: Stage, strokes: Sequence[Stroke], tell: Tell) -> int:
    """Let every stroke fall; how many kills found nobody."""
    began, missed = time.monotonic(), 0
    for stroke in strokes:
        if stage.publisher.failure is not None:
            raise stage.publisher.failure
        if stroke.after_life:
            _await_life(stage, stage.keepers[stroke.which])
        until(stage, lambda: False, stroke.pause)
        if stage.order.trace:
            tell(f"{time.monotonic() - began:6.1f} s  {stroke}")
        missed += not stage.harm.strike(stroke)
        if stroke.number % 25 == 24:
            posts = len(stage.sandbox.posts())
            tell(f"{stroke.number + 1} of {len(strokes)} strokes, {stage.publisher.articles} articles, {posts} posts")
    return missed


def _await_life(stage: Stage, struck: Keeper) -> None:
    """Wait until every daemon has its parts and something new reaches the platforms.

    Of several daemons the one to be struck must be at it, or the others would have all the work.
    """
    before = stage.sandbox.state.request_count

    def alive() -> bool:
        families = [keeper.family() for keeper in stage.keepers]
        if not all({"worker", "scheduler"} <= {each.role for each in family} for family in families):
            return False
        if len(families) > 1:
            return _holds(stage.store, {each.pid for each in families[stage.keepers.index(struck)]})
        return stage.sandbox.state.request_count > before

    until(stage, alive, LIFE)


def _holds(store: Store, pids: set[int]) -> bool:
    """Whether one of these processes has a post on the wire."""
    try:
        holders = [delivery.holder.split("/") for delivery in store.in_flight(100)]
    except StoreError:
        return False
    return any(holder[-2] in map(str, pids) for holder in holders if len(holder) == 4)


def _settle(stage: Stage, furthest_offset: float) -> None:
    """No more harm and no more news: wait until nothing is to come, with the clock where it was ahead most.

    What was planned while it was ahead is due then; with the true time it would wait until that has caught up.
    """
    stage.harm.calm()
    stage.harm.step(furthest_offset)
    stage.publisher.stop()
    until(stage, lambda: not _waiting(stage), SETTLING)


def _waiting(stage: Stage) -> bool:
    try:
        return gather.waiting(stage.store) > 0
    except StoreError:
        return True


def _judge(stage: Stage) -> tuple[Verdict, list[str]]:
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


def _brought_up_to_date(stage: Stage, alike: Callable[[], bool]) -> list[str]:
    """Start each daemon once more until the feeds are alike at every home; what is to be said of it."""
    if alike():
        return []
    for keeper in stage.keepers:
        keeper.start()
    until(stage, alike, UP_TO_DATE)
    return [told for keeper in stage.keepers for told in _stopped(keeper)]


def _stopped(keeper: Keeper) -> list[str]:
    """What is to be said of a daemon that was told to stop: nothing, if all is well."""
    code, stayed = keeper.stop()
    told = [f"{each.role} (pid {each.pid}) of {keeper.home.name}" for each in stayed]
    return [*told, f"{keeper.home.name} ended with {code} when it was told to stop"] if code else told


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="wireroom-storm-", ignore_cleanup_errors=True) as name:
        yield name
