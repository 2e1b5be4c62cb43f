"""Times as people type them and read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from wireroom.model.errors import UsageError
from wireroom.settings.values import Wrong, duration


def moment(typed: str, flag: str, zone: str) -> datetime:
    """A time as typed behind `flag`: RFC 3339, or without an offset, which is then `zone`'s; a date is its midnight.

    Raises `UsageError` naming the flag.
    """
    try:
        at = datetime.fromisoformat(typed.strip())
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(ZoneInfo(zone))
    except (ValueError, OverflowError):
        allowed = 'allowed is a time such as "2026-01-11T06:30:00+09:00" or "2026-01-11 06:30"'
        raise UsageError(f"{flag}: {typed!r} is no time; {allowed} ({zone})") from None


def since(typed: str, flag: str, zone: str, now: datetime) -> datetime:
    """A time in the past: a duration before `now` ("24h"), or a time as `moment` reads it. Raises `UsageError`."""
    try:
        return now - duration(typed.strip())
    except Wrong:
        return moment(typed, flag, zone)


def span(typed: str, flag: str) -> timedelta:
    """A length of time such as "5m". Raises `UsageError` naming the flag."""
    try:
        return duration(typed.strip())
    except Wrong as wrong:
        raise UsageError(f"{flag}: {typed!r}; {wrong.allowed}") from None


def shown(at: datetime | None, zone: str) -> str:
    """A time as a table shows it, in `zone`; "" for none."""
    return "" if at is None else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
