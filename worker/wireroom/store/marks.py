"""Single facts about the database itself: which backup it was restored from, and when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from wireroom.store.values import Restored

if TYPE_CHECKING:
    from wireroom.store.database import Session

MADE, SINCE, AT = "made_at", "backup_at", "restored_at"
"""In a backup: when it was made. In a restored database: since when it does not know what happened, when that ended."""

_ALL = text("SELECT name, value FROM marks")
_SET = text(
    "INSERT INTO marks (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_UNSET = text("DELETE FROM marks WHERE name = :name")


def restored(session: Session) -> Restored | None:
    """From which backup the database was restored, and when; None for one that never was."""
    found = {name: value for name, value in session.rows(_ALL) if name in {SINCE, AT}}
    if len(found) < 2:
        return None
    return Restored(datetime.fromisoformat(found[SINCE]), datetime.fromisoformat(found[AT]))


def note_restored(session: Session, now: Restored) -> None:
    """Note a restore; that the rows came from a backup made at a time of its own is told by this from now on."""
    session.change(_UNSET, name=MADE)
    session.change(_SET, name=SINCE, value=now.made.isoformat())
    session.change(_SET, name=AT, value=now.at.isoformat())
