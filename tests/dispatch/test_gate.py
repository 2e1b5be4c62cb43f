"""The gate: what one answer means for the whole destination, for every lane that calls there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.dispatch.conftest import Platform

from wireroom.dispatch.lane import Lane
from wireroom.limits import Limits
from wireroom.model.delivery import State
from wireroom.model.destination import Breaker, Cap, Rest, Settle
from wireroom.model.errors import Duplicate, Ending, LockedOut, NotSent, RateLimited, Rejected, Unsure
from wireroom.model.post import Exchange, Post, Quota, Receipt

if TYPE_CHECKING:
    from tests.dispatch.conftest import Bench

NAMES = [f"n{number:02}" for number in range(40)]


class Metered(Platform):
    """A platform that counts calls: `window` of them until the clock reaches `reset`, then 429."""

    account = "x/test/1"
    reads = "x/test/1/reads"
    window = 20
    looks = 0

    def __init__(self, bench: Bench, span: timedelta = timedelta(minutes=15)) -> None:
        super().__init__()
        self._bench, self._span = bench, span
        self.reset, self.used, self.refused = bench.clock() + span, 0, 0

    def send(self, post: Post) -> Receipt:
        """Post it, while the window has calls left."""
        if self._bench.clock() >= self.reset:
            self.reset, self.used = self._bench.clock() + self._span, 0
        if self.used >= self.window:
            self.refused += 1
            raise self.no()
        self.used += 1
        return replace(super().send(post), quota=self.left())

    def find(self, post: Post, since: object) -> Receipt | None:
        """Count the look, and refuse it."""
        self.looks += 1
        raise self.no()

    def left(self) -> tuple[Quota, ...]:
        """What the headers would say."""
        return (Quota(limit=self.window, remaining=self.window - self.used, reset=self.reset, name="15 minutes"),)

    def no(self) -> RateLimited:
        """429, with the reset."""
        ending = RateLimited("X asks to wait", until=self.reset)
        ending.quota = self.left()
        return ending


@pytest.fixture
def metered(bench: Bench) -> Metered:
    """The bench's platform, counting calls; lanes share one memory of it."""
    platform = bench.platform = Metered(bench)
    bench.limits = Limits()
    return platform


def lane(bench: Bench) -> Lane:
    """Another worker's lane of the same destination."""
    return Lane(bench.place, bench.platform, bench.hands)


def test_it_slows_down_before_the_wall_and_never_meets_it(bench: Bench, metered: Metered) -> None:
    """With 40 posts and 20 calls in a quarter of an hour all go out in time, none is refused, no attempt is lost."""
    bench.plan(*NAMES)
    minutes = 0
    while any(bench.now(name).state is State.PLANNED for name in NAMES):
        lane(bench).run()
        bench.clock.turn(minutes=1)
        minutes += 1
        assert minutes < 60
    assert (metered.refused, len(metered.sent)) == (0, 40)
    assert minutes > 15
    assert {bench.now(name).attempts for name in NAMES} == {1}


def test_breaking_news_passes_what_slows_the_rest(bench: Bench, metered: Metered) -> None:
    """While ordinary posts wait for the window, breaking news goes out from the reserve, at once."""
    metered.used = 18
    bench.plan(*NAMES[:3])
    lane(bench).run()
    assert len(metered.sent) == 1
    standing = bench.store.standing("x")
    assert standing.rest is Rest.SLOW
    assert "calls left" in standing.rests_why
    bench.plan("flash", breaking=True)
    lane(bench).run(breaking_only=True)
    assert bench.now("flash").state is State.DELIVERED
    assert metered.refused == 0


def test_what_a_platform_said_is_heeded_by_all_until_then(bench: Bench, metered: Metered) -> None:
    """After a refusal no lane calls before the reset it named, breaking news neither, even if Redis forgets it all."""
    metered.used = 20
    bench.plan("a", "b")
    bench.plan("flash", breaking=True)
    lane(bench).run()
    assert metered.refused == 1
    for _ in range(14):
        bench.limits = Limits()  # forgotten
        lane(bench).run()
        lane(bench).run(breaking_only=True)
        bench.clock.turn(minutes=1)
    assert metered.refused == 1
    bench.clock.turn(minutes=2)
    lane(bench).run()
    assert [bench.now(name).state for name in ("a", "b", "flash")] == [State.DELIVERED] * 3
    assert bench.now("flash").attempts == 1, "waiting is no attempt"


def test_windows_are_remembered_when_redis_forgets(bench: Bench, metered: Metered) -> None:
    """What the database noted of a window holds a worker back that starts with an empty Redis."""
    metered.used = 19
    bench.plan("a", "b")
    lane(bench).run()
    bench.store.wake("x")
    bench.limits = Limits()
    lane(bench).run()
    assert (len(metered.sent), metered.refused) == (1, 0)


def test_caps_hold_where_the_platform_tells_nothing(bench: Bench, metered: Metered) -> None:
    """A cap of our own stops a lane as a window does, and its reserve lets breaking news through."""
    metered.window = 1000
    bench.place = replace(bench.place, caps=(Cap(3, timedelta(hours=3)),))
    bench.plan(*NAMES[:5])
    lane(bench).run()
    assert len(metered.sent) == 2
    bench.plan("flash", breaking=True)
    lane(bench).run(breaking_only=True)
    assert len(metered.sent) == 3


