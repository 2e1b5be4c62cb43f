"""How endings become moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireroom.dispatch import judge
from wireroom.model.delivery import MOVES, Delivery, Failure, Move, State
from wireroom.model.destination import Destination, Retry, Settle
from wireroom.model.errors import Duplicate, Ending, LockedOut, NotSent, RateLimited, Rejected, Unsure
from wireroom.model.post import Action, Receipt

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DELIVERY = Delivery(
    id="1",
    uid="tag:example.org,2026:1",
    revision=1,
    destination="x",
    channel="x",
    action=Action.CREATE,
    state=State.SENDING,
    due=NOW,
    created=NOW,
    attempts=1,
)
PLACE = Destination(name="x", channel="x", settle=Settle(timedelta(seconds=30), 2), retry=Retry(attempts=3))
CASE = judge.Case(delivery=DELIVERY, destination=PLACE, now=NOW, dice=lambda: 0.5)
ENDINGS: list[Ending] = [
    NotSent("no route"),
    RateLimited("slow down"),
    Rejected("no"),
    Duplicate("again"),
    LockedOut("who are you"),
    Unsure("silence"),
]


def case(**changes: object) -> judge.Case:
    """The usual case with another delivery."""
    return replace(CASE, delivery=replace(DELIVERY, **changes))  # type: ignore[arg-type]


def test_only_what_never_left_is_tried_again() -> None:
    """An ending that says nothing was sent is retried after a backoff; silence is never retried."""
    again = judge.ended(CASE, NotSent("no route"))
    assert again.move is Move.RETRY
    assert again.due is not None
    assert NOW <= again.due <= NOW + PLACE.retry.longest
    assert judge.ended(CASE, Unsure("silence")).move is Move.LOSE


def test_the_platforms_own_pause_is_kept() -> None:
    """A pause the channel names is taken instead of the backoff."""
    assert judge.ended(CASE, NotSent("busy", after=timedelta(minutes=7))).due == NOW + timedelta(minutes=7)


def test_attempts_run_out() -> None:
    """The last attempt that counts ends in failed, with the last reason told."""
    last = judge.ended(case(attempts=3), NotSent("no route"))
    assert last.move is Move.REJECT
    assert "tried 3 times; the last time: no route" in last.why


def test_waiting_is_not_failing() -> None:
    """A rate limit postpones to the reset it names and never counts as an attempt."""
    until = NOW + timedelta(minutes=3)
    verdict = judge.ended(case(attempts=99), RateLimited("slow down", until=until))
    assert (verdict.move, verdict.due) == (Move.POSTPONE, until)


def test_a_lock_waits_for_a_person() -> None:
    """A lock leaves the delivery planned with what a person must do."""
    verdict = judge.ended(CASE, LockedOut("renew the token"))
    assert verdict.move is Move.POSTPONE
    assert "renew the token" in verdict.why


def test_a_duplicate_is_content_on_a_first_try_and_evidence_after_a_doubt() -> None:
    """A duplicate refusal fails a first try, and after an unclear answer sends us to look instead."""
    assert judge.ended(CASE, Duplicate("again")).move is Move.REJECT
    assert judge.ended(case(doubted=True), Duplicate("again")).move is Move.LOSE


@pytest.mark.parametrize("action", [Action.AMEND, Action.RETRACT])
def test_what_may_be_repeated_is_repeated(action: Action) -> None:
    """Amending and retracting set a state, so silence is answered by doing it again."""
    assert judge.ended(case(action=action), Unsure("silence")).move is Move.RETRY


def test_a_feed_is_never_unsure() -> None:
    """A channel that may repeat a send without harm never ends unconfirmed."""
    assert judge.ended(replace(CASE, repeatable=True), Unsure("silence")).move is Move.RETRY


def test_a_look_that_finds_confirms() -> None:
    """A post found on the platform is delivered with the platform's id."""
    verdict = judge.looked(case(state=State.UNCONFIRMED), Receipt(remote_id="77"))
    assert verdict.move is Move.CONFIRM
    assert verdict.receipt is not None
    assert verdict.receipt.remote_id == "77"


