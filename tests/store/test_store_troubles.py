"""Troubles as they are kept: open, told, over, forgotten."""

from __future__ import annotations

from datetime import timedelta

from tests.store.making import MINUTE, START, Clock

from wireroom.model.trouble import Noted, Trouble, TroubleKind
from wireroom.store import Store

WORKER = Trouble(TroubleKind.WORKER, "worker", "No worker.")
LATE = Trouble(TroubleKind.BACKLOG, "harbour-x", "harbour-x: late.")


def test_a_trouble_is_kept_while_it_lasts(store: Store, clock: Clock) -> None:
    """What is found again keeps its beginning, and says what was said last."""
    store.note([WORKER, LATE])
    clock.on(MINUTE)
    worse = Trouble(LATE.kind, LATE.subject, "harbour-x: later.")
    store.note([worse])
    assert store.troubles() == [Noted(worse, START, clock.time), Noted(WORKER, START, START)]


def test_what_is_over_and_was_never_told_is_forgotten(store: Store) -> None:
    """Nobody need hear of the end of what they never heard of."""
    store.note([WORKER])
    store.note([], over=[WORKER])
    assert store.troubles() == []


def test_what_is_over_is_kept_until_that_is_told(store: Store, clock: Clock) -> None:
    """A trouble that was told stays, solved and no longer open, until its end has been told."""
    store.note([WORKER])
    store.told(store.troubles(), [])
    told = clock.time
    over = clock.on(MINUTE)
    store.note([], over=[WORKER])
    clock.on(MINUTE)
    store.note([], over=[WORKER])
    assert store.troubles() == [Noted(WORKER, START, START, told=told, solved=over)]
    assert store.open_troubles() == []
    store.told([], store.troubles())
    assert store.troubles() == []


def test_what_comes_back_was_never_gone(store: Store, clock: Clock) -> None:
    """A trouble that returns before its end was told is the same trouble, told already."""
    store.note([WORKER])
    store.told(store.troubles(), [])
    store.note([], over=[WORKER])
    clock.on(MINUTE)
    store.note([WORKER])
    assert store.troubles() == [Noted(WORKER, START, clock.time, told=START)]


def test_an_end_is_told_only_if_it_still_is_one(store: Store, clock: Clock) -> None:
    """A trouble that comes back while the message on its end is on its way stays."""
    store.note([WORKER])
    store.told(store.troubles(), [])
    store.note([], over=[WORKER])
    ended = store.troubles()
    clock.on(MINUTE)
    store.note([WORKER])
    store.told([], ended)
    assert [noted.trouble for noted in store.open_troubles()] == [WORKER]


def test_forgotten_without_a_word(store: Store) -> None:
    """What has faded goes at once, told or not."""
    store.note([WORKER, LATE])
    store.told(store.troubles()[:1], [])
    store.note([], forgotten=[WORKER, LATE])
    assert store.troubles() == []


def test_when_people_were_last_sent_something(store: Store, clock: Clock) -> None:
    """The time of the last message outlives the process that sent it."""
    assert store.alerted() is None
    store.set_alerted()
    clock.on(MINUTE)
    assert store.alerted() == START
    store.set_alerted()
    assert store.alerted() == clock.time


def test_a_watch_goes_on_through_short_gaps(store: Store, clock: Clock) -> None:
    """Who watches next goes on where the last one was, and begins anew after a longer gap."""
    gap = timedelta(minutes=1)
    assert store.watched(gap) == START
    clock.on(gap)
    assert store.watched(gap) == START
    anew = clock.on(2 * gap)
    assert store.watched(gap) == anew
