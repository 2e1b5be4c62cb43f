"""What attempts cost: while they are open, when they end, and when a doubt is settled; and what waits for money."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.store.making import MINUTE, START, Clock, article, new, put, receipt, verdict

from wireroom.model.channel import Health
from wireroom.model.delivery import Claim, Delivery, Move
from wireroom.store import Charge, Store, money

if TYPE_CHECKING:
    from sqlalchemy import Executable

CHARGE = Charge(price=205_000)


def taken(store: Store, delivery: Delivery, charge: Charge = CHARGE) -> tuple[Claim, int]:
    """A delivery on the wire, with its price."""
    held = store.claim_and_touch(delivery, holder="w", lease=MINUTE, charging=lambda _: charge)
    assert held is not None
    return held


@pytest.mark.parametrize(
    ("move", "cost", "micros"),
    [
        (Move.RECEIPT, 0.2, 200_000),
        (Move.RECEIPT, 0.0, 0),
        (Move.LOSE, None, 205_000),
        (Move.RETRY, None, 0),
        (Move.REJECT, None, 0),
        (Move.POSTPONE, None, 0),
    ],
)
def test_a_try_costs_its_price_until_its_end_is_known(
    store: Store, move: Move, cost: float | None, micros: int
) -> None:
    """On the wire it costs its price; then what the receipt says, or nothing, or its price while nobody knows."""
    (delivery,) = put(store, article())
    claim, attempt = taken(store, delivery)
    assert store.spent_micros("harbour-x", START + timedelta(days=9)) == 205_000
    end = verdict(move, outcome="unsure", receipt=None if cost is None else receipt(cost=cost))
    assert store.settle(claim, end, by="w", attempt=attempt)
    assert store.spent_micros("harbour-x", START) == micros


def test_a_look_has_a_cost_of_its_own(store: Store) -> None:
    """A look adds what it cost; one that finds nothing more than that sets the doubtful try's price free."""
    (delivery,) = put(store, article())
    claim, attempt = taken(store, delivery)
    assert store.settle(claim, verdict(Move.LOSE, outcome="unsure", due=START), by="w", attempt=attempt)
    for move, left in ((Move.POSTPONE, 206_000), (Move.ABSENT, 2_000)):
        (doubtful,) = store.doubtful(limit=1)
        look = store.claim_look(doubtful, holder="w", lease=MINUTE)
        assert look is not None
        end = verdict(move, outcome="absent", cost=0.001, looked=True)
        assert store.settle(look, end, by="w", attempt=store.open_look(look))
        assert store.spent_micros("harbour-x", START) == left
        assert store.spent_micros("harbour-x", START, posts_alone=True) == (205_000 if move is Move.POSTPONE else 0)


def test_a_lost_worker_leaves_its_price(store: Store, clock: Clock) -> None:
    """What a worker had on the wire when it died is paid for, until somebody knows better."""
    (delivery,) = put(store, article())
    taken(store, delivery)
    (lost,) = store.in_flight(1)
    assert store.move(lost, Move.LOSE, by="sweep", why="its worker was lost")
    assert store.spent_micros("harbour-x", START) == 205_000
    assert store.spent_micros("harbour-x", clock.on(MINUTE)) == 0
    assert store.move(store.delivery(delivery.id), Move.ABSENT, by="mara", why="not there")
    assert store.spent_micros("harbour-x", START) == 0


def test_beyond_a_ceiling_nothing_is_claimed(store: Store) -> None:
    """A claim that would break any ceiling is not made, and leaves no trace."""
    first, second = put(store, article(1))[0], put(store, article(2))[0]
    taken(store, first, Charge(price=100_000, ceilings=((START, 100_000),)))
    tight = Charge(price=1, ceilings=((START - MINUTE, 200_000), (START, 100_000)))
    assert store.claim_and_touch(second, holder="w", lease=MINUTE, charging=lambda _: tight) is None
    assert store.delivery(second.id) == second
    assert store.dossier(second.id).attempts == ()
    assert store.claim_and_touch(second, holder="w", lease=MINUTE) is not None


def test_who_waits_for_money(store: Store, clock: Clock) -> None:
    """Those planned for later whose reason begins with the words are told, in the order of the lane."""
    ordinary, breaking, other, due = (put(store, article(n), new(article(n), breaking=n == 2))[0] for n in range(1, 5))
    later = START + timedelta(hours=5)
    for delivery, why in ((ordinary, "waits: a"), (breaking, "waits: b"), (other, "quiet hours")):
        assert store.move(delivery, Move.POSTPONE, by="w", why=why, due=later)
    assert store.move(due, Move.POSTPONE, by="w", why="waits: c", due=START)
    assert [each.id for each in store.waiting("harbour-x", "waits: ", 9)] == [breaking.id, ordinary.id]
    assert [each.id for each in store.waiting("harbour-x", "waits: ", 1)] == [breaking.id]
    assert store.waiting("other", "waits: ", 9) == []
    clock.time = later
    assert store.waiting("harbour-x", "waits: ", 9) == []


def test_when_money_was_first_spent(store: Store, clock: Clock) -> None:
    """The first attempt that cost anything says since when money is spent."""
    assert store.first_spent("harbour-x") is None
    claim, attempt = taken(store, put(store, article())[0])
    clock.on(MINUTE)
    assert store.settle(claim, verdict(Move.RECEIPT, receipt=receipt(cost=0.2)), by="w", attempt=attempt)
    assert store.first_spent("harbour-x") == START + MINUTE


@pytest.mark.parametrize("statement", [money._SPENT, money._FIRST])
def test_money_is_summed_from_its_index(sqlite_url: str, statement: Executable) -> None:
    """What every claim under a budget asks is answered from the index alone, open attempts and closed ones apart."""
    with Store(sqlite_url) as store:
        store.migrate()
        sql, fixed = store._database.text(statement)
        with store._database.reading() as session:
            plan = session.raw.execute(f"EXPLAIN QUERY PLAN {sql}", {"destination": "x", "since": 1} | fixed).fetchall()
    reads = [row[3] for row in plan if "attempts" in row[3]]
    assert reads
    assert all("SEARCH attempts USING COVERING INDEX attempts_cost" in read for read in reads)


def test_health_is_kept(store: Store) -> None:
    """What a look at credentials told is kept whole; another word for it takes its place only while it is the last."""
    assert store.health("harbour-page") is None
    store.set_standing("harbour-page", "open", "")
    assert store.health("harbour-page") is None
    assert store.healths() == {}
    first = Health(checked=START, expires=datetime(2026, 5, 1, tzinfo=UTC), missing_scopes=("a", "b"), warning="soon")
    store.note_health("harbour-page", first)
    assert store.health("harbour-page") == first
    second = Health(checked=START + MINUTE, data_access_expires=START)
    store.note_health("harbour-page", second, instead_of=first)
    store.note_health("harbour-page", first, instead_of=first)
    assert store.healths() == {"harbour-page": second}
    assert store.standing("harbour-page").state == "open"
