"""How long to wait before the next try."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.model.destination import Breaker, Retry

_MOST_DOUBLINGS = 512  # far beyond any `longest`, and no overflow
LONGEST_WAIT = timedelta(hours=24)  # what asks for more is a mistake: no platform's window is longer


def backoff(attempt: int, retry: Retry, random: Callable[[], float]) -> timedelta:
    """How long to wait after try number `attempt` (from 1) failed: exponential with full jitter.

    A random share of `retry.first` doubled with every try, bounded by `retry.longest`; `random` gives numbers in
    [0, 1). Full jitter parts tries that failed together (AWS Architecture Blog, "Exponential Backoff And Jitter",
    2015).
    """
    doublings = min(max(attempt, 1) - 1, _MOST_DOUBLINGS)
    bound = min(retry.first.total_seconds() * 2.0**doublings, retry.longest.total_seconds())
    return timedelta(seconds=bound * random())


def spell_alone(falls: int, breaker: Breaker) -> timedelta:
    """How long a destination is left alone after `falls` failures in a row: doubled from `breaker.failures` on."""
    doublings = min(max(falls - breaker.failures, 0), _MOST_DOUBLINGS)
    return timedelta(seconds=min(breaker.first.total_seconds() * 2.0**doublings, breaker.longest.total_seconds()))


def retry_after(value: str, now: datetime) -> datetime | None:
    """The moment a Retry-After header names, in seconds or as a date (RFC 9110, 10.2.3); None for anything else."""
    if re.fullmatch(r"\s*[0-9]{1,12}\s*", value):
        return now + min(timedelta(seconds=int(value)), LONGEST_WAIT)
    try:
        found = parsedate_to_datetime(value)
    except ValueError:
        return None
    return min(found if found.tzinfo else found.replace(tzinfo=UTC), now + LONGEST_WAIT)
