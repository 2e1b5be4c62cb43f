"""The sweeps: leases that ran out, deliveries in doubt, lanes with something to do, and old rows to let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, delete, func, literal_column, select, text

from wireroom.model.delivery import State
from wireroom.store.codec import micros, read_delivery
from wireroom.store.effects import Change
from wireroom.store.lane import Lane
from wireroom.store.moving import move_within
from wireroom.store.statements import D, columns, in_state
from wireroom.store.stock import forget_fragments
from wireroom.store.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wireroom.model.delivery import Delivery, Move
    from wireroom.model.post import Receipt
    from wireroom.store.database import Session

_NOW = bindparam("now", type_=BigInteger)

_IN_FLIGHT = select(*columns()).where(in_state(State.SENDING)).order_by(D.lease_until, D.id).limit(bindparam("limit"))

_LOOKED_FOR = (
    select(*columns())
    .where(in_state(State.UNCONFIRMED), D.lease_until.is_not(None))
    .order_by(D.lease_until, D.id)
    .limit(bindparam("limit"))
)

_DOUBT = (in_state(State.UNCONFIRMED), D.due <= _NOW, func.coalesce(D.lease_until, literal_column("0")) <= _NOW)
_DOUBTFUL = select(*columns()).where(*_DOUBT).order_by(D.due, D.id).limit(bindparam("limit"))
_DOUBTFUL_ON = _DOUBTFUL.where(D.destination == bindparam("destination"))
_LANES_IN_DOUBT = select(D.destination).where(*_DOUBT).distinct().order_by(D.destination)


def _steps(where: str) -> str:
    """The destinations that have rows in a partial index, by one jump each instead of a walk over all rows."""
    first = f"SELECT min(destination) FROM deliveries WHERE {where}"  # noqa: S608  (constants only)
    return (
        f"WITH RECURSIVE step(name) AS ({first} UNION ALL "  # noqa: S608
        f"SELECT ({first} AND destination > step.name) FROM step WHERE step.name IS NOT NULL) "
        "SELECT name FROM step WHERE name IS NOT NULL"
    )


_PLANNED_LANES = text(_steps("state = 'planned'"))
_ENDED_LANES = text(_steps("ended IS NOT NULL"))

_KEPT_FROM = text(
    "SELECT published_at FROM deliveries WHERE destination = :destination AND state = 'delivered' "
    "ORDER BY published_at DESC LIMIT 1 OFFSET :keep - 1"
)
_RETIRED = text(
    "SELECT id, uid FROM deliveries AS old WHERE destination = :destination "
    "AND state IN ('delivered', 'failed', 'cancelled') AND ended < :before AND published_at < :newest "
    "AND NOT EXISTS (SELECT 1 FROM deliveries AS other WHERE other.uid = old.uid "
    "AND other.destination = old.destination AND coalesce(other.ended, :before) >= :before) LIMIT :limit"
)
_REMOVE = delete(deliveries).where(D.id == bindparam("key", type_=BigInteger))
_FOREVER = 2**62


class Sweep(Lane):
    """What the scheduler looks for, and a move by anybody who does not hold the delivery."""

    def in_flight(self, limit: int) -> list[Delivery]:
        """Deliveries some worker holds, the one whose lease ends first before the others."""
        with self._database.reading() as session:
            return [read_delivery(row) for row in session.rows(_IN_FLIGHT, limit=limit)]

    def looking(self, limit: int) -> list[Delivery]:
        """Unconfirmed deliveries that somebody is looking for, or was when last heard of."""
        with self._database.reading() as session:
            return [read_delivery(row) for row in session.rows(_LOOKED_FOR, limit=limit)]

    def doubtful(self, *, limit: int, destination: str | None = None) -> list[Delivery]:
        """Unconfirmed deliveries that are due for a look and that nobody is looking at."""
        now = self._database.now()
        with self._database.reading() as session:
            if destination is None:
                rows = session.rows(_DOUBTFUL, now=now, limit=limit)
            else:
                rows = session.rows(_DOUBTFUL_ON, now=now, limit=limit, destination=destination)
        return [read_delivery(row) for row in rows]

    def lanes_due(self, follows: Mapping[str, str] | None = None) -> dict[str, bool]:
        """The destinations with something that can go out now, and whether any of it is breaking.

        `follows` says of those that follow a feed which one.
        """
        with self._database.reading() as session:
            names = [name for (name,) in session.rows(_PLANNED_LANES)]
        first = {name: self.due(name, limit=1, behind=(follows or {}).get(name, "")) for name in names}
        return {name: due[0].breaking for name, due in first.items() if due}

    def lanes_in_doubt(self) -> list[str]:
        """The destinations `doubtful` has something for."""
        now = self._database.now()
        with self._database.reading() as session:
            return [name for (name,) in session.rows(_LANES_IN_DOUBT, now=now)]

    def move(
        self,
        delivery: Delivery,
        move: Move,
        *,
        by: str,
        why: str,
        due: datetime | None = None,
        meant: datetime | None = None,
        reset_attempts: bool = False,
        receipt: Receipt | None = None,
    ) -> Delivery | None:
        """Move a delivery as it was read; None when it has changed since. On disk before this returns.

        `meant` is a new time it is meant for; without it, it is as late as it was. Raises `Refused` when the state does
        not allow the move.
        """
        change = Change(move=move, why=why, due=due, meant=meant, reset_attempts=reset_attempts, receipt=receipt)
        now = self._database.now()
        with self._database.writing(acknowledged=True) as session:
            return move_within(session, delivery, change, by=by, now=now)

    def retire(self, before: datetime, limit: int, *, keep: Mapping[str, int] | None = None) -> int:
        """Remove deliveries that ended before a time, with their attempts and moves; how many, at most `limit`.

        All deliveries of one article on one destination go together or stay together, so that no retracted post
        comes back. `keep` names destinations whose newest so many posts stay whatever their age: a feed's items.
        Articles and their aliases stay for ever, so an old article is still known when it is published again.
        """
        with self._database.reading() as session:
            names = [name for (name,) in session.rows(_ENDED_LANES)]
        removed = 0
        for name in names:
            with self._database.writing() as session:
                removed += _retire(session, name, micros(before), limit - removed, (keep or {}).get(name, 0))
        return removed


def _retire(session: Session, destination: str, before: int, limit: int, keep: int) -> int:
    newest = _FOREVER
    if keep:
        row = session.row(_KEPT_FROM, destination=destination, keep=keep)
        newest = -_FOREVER if row is None else row[0]
    rows = session.rows(_RETIRED, destination=destination, before=before, newest=newest, limit=max(limit, 0))
    for key, _ in rows:
        session.change(_REMOVE, key=key)
    forget_fragments(session, {uid for _, uid in rows})
    return len(rows)
