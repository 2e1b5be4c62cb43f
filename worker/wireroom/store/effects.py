"""What each move changes beside the state: one pure function from a delivery to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wireroom.model.delivery import Move, State, after

if TYPE_CHECKING:
    from datetime import datetime

    from wireroom.model.delivery import Delivery, Failure
    from wireroom.model.post import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A move and all it brings. `due` None leaves the due time, `failure` None leaves the last error standing."""

    move: Move
    why: str
    due: datetime | None = None
    looked: bool = False
    reset_attempts: bool = False
    receipt: Receipt | None = None
    failure: Failure | None = None


def apply(delivery: Delivery, change: Change, now: datetime) -> Delivery:
    """The delivery after the change, its lease over and its token one higher.

    Raises `Refused` when the state does not allow the move. The last error stays until the delivery is delivered.
    """
    state = after(delivery.state, change.move)
    landed = state is State.DELIVERED
    proof = change.receipt
    return replace(
        delivery,
        state=state,
        token=delivery.token + 1,
        due=change.due or delivery.due,
        attempts=_attempts(delivery, change),
        looks=_looks(delivery, change),
        doubted=delivery.doubted or change.move in {Move.LOSE, Move.DOUBT},
        lease_until=None,
        holder="",
        touched=None,
        reason=change.why,
        delivered=now if landed else delivery.delivered,
        remote_id=proof.remote_id if proof else delivery.remote_id,
        remote_url=(proof.remote_url or None) if proof else delivery.remote_url,
        error=None if landed else change.failure or delivery.error,
    )


def _attempts(delivery: Delivery, change: Change) -> int:
    if change.reset_attempts:
        return 0
    if delivery.state is State.SENDING and change.move is Move.POSTPONE:
        return max(delivery.attempts - 1, 0)
    return delivery.attempts


def _looks(delivery: Delivery, change: Change) -> int:
    if change.move in {Move.LOSE, Move.DOUBT, Move.ABSENT}:
        return 0
    return delivery.looks + (1 if change.looked else 0)
