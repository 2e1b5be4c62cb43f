"""Posts and articles as stored: both never change, so what was read once is kept at hand."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy import and_, bindparam, select

from wireroom.store.codec import read_article, read_post
from wireroom.store.tables import articles, deliveries, posts

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from wireroom.model.article import Article
    from wireroom.model.post import Post
    from wireroom.store.database import Session

V = TypeVar("V")

_POST = (
    select(posts.c.body, posts.c.whole, deliveries.c.uid, deliveries.c.revision)
    .join(deliveries, deliveries.c.id == posts.c.delivery)
    .where(posts.c.delivery == bindparam("key"))
)
AT_ONCE = 16
"""Posts laid out with one question."""

_WHOLE = select(posts.c.delivery, posts.c.body).where(
    posts.c.delivery.in_([bindparam(f"key{number}") for number in range(AT_ONCE)]), posts.c.whole
)
_ARTICLE = select(articles.c.body).where(
    and_(articles.c.uid == bindparam("uid"), articles.c.revision == bindparam("revision"))
)


class Shelf(Generic[V]):
    """The `size` values used last, shared by threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> V | None:
        """The value kept under `key`, or None."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: V) -> V:
        """Keep a value, and give it back."""
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._size:
                self._values.popitem(last=False)
        return value


class Frozen:
    """Reads posts and article revisions, each from the database once."""

    def __init__(self) -> None:
        self._posts: Shelf[Post] = Shelf(512)
        self._articles: Shelf[Article] = Shelf(256)
        self._laid_out: Shelf[str] = Shelf(512)

    def post(self, session: Session, delivery: int) -> Post | None:
        """The post of a delivery; None when there is no such delivery."""
        return self.at_hand(delivery) or self._read_post(session, delivery)

    def at_hand(self, delivery: int) -> Post | None:
        """The post of a delivery where the database need not be asked for it."""
        post, body = self._posts.get(delivery), self._laid_out.get(delivery)
        if post is None and body is not None:
            return self._posts.put(delivery, read_post(body, None))
        return post

    def lay_out(self, session: Session, wanted: Sequence[int]) -> None:
        """Have the posts of the first `AT_ONCE` deliveries at hand, but for those whose article is stored apart."""
        missing = [key for key in wanted[:AT_ONCE] if self._posts.get(key) is None and self._laid_out.get(key) is None]
        if missing:
            keys = missing + missing[-1:] * (AT_ONCE - len(missing))
            for key, body in session.rows(_WHOLE, **{f"key{number}": key for number, key in enumerate(keys)}):
                self._laid_out.put(key, body)

    def article(self, session: Session, uid: str, revision: int) -> Article | None:
        """One revision of an article; None when there is no such."""
        known = self._articles.get((uid, revision))
        if known is not None:
            return known
        row = session.row(_ARTICLE, uid=uid, revision=revision)
        return None if row is None else self._articles.put((uid, revision), read_article(row[0]))

    def _read_post(self, session: Session, delivery: int) -> Post | None:
        row = session.row(_POST, key=delivery)
        if row is None:
            return None
        body, whole, uid, revision = row
        article = None if whole else self.article(session, uid, revision)
        return self._posts.put(delivery, read_post(body, article))
