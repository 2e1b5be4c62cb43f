"""What a feed says about itself, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """An item that was taken back: its id, and when (aware)."""

    uid: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHead:
    """The head of a feed: all of a document but its items.

    `id` is an IRI that stays the same when the feed moves (Atom's `id`). `feed_urls` maps a format ("rss", "atom",
    "json", …) to the address of its document. `updated` is the newest change of any item (aware), None for a feed
    without items; it is never the time of writing, so that equal content gives equal bytes. `author` speaks for
    items without a byline. `hubs` are WebSub hubs, advertised as they stand. Anything may be "" but the title.

    `older` maps a format to the address of the archive document before this one, `current` to that of the feed an
    archive document belongs to; the first is empty where nothing is older, the second in every other document
    (RFC 5005, section 4). `gone` is what was taken back (RFC 6721).
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
    logo: str = ""
    rights: str = ""
    license: str = ""
    older: Mapping[str, str] = field(default_factory=dict)
    current: Mapping[str, str] = field(default_factory=dict)
    gone: tuple[Gone, ...] = ()

    def dated(self, updated: datetime | None) -> FeedHead:
        """The same head over items of which the newest changed then."""
        return replace(self, updated=updated)
