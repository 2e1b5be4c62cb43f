"""The log's filters as a query says them: the same words, and the same times, as `wireroom log` takes."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wireroom.model.delivery import State
from wireroom.model.errors import UsageError
from wireroom.settings.values import Wrong, duration, nearest
from wireroom.store import LogFilter

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 1000
"""Deliveries one answer may hold."""

FILTERS = ("article", "destination", "state", "since", "limit")
_USUAL = 50
_LOST_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$")


def log_filter(pairs: Iterable[tuple[str, str]], zone: str, now: datetime) -> LogFilter:
    """A filter of the log; `state` may be several, parted by commas or given again. A time without an offset is
    `zone`'s. Raises `UsageError` with what is wrong and what is allowed.
    """
    said: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in FILTERS:
            close = nearest(name, FILTERS)
            hint = f"did you mean {close}?" if close else f"there are {', '.join(FILTERS)}"
            raise UsageError(f"there is no filter {name[:40]!r}; {hint}")
        said.setdefault(name, []).append(value)
    since = said.get("since", [""])[-1].strip()
    return LogFilter(
        article=said.get("article", [""])[-1],
        destination=said.get("destination", [""])[-1],
        states=states(",".join(said.get("state", []))),
        since=_since(since, zone, now) if since else None,
        limit=_limit(said.get("limit", [""])[-1].strip()),
    )


def states(words: str) -> tuple[State, ...]:
    """The states of a list parted by commas. Raises `UsageError` for a word that is none."""
    found = []
    for word in filter(None, (part.strip() for part in words.split(","))):
        if word not in set(State):
            raise UsageError(f"there is no state {word[:40]!r}; there are {', '.join(State)}")
        found.append(State(word))
    return tuple(dict.fromkeys(found))


def _since(typed: str, zone: str, now: datetime) -> datetime:
    try:
        return now - duration(typed)
    except Wrong:
        pass
    try:
        at = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", typed))  # a + in a query reads as a blank
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(ZoneInfo(zone))
    except (ValueError, OverflowError):
        raise UsageError(
            f"since: {typed[:40]!r} is neither an age nor a time; allowed are 24h, 2d, 2026-01-31T09:00:00+09:00, and "
            f"2026-01-31T09:00 in {zone}"
        ) from None


def _limit(typed: str) -> int:
    if not typed:
        return _USUAL
    if not (typed.isascii() and typed.isdigit()) or len(typed) > 9 or not 1 <= int(typed) <= MOST:
        raise UsageError(f"limit: {typed[:40]!r}; allowed is a whole number from 1 to {MOST}")
    return int(typed)
