"""Intake's and people's view of the store: everything inside one database transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, bindparam, insert, select, text

from wireroom.model.delivery import Entry, Move, State
from wireroom.model.errors import StoreError
from wireroom.store import codec, marks
from wireroom.store.backlog import CHAIN
from wireroom.store.codec import clean, dumps, maybe_micros, micros, moment, read_article, read_delivery, write_post
from wireroom.store.effects import Change
from wireroom.store.frozen import Frozen
from wireroom.store.moving import move_within
from wireroom.store.statements import BY_ID, D, append, columns
from wireroom.store.stock import file_under, keep_fragments
from wireroom.store.tables import aliases, articles, posts
from wireroom.store.values import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from wireroom.model.article import Article
    from wireroom.model.delivery import Delivery
    from wireroom.model.post import Post, Receipt
    from wireroom.model.stock import Fragment, FragmentKey, Label
    from wireroom.store.database import Database, Session
    from wireroom.store.values import Alias, NewDelivery, Restored

_UID = bindparam("uid", type_=Text)
CURRENT = select(articles.c.body).where(articles.c.uid == _UID).order_by(articles.c.revision.desc()).limit(1)
_REVISION = select(articles.c.body).where(articles.c.uid == _UID, articles.c.revision == bindparam("revision"))
_ALIAS = select(aliases.c.uid).where(aliases.c.kind == bindparam("kind"), aliases.c.value == bindparam("value"))
_DELIVERIES = select(*columns()).where(D.uid == _UID).order_by(D.id)
_CHAIN = CHAIN.with_for_update()
_SAVE = insert(articles).values({column: bindparam(column.name) for column in articles.c})
_KEEP_ALIAS = text("INSERT INTO aliases (kind, value, uid) VALUES (:kind, :value, :uid) ON CONFLICT DO NOTHING")
_MOVE_ALIAS = text(
    "INSERT INTO aliases (kind, value, uid) VALUES (:kind, :value, :uid) "
    "ON CONFLICT (kind, value) DO UPDATE SET uid = excluded.uid"
)
_POST = insert(posts).values({column: bindparam(column.name) for column in posts.c})

_GIVEN = (
    *("uid", "revision", "destination", "channel", "action", "state", "due", "created", "title", "publication"),
    *("repeat", "breaking", "published_at", "reason", "rank", "first_touched", "meant"),
)
_OPEN = text(
    f"INSERT INTO deliveries ({', '.join(_GIVEN)}) VALUES ({', '.join(':' + name for name in _GIVEN)}) "  # noqa: S608
    "ON CONFLICT (uid, destination, action, revision, repeat) DO NOTHING RETURNING id"
)
_EXISTING = select(*columns()).where(
    D.uid == _UID,
    D.destination == bindparam("destination"),
    D.action == bindparam("action"),
    D.revision == bindparam("revision"),
    D.repeat == bindparam("repeat"),
)


class Transaction:
    """Articles in, deliveries opened and moved: all of it or nothing. Made by `Store.transaction`."""

    def __init__(self, database: Database, session: Session) -> None:
        self._database, self._session = database, session
        self._missing: set[Alias] = set()
        self._saved: dict[tuple[str, int], Article] = {}

    def now(self) -> datetime:
        """The database's time, aware, in UTC."""
        return moment(self._database.now(self._session))

    def restored(self) -> Restored | None:
        """From which backup this database was restored, and when; None for one that never was."""
        return marks.restored(self._session)

    def find_article(self, aliases: Sequence[Alias]) -> Article | None:
        """The current revision of the article that the first known of these aliases points to."""
        for alias in aliases:
            uid = self._owner(alias)
            if uid is not None:
                return self.article(uid)
            self._missing.add(alias)
        return None

    def article(self, uid: str) -> Article | None:
        """The current revision of an article, or None."""
        row = self._session.row(CURRENT, uid=uid)
        return None if row is None else read_article(row[0])

    def save_article(self, article: Article, aliases: Sequence[Alias]) -> None:
        """Store a revision, and the aliases that are not taken; an alias that points elsewhere stays where it is.

        Raises `Conflict` when another transaction was faster with this revision, or with an alias that was unknown
        when this transaction looked for it: nothing is kept, run the transaction again.
        """
        self._session.change(
            _SAVE,
            uid=article.uid,
            revision=article.revision,
            publication=article.publication,
            url=clean(article.url),
            title=clean(article.title),
            digest=article.digest,
            body=dumps(article),
        )
        self._saved[article.uid, article.revision] = article
        self.recognise(article.uid, aliases)

    def recognise(self, uid: str, aliases: Sequence[Alias]) -> None:
        """Know an article by these aliases too. One that points elsewhere stays where it is, but for a file's name.

        A file's name stands for what was read from it last. Raises `Conflict` as `save_article` does.
        """
        for alias in sorted(aliases, key=lambda alias: (alias.kind, alias.value)):  # one order, so no deadlock
            if self._owner(alias) != uid:
                self._keep(alias, uid)

    def prepare(self, article: Article, filed: Iterable[Label], made: Mapping[FragmentKey, Fragment]) -> None:
        """Store what feeds need of a revision: what it is filed under, and its fragments ready made."""
        file_under(self._session, article.uid, article.revision, article.published_at, filed)
        keep_fragments(self._session, made)

    def _keep(self, alias: Alias, uid: str) -> None:
        keep = _MOVE_ALIAS if alias.kind == "file" else _KEEP_ALIAS
        kept = self._session.change(keep, kind=alias.kind, value=clean(alias.value), uid=uid)
        if not kept and alias in self._missing and self._owner(alias) != uid:
            raise Conflict(f"another article took the {alias.kind} {alias.value!r} at the same moment; try again")

    def _owner(self, alias: Alias) -> str | None:
        row = self._session.row(_ALIAS, kind=alias.kind, value=clean(alias.value))
        return None if row is None else str(row[0])

    def deliveries(self, uid: str) -> list[Delivery]:
        """All deliveries of an article, oldest first."""
        return [read_delivery(row) for row in self._session.rows(_DELIVERIES, uid=uid)]

    def chain(self, uid: str, destination: str, repeat: int) -> list[Delivery]:
        """All deliveries of one article on one destination, oldest first; nobody moves them before this has ended."""
        rows = self._session.rows(_CHAIN, uid=uid, destination=destination, repeat=repeat)
        return [read_delivery(row) for row in rows]

    def post(self, delivery: Delivery) -> Post:
        """The frozen post of a delivery. Raises StoreError when it is lost."""
        post = Frozen().post(self._session, int(delivery.id))
        if post is None:
            raise StoreError(f"delivery {delivery.id} has lost its post; restore the database from a backup")
        return post

    def open(self, news: Sequence[NewDelivery]) -> list[Delivery]:
        """Open deliveries, planned or held, in the order given. One that exists already is returned as it is."""
        now = self._database.now(self._session)
        return [self._open(new, now) for new in news]

    def _open(self, new: NewDelivery, now: int) -> Delivery:
        state = State.HELD if new.held else State.PLANNED
        opened = self._session.row(_OPEN, **_row(new, state, now))
        if opened is None:
            return self._existing(new)
        whole = not self._is_stored(new.post)
        self._session.change(_POST, delivery=opened[0], body=write_post(new.post, whole=whole), whole=whole)
        entry = Entry(at=moment(now), move=Move.PLAN, from_state=None, to_state=state, by="intake", why=new.why)
        append(self._session, str(opened[0]), entry)
        return read_delivery(self._session.rows(BY_ID, key=opened[0])[0])

    def _existing(self, new: NewDelivery) -> Delivery:
        post = new.post
        rows = self._session.rows(
            _EXISTING,
            uid=post.uid,
            destination=post.destination,
            action=new.action.value,
            revision=post.revision,
            repeat=new.repeat,
        )
        return read_delivery(rows[0])

    def _is_stored(self, post: Post) -> bool:
        """Whether the article in a post is, to the last field, the stored revision; then it is not stored twice."""
        if post.article is None:
            return False
        key = (post.uid, post.revision)
        if key not in self._saved:
            row = self._session.row(_REVISION, uid=post.uid, revision=post.revision)
            if row is None:
                return False
            self._saved[key] = read_article(row[0])
        return self._saved[key] == post.article

    def move(
        self,
        delivery: Delivery,
        move: Move,
        *,
        by: str,
        why: str,
        due: datetime | None = None,
        reset_attempts: bool = False,
        receipt: Receipt | None = None,
    ) -> Delivery | None:
        """Move a delivery as it was read; None when it has changed since. Raises `Refused` for a move not allowed."""
        change = Change(move=move, why=why, due=due, reset_attempts=reset_attempts, receipt=receipt)
        return move_within(self._session, delivery, change, by=by, now=self._database.now(self._session))


def _row(new: NewDelivery, state: State, now: int) -> dict[str, object]:
    post = new.post
    return {
        "uid": post.uid,
        "revision": post.revision,
        "destination": post.destination,
        "channel": post.channel,
        "action": new.action.value,
        "state": state.value,
        "due": micros(new.due),
        "created": now,
        "title": clean(post.title),
        "publication": new.publication,
        "repeat": new.repeat,
        "breaking": new.breaking,
        "published_at": micros(new.published_at),
        "reason": clean(new.why),
        "rank": codec.rank(breaking=new.breaking, attempts=0),
        "first_touched": maybe_micros(new.out_since),
        "meant": micros(new.meant or new.due),
    }
