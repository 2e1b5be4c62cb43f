"""All lanes of one process: who runs, who waits, and what a knock is worth."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from wireroom.dispatch.lane import Carried, Slice
from wireroom.dispatch.lanes import Lanes
from wireroom.model.channel import Channel
from wireroom.model.delivery import State
from wireroom.model.destination import Destination
from wireroom.model.errors import LockedOut, Unsure
from wireroom.model.post import Post, Receipt

if TYPE_CHECKING:
    from tests.dispatch.conftest import Bench, Platform


class Yard:
    """Lanes over the bench's one destination, and how often a channel was built for it."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.built = bench, 0
        self.lanes = Lanes({bench.place.name: bench.place}, self._build, bench.hands)

    def _build(self, destination: Destination) -> Channel:
        assert destination == self.bench.place
        self.built += 1
        return self.bench.platform


@pytest.fixture
def yard(bench: Bench) -> Yard:
    """Lanes over the bench's destination."""
    return Yard(bench)


def blocked(platform: Platform) -> tuple[threading.Event, threading.Event]:
    """Make the next send wait: the first event says that it has begun, the second lets it go on."""
    begun, go_on, send = threading.Event(), threading.Event(), platform.send

    def wait(post: Post) -> Receipt:
        platform.send = send  # type: ignore[method-assign]
        begun.set()
        assert go_on.wait(30)
        return send(post)

    platform.send = wait  # type: ignore[method-assign]
    return begun, go_on


def test_a_lane_keeps_its_channel(yard: Yard) -> None:
    """A channel is built once and kept from one slice to the next."""
    for name in ("a", "b"):
        yard.bench.plan(name)
        assert yard.lanes.drain("x") == Carried(1, more=False)
    assert yard.built == 1


def test_an_unknown_destination_is_nobodys_lane(yard: Yard) -> None:
    """A wake-up for a destination that has left the settings does nothing."""
    assert yard.lanes.drain("gone") == Carried(0, more=False)
    assert yard.lanes.overtake("gone") == Carried(0, more=False)
    assert yard.lanes.look("gone") == 0
    with pytest.raises(KeyError):
        yard.lanes.check("gone")


def test_a_knock_on_a_busy_lane_is_answered_by_its_runner(yard: Yard) -> None:
    """Of two wake-ups one runs; what came meanwhile is carried by the one that is out, and nothing twice."""
    bench = yard.bench
    begun, go_on = blocked(bench.platform)
    bench.plan("a")
    carried: list[Carried] = []
    runner = threading.Thread(target=lambda: carried.append(yard.lanes.drain("x")))
    runner.start()
    assert begun.wait(30)
    bench.plan("b")
    assert yard.lanes.drain("x") == Carried(0, more=False)
    go_on.set()
    runner.join(30)
    assert carried == [Carried(2, more=False)]
    assert [post.title for post in bench.platform.sent] == ["a", "b"]


def test_breaking_news_overtakes_a_busy_lane(yard: Yard) -> None:
    """While a lane waits for its platform, breaking news goes out beside it on a channel of its own."""
    bench = yard.bench
    begun, go_on = blocked(bench.platform)
    bench.plan("slow")
    runner = threading.Thread(target=lambda: yard.lanes.drain("x"))
    runner.start()
    assert begun.wait(30)
    bench.plan("usual")
    bench.plan("breaking", breaking=True)
    assert yard.lanes.overtake("x").number == 1
    assert [post.title for post in bench.platform.sent] == ["breaking"]
    go_on.set()
    runner.join(30)
    assert [post.title for post in bench.platform.sent] == ["breaking", "slow", "usual"]
    assert yard.built == 2


def test_as_many_run_at_once_as_a_destination_allows(bench: Bench) -> None:
    """With two lanes a second wake-up runs beside the first."""
    bench.place = replace(bench.place, lanes=2)
    yard = Yard(bench)
    begun, go_on = blocked(bench.platform)
    bench.plan("a", "b")
    runner = threading.Thread(target=lambda: yard.lanes.drain("x"))
    runner.start()
    assert begun.wait(30)
    assert yard.lanes.drain("x").number == 1
    go_on.set()
    runner.join(30)
    assert {bench.now("a").state, bench.now("b").state} == {State.DELIVERED}


def test_a_used_up_slice_says_that_there_is_more(yard: Yard) -> None:
    """A lane that gives way says so, and its runner is free again."""
    yard.bench.plan(*(f"n{number}" for number in range(20)))
    assert yard.lanes.drain("x", Slice(seconds=60, number=5)).more
    assert not yard.lanes.drain("x").more
    assert len(yard.bench.platform.sent) == 20


def test_a_resumed_destination_gets_a_new_channel(yard: Yard) -> None:
    """After a person has opened a destination again its channel is built anew, with the keys of today."""
    bench = yard.bench
    bench.platform.script = [LockedOut("renew the token")]
    bench.plan("a")
    yard.lanes.drain("x")
    bench.clock.turn(minutes=1)
    bench.store.set_standing("x", "open", "renewed")
    yard.lanes.drain("x")
    assert yard.built == 2
    assert bench.now().state is State.DELIVERED


def test_looks_run_beside_the_lane(yard: Yard) -> None:
    """What is in doubt is looked for by name of its destination."""
    bench = yard.bench
    bench.platform.script = [Unsure("silence")]
    bench.plan("a")
    yard.lanes.drain("x")
    bench.platform.there[bench.platform.sent[0].key] = Receipt(remote_id="5")
    bench.clock.turn(minutes=1)
    assert yard.lanes.look("x") == 1
    assert bench.now().state is State.DELIVERED


def test_what_has_nothing_to_check_says_so(yard: Yard) -> None:
    """A channel without a check is not a fault."""
    assert yard.lanes.check("x") == "has nothing to check"
