"""How destinations stand: open, paused, locked or resting, and what quota they said is left."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, text

from wireroom.model.destination import Rest, Standing
from wireroom.store.codec import clean, dumps, maybe_moment, micros
from wireroom.store.part import Part
from wireroom.store.tables import destinations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from wireroom.model.post import Quota

_C = destinations.c
_ALL = select(
    *(_C.name, _C.state, _C.reason, _C.since, _C.rests_until, _C.rests_why, _C.rests_kind, _C.falls, _C.quota)
).order_by(_C.name)
_ONE = _ALL.where(_C.name == bindparam("name"))
_SET = text(
    "INSERT INTO destinations (name, state, reason, since) VALUES (:name, :state, :reason, :since) ON CONFLICT (name) "
    "DO UPDATE SET state = excluded.state, reason = excluded.reason, since = "
    "CASE WHEN destinations.state = excluded.state THEN coalesce(destinations.since, excluded.since) "
    "ELSE excluded.since END"
)
_REST = text(
    "INSERT INTO destinations (name, rests_until, rests_why, rests_kind) VALUES (:name, :until, :why, :kind) "
    "ON CONFLICT (name) DO UPDATE SET rests_until = excluded.rests_until, rests_why = excluded.rests_why, "
    "rests_kind = excluded.rests_kind WHERE destinations.rests_until IS NULL "
    "OR destinations.rests_until < excluded.rests_until OR destinations.rests_kind IN ('slow', 'probe')"
)
_WAKE = text(
    "UPDATE destinations SET rests_until = NULL, rests_why = '', rests_kind = '', falls = 0, since = :now "
    "WHERE name = :name"
)
_MEND = text(
    "UPDATE destinations SET falls = 0, "
    "rests_until = CASE WHEN rests_kind IN ('fallen', 'probe') THEN NULL ELSE rests_until END "
    "WHERE name = :name AND falls > 0"
)
_FALL = text(
    "INSERT INTO destinations (name, falls) VALUES (:name, 1) ON CONFLICT (name) "
    "DO UPDATE SET falls = destinations.falls + 1 RETURNING falls"
)
_PROBE = text(
    "UPDATE destinations SET rests_until = :until, rests_why = :why, rests_kind = 'probe' WHERE name = :name "
    "AND falls >= :failures AND (rests_until IS NULL OR rests_until <= :now)"
)
_UNPROBE = text("UPDATE destinations SET rests_until = NULL WHERE name = :name AND rests_kind = 'probe'")
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

    def rest(self, name: str, until: datetime, why: str, kind: Rest = Rest.ASKED) -> None:
        """Let a destination rest until a time. A rest that lasts longer already stays, unless it was a lighter one."""
        with self._database.writing() as session:
            session.change(_REST, name=name, until=micros(until), why=clean(why), kind=kind.value)

    def wake(self, name: str) -> None:
        """End a destination's rest, whatever kind it is, and forget its failures: a person says to go on."""
        now = self._database.now()
        with self._database.writing() as session:
            session.change(_WAKE, name=name, now=now)

    def fall(self, name: str) -> int:
        """Count a failure of a destination; how many there have been in a row, this one included."""
        with self._database.writing() as session:
            row = session.row(_FALL, name=name)
        return int(row[0]) if row else 1

    def mend(self, name: str) -> None:
        """A destination works again: its failures are forgotten, and what rest they brought ends."""
        with self._database.writing() as session:
            session.change(_MEND, name=name)

    def probe(self, name: str, failures: int, until: datetime) -> bool:
        """Be the only one, until then, who tries whether a destination that failed in a row works again."""
        now = self._database.now()
        why = "one post is out to see whether it works again"
        with self._database.writing() as session:
            values = {"name": name, "failures": failures, "until": micros(until), "why": why, "now": now}
            return session.change(_PROBE, **values) == 1

    def unprobe(self, name: str) -> None:
        """Leave the probe to another, since nothing was sent."""
        with self._database.writing() as session:
            session.change(_UNPROBE, name=name)

    def note_quota(self, name: str, quota: Sequence[Quota]) -> None:
        """Keep what the platform said is left."""
        with self._database.writing() as session:
            session.change(_QUOTA, name=name, quota=dumps(list(quota)))


def _read(row: Sequence[Any], now: int) -> Standing:
    name, state, reason, since, until, why, kind, falls, quota = row
    over = until is not None and until < now  # a rest that has ended is none
    return Standing(
        name=name,
        state=state,
        reason=reason,
        since=maybe_moment(since),
        rests_until=None if over else maybe_moment(until),
        rests_why="" if over else why,
        rest=Rest(kind) if until is not None and not over else Rest.ASKED,
        falls=falls,
        quota=tuple(json.loads(quota)),
    )
