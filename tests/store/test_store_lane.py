"""The lane: order, claims, the fencing token, and what each ending leaves in the row and in the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.store.making import MINUTE, START, Clock, article, deliver, doubt, new, put, receipt, sent, verdict

from wireroom.model.delivery import Failure, Move, State, fold
from wireroom.model.errors import Refused
from wireroom.model.post import Action, Exchange
from wireroom.store import Store


def test_due_keeps_the_lanes_order(store: Store, clock: Clock) -> None:
    """Breaking goes first, then what was never tried, then by due time, then by age; the future waits."""
    tried = put(store, article(1))[0]
    claim, attempt = sent(store, tried)
    assert store.settle(claim, verdict(Move.RETRY, due=START), by="w", attempt=attempt)
    early = put(store, article(2), new(article(2), due=START - MINUTE))[0]
    first = put(store, article(3))[0]
    second = put(store, article(4))[0]
    breaking = put(store, article(5), new(article(5), breaking=True, due=START))[0]
    put(store, article(6), new(article(6), due=START + MINUTE))
    put(store, article(7), new(article(7), "other"))
    put(store, article(8), new(article(8), held=True))
    due = [delivery.id for delivery in store.due("harbour-x", limit=10)]
    assert due == [breaking.id, early.id, first.id, second.id, tried.id]
    assert [delivery.id for delivery in store.due("harbour-x", limit=10, breaking_only=True)] == [breaking.id]
    assert [delivery.id for delivery in store.due("harbour-x", limit=2)] == [breaking.id, early.id]


def test_a_newer_delivery_waits_for_an_older_one(store: Store) -> None:
    """An article's deliveries on one destination leave in order, and only there do they wait for each other."""
    subject = article()
    create, amend = put(store, subject, new(subject), new(subject, action=Action.AMEND))
    put(store, article(2), new(article(2), "other"))
    assert [delivery.id for delivery in store.due("harbour-x", limit=10)] == [create.id]
    unconfirmed = doubt(store, create)
    assert store.due("harbour-x", limit=10) == []
    assert store.move(unconfirmed, Move.CONFIRM, by="a person", why="seen", receipt=receipt("99"))
    assert [delivery.id for delivery in store.due("harbour-x", limit=10)] == [amend.id]


def test_a_claim_is_taken_once(store: Store, clock: Clock) -> None:
    """Of two workers that read the same row one gets it, with a lease, a higher token and the exact post."""
    (delivery,) = put(store, article())
    claim = store.claim(delivery, holder="worker-1", lease=MINUTE)
    assert claim is not None
    assert store.claim(delivery, holder="worker-2", lease=MINUTE) is None
    assert claim.delivery == store.delivery(delivery.id)
    assert (claim.delivery.state, claim.delivery.token, claim.delivery.attempts) == (State.SENDING, 1, 1)
    assert (claim.delivery.holder, claim.delivery.lease_until) == ("worker-1", START + MINUTE)
    assert claim.post == new(article()).post
    assert claim.earlier is None


def test_a_claim_on_an_amendment_carries_the_earlier_receipt(store: Store) -> None:
    """An amend or a retract is given the receipt of the newest create or amend that was delivered there."""
    subject = article()
    create, amend, retract = put(
        store, subject, new(subject), new(subject, action=Action.AMEND), new(subject, action=Action.RETRACT)
    )
    deliver(store, create, "1")
    claim = store.claim(amend, holder="w", lease=MINUTE)
    assert claim is not None
    assert claim.earlier is not None
    assert (claim.earlier.remote_id, claim.earlier.remote_url) == ("1", "https://x.example/1")
    assert store.settle(claim, verdict(Move.RECEIPT, receipt=receipt("2")), by="w", attempt=None)
    last = store.claim(retract, holder="w", lease=MINUTE)
    assert last is not None
    assert last.earlier is not None
    assert last.earlier.remote_id == "2"