def test_absent_takes_as_many_looks_as_the_rules_say() -> None:
    """Only after the last look that found nothing may it be sent again, and only where the rules allow."""
    first = judge.looked(case(state=State.UNCONFIRMED, looks=0), None)
    assert (first.move, first.looked, first.due) == (Move.POSTPONE, True, NOW + PLACE.settle.after)
    second = judge.looked(case(state=State.UNCONFIRMED, looks=1), None)
    assert second.move is Move.ABSENT
    careful = replace(CASE, destination=replace(PLACE, resend_absent=False))
    kept = judge.looked(replace(careful, delivery=replace(DELIVERY, state=State.UNCONFIRMED, looks=1)), None)
    assert kept.move is Move.POSTPONE
    assert "a person must say" in kept.why


@pytest.mark.parametrize(
    ("doubt", "why"),
    [
        ({"error": Failure("duplicate", "506", "again"), "attempts": 2}, "the platform says that it has this post"),
        ({"error": Failure("unsure", None, "silence"), "attempts": 3}, "tried 3 times, and never a clear answer"),
    ],
    ids=["said to be there", "attempts used up"],
)
def test_absent_is_not_sent_again_for_ever(doubt: dict[str, object], why: str) -> None:
    """What a platform refuses as a duplicate and never shows, or never answers, ends with a person, looked for on."""
    verdict = judge.looked(case(state=State.UNCONFIRMED, looks=1, **doubt), None)
    assert (verdict.move, verdict.looked, verdict.due) == (Move.POSTPONE, True, NOW + judge.LOOK_AGAIN)
    assert why in verdict.why
    assert "a person must say" in verdict.why


def test_a_look_without_an_answer_does_not_unsay_a_duplicate() -> None:
    """That the platform claims to have a post stays known while looks get no answer."""
    refused = case(state=State.UNCONFIRMED, error=Failure("duplicate", "506", "again"))
    assert judge.unseen(refused, NotSent("no route")).failure is None


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.kind)
def test_silence_on_a_look_is_never_absence(ending: Ending) -> None:
    """A look that got no answer leaves the delivery in doubt and does not count."""
    verdict = judge.unseen(case(state=State.UNCONFIRMED), ending)
    assert verdict.move is Move.POSTPONE
    assert not verdict.looked
    assert verdict.due is not None
    assert verdict.due > NOW


@given(
    ending=st.sampled_from(ENDINGS),
    attempts=st.integers(1, 20),
    doubted=st.booleans(),
    repeatable=st.booleans(),
    action=st.sampled_from(list(Action)),
)
def test_every_ending_has_a_move_the_table_knows(
    ending: Ending, attempts: int, doubted: bool, repeatable: bool, action: Action
) -> None:
    """Whatever a send ends in, the verdict is a move that leads on from sending, with a reason."""
    told = replace(case(attempts=attempts, doubted=doubted, action=action), repeatable=repeatable)
    verdict = judge.ended(told, ending)
    assert (State.SENDING, verdict.move) in MOVES
    assert verdict.why
    assert verdict.failure is not None
    assert verdict.failure.kind == ending.kind


@given(touched=st.booleans(), repeatable=st.booleans(), action=st.sampled_from(list(Action)))
def test_a_lost_worker_leaves_planned_or_unconfirmed(touched: bool, repeatable: bool, action: Action) -> None:
    """Before the wire a lost delivery is planned again; after it a post that must not be doubled is unconfirmed."""
    held = replace(DELIVERY, touched=NOW if touched else None, action=action)
    move, why, due = judge.lost(held, repeatable=repeatable, settle_after=timedelta(seconds=30), now=NOW)
    there = MOVES[State.SENDING, move]
    in_doubt = touched and not repeatable and action is Action.CREATE
    assert there is (State.UNCONFIRMED if in_doubt else State.PLANNED)
    assert why
    assert due >= NOW


@pytest.mark.parametrize("state", judge.PROVES, ids=str)
def test_a_proof_leads_to_delivered(state: State) -> None:
    """Wherever a late receipt finds a delivery it may move, moves of the table lead it to delivered."""
    for _ in judge.PROVES:
        state = MOVES[state, judge.PROVES[state]] if state in judge.PROVES else state
    assert state is State.DELIVERED


def test_standing_still_is_not_failing() -> None:
    """A send that was never begun is due at once, and does not count."""
    verdict = judge.overslept(CASE)
    assert (verdict.move, verdict.due, verdict.failure) == (Move.POSTPONE, NOW, None)
