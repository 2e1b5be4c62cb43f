"""The sweeps: what is lost, in doubt, due; and what retention lets go."""

from __future__ import annotations

from datetime import timedelta

from tests.store.making import MINUTE, START, Clock, article, deliver, doubt, new, put, sent, verdict

from wireroom.model.delivery import Move, State, fold
from wireroom.model.errors import NotFound
from wireroom.model.post import Action
from wireroom.store import Alias, LogFilter, Store


def test_a_lost_lease_is_found_when_it_is_over(store: Store, clock: Clock) -> None:
    """What is on the wire is told with its lease, the one that ends first before the others; touched or not shows."""
    touched, untouched = put(store, article(1))[0], put(store, article(2))[0]
    sent(store, touched)
    assert store.claim(untouched, holder="w", lease=2 * MINUTE)
    assert [(row.id, row.touched is None) for row in store.in_flight(5)] == [(touched.id, False), (untouched.id, True)]
    assert all(row.lease_until and row.lease_until > store.now() for row in store.in_flight(5))
    clock.on(2 * MINUTE)
    assert all(row.lease_until and row.lease_until <= store.now() for row in store.in_flight(5))
    assert len(store.in_flight(1)) == 1


def test_the_sweep_never_overrules_a_touch(store: Store) -> None:
    """A row read as untouched and touched since is not put back to planned: that would send it twice."""
    (delivery,) = put(store, article())
    claim = store.claim(delivery, holder="w", lease=MINUTE)
    assert claim is not None
    assert store.touch(claim)
    assert store.move(claim.delivery, Move.POSTPONE, by="sweep", why="untouched") is None
    row = store.move(store.delivery(delivery.id), Move.LOSE, by="sweep", why="lease ran out")
    assert row is not None
    assert (row.state, row.doubted, row.touched) == (State.UNCONFIRMED, True, None)
    (attempt,) = store.dossier(delivery.id).attempts
    assert (attempt.outcome, attempt.message) == ("unsure", "lease ran out")


def test_looked_for_are_those_somebody_has_taken(store: Store, clock: Clock) -> None:
    """Who looks for what is told as long as it has not come back, its lease run out or not."""
    first = doubt(store, put(store, article(1))[0], due=START)
    doubt(store, put(store, article(2))[0], due=START)
    assert store.looking(5) == []
    assert store.claim_look(first, holder="w", lease=MINUTE)
    assert [(row.id, row.holder) for row in store.looking(5)] == [(first.id, "w")]
    clock.on(2 * MINUTE)
    assert [row.id for row in store.looking(5)] == [first.id]


def test_doubtful_are_those_due_for_a_look(store: Store, clock: Clock) -> None:
    """Unconfirmed deliveries show up when due, oldest due first, for one destination or all."""
    first = doubt(store, put(store, article(1))[0], due=START + MINUTE)
    other = doubt(store, put(store, article(2), new(article(2), "other"))[0], due=START + 2 * MINUTE)
    assert store.doubtful(limit=5) == []
    assert store.lanes_in_doubt() == []
    clock.on(2 * MINUTE)
    assert [row.id for row in store.doubtful(limit=5)] == [first.id, other.id]
    assert store.doubtful(limit=5, destination="other") == [other]
    assert store.doubtful(limit=5, destination="none") == []
    assert store.lanes_in_doubt() == ["harbour-x", "other"]


def test_lanes_due_names_what_can_go_out_now(store: Store, clock: Clock) -> None:
    """A lane is due when `due` has something for it; it says whether that is breaking."""
    put(store, article(1), new(article(1), "a"), new(article(1), "b", breaking=True))
    put(store, article(2), new(article(2), "b"), new(article(2), "c", due=START + MINUTE))
    put(store, article(3), new(article(3), "d", held=True))
    blocked = article(4)
    older = put(store, blocked, new(blocked, "e"), new(blocked, "e", repeat=1))[0]
    doubt(store, older)
    assert store.lanes_due() == {"a": False, "b": True}
    clock.on(MINUTE)
    assert store.lanes_due() == {"a": False, "b": True, "c": False}


def test_a_person_retries_what_failed(store: Store, clock: Clock) -> None:
    """A failed delivery goes back to planned with its attempts set to nothing, due when told."""
    (delivery,) = put(store, article())
    claim, attempt = sent(store, delivery)
    assert store.settle(claim, verdict(Move.REJECT), by="w", attempt=attempt)
    failed = store.delivery(delivery.id)
    due = clock.on(MINUTE)
    row = store.move(failed, Move.RETRY, by="mara", why="fixed", due=due, reset_attempts=True)
    assert row == store.delivery(delivery.id)
    assert row is not None
    assert (row.state, row.attempts, row.due) == (State.PLANNED, 0, due)
    assert [entry.id for entry in store.due("harbour-x", limit=1)] == [delivery.id]
    assert fold(store.dossier(delivery.id).entries) is State.PLANNED


def test_retention_removes_what_ended_long_ago(store: Store, clock: Clock) -> None:
    """Old ended deliveries go with all that belongs to them; the unended and the article's identity stay."""
    old, waiting = article(1), article(2)
    (delivery,) = put(store, old)
    deliver(store, delivery)
    (held,) = put(store, waiting, new(waiting, held=True))
    day = clock.on(timedelta(days=1))
    (young,) = put(store, article(3))
    deliver(store, young)
    assert store.retire(START, 10) == 0
    assert store.retire(day, 10) == 1
    assert {row.id for row in store.log(LogFilter())} == {held.id, young.id}
    try:
        store.dossier(delivery.id)
    except NotFound as error:
        assert delivery.id in str(error)  # noqa: PT017
    with store.transaction() as transaction:
        assert transaction.find_article([Alias("url", old.url)]) == old


def test_retention_keeps_a_feeds_items_and_takes_a_retracted_post_whole(store: Store, clock: Clock) -> None:
    """The newest posts of a feed stay however old; a create never comes back because its retraction went first."""
    for number in range(1, 5):
        subject = article(number, published_at=START + number * MINUTE)
        deliver(store, put(store, subject, new(subject, "harbour-feed"))[0])
    gone = article(9, published_at=START)
    create, retract = put(store, gone, new(gone, "harbour-feed"), new(gone, "harbour-feed", action=Action.RETRACT))
    deliver(store, create)
    clock.on(MINUTE)
    deliver(store, retract)
    clock.on(timedelta(days=400))
    shown = store.recent("harbour-feed", 2)
    assert [shown_post.uid[-1] for shown_post in shown] == ["4", "3"]
    assert store.retire(START + MINUTE, 100, keep={"harbour-feed": 2}) == 2  # articles 1 and 2; 9 only half old
    assert store.recent("harbour-feed", 2) == shown
    assert store.retire(clock.time, 1, keep={"harbour-feed": 2}) == 1
    assert store.retire(clock.time, 100, keep={"harbour-feed": 2}) == 1
    assert store.recent("harbour-feed", 9) == shown
