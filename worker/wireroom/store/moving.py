"""Moves by others than a delivery's holder: people, sweeps, intake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wireroom.model.delivery import ENDED, Entry, Move
from wireroom.store.codec import clean, maybe_micros, micros, moment
from wireroom.store.effects import Change, apply
from wireroom.store.money import set_free
from wireroom.store.statements import CLOSE_OPEN_ATTEMPTS, WRITE_IF_TOUCHED_AS, append, versions

if TYPE_CHECKING:
    from datetime import datetime

    from wireroom.model.delivery import Delivery
    from wireroom.store.database import Session


def log_change(session: Session, old: Delivery, new: Delivery, change: Change, *, by: str, now: datetime) -> None:
    """The line of the log that goes with a change."""
    append(
        session,
        old.id,
        Entry(at=now, move=change.move, from_state=old.state, to_state=new.state, by=by, why=change.why),
    )


def ended_at(new: Delivery, now: datetime) -> int | None:
    """When a delivery ended, for its row: now, or None while something is still to come."""
    return micros(now) if new.state in ENDED else None


def move_within(session: Session, delivery: Delivery, change: Change, *, by: str, now: int) -> Delivery | None:
    """Change a delivery as it was read; None when it has changed since. An attempt left open is closed as unsure.

    Raises `Refused` when the state does not allow the move.
    """
    at = moment(now)
    new = apply(delivery, change, at)
    values = versions(delivery, new, ended_at(new, at))
    if session.change(WRITE_IF_TOUCHED_AS, **values, old_touched=maybe_micros(delivery.touched)) != 1:
        return None
    if delivery.lease_until is not None:
        session.change(CLOSE_OPEN_ATTEMPTS, key=int(delivery.id), at=now, how="unsure", why=clean(change.why))
    if change.move is Move.ABSENT:
        set_free(session, int(delivery.id))
    log_change(session, delivery, new, change, by=by, now=at)
    return new
