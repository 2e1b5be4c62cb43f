"""Dates as people write them, made aware times."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

FORMS = "YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+09:00"
_YEARS = range(1900, 2200)
_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_MINUS = re.compile(r"[\u2010-\u2015\u2212\uff0d]")


def parse(text: str) -> date | datetime:
    """A day or a time from its ISO 8601 form. Raises `ValueError` in words for what is no day on the calendar."""
    flat = _MINUS.sub("-", text.strip())
    if not _FORM.match(flat):
        raise ValueError("it is not of the form YYYY-MM-DD")
    value = date.fromisoformat(flat) if len(flat) == len("YYYY-MM-DD") else datetime.fromisoformat(flat)
    return checked(value)


def checked(value: date | datetime) -> date | datetime:
    """The value itself. Raises `ValueError` for a year in which nobody publishes, which is a slip of the pen."""
    if value.year not in _YEARS:
        raise ValueError(f"the year {value.year} is out of range")
    return value


def aware(value: date | datetime, zone: str) -> datetime:
    """An aware time: a bare day is its midnight, and a time without offset is local, in the zone named."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=ZoneInfo(zone))
    return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))
