"""A person's moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from wireroom.dispatch.people import People
from wireroom.dispatch.triage import Triage
from wireroom.model.delivery import State
from wireroom.model.errors import LockedOut, NotFound, NotSent, RateLimited, Refused, Rejected, Unsure
from wireroom.model.post import Receipt

if TYPE_CHECKING:
    from tests.dispatch.conftest import Bench


@pytest.fixture
def people(bench: Bench) -> People:
    """People at work on the bench's destination."""
    return People(bench.store, {"x": bench.place})


def test_a_failed_delivery_is_tried_anew(bench: Bench, people: People) -> None:
    """A retry by a person starts the count of attempts anew and sends at once."""
    bench.plan("a")
    bench.platform.script = [Rejected("no")]
    bench.lane.run()
    again = people.retry(bench.now().id, "mika")
    assert (again.state, again.attempts) == (State.PLANNED, 0)
    bench.lane.run()
    assert bench.now().state is State.DELIVERED
    assert "retry" in bench.moves(bench.now())


def test_what_waits_for_its_backoff_can_be_tried_now(bench: Bench, people: People) -> None:
    """A person need not wait for a backoff."""
    bench.plan("a")
    bench.platform.script = [NotSent("no route")]
    bench.lane.run()
    people.retry(bench.now().id, "mika")
    bench.lane.run()
    assert bench.now().state is State.DELIVERED


def test_what_is_on_the_wire_is_left_to_its_worker(bench: Bench, people: People) -> None:
    """While a delivery is being sent no person can have it sent again, call it off or say that it is there."""
    (sending,) = bench.plan("a")
    assert bench.store.claim_and_touch(sending, holder="worker@test", lease=timedelta(minutes=1))
    for move in (people.retry, people.cancel, people.confirm, people.release):
        with pytest.raises(Refused, match="being sent right now"):
            move(sending.id, "mika")
    assert bench.now().state is State.SENDING


def test_a_doubt_is_settled_either_way(bench: Bench, people: People) -> None:
    """A person who has looked says that it is there, with its id, or that it is not, and it is sent again."""
    bench.plan("a", "b")
    bench.platform.script = [Unsure("silence"), Unsure("silence")]
    bench.lane.run()
    there = people.confirm(bench.now("a").id, "mika", remote_id="77", remote_url="https://x.com/i/web/status/77")
    assert (there.state, there.remote_id) == (State.DELIVERED, "77")
    people.retry(bench.now("b").id, "mika")
    bench.lane.run()
    assert bench.now("b").state is State.DELIVERED
    assert len(bench.platform.sent) == 3


def test_a_cancelled_delivery_stays_where_it_is(bench: Bench, people: People) -> None:
    """What is called off does not go out, and the log says who did it."""
    bench.plan("a")
    people.cancel(bench.now().id, "mika")
    bench.lane.run()
    assert (bench.now().state, bench.now().reason) == (State.CANCELLED, "cancelled by mika")
    assert not bench.platform.sent


def test_moves_that_make_no_sense_are_refused(bench: Bench, people: People) -> None:
    """A move the state does not allow is refused in words, and an unknown delivery or destination is told as such."""
    bench.plan("a")
    bench.lane.run()
    for move in (people.cancel, people.retry, people.release):
        with pytest.raises(Refused, match="delivered"):
            move(bench.now().id, "mika")
    with pytest.raises(NotFound):
        people.cancel("999", "mika")
    with pytest.raises(NotFound, match="no destination 'y'; there are x"):
        people.pause("y", "mika")


def test_a_pause_holds_and_a_resume_sorts_by_age(bench: Bench, people: People) -> None:
    """While paused nothing goes out; at resume what is too old expires and the rest goes out."""
    people.pause("x", "mika")
    bench.plan("old")
    bench.clock.turn(days=3)
    bench.plan("new")
    bench.lane.run()
    assert not bench.platform.sent
    assert people.triage("x") == Triage("x", posts=1, expire=1)
    assert people.resume("x", "mika") == Triage("x", posts=1, expire=1)
    bench.lane.run()
    assert (bench.now("old").state, bench.now("new").state) == (State.CANCELLED, State.DELIVERED)


@pytest.mark.parametrize("ending", [LockedOut("renew the token"), RateLimited("slow down")], ids=lambda e: e.kind)
def test_a_resume_sends_what_met_the_wall_first(bench: Bench, people: People, ending: LockedOut | RateLimited) -> None:
    """After resume the delivery that met the lock or the limit does not wait for the time it was put off to."""
    if isinstance(ending, RateLimited):
        ending.until = bench.clock() + timedelta(hours=20)
    bench.plan("a")
    bench.platform.script = [ending]
    bench.lane.run()
    people.resume("x", "mika")
    bench.lane.run()
    assert bench.now().state is State.DELIVERED


def test_a_receipt_by_hand_needs_no_id(bench: Bench, people: People) -> None:
    """A person who only knows that it is there need not find its id."""
    bench.plan("a")
    bench.platform.script = [Unsure("silence"), Receipt(remote_id="1")]
    bench.lane.run()
    assert people.confirm(bench.now().id, "mika").state is State.DELIVERED
    assert replace(bench.now(), reason="").attempts == 1
