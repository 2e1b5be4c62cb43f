"""What the watch asks the database: failed, in doubt, late, not looked for yet, not to be seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Integer, and_, bindparam, func, literal_column, or_, select, update

from wireroom.model.delivery import State
from wireroom.model.errors import RateLimited
from wireroom.model.post import Action
from wireroom.model.trouble import TroubleKind
from wireroom.store.codec import micros, moment, read_delivery
from wireroom.store.part import Part
from wireroom.store.statements import D, columns, in_state, in_states
from wireroom.store.tables import deliveries, destinations, moves

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta
    from typing import Any

    from sqlalchemy import Select

    from wireroom.model.delivery import Delivery

_KEY = bindparam("key", type_=BigInteger)
_LIMIT = bindparam("limit", type_=Integer)
_NOW = bindparam("now", type_=BigInteger)
_SINCE = bindparam("since", type_=BigInteger)
_BEFORE = bindparam("before", type_=BigInteger)
_HERE = D.destination == bindparam("destination")
_ENDED = D.ended.is_not(None)  # said so that the index of what has ended is used

_newer = deliveries.alias("newer")
_NEWER: Select[Any] = select(literal_column("1")).where(
    _newer.c.uid == D.uid, _newer.c.destination == D.destination, _newer.c.id > D.id
)
_CAME_AFTER_ALL = _NEWER.where(in_state(State.DELIVERED, table=_newer)).exists()
_TAKEN_BACK = _NEWER.where(
    _newer.c.action == literal_column(f"'{Action.RETRACT.value}'"),
    in_states(State.PLANNED, State.SENDING, State.UNCONFIRMED, State.DELIVERED, table=_newer),
).exists()

_FAILED = (
    select(*columns())
    .where(_HERE, _ENDED, in_state(State.FAILED), D.ended >= _SINCE, ~_CAME_AFTER_ALL)
    .order_by(D.ended, D.id)
    .limit(_LIMIT)
)
_LOST = (
    select(func.max(moves.c.at))
    .where(moves.c.delivery == D.id, moves.c.move == literal_column("'lose'"))
    .scalar_subquery()
)
_IN_DOUBT = select(*columns(), _LOST).where(in_state(State.UNCONFIRMED)).order_by(D.created, D.id).limit(_LIMIT)
_LATE = (
    _HERE,
    in_state(State.PLANNED),
    D.created <= _BEFORE,
    or_(
        D.due <= _BEFORE,
        and_(
            D.first_touched <= _BEFORE,
            or_(D.attempts > literal_column("0"), D.error_kind == literal_column(f"'{RateLimited.kind}'")),
        ),
    ),
)
_LATEST = select(*columns()).where(*_LATE).order_by(D.due, D.id).limit(literal_column("1"))
_HOW_MANY_LATE = select(func.count()).where(*_LATE)

_PUBLISHED = (
    _HERE,
    _ENDED,
    in_state(State.DELIVERED),
    D.action == literal_column(f"'{Action.CREATE.value}'"),
    D.ended >= _SINCE,
    D.seen.is_(None),
    ~_TAKEN_BACK,
)
_TO_SEE = (
    select(*columns())
    .where(
        *_PUBLISHED,
        D.unseen < bindparam("most", type_=Integer),
        D.ended <= _BEFORE - D.unseen * bindparam("pause", type_=BigInteger),
    )
    .order_by(D.ended.desc(), D.id.desc())
    .limit(_LIMIT)
)
_UNSEEN = (
    select(*columns())
    .where(*_PUBLISHED, D.unseen >= bindparam("least", type_=Integer))
    .order_by(D.ended, D.id)
    .limit(_LIMIT)
)
_SEEN = update(deliveries).where(D.id == _KEY).values(seen=_NOW)
_NOT_SEEN = (
    update(deliveries).where(D.id == _KEY, D.seen.is_(None)).values(unseen=deliveries.c.unseen + literal_column("1"))
)
_AS_IT_STANDS = select(D.state, D.seen, _CAME_AFTER_ALL, _TAKEN_BACK).where(D.id == _KEY)
_HEALTH = select(destinations.c.name, destinations.c.health)
_SPACED = select(destinations.c.name, destinations.c.spaced_until).where(destinations.c.spaced_until.is_not(None))


class Watching(Part):
    """Questions about what should have happened, and the answers of looks."""

    def failed(self, destination: str, since: datetime, limit: int) -> list[Delivery]:
        """What has failed on a destination since a time and did not come after all, the oldest first."""
        with self._database.reading() as session:
            rows = session.rows(_FAILED, destination=destination, since=micros(since), limit=limit)
        return [read_delivery(row) for row in rows]

    def in_doubt(self, limit: int) -> list[tuple[Delivery, datetime]]:
        """What is unconfirmed, each with the time at which it got lost, the oldest first."""
        with self._database.reading() as session:
            rows = session.rows(_IN_DOUBT, limit=limit)
        found = [(read_delivery(row), row[-1]) for row in rows]
        return [(delivery, delivery.due if lost is None else moment(lost)) for delivery, lost in found]

    def late(self, destination: str, before: datetime) -> tuple[int, Delivery | None]:
        """How much on a destination should have gone out before a time, or was tried before it, and the oldest."""
        values = {"destination": destination, "before": micros(before)}
        with self._database.reading() as session:
            row = session.row(_LATEST, **values)
            return (0, None) if row is None else (session.rows(_HOW_MANY_LATE, **values)[0][0], read_delivery(row))

    def to_see(
        self, destination: str, *, since: datetime, before: datetime, pause: timedelta, most: int, limit: int
    ) -> list[Delivery]:
        """First posts that a look should find on a destination now, newest first.

        Delivered since `since` and before `before` (by one `pause` more for each look that did not find them), not
        seen yet, looked for fewer than `most` times, and not taken back.
        """
        with self._database.reading() as session:
            rows = session.rows(
                _TO_SEE,
                destination=destination,
                since=micros(since),
                before=micros(before),
                pause=round(pause.total_seconds() * 1_000_000),
                most=most,
                limit=limit,
            )
        return [read_delivery(row) for row in rows]

    def note_sight(self, seen: Sequence[Delivery], unseen: Sequence[Delivery]) -> None:
        """Keep what a look found, and what it did not."""
        now = self._database.now()
        with self._database.writing() as session:
            for delivery in seen:
                session.change(_SEEN, key=int(delivery.id), now=now)
            for delivery in unseen:
                session.change(_NOT_SEEN, key=int(delivery.id))

    def unseen(self, destination: str, since: datetime, *, looks: int, limit: int) -> list[Delivery]:
        """What was delivered since a time and was not to be seen in so many looks, the oldest first."""
        with self._database.reading() as session:
            rows = session.rows(_UNSEEN, destination=destination, since=micros(since), least=looks, limit=limit)
        return [read_delivery(row) for row in rows]

    def mended(self, delivery_id: str, kind: TroubleKind) -> bool:
        """Whether a delivery that had failed, or was not to be seen, is so no more; False for one that is gone."""
        with self._database.reading() as session:
            row = session.row(_AS_IT_STANDS, key=int(delivery_id))
        if row is None:
            return False
        state, seen, came, taken_back = row
        if kind is TroubleKind.UNSEEN:
            return seen is not None or bool(taken_back)
        return state != State.FAILED.value or bool(came)

    def warnings(self) -> dict[str, str]:
        """What each destination's credentials warn of, where they do."""
        with self._database.reading() as session:
            rows = session.rows(_HEALTH)
        found = {name: _warning(health) for name, health in rows}
        return {name: warning for name, warning in found.items() if warning}

    def turns(self) -> dict[str, datetime]:
        """When the next post may go out on each destination whose late posts go out one by one."""
        with self._database.reading() as session:
            return {name: moment(until) for name, until in session.rows(_SPACED)}


def _warning(health: str) -> str:
    try:
        told: Mapping[str, object] = json.loads(health)
        return str(told.get("warning") or "").strip()
    except (ValueError, AttributeError):
        return ""
