"""Money: what attempts have cost and may still cost, and whether there is enough for one more.

An attempt of a post that has its price is opened with it. Closed by a receipt it costs what the receipt says, by a
refusal nothing; left open, or ended in doubt, it keeps its price until the doubt is settled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, cast, func, literal_column, select, text, update

from wireroom.model.delivery import Move, State
from wireroom.model.post import Post
from wireroom.store.codec import maybe_moment, micros, read_delivery
from wireroom.store.part import Part
from wireroom.store.statements import D, columns, in_state
from wireroom.store.tables import attempts
from wireroom.store.values import Charge

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Select

    from wireroom.model.delivery import Delivery, Verdict
    from wireroom.store.database import Session
    from wireroom.store.frozen import Frozen

Charging = Callable[[Post], Charge]
"""Says what a post is charged with."""

MICRO = 1_000_000
"""Micro-dollars in a dollar. Sums are whole numbers of them: a hundred times $0.015 is then $1.50 and no hair more."""

_C = attempts.c
_HERE = _C.destination == bindparam("destination")
_COSTLY = _C.cost > literal_column("0")  # in the text: only so does SQLite use the index
_SENT = _C.outcome.op("IN", is_comparison=True)(literal_column("('', 'receipt', 'unsure', 'duplicate')"))
_SINCE = _C.ended >= bindparam("since", type_=BigInteger)


def _sum(*where: ColumnElement[bool]) -> ColumnElement[Any]:
    each = cast(func.round(_C.cost * literal_column(str(MICRO))), BigInteger)
    total = select(func.coalesce(func.sum(each), literal_column("0")))
    return total.where(_HERE, _COSTLY, *where).scalar_subquery()


_SPENT = select(_sum(_SINCE) + _sum(_C.ended.is_(None)))
_SPENT_ON_POSTS = select(_sum(_SINCE, _SENT) + _sum(_C.ended.is_(None)))
_FIRST = select(func.min(_C.ended)).where(_HERE, _COSTLY)
_IN_TURN = text("SELECT pg_advisory_xact_lock(1464421970, hashtext(:destination))")
_FREE = (
    update(attempts)
    .where(
        _C.delivery == bindparam("key"),
        _COSTLY,
        _C.outcome.op("IN", is_comparison=True)(literal_column("('unsure', 'duplicate')")),
    )
    .values(cost=literal_column("0"))
)


def _waiting() -> Select[Any]:
    said = func.substr(D.reason, literal_column("1"), func.length(bindparam("why")))
    return (
        select(*columns())
        .where(
            D.destination == bindparam("destination"),
            in_state(State.PLANNED),
            D.due > bindparam("now", type_=BigInteger),
            said == bindparam("why"),
        )
        .order_by(D.rank, D.id)
        .limit(bindparam("limit"))
    )


_WAITING = _waiting()


def price_of(
    session: Session, frozen: Frozen, delivery: Delivery, charging: Charging | None, *, sqlite: bool
) -> int | None:
    """What a delivery's post costs, in micro-dollars; None when that much is not there to spend.

    For the transaction that claims it. SQLite has one writer at a time; on Postgres those who spend for one
    destination take turns here, or two of them would each see the money that is there once.
    """
    post = frozen.post(session, int(delivery.id)) if charging is not None else None
    if charging is None or post is None:
        return 0
    charge, name = charging(post), delivery.destination
    if charge.ceilings and not sqlite:
        session.row(_IN_TURN, destination=name)
    for since, most in charge.ceilings:
        if _spent(session, name, since, posts_alone=charge.posts_alone) + charge.price > most:
            return None
    return charge.price


def cost_of(verdict: Verdict) -> float | None:
    """What a try or a look has cost, in US dollars; None for a doubt, in which its price stays in reserve."""
    if verdict.cost is not None:
        return verdict.cost
    if verdict.receipt is not None:
        return verdict.receipt.cost
    return None if verdict.move is Move.LOSE else 0.0


def set_free(session: Session, key: int) -> None:
    """Give back what was kept in reserve for tries that are now known to have posted nothing."""
    session.change(_FREE, key=key)


def _spent(session: Session, destination: str, since: datetime, *, posts_alone: bool) -> int:
    statement = _SPENT_ON_POSTS if posts_alone else _SPENT
    return int(session.rows(statement, destination=destination, since=micros(since))[0][0])


class Money(Part):
    """Questions about money; none of them writes."""

    def spent(self, destination: str, since: datetime) -> float:
        """What a destination's attempts have cost since a time, in US dollars; what is in doubt counts in full."""
        return self.spent_micros(destination, since) / MICRO

    def spent_micros(self, destination: str, since: datetime, *, posts_alone: bool = False) -> int:
        """The same in micro-dollars; `posts_alone` leaves out what looks have cost."""
        with self._database.reading() as session:
            return _spent(session, destination, since, posts_alone=posts_alone)

    def first_spent(self, destination: str) -> datetime | None:
        """When a destination's attempts first cost anything, as far as the log goes back."""
        with self._database.reading() as session:
            return maybe_moment(session.rows(_FIRST, destination=destination)[0][0])

    def waiting(self, destination: str, why: str, limit: int) -> list[Delivery]:
        """What is planned for later for a reason that begins with `why`, in the order of the lane."""
        now = self._database.now()
        with self._database.reading() as session:
            rows = session.rows(_WAITING, destination=destination, why=why, now=now, limit=limit)
        return [read_delivery(row) for row in rows]
