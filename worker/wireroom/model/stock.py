"""What a feed is made of: its items, what they are filed under, their ready-made fragments, and who keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from wireroom.model.post import Post


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """An article that stands in a feed: which revision, since when (aware), of which outlet.

    `delivery` is the number of the delivery it stands by, `post` what that carried, None where it is to be asked for.
    """

    uid: str
    revision: int
    published_at: datetime
    publication: str
    delivery: str = ""
    post: Post | None = None

    @property
    def place(self) -> tuple[datetime, str]:
        """Its place in the order of all items; later places come first in a feed."""
        return self.published_at, self.uid


def feed_item(post: Post) -> FeedItem | None:
    """What a post is in a feed; None for one that carries no article."""
    if post.article is None:
        return None
    return FeedItem(
        uid=post.uid,
        revision=post.revision,
        published_at=post.article.published_at,
        publication=post.article.publication,
        post=post,
    )


@dataclass(frozen=True, slots=True)
class Label:
    """What an article is filed under: `kind` is "section", "tag" or "author", `slug` stands in addresses."""

    kind: str
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Fragment:
    """An article as one format writes it, ready to be joined, and when the article last changed (aware)."""

    updated_at: datetime
    body: bytes


FragmentKey = tuple[str, int, str]
"""A fragment's uid, revision and stamp."""


class Stock(Protocol):
    """Keeps what one feed is made of. May raise `StoreError`."""

    def newest(self, limit: int, *, since: datetime | None = None, label: Label | None = None) -> Sequence[FeedItem]:
        """The newest items that stand, latest publication first; those on the wire now are among them.

        `since` leaves out what was published before it, `label` what is not filed there.
        """
        ...

    def after(self, since: datetime | None, before: datetime, limit: int) -> Sequence[FeedItem]:
        """The oldest items published at `since` or later and earlier than `before`, in the order of publication."""
        ...

    def fragments(self, wanted: Collection[FragmentKey]) -> Mapping[FragmentKey, Fragment]:
        """Those of the fragments that are kept."""
        ...

    def keep(self, made: Mapping[FragmentKey, Fragment]) -> None:
        """Keep fragments; what is there already stays."""
        ...

    def post(self, item: FeedItem) -> Post | None:
        """What the item's delivery carried."""
        ...

    def labels(self, uid: str) -> Sequence[Label]:
        """What an article is filed under, or was in an earlier revision."""
        ...

    def gone(self, limit: int) -> Sequence[tuple[str, datetime]]:
        """The articles taken back last and not put there again, and when."""
        ...
