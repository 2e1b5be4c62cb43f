"""Looking whether what was delivered is to be seen: in batches, seldom, and without harm to anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from tests.dispatch.conftest import START, Bench, Platform

from wireroom.dispatch.lanes import Lanes
from wireroom.dispatch.sight import BLIND, to_see
from wireroom.model.channel import Sent
from wireroom.model.delivery import State
from wireroom.model.errors import LockedOut, NotSent, RateLimited
from wireroom.model.post import Post, Receipt

AFTER = timedelta(minutes=10)


@dataclass
class Window(Platform):
    """A platform that shows many posts at once, and keeps how it was asked."""

    hidden: set[str] = field(default_factory=set)
    looks: list[tuple[list[str], datetime]] = field(default_factory=list)
    refuses: Exception | None = None

    def visible(self, sent: Sequence[Sent], since: datetime) -> list[bool]:
        """What is not hidden is seen."""
        self.looks.append(([each.post.title for each in sent], since))
        if self.refuses:
            raise self.refuses
        assert all(each.receipt.remote_id for each in sent)
        return [each.post.title not in self.hidden for each in sent]


@dataclass
class Keyhole(Platform):
    """A platform that is asked for one post at a time."""

    asked: list[str] = field(default_factory=list)

    def find(self, post: Post, since: datetime) -> Receipt | None:
        """Look for one post."""
        self.asked.append(post.title)
        return super().find(post, since)


class Blind:
    """A platform that cannot be asked at all."""

    repeatable = False


@pytest.fixture
def window(bench: Bench) -> Window:
    """The bench's platform, with a window."""
    bench.platform = Window()
    return bench.platform


def lanes(bench: Bench) -> Lanes:
    """The lanes of one process on the bench's destination."""
    return Lanes({"x": bench.place}, lambda _: bench.platform, bench.hands)


def deliver(bench: Bench, *names: str) -> None:
    """Publish and deliver articles of these names, a second apart."""
    for name in names:
        bench.plan(name)
        bench.lane.run()
        bench.clock.turn(seconds=1)


def unseen(bench: Bench) -> list[str]:
    """What is not to be seen after three looks."""
    return [each.title for each in bench.store.unseen("x", START - timedelta(days=1), looks=3, limit=10)]


def test_one_look_settles_many_posts(bench: Bench, window: Window) -> None:
    """Ten minutes after their delivery posts are looked for in one call, newest first, and those seen never again."""
    deliver(bench, "a", "b", "c")
    bench.clock.turn(minutes=9)
    yard = lanes(bench)
    yard.see("x", AFTER)
    assert window.looks == []
    bench.clock.turn(minutes=1)
    yard.see("x", AFTER)
    yard.see("x", AFTER)
    ((names, since),) = window.looks
    assert names == ["c", "b", "a"]
    assert since <= START - timedelta(minutes=2)


def test_what_is_not_there_is_looked_for_three_times(bench: Bench, window: Window) -> None:
    """A post that is missing is asked for at most three times, two minutes apart, and then is not to be seen."""
    window.hidden = {"b"}
    deliver(bench, "a", "b")
    yard = lanes(bench)
    for _ in range(30):
        bench.clock.turn(minutes=1)
        yard.see("x", AFTER)
    assert [names for names, _ in window.looks] == [["b", "a"], ["b"], ["b"]]
    assert unseen(bench) == ["b"]


def test_a_feed_is_looked_at_until_it_is_there(bench: Bench, window: Window) -> None:
    """A feed of our own costs nothing to look at: it is looked at until it shows the post, so trouble can end."""
    window.repeatable = True
    window.hidden = {"a"}
    deliver(bench, "a")
    yard = lanes(bench)
    for _ in range(60):
        bench.clock.turn(minutes=1)
        yard.see("x", AFTER)
    assert unseen(bench) == ["a"]
    assert len(window.looks) > 20
    window.hidden = set()
    bench.clock.turn(minutes=2)
    yard.see("x", AFTER)
    assert unseen(bench) == []


