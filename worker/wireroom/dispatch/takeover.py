"""Takes a feed of another system over: its articles under the ids and dates their readers know, for feeds alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wireroom.compose.plan import Circumstances, plan
from wireroom.dispatch import identity
from wireroom.dispatch.intake import Intake
from wireroom.dispatch.whole import whole
from wireroom.model.errors import UsageError
from wireroom.store import Alias, NewDelivery

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from wireroom.model.article import Article
    from wireroom.model.delivery import Delivery
    from wireroom.model.destination import Destination
    from wireroom.model.publication import Publication
    from wireroom.sources.feed import FeedEntry
    from wireroom.store import Transaction

AT_ONCE = 100
"""Entries taken over in one transaction: the disk is waited for once, and others get in between."""

_LONGEST_ALIAS = 2000  # bytes that Postgres can index


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """What became of an entry: "taken" over, "known" already, or "refused"; why; the deliveries made for it."""

    uid: str
    result: str
    title: str = ""
    reason: str = ""
    article: Article | None = None
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class _Order:
    """What is asked for: what the log calls the feed, the feeds there are, those of them named."""

    origin: str
    feeds: tuple[Destination, ...]
    to: Sequence[str]


class TakeOver(Intake):
    """The way in for what was out before. Safe to run again, and after being killed: what is known stays as it is."""

    def take_over(
        self, entries: Sequence[FeedEntry], origin: str, *, to: Sequence[str] = (), dry_run: bool = False
    ) -> Iterator[TakenOver]:
        """Store the entries, each as an article under its own id, and queue them for feeds; no social post is made.

        `origin` is what the log calls the feed. They go to the publication's feeds, or to those in `to`. What is known
        keeps its text, and is queued only for feeds asked for by name. With `dry_run` nothing is kept. Raises
        `NotFound` and `UsageError` for what is wrong with `to`.
        """
        order = _Order(origin, self._feeds(to), to)
        for start in range(0, len(entries), AT_ONCE):
            yield from self._batch(entries[start : start + AT_ONCE], order, dry_run=dry_run)

    def _feeds(self, to: Sequence[str]) -> tuple[Destination, ...]:
        self._check_names(to)
        feeds = tuple(each for each in self._house.destinations if not self._house.kinds[each.channel].social)
        if social := sorted(set(to) - {each.name for each in feeds}):
            raise UsageError(f"{social[0]} is no feed, and what was out before is not posted there a second time")
        return feeds

    def _batch(self, entries: Sequence[FeedEntry], order: _Order, *, dry_run: bool) -> list[TakenOver]:
        def taken(tx: Transaction) -> list[TakenOver]:
            now = tx.now()
            return [self._one(tx, entry, order, now) for entry in entries]

        return whole(self._store, taken, dry_run=dry_run)

    def _one(self, tx: Transaction, entry: FeedEntry, order: _Order, now: datetime) -> TakenOver:
        outlet = self._house.publications[entry.draft.publication]
        known_by = _aliases(entry, outlet)
        known = tx.article(entry.uid) or tx.find_article(known_by)
        if known is None:
            article = _article(entry, now)
            title = identity.title_alias(entry.draft, outlet)  # never looked for here: two entries may share a headline
            tx.save_article(article, [*known_by, title, identity.before_alias(entry.uid)])
            made = self._queue(tx, article, order, Circumstances(now=now, out_before=True, to=order.to))
            return TakenOver(uid=entry.uid, result="taken", title=article.title, article=article, deliveries=made)
        if known.publication != outlet.key:
            why = f"is known as an article of {known.publication}: {known.title}"
            return TakenOver(uid=entry.uid, result="refused", title=entry.draft.title, reason=why)
        tx.recognise(known.uid, known_by)
        made = self._queue_known(tx, known, order, now) if order.to else ()
        why = f"under the id {known.uid}" if known.uid != entry.uid else ""
        return TakenOver(uid=entry.uid, result="known", title=known.title, reason=why, article=known, deliveries=made)

    def _queue_known(self, tx: Transaction, article: Article, order: _Order, now: datetime) -> tuple[Delivery, ...]:
        existing = tx.deliveries(article.uid)
        circumstances = Circumstances(
            now=now, known=True, changed=False, out_before=True, existing=existing, to=order.to
        )
        return self._queue(tx, article, order, circumstances)

    def _queue(
        self, tx: Transaction, article: Article, order: _Order, circumstances: Circumstances
    ) -> tuple[Delivery, ...]:
        """The deliveries made for an article, on the feeds that take it."""
        outlet = self._house.publications[article.publication]
        decided = plan(article, outlet, order.feeds, self._house.kinds, circumstances)
        news = [
            NewDelivery(
                post=self._render(article, outlet, planned),
                action=planned.action,
                due=planned.due,
                breaking=False,
                published_at=article.published_at,
                publication=article.publication,
                meant=planned.meant,
                why=f"was out before Wireroom; taken over from {order.origin}, for feeds alone",
            )
            for planned in decided.planned
            if planned.replaces is None
        ]
        return tuple(tx.open(news))


def _article(entry: FeedEntry, now: datetime) -> Article:
    draft = entry.draft
    found = identity.identify(draft, None, uid=entry.uid, url=draft.url, picture=draft.picture, now=now)
    return replace(found.article, updated_at=entry.updated)


def _aliases(entry: FeedEntry, outlet: Publication) -> list[Alias]:
    """What an entry may be known by already, and a later draft of the same story recognised by."""
    known_by = identity.aliases(entry.draft, outlet)
    if entry.uid.startswith(("http://", "https://")):
        known_by.append(Alias("url", _normal(entry.uid)))
    return [each for each in dict.fromkeys(known_by) if len(each.value.encode("utf-8", "replace")) <= _LONGEST_ALIAS]


def _normal(address: str) -> str:
    try:
        return identity.normal_url(address)
    except ValueError:  # an id that only looks like an address
        return address
