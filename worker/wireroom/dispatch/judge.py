"""How an ending becomes a move: the one table that says what is retried, what waits, and what is looked for.

Pure: the time and the dice are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from wireroom.compose.backoff import backoff
from wireroom.compose.plan import spell
from wireroom.model.delivery import Delivery, Failure, Move, State, Verdict
from wireroom.model.errors import Duplicate, Ending, LockedOut, NotSent, RateLimited, Rejected
from wireroom.model.post import Action, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.model.destination import Destination

REST = timedelta(minutes=15)  # how long a platform that asks us to wait without saying how long is left alone
LOOK_AGAIN = timedelta(hours=1)  # the longest pause between two looks for a delivery nobody could find yet

PROVES = {State.SENDING: Move.RECEIPT, State.UNCONFIRMED: Move.CONFIRM, State.PLANNED: Move.DOUBT}
"""What a receipt does with a delivery that its sender holds no more; a doubt is confirmed by it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A try or a look that has ended: whose, when, and the dice for the backoff's jitter."""

    delivery: Delivery
    destination: Destination
    now: datetime
    dice: Callable[[], float]
    repeatable: bool = False


def sent(receipt: Receipt) -> Verdict:
    """The verdict on a send that ended in a receipt."""
    return Verdict(move=Move.RECEIPT, why="", outcome="receipt", receipt=receipt, exchange=receipt.exchange)


def ended(case: Case, ending: Ending) -> Verdict:
    """The verdict on a send that ended otherwise."""
    if isinstance(ending, NotSent):
        return _try_again(case, ending, ending.after)
    if isinstance(ending, RateLimited):
        until = ending.until or case.now + REST
        return _verdict(ending, Move.POSTPONE, f"waits for the rate limit: {ending.message}", due=until)
    if isinstance(ending, LockedOut):
        return _verdict(ending, Move.POSTPONE, f"waits for a person: {ending.message}", due=case.now)
    if isinstance(ending, Duplicate) and case.delivery.doubted:
        why = f"{ending.message}: an earlier try is there, but not visible yet"
        return _verdict(ending, Move.LOSE, why, due=case.now + case.destination.settle.after)
    if isinstance(ending, Rejected):
        return _verdict(ending, Move.REJECT, ending.message)
    return _doubt(case, ending)


def overslept(case: Case) -> Verdict:
    """The verdict on a send that was never begun, since its worker had stood still until its lease was nearly over."""
    why = "its worker stood still for too long to send it; nothing was sent"
    return Verdict(move=Move.POSTPONE, why=why, outcome=NotSent.kind, due=case.now)


def looked(case: Case, receipt: Receipt | None) -> Verdict:
    """The verdict on a look that got an answer: found, absent for now, or absent."""
    if receipt is not None:
        return Verdict(
            move=Move.CONFIRM,
            why="found on the platform",
            outcome="found",
            receipt=receipt,
            exchange=receipt.exchange,
        )
    looks, wanted = case.delivery.looks + 1, case.destination.settle.looks
    told = f"looked for on the platform and not there ({looks} of {wanted})"
    if looks < wanted:
        again = case.now + case.destination.settle.after
        return Verdict(move=Move.POSTPONE, why=told, outcome="absent", due=again, looked=True)
    kept = _kept_back(case)
    if not kept:
        return Verdict(move=Move.ABSENT, why=f"{told}: sent again", outcome="absent", due=case.now)
    why = f"{told}; {kept}: a person must say whether it is there (`wireroom confirm`) or not (`wireroom retry`)"
    return Verdict(move=Move.POSTPONE, why=why, outcome="absent", due=case.now + LOOK_AGAIN, looked=True)


def unseen(case: Case, ending: Ending) -> Verdict:
    """The verdict on a look that got no answer: look again later, and never take silence for absence."""
    pause = min(case.destination.settle.after * 2 ** min(case.delivery.attempts, 6), LOOK_AGAIN)
    due = case.now + pause
    if isinstance(ending, RateLimited) and ending.until:
        due = max(due, ending.until)
    verdict = _verdict(ending, Move.POSTPONE, f"could not be looked for: {ending.message}", due=due)
    return replace(verdict, failure=None) if _said_to_be_there(case.delivery) else verdict


def unfindable(case: Case) -> Verdict:
    """The verdict on a doubt that nobody but a person can settle, since the platform cannot be asked."""
    why = "this platform cannot be asked: a person must say whether it is there (`wireroom confirm`, `wireroom retry`)"
    return Verdict(move=Move.POSTPONE, why=why, outcome="unsure", due=case.now + timedelta(days=1))


def lost(delivery: Delivery, *, repeatable: bool, settle_after: timedelta, now: datetime) -> tuple[Move, str, datetime]:
    """The move for a delivery whose worker is gone, its reason, and when it next wants attention.

    Before the wire was touched nothing can have happened; after it, only a look can tell. What may be repeated
    without harm is simply sent again.
    """
    if delivery.touched is None:
        return Move.POSTPONE, "its worker was lost before anything was sent", now
    if repeatable or delivery.action is not Action.CREATE:
        return Move.RETRY, "its worker was lost on the way; sending it again does no harm", now
    return Move.LOSE, "its worker was lost after the wire was touched", now + settle_after


def _kept_back(case: Case) -> str:
    """Why a post that looks did not find is not sent again; "" when it may be."""
    if _said_to_be_there(case.delivery):
        return "the platform says that it has this post, and does not show it"
    if case.delivery.attempts >= case.destination.retry.attempts:
        return f"tried {case.delivery.attempts} times, and never a clear answer"
    return "" if case.destination.resend_absent else "`resend_absent` is off"


def _said_to_be_there(delivery: Delivery) -> bool:
    """Whether the last word of the platform on a delivery in doubt was that it would be a duplicate."""
    return delivery.error is not None and delivery.error.kind == Duplicate.kind


def _doubt(case: Case, ending: Ending) -> Verdict:
    if case.repeatable or case.delivery.action is not Action.CREATE:
        return _try_again(case, ending, None)
    return _verdict(ending, Move.LOSE, ending.message, due=case.now + case.destination.settle.after)


def _try_again(case: Case, ending: Ending, after: timedelta | None) -> Verdict:
    attempts, retry = case.delivery.attempts, case.destination.retry
    if attempts >= retry.attempts:
        return _verdict(ending, Move.REJECT, f"tried {attempts} times; the last time: {ending.message}")
    pause = after if after is not None else backoff(attempts, retry, case.dice)
    why = f"{ending.message}; tried {attempts} of {retry.attempts}, again in {spell(pause)}"
    return _verdict(ending, Move.RETRY, why, due=case.now + pause)


def _verdict(ending: Ending, move: Move, why: str, due: datetime | None = None) -> Verdict:
    failure = Failure(ending.kind, ending.code, ending.message)
    return Verdict(move=move, why=why, outcome=ending.kind, due=due, failure=failure, exchange=ending.exchange)
