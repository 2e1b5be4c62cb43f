"""What the watch asks the database: failed, in doubt, late, to be seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.store.making import MINUTE, START, Clock, article, deliver, doubt, new, put, sent, verdict

from wireroom.model.delivery import Delivery, Failure, Move
from wireroom.model.post import Action
from wireroom.model.trouble import TroubleKind
from wireroom.store import Store

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HERE = "harbour-x"


def fail(store: Store, delivery: Delivery) -> Delivery:
    """Send a delivery and let it be refused for good."""
    claim, attempt = sent(store, delivery)
    how = verdict(Move.REJECT, outcome="rejected", failure=Failure("rejected", "403", "no"))
    assert store.settle(claim, how, by="worker-1", attempt=attempt)
    return store.delivery(delivery.id)


def wait(store: Store, delivery: Delivery, move: Move, kind: str, due: timedelta) -> Delivery:
    """Send a delivery that comes back to be sent later."""
    claim, attempt = sent(store, delivery)
    how = verdict(move, outcome=kind, failure=Failure(kind, None, "later"), due=store.now() + due)
    assert store.settle(claim, how, by="worker-1", attempt=attempt)
    return store.delivery(delivery.id)


def see(store: Store, *, most: int = 3, pause: timedelta = MINUTE, limit: int = 50) -> list[str]:
    """The titles that a look at harbour-x should find: delivered ten minutes ago or longer, within a day."""
    now = store.now()
    found = store.to_see(HERE, since=now - DAY, before=now - 10 * MINUTE, pause=pause, most=most, limit=limit)
    return [each.uid.rpartition(":")[2] for each in found]


def test_what_failed_lately(store: Store, clock: Clock) -> None:
    """Failures of one destination since a time, the oldest first; not what was retried, nor what came after all."""
    first, second, mended, revised = (put(store, article(number))[0] for number in range(1, 5))
    for each in (first, second, mended, revised):
        clock.on(MINUTE)
        fail(store, each)
    store.move(store.delivery(mended.id), Move.RETRY, by="person", why="again", due=store.now())
    newer = article(4, revision=2)
    deliver(store, put(store, newer, new(newer))[0])
    assert [each.id for each in store.failed(HERE, START, 10)] == [first.id, second.id]
    assert [each.id for each in store.failed(HERE, START, 1)] == [first.id]
    assert [each.id for each in store.failed(HERE, START + 1.5 * MINUTE, 10)] == [second.id]
    assert store.failed("harbour-page", START, 10) == []
    assert [store.mended(each.id, TroubleKind.FAILED) for each in (first, second, mended, revised)] == [
        False,
        False,
        True,
        True,
    ]


def test_what_is_in_doubt_and_since_when(store: Store, clock: Clock) -> None:
    """Unconfirmed deliveries come with the time of their last doubt, not of the looks after it."""
    delivery = put(store, article())[0]
    clock.on(HOUR)
    lost = doubt(store, delivery, due=store.now())
    clock.on(HOUR)
    claim = store.claim_look(lost, holder="worker-1", lease=MINUTE)
    assert claim is not None
    assert store.settle(claim, verdict(Move.POSTPONE, looked=True), by="worker-1", attempt=None)
    assert [(each.id, since) for each, since in store.in_doubt(10)] == [(delivery.id, START + HOUR)]


def test_what_is_late(store: Store, clock: Clock) -> None:
    """Due and not out, tried and not out, kept back by a rate limit: each is late; what waits for its time is not."""
    due = put(store, article(1))[0]
    tried = wait(store, put(store, article(2))[0], Move.RETRY, "not-sent", 3 * HOUR)
    limited = wait(store, put(store, article(3))[0], Move.POSTPONE, "rate-limited", 5 * HOUR)
    later = article(4)
    put(store, later, new(later, due=START + 4 * HOUR))
    clock.on(HOUR)
    fresh = article(5)
    put(store, fresh, new(fresh, due=START - DAY))
    assert store.late(HERE, START - MINUTE) == (0, None)
    number, oldest = store.late(HERE, START + MINUTE)
    assert (number, oldest and oldest.id) == (3, due.id)
    assert {tried.attempts, limited.attempts} == {0, 1}
    assert store.late("harbour-page", START + MINUTE) == (0, None)


def test_what_a_look_should_find(store: Store, clock: Clock) -> None:
    """First posts of the last day, delivered long enough ago, not seen and not taken back, newest first."""
    for number in (1, 2, 3, 4):
        deliver(store, put(store, article(number))[0], str(number))
        clock.on(MINUTE)
    for number, action in ((2, Action.RETRACT), (3, Action.AMEND)):
        newer = article(number, revision=2)
        deliver(store, put(store, newer, new(newer, action=action))[0], str(number))
    clock.on(7 * MINUTE)
    assert see(store) == ["1"]
    clock.on(3 * MINUTE)
    assert see(store) == ["4", "3", "1"]
    assert see(store, limit=1) == ["4"]
    clock.on(DAY)
    assert see(store) == []


def test_a_look_is_kept(store: Store, clock: Clock) -> None:
    """What was seen is not looked for again; what was not is, a pause later each time, until it was often enough."""
    there, missing = (deliver(store, put(store, article(number))[0]) for number in (1, 2))
    clock.on(10 * MINUTE)
    assert see(store) == ["2", "1"]
    store.note_sight([there], [missing])
    assert see(store) == []
    for _ in range(2):
        assert store.unseen(HERE, START, looks=3, limit=10) == []
        clock.on(MINUTE)
        assert see(store) == ["2"]
        store.note_sight([], [missing])
    clock.on(HOUR)
    assert see(store) == []
    assert see(store, most=100) == ["2"]
    assert [each.id for each in store.unseen(HERE, START, looks=3, limit=10)] == [missing.id]
    assert [store.mended(each.id, TroubleKind.UNSEEN) for each in (there, missing)] == [True, False]
    store.note_sight([missing], [])
    assert store.unseen(HERE, START, looks=3, limit=10) == []
    store.note_sight([], [missing])
    assert (store.mended(missing.id, TroubleKind.UNSEEN), see(store, most=100)) == (True, [])


def test_a_post_that_was_taken_back_is_not_missed(store: Store, clock: Clock) -> None:
    """Unseen and then retracted is mended; a delivery that was removed is not, and harms nothing."""
    missing = deliver(store, put(store, article())[0])
    for _ in range(3):
        store.note_sight([], [missing])
    assert store.unseen(HERE, START, looks=3, limit=10)
    newer = article(revision=2)
    put(store, newer, new(newer, action=Action.RETRACT))
    assert store.unseen(HERE, START, looks=3, limit=10) == []
    assert store.mended(missing.id, TroubleKind.UNSEEN)
    assert not any(store.mended("999", kind) for kind in (TroubleKind.UNSEEN, TroubleKind.FAILED))


@pytest.mark.parametrize(
    ("health", "told"),
    [
        ('{"warning": "the token ends on 3 May"}', {HERE: "the token ends on 3 May"}),
        ('{"warning": "", "expires": null}', {}),
        ("{}", {}),
        ("[]", {}),
        ("not JSON", {}),
        ('{"warning": null}', {}),
    ],
)
def test_what_credentials_warn_of(store: Store, health: str, told: dict[str, str]) -> None:
    """The warning a look at the credentials left is read; anything that cannot be read warns of nothing."""
    store.set_standing(HERE, "open", "")
    with store._database.engine.begin() as connection:
        connection.execute(text("UPDATE destinations SET health = :health"), {"health": health})
    assert store.warnings() == told
