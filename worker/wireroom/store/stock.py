"""What feeds are made of, as stored: the items that stand, their fragments, and what they are filed under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Integer, bindparam, delete, func, literal_column, select, text

from wireroom.model.delivery import State
from wireroom.model.stock import FeedItem, Fragment, Label
from wireroom.store.codec import clean, micros, moment
from wireroom.store.part import Part
from wireroom.store.statements import D, in_state, in_states
from wireroom.store.tables import STANDING, deliveries, fragments, labels

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Select

    from wireroom.model.post import Post
    from wireroom.model.stock import FragmentKey
    from wireroom.store.database import Database, Session
    from wireroom.store.frozen import Frozen

_EVER = -(2**62)

_F, _L = fragments.c, labels.c
_LIMIT = bindparam("limit", type_=Integer)
_HERE = D.destination == bindparam("destination")
_ITEM = (D.published_at, D.id, D.uid, D.revision, D.publication)
_PUT_BACK = D.action != literal_column("'retract'")

_newer = deliveries.alias("newer")
_NEWER = (
    select(literal_column("1"))
    .where(
        _newer.c.uid == D.uid,
        _newer.c.destination == D.destination,
        _newer.c.id > D.id,
        in_states(*STANDING, table=_newer),
    )
    .exists()
)


def _newest(state: State) -> Select[Any]:
    since = D.published_at >= bindparam("since", type_=BigInteger)
    standing = select(*_ITEM).where(_HERE, in_state(state), _PUT_BACK, since, ~_NEWER)
    return standing.order_by(D.published_at.desc(), D.id.desc()).limit(_LIMIT)


def _oldest(state: State) -> Select[Any]:
    since, before = bindparam("since", type_=BigInteger), bindparam("before", type_=BigInteger)
    between = (D.published_at >= since, D.published_at < before)
    standing = select(*_ITEM).where(_HERE, in_state(state), _PUT_BACK, *between, ~_NEWER)
    return standing.order_by(D.published_at, D.id).limit(_LIMIT)


_NEWEST = [_newest(state) for state in STANDING]  # apart, so that each state is read from its own index
_OLDEST = [_oldest(state) for state in STANDING]
_FILED = (
    select(*_ITEM)
    .select_from(labels.join(deliveries, (D.uid == _L.uid) & (D.revision == _L.revision)))
    .where(
        _L.kind == bindparam("kind"),
        _L.slug == bindparam("slug"),
        _L.published_at >= bindparam("since", type_=BigInteger),
        _HERE,
        in_states(*STANDING),
        _PUT_BACK,
        ~_NEWER,
    )
    .order_by(_L.published_at.desc(), _L.uid.desc())
    .limit(_LIMIT)
)
_GONE = (
    select(D.uid, D.ended)
    .where(_HERE, D.ended.is_not(None), in_state(State.DELIVERED), ~_PUT_BACK, ~_NEWER)
    .order_by(D.ended.desc())
    .limit(_LIMIT)
)
_LABELS = (
    select(_L.kind, _L.slug, func.max(_L.name))
    .where(_L.uid == bindparam("uid"))
    .group_by(_L.kind, _L.slug)
    .order_by(_L.kind, _L.slug)
)
_FORGET = delete(fragments).where(_F.uid == bindparam("uid"))


_FRAGMENT = select(_F.updated, _F.body).where(
    _F.uid == bindparam("uid"), _F.revision == bindparam("revision"), _F.stamp == bindparam("stamp")
)
_KEEP_FRAGMENT = text(
    "INSERT INTO fragments (uid, revision, stamp, updated, body) VALUES (:uid, :revision, :stamp, :updated, :body) "
    "ON CONFLICT DO NOTHING"
)
_FILE = text(
    "INSERT INTO labels (uid, revision, kind, slug, name, published_at) "
    "VALUES (:uid, :revision, :kind, :slug, :name, :published_at) ON CONFLICT DO NOTHING"
)


class FeedStock:
    """What one feed is made of (`wireroom.model.stock.Stock`)."""

    def __init__(self, database: Database, frozen: Frozen, destination: str) -> None:
        self._database, self._frozen, self._destination = database, frozen, destination

    def newest(self, limit: int, *, since: datetime | None = None, label: Label | None = None) -> list[FeedItem]:
        """The newest items that stand, latest publication first."""
        from_then = micros(since) if since else _EVER
        where: dict[str, object] = {"destination": self._destination, "since": from_then, "limit": limit}
        statements = _NEWEST
        if label is not None:
            statements, where = [_FILED], where | {"kind": label.kind, "slug": label.slug}
        with self._database.reading(snapshot=True) as session:
            rows = [tuple(row) for statement in statements for row in session.rows(statement, **where)]
        return [_item(row) for row in sorted(rows, reverse=True)[:limit]]

    def after(self, since: datetime | None, before: datetime, limit: int) -> list[FeedItem]:
        """The oldest items published at a time or later and earlier than another, in the order of publication."""
        where = {
            "destination": self._destination,
            "since": micros(since) if since else _EVER,
            "before": micros(before),
            "limit": limit,
        }
        with self._database.reading(snapshot=True) as session:
            rows = [tuple(row) for statement in _OLDEST for row in session.rows(statement, **where)]
        return [_item(row) for row in sorted(rows)[:limit]]

    def fragments(self, wanted: Collection[FragmentKey]) -> dict[FragmentKey, Fragment]:
        """Those of the fragments that are kept."""
        found: dict[FragmentKey, Fragment] = {}
        with self._database.reading() as session:
            for uid, revision, stamp in wanted:
                row = session.row(_FRAGMENT, uid=uid, revision=revision, stamp=stamp)
                if row is not None:
                    found[uid, revision, stamp] = Fragment(moment(row[0]), bytes(row[1]))
        return found

    def keep(self, made: Mapping[FragmentKey, Fragment]) -> None:
        """Keep fragments; what is there already stays."""
        if made:
            with self._database.writing() as session:
                keep_fragments(session, made)

    def post(self, item: FeedItem) -> Post | None:
        """What the item's delivery carried."""
        with self._database.reading() as session:
            return self._frozen.post(session, int(item.delivery))

    def labels(self, uid: str) -> list[Label]:
        """What an article is filed under, or was in an earlier revision."""
        with self._database.reading() as session:
            return [Label(*row) for row in session.rows(_LABELS, uid=uid)]

    def gone(self, limit: int) -> list[tuple[str, datetime]]:
        """The articles taken back last and not put there again, and when."""
        with self._database.reading() as session:
            rows = session.rows(_GONE, destination=self._destination, limit=limit)
        return [(uid, moment(ended)) for uid, ended in rows]


