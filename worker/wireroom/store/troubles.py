"""Troubles as they are kept: found, told to people, and over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, delete, select, text, update

from wireroom.model.trouble import Noted, Trouble, TroubleKind
from wireroom.store.codec import clean, maybe_moment, micros, moment
from wireroom.store.part import Part
from wireroom.store.tables import marks, troubles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from sqlalchemy import Delete, Update

    from wireroom.store.database import Session

_T = troubles.c
_THIS = (_T.kind == bindparam("which"), _T.subject == bindparam("whose"))
_NOW = bindparam("now", type_=BigInteger)
_ALL = select(_T.kind, _T.subject, _T.said, _T.since, _T.noted, _T.told, _T.solved).order_by(
    _T.since, _T.kind, _T.subject
)
_FOUND = text(
    "INSERT INTO troubles (kind, subject, said, since, noted) VALUES (:kind, :subject, :said, :now, :now) "
    "ON CONFLICT (kind, subject) DO UPDATE SET said = excluded.said, noted = excluded.noted, solved = NULL"
)
_OVER = update(troubles).where(*_THIS, _T.told.is_not(None), _T.solved.is_(None)).values(solved=_NOW)
_FORGET_UNTOLD = delete(troubles).where(*_THIS, _T.told.is_(None))
_FORGET = delete(troubles).where(*_THIS)
_TOLD = update(troubles).where(*_THIS, _T.told.is_(None)).values(told=_NOW)
_TOLD_SOLVED = delete(troubles).where(*_THIS, _T.solved == bindparam("at", type_=BigInteger))

_ALERTED = "alerted"  # the mark that keeps when people were last sent something
_WATCHED = "watched"  # the mark that keeps since when somebody watches, and when last
_MARK = select(marks.c.value).where(marks.c.name == bindparam("mark"))
_SET_MARK = text(
    "INSERT INTO marks (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


class Troubles(Part):
    """What is wrong now, or was and nobody has been told yet that it is over."""

    def troubles(self) -> list[Noted]:
        """Every trouble that is kept, the oldest first."""
        with self._database.reading() as session:
            rows = session.rows(_ALL)
        return [
            Noted(
                trouble=Trouble(TroubleKind(kind), subject, said),
                since=moment(since),
                noted=moment(noted),
                told=maybe_moment(told),
                solved=maybe_moment(solved),
            )
            for kind, subject, said, since, noted, told, solved in rows
        ]

    def open_troubles(self) -> list[Noted]:
        """What is wrong now, the oldest first."""
        return [noted for noted in self.troubles() if noted.solved is None]

    def note(self, found: Iterable[Trouble], over: Iterable[Trouble] = (), forgotten: Iterable[Trouble] = ()) -> None:
        """Keep what was found; what is `over` is kept until that is told, what is `forgotten` goes without a word.

        One that comes back before its end was told goes on as if it had never gone.
        """
        now = self._database.now()
        with self._database.writing() as session:
            for each in found:
                session.change(
                    _FOUND, kind=each.kind.value, subject=clean(each.subject), said=clean(each.said), now=now
                )
            for each in over:
                _change(session, _FORGET_UNTOLD, each)
                _change(session, _OVER, each, now=now)
            for each in forgotten:
                _change(session, _FORGET, each)

    def told(self, news: Iterable[Noted], over: Iterable[Noted]) -> None:
        """Keep that people were told of these troubles, and forget those of which they were told that they are over."""
        now = self._database.now()
        with self._database.writing() as session:
            for noted in news:
                _change(session, _TOLD, noted.trouble, now=now)
            for noted in over:
                if noted.solved is not None:
                    _change(session, _TOLD_SOLVED, noted.trouble, at=micros(noted.solved))

    def alerted(self) -> datetime | None:
        """When people were last sent a message, or it was tried; None when never."""
        with self._database.reading() as session:
            row = session.row(_MARK, mark=_ALERTED)
        return moment(int(row[0])) if row else None

    def set_alerted(self) -> None:
        """Keep that people are sent a message now."""
        now = self._database.now()
        with self._database.writing() as session:
            session.change(_SET_MARK, name=_ALERTED, value=str(now))

    def watched(self, gap: timedelta) -> datetime:
        """Keep that somebody watches now; since when somebody has, without a longer `gap`."""
        now = self._database.now()
        with self._database.writing() as session:
            row = session.row(_MARK, mark=_WATCHED)
            since, last = map(int, row[0].split()) if row else (now, now)
            if moment(now) - moment(last) > gap:
                since = now
            session.change(_SET_MARK, name=_WATCHED, value=f"{since} {now}")
        return moment(since)


def _change(session: Session, statement: Update | Delete, trouble: Trouble, **values: int) -> None:
    session.change(statement, which=trouble.kind.value, whose=clean(trouble.subject), **values)
