"""From one delivery to the next in one step: what it leaves is what the two steps leave, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.store.making import MINUTE, START, Clock, article, deliver, new, put, receipt, sent, verdict
from tests.store.test_store_crowd import NUMBER, check, drain, fill

from wireroom.model.delivery import Claim, Delivery, Failure, Move, State, Verdict, fold
from wireroom.model.errors import Refused, StoreError
from wireroom.model.post import Action
from wireroom.store import Dossier, LogFilter, Store
from wireroom.store.database import Session

PROOF = verdict(Move.RECEIPT, why="", outcome="receipt", receipt=receipt("77", cost=0.2), milliseconds=250)
WORSE = verdict(Move.RETRY, due=START + MINUTE, failure=Failure("not-sent", "503", "it is down"))
Held = tuple[Claim, int]


def start(store: Store, delivery: Delivery) -> Held:
    """Claim and touch."""
    held = store.claim_and_touch(delivery, holder="w", lease=MINUTE)
    assert held is not None
    return held


def hand_over(store: Store, held: Held, following: Delivery, end: Verdict = PROOF) -> tuple[bool, Held | None]:
    """One step."""
    return store.settle_and_claim(held[0], end, held[1], following, by="w", lease=MINUTE)


def in_two(store: Store, held: Held, following: Delivery, end: Verdict = PROOF) -> tuple[bool, Held | None]:
    """Two steps."""
    settled = store.settle(held[0], end, by="w", attempt=held[1])
    return settled, store.claim_and_touch(following, holder="w", lease=MINUTE)


def alike(dossier: Dossier) -> Dossier:
    """All of a dossier but for what tells one delivery from another."""
    plain = replace(dossier.delivery, id="", uid="", title="")
    return replace(dossier, delivery=plain, post=new(article()).post)


@pytest.mark.parametrize("end", [PROOF, replace(PROOF, why="seen"), WORSE], ids=["receipt", "reason", "retry"])
@pytest.mark.parametrize("first", [Action.CREATE, Action.AMEND, Action.RETRACT])
def test_one_step_leaves_what_two_leave(store: Store, clock: Clock, end: Verdict, first: Action) -> None:
    """Rows, logs, attempts and the claim are the same to the last field, whatever ended and whatever follows."""
    made = []
    for number, step in ((1, hand_over), (3, in_two)):
        if first is Action.CREATE:
            following = put(store, article(number + 1))[0]
        else:
            create, following = put(
                store, article(number + 1), new(article(number + 1)), new(article(number + 1), action=first)
            )
            deliver(store, create)
        held = start(store, put(store, article(number))[0])
        store.due("harbour-x", limit=10)
        clock.on(timedelta(milliseconds=250))
        settled, then = step(store, held, following, end)
        assert settled
        assert then is not None
        assert then[0].delivery == store.delivery(following.id)
        assert then[0].post == new(article(number + 1), action=first).post
        assert (then[0].earlier is None) == (first is Action.CREATE)
        ended, begun = store.dossier(held[0].delivery.id), store.dossier(following.id)
        assert fold(ended.entries) is ended.delivery.state
        assert fold(begun.entries) is begun.delivery.state is State.SENDING
        made.append((alike(ended), alike(begun), then[1]))
        clock.time = START
    assert made[0] == made[1]


def test_on_postgres_it_is_one_round_trip(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a receipt to a post that has been read with the batch the server is asked once, and every time again."""
    asked: list[str] = []
    execute = Session.rows

    def listening(self: Session, statement: Any, **values: object) -> list[Any]:
        asked.append(str(statement))
        return execute(self, statement, **values)

    with Store(postgres_url) as store:
        store.migrate()
        for number in range(4):
            put(store, article(number), new(article(number), due=store.now()))
        first, *others = store.due("harbour-x", limit=10)
        held = start(store, first)
        monkeypatch.setattr(Session, "rows", listening)
        monkeypatch.setattr(Session, "change", lambda *_, **__: pytest.fail("a second statement"))
        for following in others:
            asked.clear()
            settled, then = hand_over(store, held, following)
            assert settled
            assert then is not None
            held = then
            assert len(asked) == 1


def test_a_lease_taken_away_leaves_both_alone(store: Store, clock: Clock) -> None:
    """Whoever has slept through its lease settles nothing, and does not get the following into its hands either."""
    one, other = put(store, article(1))[0], put(store, article(2))[0]
    held = start(store, one)
    clock.on(MINUTE)
    (lost,) = store.in_flight(10)
    assert store.move(lost, Move.LOSE, by="sweep", why="lease ran out") is not None
    store.due("harbour-x", limit=10)
    before = store.dossier(one.id), store.dossier(other.id)
    assert hand_over(store, held, other) == (False, None)
    assert (store.dossier(one.id), store.dossier(other.id)) == before