class Stocks(Part):
    """Feeds' view of the store."""

    def stock(self, destination: str) -> FeedStock:
        """What the feed of this name is made of."""
        return FeedStock(self._database, self._frozen, destination)


def keep_fragments(session: Session, made: Mapping[FragmentKey, Fragment]) -> None:
    """Write fragments; what is there already stays."""
    for (uid, revision, stamp), fragment in sorted(made.items()):
        session.change(
            _KEEP_FRAGMENT,
            uid=uid,
            revision=revision,
            stamp=stamp,
            updated=micros(fragment.updated_at),
            body=fragment.body,
        )


def file_under(session: Session, uid: str, revision: int, published: datetime, filed: Iterable[Label]) -> None:
    """Write what a revision is filed under."""
    for label in sorted(filed, key=lambda label: (label.kind, label.slug)):
        session.change(
            _FILE,
            uid=uid,
            revision=revision,
            kind=label.kind,
            slug=label.slug,
            name=clean(label.name),
            published_at=micros(published),
        )


def forget_fragments(session: Session, uids: Iterable[str]) -> None:
    """Remove the fragments of articles; they are made anew where they are needed."""
    for uid in uids:
        session.change(_FORGET, uid=uid)


def _item(row: Sequence[Any]) -> FeedItem:
    published, key, uid, revision, publication = row
    return FeedItem(
        uid=uid, revision=revision, published_at=moment(published), publication=publication, delivery=str(key)
    )
