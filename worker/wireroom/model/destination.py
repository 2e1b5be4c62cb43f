"""One configured account or feed of a channel, with its rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class When:
    """Which articles a destination takes: any of these tags, any of these sections, none of those tags."""

    tags: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nothing is sent, in the publication's time zone; may run over midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Settle:
    """How an unconfirmed delivery is looked up: `after` what wait, `looks` times before it counts as absent."""

    after: timedelta = timedelta(seconds=30)
    looks: int = 2


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a delivery is tried, and the bounds of its exponential backoff."""

    attempts: int = 8
    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Breaker:
    """When a destination that fails in a row is left alone, and the bounds of the growing spells it is left alone."""

    failures: int = 5
    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many calls in so long, counted by us."""

    calls: int
    span: timedelta

    def __str__(self) -> str:
        seconds = int(self.span.total_seconds())
        size, unit = next(
            (size, unit) for size, unit in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")) if not seconds % size
        )
        return f"{self.calls}/{seconds // size}{unit}"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a destination may spend, in US dollars; None is no bound. `reserve` is a share of each bound.

    Breaking news may go beyond a bound by its reserve, which is never less than one post of it, unless it is 0.
    """

    usd_per_day: float | None = None
    usd_per_month: float | None = None
    reserve: float = 0.2


@dataclass(frozen=True, slots=True)
class Gap:
    """How what went out too late to be fresh is spaced: one post `every` so long (zero: no spacing).

    A first post is late once it is more than `late` behind the time it was meant for.
    """

    every: timedelta = timedelta(0)
    late: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One place to publish. `options` are the channel's own settings, `secrets` names to values, never printed.

    `publications` empty means all. `max_age` None means any age. `lanes` is how many deliveries may be on the
    wire at once, `timeout` the seconds one request may take. `follows` is the feed whose articles it takes, each once
    the feed's own delivery of it has ended.
    """

    name: str
    channel: str
    follows: str = ""
    publications: tuple[str, ...] = ()
    when: When = When()
    template: str = ""
    max_age: timedelta | None = None
    delay: timedelta = timedelta(0)
    quiet: Quiet | None = None
    gap: Gap = Gap()
    settle: Settle = Settle()
    resend_absent: bool = True
    retry: Retry = Retry()
    budget: Budget = Budget()
    breaker: Breaker = Breaker()
    caps: tuple[Cap, ...] = ()
    lanes: int = 1
    timeout: float = 20.0
    options: Mapping[str, object] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Rest(StrEnum):
    """Why a destination rests."""

    ASKED = ""  # the platform said so; nothing goes
    SLOW = "slow"  # little is left of what it allows; breaking news goes
    FALLEN = "fallen"  # it failed too often in a row
    PROBE = "probe"  # one post is out to see whether it works again


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a destination stands today: open, paused by a person, locked until a person acts, or resting.

    `falls` counts its failures in a row.
    """

    name: str
    state: str = "open"  # open | paused | locked
    reason: str = ""
    since: datetime | None = None
    rests_until: datetime | None = None
    rests_why: str = ""
    rest: Rest = Rest.ASKED
    falls: int = 0
    quota: tuple[Mapping[str, object], ...] = ()
