"""A stock for a feed that is given its posts and nothing more: tests, and programs that use the channel alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wireroom.compose.feeds.labels import labels
from wireroom.model.stock import FeedItem, Label, feed_item

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from wireroom.model.post import Post
    from wireroom.model.stock import Fragment, FragmentKey

ALL = 10**9
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Recent:
    """What `recent` tells of the posts that stand (`wireroom.model.stock.Stock`); it keeps no fragments."""

    def __init__(self, recent: Callable[[int], Sequence[Post]]) -> None:
        self._recent = recent

    def newest(self, limit: int, *, since: datetime | None = None, label: Label | None = None) -> list[FeedItem]:
        """The newest items that stand, latest publication first."""
        found = self._items(limit if label is None else ALL)
        kept = [item for item in found if (since is None or item.published_at >= since) and _filed(item, label)]
        return sorted(kept, key=lambda item: item.place, reverse=True)[:limit]

    def after(self, since: datetime | None, before: datetime, limit: int) -> list[FeedItem]:
        """The oldest items published at `since` or later and earlier than `before`."""
        kept = [
            item
            for item in self._items(ALL)
            if item.published_at < before and (since is None or item.published_at >= since)
        ]
        return sorted(kept, key=lambda item: item.place)[:limit]

    def fragments(self, wanted: Collection[FragmentKey]) -> Mapping[FragmentKey, Fragment]:  # noqa: ARG002
        """None are kept."""
        return {}

    def keep(self, made: Mapping[FragmentKey, Fragment]) -> None:
        """Keep nothing."""

    def post(self, item: FeedItem) -> Post | None:
        """What the item carries."""
        return item.post

    def labels(self, uid: str) -> list[Label]:
        """What the article's posts are filed under."""
        found = {
            label: None
            for post in self._recent(ALL)
            if post.uid == uid and post.article is not None
            for label in labels(post.article)
        }
        return list(found)

    def gone(self, limit: int) -> list[tuple[str, datetime]]:  # noqa: ARG002
        """What was taken back is not told here."""
        return []

    def _items(self, limit: int) -> list[FeedItem]:
        """One per article, its newest revision."""
        newest: dict[str, Post] = {}
        for post in self._recent(limit):
            known = newest.get(post.uid)
            if known is None or known.revision < post.revision:
                newest[post.uid] = post
        return [_item(post) for post in newest.values()]


def _item(post: Post) -> FeedItem:
    """The item of a post; of one without an article nothing can be made, and whoever tries will say so."""
    nothing = FeedItem(uid=post.uid, revision=post.revision, published_at=_LONG_AGO, publication="", post=post)
    return feed_item(post) or nothing


def _filed(item: FeedItem, label: Label | None) -> bool:
    if label is None:
        return True
    article = item.post.article if item.post else None
    return article is not None and any((each.kind, each.slug) == (label.kind, label.slug) for each in labels(article))