def test_touch_opens_an_attempt(store: Store, clock: Clock) -> None:
    """Before the wire is touched the row says when, and an attempt stands open; the first touch is remembered."""
    (delivery,) = put(store, article())
    claim, attempt = sent(store, delivery)
    assert attempt == 1
    touched = store.delivery(delivery.id)
    assert touched.touched == touched.first_touched == START
    assert store.dossier(delivery.id).attempts[0].outcome == ""
    assert store.settle(claim, verdict(Move.RETRY), by="w", attempt=attempt)
    assert store.delivery(delivery.id).touched is None
    clock.on(MINUTE)
    again, attempt = sent(store, store.delivery(delivery.id))
    assert attempt == 2
    assert store.delivery(delivery.id).first_touched == START
    assert store.delivery(delivery.id).touched == clock.time
    assert again.delivery.attempts == 2


def test_touch_is_refused_once_the_lease_is_over(store: Store, clock: Clock) -> None:
    """A worker that slept through its lease, or lost it, must not send: touch says None and writes nothing."""
    (delivery,) = put(store, article())
    claim = store.claim(delivery, holder="sleeper", lease=MINUTE)
    assert claim is not None
    clock.on(MINUTE)
    assert store.touch(claim) is None
    (lost,) = store.in_flight(10)
    assert store.move(lost, Move.POSTPONE, by="sweep", why="lease ran out") is not None
    assert store.touch(claim) is None
    assert store.dossier(delivery.id).attempts == ()
    assert not store.settle(claim, verdict(Move.RECEIPT, receipt=receipt()), by="sleeper", attempt=None)
    assert store.delivery(delivery.id).state is State.PLANNED


def test_a_receipt_ends_it(store: Store, clock: Clock) -> None:
    """A receipt makes it delivered, with the platform's id and address, no error, no lease, the attempt closed."""
    (delivery,) = put(store, article())
    claim, attempt = sent(store, delivery)
    clock.on(timedelta(milliseconds=250))
    proof = verdict(Move.RECEIPT, outcome="receipt", receipt=receipt("77", cost=0.2), milliseconds=250)
    assert store.settle(claim, proof, by="worker-1", attempt=attempt)
    dossier = store.dossier(delivery.id)
    row = dossier.delivery
    assert (row.state, row.delivered, row.remote_id, row.remote_url) == (
        *(State.DELIVERED, clock.time),
        *("77", "https://x.example/77"),
    )
    assert (row.lease_until, row.holder, row.error, row.touched) == (None, "", None, None)
    (tried,) = dossier.attempts
    assert (tried.outcome, tried.status, tried.milliseconds, tried.ended) == ("receipt", 201, 250, clock.time)
    assert tried.exchange == receipt().exchange
    assert [entry.move for entry in dossier.entries] == [Move.PLAN, Move.CLAIM, Move.RECEIPT]
    assert fold(dossier.entries) is State.DELIVERED
    assert not store.settle(claim, proof, by="worker-1", attempt=attempt)
    assert store.spent("harbour-x", START) == pytest.approx(0.2)
    assert store.spent("harbour-x", clock.on(MINUTE)) == 0


def test_a_retry_counts_and_a_postponement_does_not(store: Store) -> None:
    """A retry keeps the try and shows the failure; a postponement gives it back and leaves the last error standing."""
    (delivery,) = put(store, article())
    claim, attempt = sent(store, delivery)
    failure = Failure("not-sent", "503", "the platform is down")
    later = START + MINUTE
    assert store.settle(claim, verdict(Move.RETRY, due=later, failure=failure), by="w", attempt=attempt)
    row = store.delivery(delivery.id)
    assert (row.state, row.attempts, row.due, row.error) == (State.PLANNED, 1, later, failure)
    claim, attempt = sent(store, row)
    assert store.settle(claim, verdict(Move.POSTPONE), by="w", attempt=attempt)
    row = store.delivery(delivery.id)
    assert (row.attempts, row.error, row.reason) == (1, failure, "because of postpone")


