"""How destinations stand: open, paused, locked or resting, and what quota they said is left."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, text

from wireroom.model.destination import Standing
from wireroom.store.codec import clean, dumps, maybe_micros, maybe_moment
from wireroom.store.part import Part
from wireroom.store.tables import destinations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from wireroom.model.post import Quota

_C = destinations.c
_ALL = select(_C.name, _C.state, _C.reason, _C.since, _C.rests_until, _C.rests_why, _C.quota).order_by(_C.name)
_ONE = _ALL.where(_C.name == bindparam("name"))
_SET = text(
    "INSERT INTO destinations (name, state, reason, since) VALUES (:name, :state, :reason, :since) ON CONFLICT (name) "
    "DO UPDATE SET state = excluded.state, reason = excluded.reason, since = "
    "CASE WHEN destinations.state = excluded.state THEN coalesce(destinations.since, excluded.since) "
    "ELSE excluded.since END"
)
_REST = text(
    "INSERT INTO destinations (name, rests_until, rests_why) VALUES (:name, :until, :why) ON CONFLICT (name) "
    "DO UPDATE SET rests_until = excluded.rests_until, rests_why = excluded.rests_why"
)
_QUOTA = text(
    "INSERT INTO destinations (name, quota) VALUES (:name, :quota) ON CONFLICT (name) "
    "DO UPDATE SET quota = excluded.quota"
)


class Standings(Part):
    """The one row of each destination; one that was never written about is open."""

    def standing(self, name: str) -> Standing:
        """How a destination stands."""
        with self._database.reading() as session:
            row = session.row(_ONE, name=name)
        return Standing(name=name) if row is None else _read(row, self._database.now())

    def standings(self) -> dict[str, Standing]:
        """How all destinations stand that were ever written about."""
        with self._database.reading() as session:
            return {row[0]: _read(row, self._database.now()) for row in session.rows(_ALL)}

    def set_standing(self, name: str, state: str, reason: str) -> None:
        """Open, pause or lock a destination. `since` stays when it stood so already. On disk before this returns."""
        now = self._database.now()
        with self._database.writing(acknowledged=True) as session:
            session.change(_SET, name=name, state=state, reason=clean(reason), since=now)

    def rest(self, name: str, until: datetime | None, why: str) -> None:
        """Let a destination rest until a time; None ends the rest."""
        with self._database.writing() as session:
            session.change(_REST, name=name, until=maybe_micros(until), why=clean(why))

    def note_quota(self, name: str, quota: Sequence[Quota]) -> None:
        """Keep what the platform said is left."""
        with self._database.writing() as session:
            session.change(_QUOTA, name=name, quota=dumps(list(quota)))


def _read(row: Sequence[Any], now: int) -> Standing:
    name, state, reason, since, until, why, quota = row
    over = until is not None and until < now  # a rest that has ended is none
    return Standing(
        name=name,
        state=state,
        reason=reason,
        since=maybe_moment(since),
        rests_until=None if over else maybe_moment(until),
        rests_why="" if over else why,
        quota=tuple(json.loads(quota)),
    )
