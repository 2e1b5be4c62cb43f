"""What goes out to one destination, and what comes back from the platform."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wireroom.model.article import Article, Picture


class Action(StrEnum):
    """What a delivery does on its destination."""

    CREATE = "create"  # put the post there
    AMEND = "amend"  # change the post that is there
    RETRACT = "retract"  # take it away


def post_key(uid: str, destination: str, action: Action, revision: int) -> str:
    """A post's idempotency key."""
    return f"{uid}/{destination}/{action.value}/{revision}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """An article rendered for one destination, frozen at intake: the exact text, link and picture that go out.

    `text` is the whole text as the platform gets it; whether `link` stands inside it or travels beside it is the
    channel's affair (X: inside; Facebook: beside; feed: `article` carries all). `weight` and `limit` are in the
    platform's own measure, `limit` 0 where there is none. `key` is the idempotency key, the same for every try.
    `article` is the full article for feeds, None for social posts.
    """

    key: str
    uid: str
    revision: int
    destination: str
    channel: str
    title: str
    text: str
    link: str
    weight: int = 0
    limit: int = 0
    picture: Picture | None = None
    language: str = "en"
    article: Article | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, secrets already cut out. `status` is 0 where no answer came."""

    method: str
    url: str
    body: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What the platform said is left, out of how many, until when; `unit` is "calls" or "percent"."""

    limit: int
    remaining: int
    reset: datetime | None = None
    name: str = ""
    unit: str = "calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The platform's proof that a post is there: its id, its address, its time (aware, None where it gave none)."""

    remote_id: str
    remote_url: str = ""
    at: datetime | None = None
    exchange: Exchange | None = field(default=None, compare=False)
    quota: tuple[Quota, ...] = field(default=(), compare=False)
    cost: float = field(default=0.0, compare=False)
