"""One subscriber of a feed's document at the newsroom's own hub, and what its hub remembers of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


OWN = "own"
"""Among a feed's hubs: the newsroom's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A callback that is brought a document of a feed until its lease ends (`until`, aware).

    `secret` signs what it is brought. `digest` is of the document it was brought last. `failures` in a row began at
    `failed_since`; after one it is not tried before `due`.
    """

    feed: str
    file: str
    callback: str = field(repr=False)
    host: str
    until: datetime
    secret: str = field(default="", repr=False)
    digest: str = ""
    failures: int = 0
    failed_since: datetime | None = None
    due: datetime | None = None


class Subscriptions(Protocol):
    """Where a hub's subscriptions are kept. Whatever was renewed since it was read is left as it was renewed."""

    def subscribers(self, feed: str) -> Sequence[Subscription]:
        """Everybody whose lease on a document of the feed lasts."""
        ...

    def keep_subscribers(self, changed: Sequence[Subscription]) -> None:
        """Remember what subscribers were brought, and how they failed."""
        ...

    def drop_subscribers(self, gone: Sequence[Subscription]) -> None:
        """Forget subscribers."""
        ...