def test_doubt_and_looks(store: Store, clock: Clock) -> None:
    """An unclear answer leaves doubt; each fruitless look counts, an interrupted one does not; absent starts anew."""
    (delivery,) = put(store, article())
    row = doubt(store, delivery, due=START)
    assert (row.state, row.doubted, row.looks, row.attempts) == (State.UNCONFIRMED, True, 0, 1)
    for looked, looks in ((True, 1), (False, 1), (True, 2)):
        claim = store.claim_look(row, holder="w", lease=MINUTE)
        assert claim is not None
        look = store.open_look(claim)
        assert store.settle(claim, verdict(Move.POSTPONE, looked=looked), by="w", attempt=look)
        row = store.delivery(delivery.id)
        assert (row.state, row.looks) == (State.UNCONFIRMED, looks)
    claim = store.claim_look(row, holder="w", lease=MINUTE)
    assert claim is not None
    assert store.settle(claim, verdict(Move.ABSENT), by="w", attempt=None)
    row = store.delivery(delivery.id)
    assert (row.state, row.looks, row.doubted) == (State.PLANNED, 0, True)
    assert len(store.dossier(delivery.id).attempts) == 4


def test_only_one_looks(store: Store, clock: Clock) -> None:
    """A look is leased like a send; when its holder never comes back another may look, and the first is fenced."""
    row = doubt(store, put(store, article())[0], due=START)
    first = store.claim_look(row, holder="a", lease=MINUTE)
    assert first is not None
    assert store.open_look(first) == 2
    assert store.claim_look(row, holder="b", lease=MINUTE) is None
    assert store.claim_look(store.delivery(row.id), holder="b", lease=MINUTE) is None
    assert store.doubtful(limit=5) == []
    clock.on(MINUTE)
    (free,) = store.doubtful(limit=5)
    second = store.claim_look(free, holder="b", lease=MINUTE)
    assert second is not None
    assert store.open_look(first) is None
    assert not store.settle(first, verdict(Move.CONFIRM, receipt=receipt()), by="a", attempt=2)
    assert store.dossier(row.id).attempts[1].outcome == "unsure"
    assert store.settle(second, verdict(Move.CONFIRM, receipt=receipt()), by="b", attempt=None)
    assert len(store.dossier(row.id).entries) == 4


def test_a_move_that_is_not_allowed_writes_nothing(store: Store) -> None:
    """A verdict the state does not allow raises Refused and leaves row and log as they were."""
    (delivery,) = put(store, article())
    claim, attempt = sent(store, delivery)
    before = store.dossier(delivery.id)
    with pytest.raises(Refused):
        store.settle(claim, verdict(Move.CONFIRM), by="w", attempt=attempt)
    with pytest.raises(Refused):
        store.move(claim.delivery, Move.CANCEL, by="a person", why="no")
    assert store.dossier(delivery.id) == before


def test_sizes_and_characters_are_not_trusted(store: Store) -> None:
    """An answer of megabytes is cut with a note; NUL and lone surrogates never break a row, wherever they stand."""
    (delivery,) = put(store, article(), new(article(), why="why\0\ud800"))
    claim, attempt = sent(store, delivery)
    wild = Exchange(method="POST", url="u", body="\0" * 10, status=500, headers={"a\0": "\ud83d"}, answer="語" * 2**20)
    failure = Failure("not-sent", "\0", "bad \udc00 text")
    end = verdict(Move.RETRY, failure=failure, exchange=wild)
    assert store.settle(claim, end, by="w\0", attempt=attempt)
    (tried,) = store.dossier(delivery.id).attempts
    assert tried.exchange is not None
    assert len(tried.exchange.answer) < 66_000
    assert "1048576 characters" in tried.exchange.answer
    assert tried.message == "bad � text"
    assert tried.code == "�"


def test_claim_and_touch_are_one_where_the_send_follows_at_once(store: Store, clock: Clock) -> None:
    """Claimed and touched in one step, a delivery is what the two steps make of it, and only one worker gets it."""
    one, other = put(store, article(1))[0], put(store, article(2))[0]
    both = store.claim_and_touch(one, holder="w", lease=MINUTE)
    assert both is not None
    claim, attempt = both
    apart = store.claim(other, holder="w", lease=MINUTE)
    assert apart is not None
    assert store.touch(apart) == attempt == 1
    row, twin = store.delivery(one.id), store.delivery(other.id)
    assert claim.delivery == row
    assert (row.touched, row.first_touched, row.token) == (twin.touched, twin.first_touched, twin.token)
    assert [entry.move for entry in store.dossier(one.id).entries] == [Move.PLAN, Move.CLAIM]
    assert store.claim_and_touch(one, holder="late", lease=MINUTE) is None
