"""Subscribers of the newsroom's own hub: who they are, until when, and what they were brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, bindparam, delete, func, literal_column, select, text, update

from wireroom.model.subscription import Subscription
from wireroom.store.codec import clean, maybe_micros, maybe_moment, micros, moment
from wireroom.store.part import Part
from wireroom.store.tables import subscriptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select

_C = subscriptions.c
_NAMES = ("feed", "file", "callback", "host", "secret", "until", "digest", "failures", "failed_since", "due")
_NOW = bindparam("now", type_=BigInteger)
_THIS = (
    _C.feed == bindparam("of_feed"),
    _C.file == bindparam("of_file"),
    _C.callback == bindparam("of_callback"),
)
_AS_READ = (*_THIS, _C.until == bindparam("of_until", type_=BigInteger))
_OF_FEED = (
    select(*(_C[name] for name in _NAMES))
    .where(_C.feed == bindparam("feed"), _C.until > _NOW)
    .order_by(_C.file, _C.callback)
)
_SUBSCRIBE = text(
    "INSERT INTO subscriptions (feed, file, callback, host, secret, until, digest) "
    "VALUES (:feed, :file, :callback, :host, :secret, :until, :digest) ON CONFLICT (feed, file, callback) "
    "DO UPDATE SET secret = excluded.secret, until = excluded.until, failures = 0, failed_since = NULL, due = NULL"
)
_KEEP = (
    update(subscriptions)
    .where(*_AS_READ)
    .values(
        digest=bindparam("new_digest"),
        failures=bindparam("new_failures"),
        failed_since=bindparam("new_failed_since", type_=BigInteger),
        due=bindparam("new_due", type_=BigInteger),
    )
)
_DROP = delete(subscriptions).where(*_AS_READ)
_UNSUBSCRIBE = delete(subscriptions).where(*_THIS)
_EXPIRED = delete(subscriptions).where(_C.until <= _NOW)
_ALL = select(func.count()).select_from(subscriptions).where(_C.until > _NOW)
_OF_HOST = _ALL.where(_C.host == bindparam("host"))
_KNOWN: Select[Any] = select(literal_column("1")).where(*_THIS)


class SubscriptionBook(Part):
    """What a hub needs to know; the shape is `model.subscription.Subscriptions`."""

    def subscribers(self, feed: str) -> list[Subscription]:
        """Everybody whose lease on a document of the feed lasts."""
        now = self._database.now()
        with self._database.reading() as session:
            return [_read(row) for row in session.rows(_OF_FEED, feed=feed, now=now)]

    def subscribed(self, host: str) -> tuple[int, int]:
        """How many leases last: of callbacks on one host, and of all."""
        now = self._database.now()
        with self._database.reading() as session:
            of_host, of_all = session.row(_OF_HOST, host=host, now=now), session.row(_ALL, now=now)
        return (of_host[0] if of_host else 0, of_all[0] if of_all else 0)

    def is_subscriber(self, feed: str, file: str, callback: str) -> bool:
        """Whether there is such a subscription."""
        with self._database.reading() as session:
            return session.row(_KNOWN, **_key(feed, file, callback)) is not None

    def subscribe(self, subscription: Subscription) -> None:
        """Begin a subscription, or renew one with a new lease and secret. On disk before this returns."""
        one = subscription
        with self._database.writing(acknowledged=True) as session:
            session.change(
                _SUBSCRIBE,
                feed=one.feed,
                file=one.file,
                callback=clean(one.callback),
                host=clean(one.host),
                secret=clean(one.secret),
                until=micros(one.until),
                digest=one.digest,
            )

    def unsubscribe(self, feed: str, file: str, callback: str) -> bool:
        """End a subscription; whether there was one. On disk before this returns."""
        with self._database.writing(acknowledged=True) as session:
            return session.change(_UNSUBSCRIBE, **_key(feed, file, callback)) > 0

    def forget_expired(self) -> int:
        """Forget those whose lease has ended; how many."""
        with self._database.writing() as session:
            return session.change(_EXPIRED, now=self._database.now())

    def keep_subscribers(self, changed: Sequence[Subscription]) -> None:
        """Remember what subscribers were brought, and how they failed."""
        with self._database.writing() as session:
            for one in changed:
                session.change(
                    _KEEP,
                    **_version(one),
                    new_digest=one.digest,
                    new_failures=one.failures,
                    new_failed_since=maybe_micros(one.failed_since),
                    new_due=maybe_micros(one.due),
                )

    def drop_subscribers(self, gone: Sequence[Subscription]) -> None:
        """Forget subscribers."""
        with self._database.writing() as session:
            for one in gone:
                session.change(_DROP, **_version(one))


def _key(feed: str, file: str, callback: str) -> dict[str, object]:
    return {"of_feed": feed, "of_file": file, "of_callback": clean(callback)}


def _version(one: Subscription) -> dict[str, object]:
    return _key(one.feed, one.file, one.callback) | {"of_until": micros(one.until)}


def _read(row: Sequence[Any]) -> Subscription:
    found = dict(zip(_NAMES, row, strict=True))
    found |= {"until": moment(found["until"])}
    found |= {name: maybe_moment(found[name]) for name in ("failed_since", "due")}
    return Subscription(**found)