def test_a_platform_that_finds_one_at_a_time_is_asked_for_few(bench: Bench) -> None:
    """Without a window the newest ten are asked for one by one; found or not is kept for each."""
    bench.platform = keyhole = Keyhole()
    deliver(bench, *(f"n{number}" for number in range(12)))
    keyhole.there.pop(keyhole.sent[11].key)
    bench.clock.turn(minutes=10)
    yard = lanes(bench)
    yard.see("x", AFTER)
    assert keyhole.asked == [f"n{number}" for number in range(11, 1, -1)]
    yard.see("x", AFTER)
    assert keyhole.asked[10:] == ["n1", "n0"]
    assert [each.title for each in to_see(bench.store, "x", timedelta(minutes=5), social=True)] == ["n11"]


def test_a_rate_limit_that_a_look_meets_is_respected(bench: Bench, window: Window) -> None:
    """A platform that asks a look to wait rests, is not looked at meanwhile, and nothing counts as unseen."""
    deliver(bench, "a")
    bench.clock.turn(minutes=10)
    until = bench.clock() + timedelta(minutes=7)
    window.refuses = RateLimited("slow down", until=until)
    yard = lanes(bench)
    for _ in range(3):
        yard.see("x", AFTER)
    assert bench.store.standing("x").rests_until == until
    assert len(window.looks) == 1
    bench.clock.turn(minutes=8)
    window.refuses = None
    yard.see("x", AFTER)
    assert (len(window.looks), unseen(bench)) == (2, [])


@pytest.mark.parametrize("ending", [NotSent("no route"), RuntimeError("a fault in the channel")])
def test_a_look_without_an_answer_counts_for_nothing(bench: Bench, window: Window, ending: Exception) -> None:
    """A platform that gives no answer, and a channel that breaks, have not shown that the post is missing."""
    deliver(bench, "a")
    bench.clock.turn(minutes=10)
    window.refuses = ending
    yard = lanes(bench)
    for _ in range(5):
        yard.see("x", AFTER)
    assert (len(window.looks), unseen(bench)) == (5, [])
    assert bench.store.standing("x").state == "open"
    assert bench.now().state is State.DELIVERED


def test_a_platform_that_shows_nothing_goes_on_taking_posts(bench: Bench, window: Window) -> None:
    """Keys that may post and not read lock nothing: what is there is not asked again for an hour, and posts go out."""
    deliver(bench, "a")
    bench.clock.turn(minutes=10)
    window.refuses = LockedOut("may not read")
    yard = lanes(bench)
    yard.see("x", AFTER)
    yard.see("x", AFTER)
    assert bench.store.standing("x").state == "open"
    assert len(window.looks) == 1
    bench.clock.turn(seconds=BLIND.total_seconds())
    yard.see("x", AFTER)
    assert len(window.looks) == 2


@pytest.mark.parametrize("state", ["paused", "locked"])
def test_a_closed_destination_is_not_asked(bench: Bench, window: Window, state: str) -> None:
    """Paused and locked destinations are left alone by looks too."""
    deliver(bench, "a")
    bench.clock.turn(minutes=10)
    bench.store.set_standing("x", state, "by hand")
    lanes(bench).see("x", AFTER)
    assert window.looks == []


def test_who_cannot_be_asked_is_not(bench: Bench) -> None:
    """A channel without eyes, an unknown destination, and looks that are turned off: nothing happens."""
    deliver(bench, "a")
    bench.clock.turn(minutes=10)
    yard = Lanes({"x": bench.place}, lambda _: Blind(), bench.hands)  # type: ignore[arg-type, return-value]
    yard.see("x", AFTER)
    yard.see("gone", AFTER)
    lanes(bench).see("x", None)
    assert [each.title for each in to_see(bench.store, "x", AFTER, social=True)] == ["a"]
