"""What goes into the store and comes out of it beside the model's own values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wireroom.model.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from wireroom.model.delivery import Attempt, Delivery, Entry, State
    from wireroom.model.post import Action, Post


class Conflict(StoreError):
    """Somebody else wrote the same thing at the same moment; nothing was written: run the transaction again."""


@dataclass(frozen=True, slots=True)
class Alias:
    """A name an article goes by: a kind ("url", "digest", "file", …) and a value. It points to one uid for ever."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery to open: its post, what it does, when it is due. `held` makes it wait for a person.

    `out_since` is since when it may be out already, in a past that a restored database does not know.
    `meant` is when it is meant to go out, None for when it is due.
    """

    post: Post
    action: Action
    due: datetime
    breaking: bool
    published_at: datetime
    publication: str
    repeat: int = 0
    held: bool = False
    why: str = ""
    out_since: datetime | None = None
    meant: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which deliveries a log shows; `article` is a uid or the beginning of a title or an address, "" means all."""

    article: str = ""
    destination: str = ""
    states: tuple[State, ...] = ()
    since: datetime | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All there is to know of one delivery: the exact post, every attempt and every move, oldest first."""

    delivery: Delivery
    post: Post
    attempts: tuple[Attempt, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """That a database was restored: `at` when, `made` since when it does not know what happened."""

    made: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A file that a database can be restored from: when it was made, by tables of which revision, what it holds.

    `waiting` are the deliveries of it that have not ended.
    """

    path: Path
    made: datetime
    revision: str
    articles: int
    deliveries: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a restore did: how many deliveries are looked for before anything is sent, and where the old data is."""

    doubted: int
    kept: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What sending a post costs, in micro-dollars, and what may be spent at most, this one included.

    `ceilings` are pairs: since when spending counts, and the most from then on. `posts_alone`: what looks have cost
    does not count.
    """

    price: int
    ceilings: tuple[tuple[datetime, int], ...] = ()
    posts_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A sign of life: who (`name` the part, `holder` the process), when, and what it said of itself."""

    name: str
    holder: str
    at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)
