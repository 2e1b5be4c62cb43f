"""Reading: the log and its filters, feeds' content, sums, and following along."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.store.making import (
    MINUTE,
    START,
    Clock,
    Undone,
    article,
    deliver,
    doubt,
    new,
    post,
    put,
    sent,
    undo,
    verdict,
)

from wireroom.model.delivery import Move, State
from wireroom.model.errors import NotFound
from wireroom.model.post import Action
from wireroom.store import LogFilter, Store


def test_the_log_is_newest_first_and_filtered(store: Store, clock: Clock) -> None:
    """Every filter narrows the log: article by uid, title or address, destination, states, time, number."""
    one, two = article(1, title="Äpfel 100% teurer"), article(2, title="Ferry_1 docks")
    (first,) = put(store, one)
    clock.on(MINUTE)
    second, third = put(store, two, new(two), new(two, "other"))
    deliver(store, second)

    def shown(**changes: object) -> list[str]:
        return [row.id for row in store.log(LogFilter(**changes))]  # type: ignore[arg-type]

    assert shown() == [third.id, second.id, first.id]
    assert shown(limit=1) == [third.id]
    assert shown(destination="other") == [third.id]
    assert shown(states=(State.PLANNED, State.FAILED)) == [third.id, first.id]
    assert shown(since=clock.time) == [third.id, second.id]
    assert shown(article=one.uid) == shown(article="Äpfel 100%") == shown(article=one.url[:-1]) == [first.id]
    assert shown(article="ferry_1") == shown(article="FERRY_1 D") == [third.id, second.id]
    assert shown(article="Ferry%") == shown(article="apfel") == shown(article="\0") == []


@pytest.mark.parametrize("unknown", ["0", "99", "-1", "x", "", "١", "9" * 30, "1.0"])
def test_what_is_not_there_is_not_found(store: Store, unknown: str) -> None:
    """Any id that is none, well-formed or not, is NotFound, and so is an unknown article."""
    for question in (store.delivery, store.dossier, store.post, store.article):
        with pytest.raises(NotFound):
            question(unknown)


def test_recent_is_what_stands_on_a_destination(store: Store, clock: Clock) -> None:
    """A feed consists of the newest standing post of each article, newest publication first, without the retracted."""
    feed = "harbour-feed"

    def opened(number: int, *actions: Action, at: int = 0) -> list[str]:
        subject = article(number, published_at=START + (at or number) * MINUTE)
        return [row.id for row in put(store, subject, *(new(subject, feed, action=action) for action in actions))]

    plain, amended, retracted, wire, doubtful, failed, planned, elsewhere = (
        *(opened(1, Action.CREATE), opened(2, Action.CREATE, Action.AMEND), opened(3, Action.CREATE, Action.RETRACT)),
        *(opened(4, Action.CREATE), opened(5, Action.CREATE), opened(6, Action.CREATE), opened(7, Action.CREATE)),
        [row.id for row in put(store, article(8))],
    )
    for id_ in (*plain, *amended, *retracted, *elsewhere):
        deliver(store, store.delivery(id_))
    sent(store, store.delivery(wire[0]))
    doubt(store, store.delivery(doubtful[0]))
    claim, attempt = sent(store, store.delivery(failed[0]))
    store.settle(claim, verdict(Move.REJECT), by="w", attempt=attempt)
    assert planned
    expected = [post(article(n, published_at=START + n * MINUTE), feed, whole=True) for n in (5, 4, 2, 1)]
    assert store.recent(feed, 10) == expected
    assert store.recent(feed, 2) == expected[:2]
    assert store.recent("none", 2) == []


def test_sums(store: Store, clock: Clock) -> None:
    """The tally counts by destination and state; money is summed from attempts; the last delivery has its time."""
    assert store.last_delivered("harbour-x") is None
    deliver(store, put(store, article(1))[0], cost=0.1)
    clock.on(MINUTE)
    deliver(store, put(store, article(2))[0], cost=0.25)
    last = clock.time
    clock.on(MINUTE)
    put(store, article(3), new(article(3)), new(article(3), "other", held=True))
    doubt(store, put(store, article(4))[0])
    assert store.spent("harbour-x", START) == pytest.approx(0.35)
    assert store.spent("harbour-x", START + MINUTE) == pytest.approx(0.25)
    assert store.spent("other", START) == 0
    assert store.last_delivered("harbour-x") == last
    assert store.tally() == {
        ("harbour-x", "delivered"): 2,
        ("harbour-x", "planned"): 1,
        ("harbour-x", "unconfirmed"): 1,
        ("other", "held"): 1,
    }


def test_following_the_log(store: Store) -> None:
    """From any line on, the following lines come in order, each once, with the delivery as it stands."""
    deliver(store, put(store, article())[0])
    start = store.newest_move()
    (delivery,) = put(store, article(2))
    deliver(store, delivery)
    lines = store.moves_after(start, 2)
    assert [entry.move for _, _, entry in lines] == [Move.PLAN, Move.CLAIM]
    assert {row.id for _, row, _ in lines} == {delivery.id}
    assert lines[0][1] == store.delivery(delivery.id)
    rest = store.moves_after(lines[-1][0], 50)
    assert [entry.move for _, _, entry in rest] == [Move.RECEIPT]
    assert store.moves_after(rest[-1][0], 50) == []


def test_following_misses_no_late_line(store: Store, clock: Clock) -> None:
    """A line whose transaction ends after a younger line's is still seen; one that was undone holds nobody up."""
    (a,) = put(store, article(1))
    (b,) = put(store, article(2))
    start = store.newest_move()
    halfway, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with store.transaction() as transaction:
            transaction.move(a, Move.CANCEL, by="slow", why="")
            halfway.set()
            finish.wait(20)

    thread = threading.Thread(target=slow)
    thread.start()
    assert halfway.wait(20)
    if store._database.sqlite:  # there the second writer waits for the first
        finish.set()
    store.move(b, Move.CANCEL, by="quick", why="")
    seen = store.moves_after(start, 10)
    finish.set()
    thread.join()
    seen += store.moves_after(seen[-1][0] if seen else start, 10)
    assert [entry.by for _, _, entry in seen] == ["slow", "quick"]
    with pytest.raises(Undone):
        undo(store, article(3))
    (c,) = put(store, article(4))
    clock.on(timedelta(seconds=10))
    assert [row.id for _, row, _ in store.moves_after(seen[-1][0], 10)] == [c.id]


def test_an_article_keeps_its_offset_and_its_odd_characters(store: Store) -> None:
    """What comes out is what went in, whatever the text holds."""
    odd = replace(article(), text="語\0\ud800 \U0001f6a2", html="</script>\u2028", tags=("a", ""), summary="'\"\\")
    put(store, odd)
    assert store.article(odd.uid) == odd