def test_a_following_that_is_gone_costs_nobody_a_receipt(store: Store) -> None:
    """Where the following was taken or moved meanwhile the first is settled all the same, and nothing is held."""
    one, taken, cancelled = (put(store, article(number))[0] for number in (1, 2, 3))
    store.due("harbour-x", limit=10)
    held = start(store, one)
    sent(store, taken, "another")
    assert store.move(cancelled, Move.CANCEL, by="mara", why="no") is not None
    before = store.dossier(taken.id), store.dossier(cancelled.id)
    assert hand_over(store, held, taken) == (True, None)
    assert store.delivery(one.id).state is State.DELIVERED
    second = start(store, put(store, article(4))[0])
    assert hand_over(store, second, cancelled) == (True, None)
    assert (store.dossier(taken.id), store.dossier(cancelled.id)) == before


def test_a_move_that_is_not_allowed_writes_nothing(store: Store) -> None:
    """A verdict the state does not allow raises Refused, and neither delivery has changed."""
    one, other = put(store, article(1))[0], put(store, article(2))[0]
    held = start(store, one)
    before = store.dossier(one.id), store.dossier(other.id)
    with pytest.raises(Refused):
        hand_over(store, held, other, verdict(Move.CONFIRM, receipt=receipt()))
    assert (store.dossier(one.id), store.dossier(other.id)) == before


def test_a_following_without_its_post_undoes_all(store: Store) -> None:
    """When the following cannot be claimed for a fault in the database nothing is written, and the fault is told."""
    one, other = put(store, article(1))[0], put(store, article(2))[0]
    held = start(store, one)
    with store._database.writing() as session:
        session.raw.execute(f"DELETE FROM posts WHERE delivery = {int(other.id)}")
    with pytest.raises(StoreError, match="has lost its post"):
        hand_over(store, held, other)
    assert store.delivery(one.id).state is State.SENDING
    assert store.settle(held[0], PROOF, by="w", attempt=held[1])


def carry(url: str, holder: str) -> list[str]:
    """Send what is due until nothing is, one step from each to the next; the ids this holder had on the wire."""
    sent = []
    with Store(url) as store:
        while due := store.due("harbour-x", limit=5):
            held: Held | None = None
            for delivery, following in zip(due, [*due[1:], None], strict=True):
                held = held or store.claim_and_touch(delivery, holder=holder, lease=MINUTE)
                if held is None:
                    continue
                sent.append(delivery.id)
                end = verdict(Move.RECEIPT, outcome="receipt", receipt=receipt(delivery.id))
                if following is None:
                    assert store.settle(held[0], end, by=holder, attempt=held[1])
                    continue
                settled, held = store.settle_and_claim(held[0], end, held[1], following, by=holder, lease=MINUTE)
                assert settled
    return sent


def test_threads_share_a_lane(database_url: str) -> None:
    """Four threads that drain one lane at once, from one to the next in one step, send each delivery once."""
    fill(database_url)
    sent: list[str] = []
    threads = [threading.Thread(target=lambda n=n: sent.extend(carry(database_url, f"thread-{n}"))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(database_url, sent)


def test_a_killed_process_leaves_whole_rows(database_url: str) -> None:
    """Killed between any two of its steps, a worker leaves at most one on the wire, and all logs in step."""
    fill(database_url)
    code = "import sys; from tests.store.test_store_handover import carry; print(1, flush=True); carry(*sys.argv[1:])"
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", code, database_url, "doomed"], cwd=root, stdout=subprocess.PIPE)
    with Store(database_url) as store:
        while not store.tally().get(("harbour-x", "delivered")):
            assert process.poll() is None
        process.kill()
        process.communicate()
        on_the_wire = 0
        for delivery in store.log(LogFilter(limit=NUMBER * 2)):
            dossier = store.dossier(delivery.id)
            assert fold(dossier.entries) is delivery.state
            still_open = [attempt for attempt in dossier.attempts if attempt.ended is None]
            assert len(still_open) == (delivery.state is State.SENDING)
            on_the_wire += len(still_open)
        assert on_the_wire <= 1
        left = drain(database_url, "heir")
        assert store.tally()["harbour-x", "delivered"] == NUMBER - on_the_wire
        assert len(left) < NUMBER
