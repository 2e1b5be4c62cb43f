"""What platforms told of each destination's credentials, and when."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, text

from wireroom.model.channel import Health
from wireroom.store.codec import dumps
from wireroom.store.part import Part
from wireroom.store.tables import destinations

if TYPE_CHECKING:
    from typing import Any

_C = destinations.c
_ALL = select(_C.name, _C.health).order_by(_C.name)
_ONE = select(_C.health).where(_C.name == bindparam("name"))
_NOTE = text(
    "INSERT INTO destinations (name, health) VALUES (:name, :health) ON CONFLICT (name) "
    "DO UPDATE SET health = excluded.health"
)
_REWORD = text("UPDATE destinations SET health = :health WHERE name = :name AND health = :old")


class Healths(Part):
    """The last look at each destination's credentials."""

    def health(self, name: str) -> Health | None:
        """What the last look at a destination's credentials told; None when nobody has looked yet."""
        with self._database.reading() as session:
            row = session.row(_ONE, name=name)
        return None if row is None else _read(row[0])

    def healths(self) -> dict[str, Health]:
        """The last look at each destination that anybody has looked at."""
        with self._database.reading() as session:
            found = {name: _read(told) for name, told in session.rows(_ALL)}
        return {name: health for name, health in found.items() if health is not None}

    def note_health(self, name: str, health: Health, *, instead_of: Health | None = None) -> None:
        """Keep what a look told; with `instead_of` only if that is still what is kept."""
        with self._database.writing() as session:
            if instead_of is None:
                session.change(_NOTE, name=name, health=dumps(health))
            else:
                session.change(_REWORD, name=name, health=dumps(health), old=dumps(instead_of))


def _read(told: str) -> Health | None:
    found: dict[str, Any] = json.loads(told)
    if not found.get("checked"):
        return None
    return Health(
        checked=datetime.fromisoformat(found["checked"]),
        expires=_moment(found.get("expires")),
        data_access_expires=_moment(found.get("data_access_expires")),
        missing_scopes=tuple(found.get("missing_scopes", ())),
        warning=found.get("warning", ""),
    )


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
