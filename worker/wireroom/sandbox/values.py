"""What the sandbox keeps: accounts, posts, pictures, cards and requests, each a frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class XAccount:
    """An account on the X stand-in with the four OAuth 1.0a keys that open it."""

    user_id: str
    name: str
    username: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A Page on the Facebook stand-in; without an `app_secret` no `appsecret_proof` can be asked for."""

    page_id: str
    name: str
    access_token: str = field(repr=False)
    app_secret: str = field(default="", repr=False)
    app_id: str = "200000000000001"
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class ShortLink:
    """A link in a post's text: where it stands (code points), as written, whole, and as t.co has it."""

    start: int
    end: int
    written: str
    expanded: str
    short: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tweet:
    """A post on the X stand-in, `text` as it was sent (NFC).

    It exists from `created` and stands in timelines from `visible` (both aware). `chain` holds the ids of all its
    versions, oldest first; `successor` is the id that replaced it, "" for the latest.
    """

    id: str
    user_id: str
    text: str
    created: datetime
    visible: datetime
    links: tuple[ShortLink, ...] = ()
    media_ids: tuple[str, ...] = ()
    reply_to: str = ""
    quoted: str = ""
    chain: tuple[str, ...] = ()
    successor: str = ""
    reply_settings: str = "everyone"
    deleted: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """An upload on the X stand-in. `data` stays empty for video, of which only the size is kept.

    `finished` tells that all bytes are there; processing lasts until `ready`; after `expires` it cannot be used.
    """

    id: str
    user_id: str
    category: str
    media_type: str
    created: datetime
    ready: datetime
    expires: datetime
    size: int = 0
    data: bytes = field(default=b"", repr=False)
    segments: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    total: int = 0
    finished: bool = False
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePost:
    """A post on the Facebook stand-in; `id` is `<page>_<number>`.

    With `publish_at` it is scheduled; `published` alone says it is out. It stands in lists from `visible`.
    """

    id: str
    page_id: str
    app_id: str
    message: str
    link: str
    created: datetime
    updated: datetime
    visible: datetime
    published: bool = True
    publish_at: datetime | None = None
    photo_ids: tuple[str, ...] = ()
    hidden: bool = False
    pinned: bool = False
    deleted: datetime | None = None

    def is_out(self, now: datetime) -> bool:
        """Whether readers see it at `now`: published, or its scheduled time has come."""
        return self.published or (self.publish_at is not None and self.publish_at <= now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo on the Facebook stand-in; `post_id` is set once a post shows it."""

    id: str
    page_id: str
    created: datetime
    caption: str = ""
    alt: str = ""
    media_type: str = ""
    data: bytes = field(default=b"", repr=False)
    url: str = ""
    post_id: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What a link card shows of a page: the sandbox never fetches, it only knows what it was told."""

    url: str
    title: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as the sandbox saw it; `why` explains a refusal, `status` 0 means no answer was given."""

    number: int
    at: datetime
    platform: str
    method: str
    path: str
    query: str
    account: str
    status: int
    fault: str
    why: str
    body: bytes = field(repr=False)
    milliseconds: float
