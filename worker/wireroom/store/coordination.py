"""Who leads and who lives: named leases and signs of life, by the database's clock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, text

from wireroom.store.codec import MICROSECOND, dumps, micros, moment
from wireroom.store.part import Part
from wireroom.store.tables import beats, leases
from wireroom.store.values import Beat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta


_LEASE = text(
    "INSERT INTO leases (name, holder, until) VALUES (:name, :holder, :until) ON CONFLICT (name) DO UPDATE "
    "SET holder = excluded.holder, until = excluded.until WHERE leases.holder = excluded.holder OR leases.until <= :now"
)
_LEADER = select(leases.c.holder).where(leases.c.name == bindparam("name"))
_RELEASE = delete(leases).where(leases.c.name == bindparam("name"), leases.c.holder == bindparam("holder"))
_BEAT = text(
    "INSERT INTO beats (name, holder, at, facts) VALUES (:name, :holder, :at, :facts) ON CONFLICT (name, holder) "
    "DO UPDATE SET at = excluded.at, facts = excluded.facts"
)
_BEATS = select(beats.c.name, beats.c.holder, beats.c.at, beats.c.facts).order_by(beats.c.name, beats.c.holder)
_FORGET = delete(beats).where(beats.c.at < bindparam("before"))


class Coordination(Part):
    """What the processes of one newsroom agree on."""

    def lease(self, name: str, holder: str, ttl: timedelta) -> bool:
        """Take or renew a named lease for `ttl`; False while somebody else holds it."""
        now = self._database.now()
        with self._database.writing() as session:
            return session.change(_LEASE, name=name, holder=holder, until=now + ttl // MICROSECOND, now=now) == 1

    def leader(self, name: str) -> str | None:
        """Who holds a named lease, or held it last; None when nobody does."""
        with self._database.reading() as session:
            row = session.row(_LEADER, name=name)
        return None if row is None else str(row[0])

    def release(self, name: str, holder: str) -> None:
        """Give a lease back, if it is still the holder's."""
        with self._database.writing() as session:
            session.change(_RELEASE, name=name, holder=holder)

    def beat(self, name: str, holder: str, facts: Mapping[str, str] | None = None) -> None:
        """Show a sign of life of a part (`name`) in a process (`holder`)."""
        now = self._database.now()
        with self._database.writing() as session:
            session.change(_BEAT, name=name, holder=holder, at=now, facts=dumps(dict(facts or {})))

    def beats(self) -> list[Beat]:
        """The last sign of life of everybody."""
        with self._database.reading() as session:
            rows = session.rows(_BEATS)
        return [Beat(name=row[0], holder=row[1], at=moment(row[2]), facts=json.loads(row[3])) for row in rows]

    def forget_beats(self, before: datetime) -> int:
        """Forget those whose last sign of life is older than a time; how many."""
        with self._database.writing() as session:
            return session.change(_FORGET, before=micros(before))
