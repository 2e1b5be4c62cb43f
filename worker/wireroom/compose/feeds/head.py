"""What a feed says about itself, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHead:
    """The head of a feed: all of a document but its items.

    `id` is an IRI that stays the same when the feed moves (Atom's `id`). `feed_urls` maps a format ("rss", "atom",
    "json") to the address of its document. `updated` is the newest change of any item (aware), None for a feed
    without items; it is never the time of writing, so that equal content gives equal bytes. `author` speaks for
    items without a byline. `hubs` are WebSub hubs, advertised as they stand. Anything may be "" but the title.
    """

    id: str
    title: str
    description: str
    home_url: str
    feed_urls: Mapping[str, str]
    language: str = ""
    updated: datetime | None = None
    hubs: tuple[str, ...] = ()
    author: str = ""
    icon: str = ""
    rights: str = ""
