"""Leases, signs of life, and how destinations stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.store.making import MINUTE, START, Clock

from wireroom.model.destination import Standing
from wireroom.model.post import Quota
from wireroom.store import Beat, Store


def test_one_leads_at_a_time(store: Store, clock: Clock) -> None:
    """A lease is renewed by its holder, refused to others, and free once it has run out or was given back."""
    assert store.lease("scheduler", "a", MINUTE)
    assert not store.lease("scheduler", "b", MINUTE)
    assert store.lease("other", "b", MINUTE)
    clock.on(MINUTE / 2)
    assert store.lease("scheduler", "a", MINUTE)
    clock.on(MINUTE)
    assert store.lease("scheduler", "b", MINUTE)
    store.release("scheduler", "a")
    assert not store.lease("scheduler", "a", MINUTE)
    store.release("scheduler", "b")
    assert store.lease("scheduler", "a", MINUTE)


def test_signs_of_life(store: Store, clock: Clock) -> None:
    """Each part of each process has one sign of life, the newest; the dead are forgotten."""
    store.beat("worker", "host:1", {"threads": "8"})
    store.beat("worker", "host:2")
    clock.on(MINUTE)
    store.beat("worker", "host:1", {"threads": "4"})
    assert store.beats() == [
        Beat(name="worker", holder="host:1", at=clock.time, facts={"threads": "4"}),
        Beat(name="worker", holder="host:2", at=START),
    ]
    assert store.forget_beats(clock.time) == 1
    assert [beat.holder for beat in store.beats()] == ["host:1"]


def test_a_destination_stands_open_until_told_otherwise(store: Store, clock: Clock) -> None:
    """State, rest and quota are kept apart; `since` is when the state changed, not when it was said again."""
    assert store.standing("x") == Standing(name="x")
    assert store.standings() == {}
    store.rest("x", START + MINUTE, "rate limit")
    store.note_quota("x", [Quota(limit=100, remaining=3, reset=START, name="posts")])
    store.set_standing("x", "locked", "the token was revoked")
    clock.on(MINUTE)
    store.set_standing("x", "locked", "still revoked")
    standing = store.standing("x")
    assert (standing.state, standing.reason, standing.since) == ("locked", "still revoked", START)
    assert (standing.rests_until, standing.rests_why) == (START + MINUTE, "rate limit")
    kind = {"name": "posts", "unit": "calls"}
    assert dict(standing.quota[0]) == {"limit": 100, "remaining": 3, "reset": START.isoformat(), **kind}
    clock.on(MINUTE)
    assert (store.standing("x").rests_until, store.standing("x").rests_why) == (None, ""), "a rest that is over"
    store.set_standing("x", "open", "")
    store.wake("x")
    assert store.standings() == {"x": store.standing("x")}
    assert (store.standing("x").since, store.standing("x").rests_until) == (clock.time, None)


def test_the_databases_own_clock_is_near_ours(database_url: str) -> None:
    """Without a clock of its own the store tells the database's time, in UTC, and it never stands still."""
    with Store(database_url) as store:
        first, second = store.now(), store.now()
    assert first.tzinfo is UTC
    assert first <= second
    assert abs(datetime.now(UTC) - first) < timedelta(seconds=30)