def test_looks_are_rationed_too(bench: Bench, metered: Metered) -> None:
    """A look that was asked to wait keeps all other looks away until then, and no post."""
    bench.place = replace(bench.place, settle=Settle(timedelta(seconds=1), 2))
    bench.plan("a", "b")
    metered.script = [Unsure("closed"), Unsure("closed")]
    lane(bench).run()
    bench.clock.turn(seconds=2)
    for _ in range(5):
        bench.looker.run()
        bench.clock.turn(minutes=1)
    assert metered.looks == 1
    assert bench.store.standing("x").rests_until is None


def fallen(bench: Bench, number: int, ending: Ending | None = None) -> None:
    """Let the platform fail so often in a row, a minute apart."""
    for turn in range(number):
        bench.platform.script = [ending or NotSent("no route")]
        (failing,) = bench.plan(f"f{turn}-{bench.clock().timestamp()}")
        bench.lane.deliver(failing)
        bench.clock.turn(seconds=1)


@pytest.mark.parametrize("ending", [NotSent("no route"), Unsure("503")])
def test_a_platform_that_fails_in_a_row_is_left_alone_for_growing_spells(bench: Bench, ending: Ending) -> None:
    """After five failures in a row nothing is sent for a while, then a single probe; it fails: twice as long."""
    bench.place = replace(bench.place, breaker=Breaker(5, timedelta(minutes=2), timedelta(minutes=8)))
    fallen(bench, 5, ending)
    first = bench.store.standing("x")
    assert (first.falls, first.rest) == (5, Rest.FALLEN)
    assert "5 times in a row, left alone for 2m" in first.rests_why
    tried = len(bench.platform.sent)
    spells, last = [], bench.clock()
    bench.plan(*NAMES)
    for _ in range(60):
        bench.platform.script = [ending]
        bench.lane.run()
        if len(bench.platform.sent) > tried:
            assert len(bench.platform.sent) == tried + 1, "one probe, no more"
            spells.append(round((bench.clock() - last).total_seconds() / 60))
            tried, last = len(bench.platform.sent), bench.clock()
        bench.clock.turn(minutes=1)
    assert spells[:5] == [2, 4, 8, 8, 8]


def test_a_probe_that_succeeds_opens_the_gate(bench: Bench) -> None:
    """When the probe gets through, everything else follows in the same run, and no failure is remembered."""
    fallen(bench, 5)
    bench.plan(*NAMES[:5])
    bench.clock.turn(minutes=10)
    bench.lane.run()
    assert {bench.now(name).state for name in NAMES[:5]} == {State.DELIVERED}
    standing = bench.store.standing("x")
    assert (standing.falls, standing.rests_until) == (0, None)


def test_only_one_of_many_lanes_probes(bench: Bench) -> None:
    """While one lane's probe is on the wire, no other lane sends anything."""
    fallen(bench, 5)
    bench.clock.turn(minutes=10)
    bench.plan("a", "b")
    seen: list[int] = []

    class Peeking(Platform):
        def send(self, post: Post) -> Receipt:
            seen.append(Lane(bench.place, other, bench.hands).run().number)
            return super().send(post)

    other = Platform()
    Lane(bench.place, Peeking(), bench.hands).run()
    assert seen[0] == 0
    assert other.sent == [] or len(seen) > 1


def test_a_lost_probe_is_followed_by_another(bench: Bench) -> None:
    """A prober that died keeps the gate shut for as long as its lease, and no longer."""
    fallen(bench, 5)
    bench.clock.turn(minutes=10)
    assert bench.store.probe("x", 5, bench.clock() + timedelta(seconds=90))
    bench.plan("a")
    bench.lane.run()
    assert bench.now().state is State.PLANNED
    bench.clock.turn(seconds=91)
    bench.lane.run()
    assert bench.now().state is State.DELIVERED


@pytest.mark.parametrize(
    "ending", [Rejected("too long"), Duplicate("again"), NotSent("no preview", after=timedelta(1))]
)
def test_what_is_wrong_with_one_post_is_no_failure_of_the_platform(bench: Bench, ending: Ending) -> None:
    """A platform that answers, even with a no to this post, works."""
    fallen(bench, 4)
    bench.plan("a")
    bench.platform.script = [ending]
    bench.lane.run()
    assert bench.store.standing("x").falls == 0


def test_retry_after_is_obeyed_on_a_failure_too(bench: Bench) -> None:
    """A 503 that says when to come back is left alone until then, by every lane."""
    headers = {"retry-after": "120"}
    exchange = Exchange(method="POST", url="https://x.test/2/tweets", status=503, headers=headers)
    bench.plan("a", "b")
    bench.platform.script = [Unsure("503", exchange=exchange)]
    bench.lane.run()
    bench.clock.turn(seconds=110)
    bench.lane.run()
    assert len(bench.platform.sent) == 1
    bench.clock.turn(seconds=11)
    bench.lane.run()
    assert bench.now("b").state is State.DELIVERED


def test_a_shorter_rest_does_not_end_a_longer_one(bench: Bench) -> None:
    """Two lanes hear different things; the destination rests for the longer of them, and a lock stays a lock."""
    now = bench.clock()
    bench.store.rest("x", now + timedelta(hours=1), "asked")
    bench.store.rest("x", now + timedelta(minutes=1), "failed", Rest.FALLEN)
    assert bench.store.standing("x").rests_why == "asked"
    bench.store.fall("x")
    bench.store.mend("x")
    assert bench.store.standing("x").rests_why == "asked", "working again does not end what the platform asked for"
    bench.plan("a")
    bench.store.wake("x")
    bench.platform.script = [LockedOut("make a new token")]
    bench.lane.run()
    assert bench.store.standing("x").state == "locked"
