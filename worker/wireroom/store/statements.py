"""The statements several rooms of the store share, built once; `Database` compiles each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, literal_column, select, update

from wireroom.store import codec
from wireroom.store.codec import clean, maybe_clean, maybe_micros, micros
from wireroom.store.tables import attempts, deliveries, moves, states_sql

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, FromClause

    from wireroom.model.delivery import Delivery, Entry, State
    from wireroom.store.database import Session

D = deliveries.c


def columns(table: FromClause = deliveries) -> list[ColumnElement[Any]]:
    """The columns `codec.read_delivery` expects."""
    return [table.c[name] for name in codec.DELIVERY]


def in_states(*states: State, table: FromClause = deliveries) -> ColumnElement[bool]:
    """`state IN (…)` with the states in the text, not as values: only so does SQLite use a partial index."""
    return table.c.state.op("IN", is_comparison=True)(literal_column(states_sql(states)))


def in_state(state: State, table: FromClause = deliveries) -> ColumnElement[bool]:
    """`state = '…'`, for the same reason with the state in the text."""
    return table.c.state == literal_column(f"'{state.value}'")


_CHANGING = (
    *("state", "due", "attempts", "looks", "token", "doubted", "lease_until", "holder", "touched", "reason"),
    *("delivered", "remote_id", "remote_url", "error_kind", "error_code", "error_message", "rank", "ended", "meant"),
)

BY_ID = select(*columns()).where(D.id == bindparam("key"))

WRITE = (
    update(deliveries)
    .where(
        D.id == bindparam("key"),
        D.state == bindparam("old_state"),
        D.token == bindparam("old_token"),
    )
    .values({D[name]: bindparam(f"new_{name}") for name in _CHANGING})
)
"""Compare-and-set: state and token together name one version of a delivery, so an outdated writer changes nothing."""

WRITE_IF_TOUCHED_AS = WRITE.where(
    D.touched.is_not_distinct_from(bindparam("old_touched", type_=D.touched.type)),
)
"""The same for a writer that is not the holder: a holder that touched the wire meanwhile has the better right."""

APPEND = insert(moves).values(
    delivery=bindparam("delivery"),
    at=bindparam("at"),
    move=bindparam("move"),
    from_state=bindparam("from_state"),
    to_state=bindparam("to_state"),
    by=bindparam("by"),
    why=bindparam("why"),
)

CLOSE_OPEN_ATTEMPTS = (
    update(attempts)
    .where(attempts.c.delivery == bindparam("key"), attempts.c.ended.is_(None))
    .values(ended=bindparam("at"), outcome=bindparam("how"), message=bindparam("why"))
)


def versions(old: Delivery, new: Delivery, ended: int | None) -> dict[str, object]:
    """The values of WRITE that make a row of `old` into `new`."""
    error = new.error
    return {
        "key": int(old.id),
        "old_state": old.state.value,
        "old_token": old.token,
        "new_state": new.state.value,
        "new_due": micros(new.due),
        "new_attempts": new.attempts,
        "new_looks": new.looks,
        "new_token": new.token,
        "new_doubted": new.doubted,
        "new_lease_until": maybe_micros(new.lease_until),
        "new_holder": new.holder,
        "new_touched": maybe_micros(new.touched),
        "new_reason": clean(new.reason),
        "new_delivered": maybe_micros(new.delivered),
        "new_remote_id": maybe_clean(new.remote_id),
        "new_remote_url": maybe_clean(new.remote_url),
        "new_error_kind": error.kind if error else None,
        "new_error_code": maybe_clean(error.code) if error else None,
        "new_error_message": clean(error.message) if error else None,
        "new_rank": codec.rank(breaking=new.breaking, attempts=new.attempts),
        "new_ended": ended,
        "new_meant": maybe_micros(new.meant),
    }


def append(session: Session, delivery: str, entry: Entry) -> None:
    """Add one line to a delivery's log."""
    session.change(
        APPEND,
        delivery=int(delivery),
        at=micros(entry.at),
        move=entry.move.value,
        from_state=entry.from_state.value if entry.from_state else None,
        to_state=entry.to_state.value,
        by=clean(entry.by),
        why=clean(entry.why),
    )
