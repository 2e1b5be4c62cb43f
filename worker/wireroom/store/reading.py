"""The delivery log and all else that people and feeds read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, func, or_, select

from wireroom.model.delivery import PENDING, State
from wireroom.model.errors import NotFound
from wireroom.store import codec
from wireroom.store.codec import (
    maybe_moment,
    micros,
    read_article,
    read_attempt,
    read_delivery,
    read_entry,
)
from wireroom.store.intake import CURRENT
from wireroom.store.part import Part
from wireroom.store.statements import BY_ID, D, columns, in_state, in_states
from wireroom.store.stock import FeedStock
from wireroom.store.tables import articles, attempts, deliveries, moves
from wireroom.store.values import Dossier

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Select

    from wireroom.model.article import Article
    from wireroom.model.delivery import Delivery, Entry
    from wireroom.model.post import Post
    from wireroom.store.database import Session
    from wireroom.store.values import LogFilter

_KEY = bindparam("key", type_=BigInteger)
_HIGHEST_ID = 2**63 - 1
_STILL_OPEN = 5_000_000  # microseconds

_ATTEMPTS = (
    select(*(attempts.c[name] for name in codec.ATTEMPT)).where(attempts.c.delivery == _KEY).order_by(attempts.c.number)
)
_ENTRY = tuple(moves.c[name] for name in codec.ENTRY)
_ENTRIES = select(*_ENTRY).where(moves.c.delivery == _KEY).order_by(moves.c.id)
_MOVES_AFTER = (
    select(moves.c.id, *_ENTRY, *columns())
    .join(deliveries, D.id == moves.c.delivery)
    .where(moves.c.id > _KEY)
    .order_by(moves.c.id)
    .limit(bindparam("limit"))
)
_KNOWN = select(D.id).where(D.uid == bindparam("uid")).limit(1)
_NEWEST_MOVE = select(func.max(moves.c.id))

_TALLY = [
    select(D.destination, D.state, func.count()).where(where).group_by(D.destination, D.state)
    for where in (D.ended.is_not(None), *(in_state(state) for state in sorted(PENDING)))
]
_LAST = (
    select(D.delivered)
    .where(D.destination == bindparam("destination"), D.ended.is_not(None), in_state(State.DELIVERED))
    .order_by(D.ended.desc())
    .limit(1)
)


class Reading(Part):
    """Questions to the store; none of them writes."""

    def log(self, wanted: LogFilter) -> list[Delivery]:
        """The deliveries a filter lets through, newest first."""
        with self._database.reading() as session:
            known = bool(wanted.article) and session.row(_KNOWN, uid=codec.clean(wanted.article)) is not None
            return [read_delivery(row) for row in self._database.once(session, _log(wanted, by_uid=known))]

    def delivery(self, id: str) -> Delivery:  # noqa: A002  (the word of the house)
        """One delivery. Raises `NotFound`."""
        with self._database.reading() as session:
            return _delivery(session, id)

    def dossier(self, id: str) -> Dossier:  # noqa: A002
        """All there is to know of one delivery, read at one moment. Raises `NotFound`."""
        with self._database.reading(snapshot=True) as session:
            delivery = _delivery(session, id)
            return Dossier(
                delivery=delivery,
                post=self._post(session, id),
                attempts=tuple(read_attempt(row) for row in session.rows(_ATTEMPTS, key=int(id))),
                entries=tuple(read_entry(row) for row in session.rows(_ENTRIES, key=int(id))),
            )

    def article(self, uid: str) -> Article:
        """The current revision of an article. Raises `NotFound`."""
        with self._database.reading() as session:
            row = session.row(CURRENT, uid=uid)
        if row is None:
            raise NotFound(f"there is no article {uid!r}; `wireroom log` shows those there are")
        return read_article(row[0])

    def post(self, id: str) -> Post:  # noqa: A002
        """The exact post of a delivery. Raises `NotFound`."""
        with self._database.reading() as session:
            return self._post(session, id)

    def _post(self, session: Session, id: str) -> Post:  # noqa: A002
        post = self._frozen.post(session, _key(id))
        if post is None:
            raise _unknown(id)
        return post

    def recent(self, destination: str, limit: int) -> list[Post]:
        """What a feed consists of: for each article the post that stands, or is on its way, newest published first.

        An article whose newest such delivery is a retraction is left out.
        """
        items = FeedStock(self._database, self._frozen, destination).newest(limit)
        with self._database.reading(snapshot=True) as session:
            posts = [self._frozen.post(session, int(item.delivery)) for item in items]
        return [post for post in posts if post is not None]

    def tally(self) -> dict[tuple[str, str], int]:
        """How many deliveries there are, by destination and state."""
        with self._database.reading(snapshot=True) as session:
            rows = [row for statement in _TALLY for row in session.rows(statement)]
        return {(destination, state): count for destination, state, count in rows}

    def last_delivered(self, destination: str) -> datetime | None:
        """When something was last delivered to a destination."""
        with self._database.reading() as session:
            row = session.row(_LAST, destination=destination)
        return maybe_moment(row[0]) if row else None

    def newest_move(self) -> int:
        """The number of the newest line of the log, 0 when it is empty: where following it begins."""
        with self._database.reading() as session:
            return int(session.rows(_NEWEST_MOVE)[0][0] or 0)

    def moves_after(self, entry_id: int, limit: int) -> list[tuple[int, Delivery, Entry]]:
        """The lines of the log after one, oldest first, each with its number and its delivery as it stands now.

        On Postgres a number is given before its transaction is committed, so a line can appear behind a younger
        one. A gap in the numbers therefore ends the answer until the line after it is five seconds old: by then it
        is a transaction that was undone.
        """
        now = self._database.now()
        with self._database.reading() as session:
            rows = session.rows(_MOVES_AFTER, key=entry_id, limit=limit)
        width = len(_ENTRY) + 1
        found: list[tuple[int, Delivery, Entry]] = []
        last = entry_id
        for row in rows:
            if row[0] != last + 1 and now - row[1] < _STILL_OPEN:
                break
            last = row[0]
            found.append((last, read_delivery(row[width:]), read_entry(row[1:width])))
        return found


def _delivery(session: Session, id: str) -> Delivery:  # noqa: A002
    row = session.row(BY_ID, key=_key(id))
    if row is None:
        raise _unknown(id)
    return read_delivery(row)


def _key(id: str) -> int:  # noqa: A002
    """The number behind an id. Raises `NotFound` for what cannot be one."""
    if not (id.isascii() and id.isdigit()) or int(id[:20]) > _HIGHEST_ID or len(id) > 20:
        raise _unknown(id)
    return int(id)


def _unknown(id: str) -> NotFound:  # noqa: A002
    return NotFound(f"there is no delivery {id[:40]!r}; `wireroom log` shows those there are")


def _log(wanted: LogFilter, *, by_uid: bool) -> Select[Any]:
    query = select(*columns()).order_by(D.id.desc()).limit(wanted.limit)
    if wanted.destination:
        query = query.where(D.destination == wanted.destination)
    if wanted.states:
        query = query.where(in_states(*wanted.states))
    if wanted.since is not None:
        query = query.where(D.created >= micros(wanted.since))
    if wanted.article:
        query = query.where(D.uid == wanted.article if by_uid else _names(wanted.article))
    return query


def _names(article: str) -> ColumnElement[bool]:
    """The article filter for what is no uid: the beginning of a title (in any case) or of an address."""
    article = codec.clean(article)
    addresses = select(articles.c.uid).where(articles.c.url.startswith(article, autoescape=True))
    return or_(
        D.title.startswith(article, autoescape=True),
        func.lower(D.title).startswith(article.lower(), autoescape=True),
        D.uid.in_(addresses),
    )
