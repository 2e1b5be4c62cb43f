"""What follows a feed: its deliveries wait for the feed's own, and no others do."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.making import MINUTE, START, Clock, article, deliver, doubt, new, put, receipt, sent, verdict

from wireroom.model.delivery import PENDING, Delivery, Move, State
from wireroom.model.post import Action
from wireroom.store import Store, lane

FEED, HUB = "feed", "hub"


def due(store: Store) -> list[str]:
    """The ids of what may go out to the hub now."""
    return [each.id for each in store.due(HUB, limit=50, behind=FEED)]


def test_a_follower_waits_until_the_feeds_delivery_has_ended(store: Store) -> None:
    """While the feed's delivery is planned, on the wire or unconfirmed the follower's is not due; then it is."""
    subject = article()
    first, told = put(store, subject, new(subject, FEED), new(subject, HUB))
    assert due(store) == []
    assert store.lanes_due({HUB: FEED}) == {FEED: False}
    unsure = doubt(store, first)
    assert due(store) == []
    assert store.move(unsure, Move.CONFIRM, by="w", why="seen", receipt=receipt())
    assert due(store) == [told.id]
    assert store.lanes_due({HUB: FEED}) == {HUB: False}


@pytest.mark.parametrize("move", [Move.CANCEL, Move.HOLD, Move.REJECT])
def test_however_the_feeds_delivery_ended_the_follower_goes(store: Store, move: Move) -> None:
    """A feed's delivery that was called off or has failed holds nothing back; one that is held still may go."""
    subject = article()
    first, told = put(store, subject, new(subject, FEED), new(subject, HUB))
    if move is Move.REJECT:
        claim, attempt = sent(store, first)
        assert store.settle(claim, verdict(move), by="w", attempt=attempt)
    else:
        assert store.move(first, move, by="w", why="so")
    assert due(store) == ([] if move is Move.HOLD else [told.id])


def test_only_the_same_article_up_to_the_same_revision_counts(store: Store) -> None:
    """Other articles and newer revisions on the feed, and the same article elsewhere, hold no follower back."""
    subject, newer = article(), replace(article(revision=2), title="corrected")
    first, told, _ = put(store, subject, new(subject, FEED), new(subject, HUB), new(subject, "other"))
    put(store, article(2), new(article(2), FEED))
    deliver(store, first)
    amend, retold = put(store, newer, new(newer, FEED, action=Action.AMEND), new(newer, HUB, action=Action.AMEND))
    assert due(store) == [told.id]
    deliver(store, store.delivery(told.id))
    assert due(store) == []
    deliver(store, amend)
    assert due(store) == [retold.id]


def test_breaking_news_of_a_follower_waits_as_well(store: Store) -> None:
    """Breaking news goes first among what may go, and not before the feed has it."""
    plain, hot = article(1), article(2)
    a, told = put(store, plain, new(plain, FEED), new(plain, HUB))
    b, urgent = put(store, hot, new(hot, FEED, breaking=True), new(hot, HUB, breaking=True))
    deliver(store, a)
    assert store.due(HUB, limit=9, behind=FEED, breaking_only=True) == []
    deliver(store, b)
    assert due(store) == [urgent.id, told.id]
    assert [each.id for each in store.due(HUB, limit=9, behind=FEED, breaking_only=True)] == [urgent.id]


def test_the_feed_is_looked_at_through_the_unique_key(sqlite_url: str) -> None:
    """However long the log is, each delivery of a follower costs one search by article and destination."""
    with Store(sqlite_url) as store:
        store.migrate()
        sql, fixed = store._database.text(lane._DUE_BEHIND)
        names = ("destination", "behind", "now", "first", "last", "limit")
        with store._database.reading() as session:
            rows = session.raw.execute(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(names, 1) | fixed).fetchall()
    plan = " ".join(row[3] for row in rows)
    assert "SEARCH before USING INDEX sqlite_autoindex_deliveries_1 (uid=? AND destination=?" in plan
    assert "SCAN" not in plan


_RUNS = count()
_STEPS = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["open", "send", "fail", "lose", "cancel", "tell"])))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_no_follower_is_due_before_its_feed_is_done(sqlite_url: str, steps: list[tuple[int, str]]) -> None:
    """Whatever happens in whatever order, what is due to a follower has nothing pending on its feed."""
    with Store(sqlite_url, clock=Clock()) as store:
        store.migrate()
        ours = 10 * next(_RUNS)
        for revision, (number, step) in enumerate(steps, 1):
            _take(store, ours + number, step, revision)
            for ready in store.due(HUB, limit=99, behind=FEED):
                assert not [
                    each
                    for each in store.chain(ready.uid, FEED, 0)
                    if each.state in PENDING and each.revision <= ready.revision
                ]


def _take(store: Store, number: int, step: str, revision: int) -> None:
    subject = article(number, revision=revision)
    if step == "open":
        put(store, subject, new(subject, FEED), new(subject, HUB))
        return
    if step == "tell":
        for each in store.due(HUB, limit=1, behind=FEED):
            deliver(store, each)
        return
    for first in (each for each in store.due(FEED, limit=9) if each.uid == subject.uid):
        _end(store, first, step)


def _end(store: Store, first: Delivery, step: str) -> None:
    if step == "cancel":
        store.move(first, Move.CANCEL, by="w", why="so")
    elif step == "send":
        deliver(store, first)
    elif step == "lose":
        doubt(store, first, due=START + MINUTE)
    else:
        claim, attempt = sent(store, first)
        store.settle(claim, verdict(Move.REJECT), by="w", attempt=attempt)
    assert store.delivery(first.id).state is not State.PLANNED
