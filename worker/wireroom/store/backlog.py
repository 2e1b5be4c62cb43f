"""What waits on a destination: read whole or by article, ended in batches, and let out one by one where it is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Text, and_, bindparam, literal_column, or_, select, text, update

from wireroom.model.delivery import State
from wireroom.model.post import Action
from wireroom.store.codec import LATE, MICROSECOND, clean, micros, read_delivery
from wireroom.store.effects import Change
from wireroom.store.moving import move_within
from wireroom.store.part import Part
from wireroom.store.statements import D, columns, in_state, in_states
from wireroom.store.tables import deliveries, destinations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Select

    from wireroom.model.delivery import Delivery, Move

WAITING = (State.PLANNED, State.HELD)
_ASTRAY = 60_000_000
"""Microseconds by which the next turn may lie beyond a whole gap; what lies further was set by a clock gone wrong."""

_NOW = bindparam("now", type_=BigInteger)
_THERE = D.destination == bindparam("destination", type_=Text)
_CREATE = D.action == literal_column(f"'{Action.CREATE.value}'")
_FRESH = D.rank.op("IN", is_comparison=True)(literal_column("(2, 3)"))
_SEEN = or_(D.first_touched.is_(None), D.first_touched >= D.created)  # else it may be out: it is looked for first

CHAIN = (
    select(*columns())
    .where(D.uid == bindparam("uid", type_=Text), _THERE, D.repeat == bindparam("repeat"))
    .order_by(D.id)
)
_other = deliveries.alias("other")


def _beside(state: State) -> Select[tuple[object, ...]]:
    """What does not wait, of articles of which something in `state` does."""
    same = and_(
        _other.c.uid == D.uid,
        _other.c.destination == D.destination,
        ~in_states(*WAITING, table=_other),
    )
    return select(*columns(_other)).join_from(deliveries, _other, same).where(_THERE, in_state(state))


_WAITING = [select(*columns()).where(_THERE, in_state(state)) for state in WAITING]
_BESIDE = [_beside(state) for state in WAITING]
_STALE = [
    each.where(_CREATE, _SEEN, D.published_at < bindparam("before", type_=BigInteger)).limit(bindparam("limit"))
    for each in _WAITING
]
_OVERDUE = (
    select(D.id)
    .where(_THERE, in_state(State.PLANNED), _FRESH, _CREATE, D.due <= _NOW)
    .where(D.meant < bindparam("before", type_=BigInteger))
    .where(_SEEN)
    .limit(bindparam("limit"))
)
_MARK = (
    update(deliveries)
    .where(D.id == bindparam("key", type_=BigInteger), in_state(State.PLANNED), _FRESH)
    .where(D.meant < bindparam("before", type_=BigInteger))
    .values(rank=literal_column(str(LATE)), reason=bindparam("why"))
)
_LATE_LANES = (
    select(D.destination)
    .where(in_state(State.PLANNED), D.rank == literal_column(str(LATE)), D.due <= _NOW, _THERE)
    .limit(1)
)
_TURN = select(destinations.c.spaced_until).where(destinations.c.name == bindparam("name"))
_TAKE_TURN = text(
    "INSERT INTO destinations (name, spaced_until) VALUES (:name, :next) ON CONFLICT (name) "
    "DO UPDATE SET spaced_until = excluded.spaced_until WHERE destinations.spaced_until IS NULL "
    "OR destinations.spaced_until <= :now OR destinations.spaced_until > :astray"
)


class Backlog(Part):
    """What waits, and the turns of what is late."""

    def chain(self, uid: str, destination: str, repeat: int) -> list[Delivery]:
        """All deliveries of one article on one destination, oldest first."""
        with self._database.reading() as session:
            rows = session.rows(CHAIN, uid=uid, destination=destination, repeat=repeat)
        return [read_delivery(row) for row in rows]

    def backlog(self, destination: str) -> list[list[Delivery]]:
        """All that waits on a destination, planned or held, with what else there is of its articles; by article.

        Read at one moment and whole, however much it is: about 2 kB of memory for each delivery.
        """
        with self._database.reading(snapshot=True) as session:
            rows = [row for each in (*_WAITING, *_BESIDE) for row in session.rows(each, destination=destination)]
        chains: dict[tuple[str, int], dict[str, Delivery]] = {}
        for delivery in map(read_delivery, rows):
            chains.setdefault((delivery.uid, delivery.repeat), {})[delivery.id] = delivery
        return [list(chain.values()) for chain in chains.values()]

    def stale(self, destination: str, before: datetime, limit: int) -> list[Delivery]:
        """First posts that wait, planned or held, of articles published before a time; at most twice `limit`."""
        values = {"destination": destination, "before": micros(before), "limit": limit}
        with self._database.reading() as session:
            return [read_delivery(row) for each in _STALE for row in session.rows(each, **values)]

    def move_all(self, moves: Sequence[tuple[Delivery, Move, str]], *, by: str, due: datetime | None = None) -> int:
        """Move deliveries as they were read, each with its reason, in one transaction; how many had not changed since.

        Not on disk before this returns: whoever dies here finds the same to do again.
        """
        now = self._database.now()
        moved = 0
        with self._database.writing() as session:
            for delivery, move, why in sorted(moves, key=lambda each: int(each[0].id)):  # one order, so no deadlock
                change = Change(move=move, why=why, due=due)
                moved += move_within(session, delivery, change, by=by, now=now) is not None
        return moved

    def mark_late(self, destination: str, before: datetime, why: str, limit: int) -> int:
        """Put behind all others the first posts that are due and were meant for before a time; how many, at most.

        No move, since nothing happens to them: they still go out when it is their turn. `why` is their reason.
        """
        now, meant = self._database.now(), micros(before)
        with self._database.writing() as session:
            rows = session.rows(_OVERDUE, destination=destination, now=now, before=meant, limit=limit)
            keys = sorted(key for (key,) in rows)
            return sum(session.change(_MARK, key=key, before=meant, why=clean(why)) for key in keys)

    def lanes_late(self, names: Sequence[str]) -> list[str]:
        """Those of these destinations that have something late and due, whether or not it is its turn."""
        now = self._database.now()
        with self._database.reading() as session:
            return [name for name in names if session.rows(_LATE_LANES, destination=name, now=now)]

    def turn_in(self, name: str, every: timedelta) -> timedelta:
        """How long the next late post of a destination must wait; not above zero when it may go."""
        if not every:
            return every
        now, gap = self._database.now(), every // MICROSECOND
        with self._database.reading() as session:
            row = session.row(_TURN, name=name)
        until = row[0] if row and row[0] is not None else now
        return MICROSECOND * (0 if until > now + gap + _ASTRAY else until - now)

    def take_turn(self, name: str, every: timedelta) -> bool:
        """Let one late post of a destination go, if the last one went at least `every` ago; False for all others."""
        now, gap = self._database.now(), every // MICROSECOND
        with self._database.writing() as session:
            return session.change(_TAKE_TURN, name=name, next=now + gap, now=now, astray=now + gap + _ASTRAY) == 1
