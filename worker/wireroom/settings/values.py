"""Single values of the settings: from what the file says to what the program means, or a word on what is allowed."""

from __future__ import annotations

import difflib
import json
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time, timedelta
from pathlib import PurePosixPath
from string import Formatter
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from wireroom.model.destination import Quiet

T = TypeVar("T")
Parser = Callable[[object], T]
"""Turns a TOML value into what the program works with. Raises `Wrong` when it cannot."""

PERMALINK_FIELDS = ("year", "month", "day", "hour", "minute", "second", "slug", "publication")
"""What a permalink pattern may name."""

_LONGEST = timedelta(days=36_500)
_DURATION = re.compile(
    r"(?:(?P<weeks>N)w)?(?:(?P<days>N)d)?(?:(?P<hours>N)h)?(?:(?P<minutes>N)m)?(?:(?P<seconds>N)s)?".replace(
        "N", r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
    )
)
_QUIET = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHOWN = 60


class Wrong(Exception):
    """A value that is not allowed: what would be, the nearest of those, and what was found if it can be shown."""

    def __init__(self, allowed: str, *, nearest: str | None = None, found: str | None = None) -> None:
        self.allowed, self.nearest, self.found = allowed, nearest, found
        super().__init__(allowed)


def describe(value: object) -> str:
    """A value as a mistake's line shows it: on one line, short, with its type where that is what is wrong."""
    if isinstance(value, bool):
        return f"found the flag {str(value).lower()}"
    if isinstance(value, int | float):
        return f"found the number {value}" if abs(value) < 10**30 else "found a very large number"
    if isinstance(value, str):
        shown = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
        return f"found {json.dumps(shown, ensure_ascii=not shown.isprintable())}"
    if isinstance(value, Mapping):
        return "found a table"
    if isinstance(value, date | time):
        return f"found the date or time {value}"
    return "found a list"


def nearest(word: str, among: Iterable[str]) -> str | None:
    """The one of `among` that looks most like `word`, None when none does."""
    folded = {name.casefold(): name for name in among}
    close = difflib.get_close_matches(word.casefold()[:100], folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def text(value: object) -> str:
    """Text with something in it, on one line."""
    if not isinstance(value, str) or not value.strip() or not _one_line(value):
        raise Wrong("allowed is text in quotes, on one line and not empty")
    return value.strip()


def _one_line(value: str) -> bool:
    return not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in value)


def note(value: object) -> str:
    """Text that may be empty and may run over lines."""
    if not isinstance(value, str):
        raise Wrong("allowed is text in quotes")
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise Wrong('allowed is a list of texts, such as ["one", "two"]')
    for item in value:
        try:
            text(item)
        except Wrong:
            raise Wrong("allowed are texts in quotes, none empty", found=f"in the list {describe(item)}") from None
    return tuple(item.strip() for item in value)


def flag(value: object) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise Wrong("allowed is true or false, without quotes")
    return value


def number(value: object) -> int | float:
    """Any number that is one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise Wrong("allowed is a number, without quotes")
    return value


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def whole(low: int, high: int) -> Parser[int]:
    """A parser for whole numbers from `low` to `high`."""

    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Wrong(f"allowed is a whole number from {low} to {high}")
        return value

    return parse


def dollars(value: object) -> float:
    """A sum of money, zero or more."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value) or value < 0:
        raise Wrong("allowed is a number of US dollars, zero or more")
    return float(value)


def share(value: object) -> float:
    """A part of a whole, from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Wrong("allowed is a share from 0 to 1, such as 0.2 for a fifth")
    return float(value)


def duration(value: object) -> timedelta:
    """A length of time such as "20s", "5m", "2d" or "1h30m", zero or more."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    parts = {unit: float(count) for unit, count in match.groupdict().items() if count} if match else {}
    if not parts:
        raise Wrong('allowed is a duration in quotes: weeks, days, hours, minutes, seconds, such as "20s" or "1h30m"')
    length = timedelta(**parts)
    if length > _LONGEST:
        raise Wrong("allowed is a duration of at most 36500d")
    return length


def some_time(value: object) -> timedelta:
    """A duration longer than nothing."""
    length = duration(value)
    if not length:
        raise Wrong('allowed is a duration longer than zero, such as "20s"')
    return length


def age(value: object) -> timedelta | None:
    """A duration, or "none" for no bound."""
    if value == "none":
        return None
    try:
        return some_time(value)
    except Wrong:
        raise Wrong('allowed is a duration such as "2d" or "36h", or "none" for any age') from None


def quiet(value: object) -> Quiet:
    """Hours from one time of the day to another; may run over midnight."""
    match = _QUIET.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Wrong('allowed are two times of the day, such as "23:00-07:00"')
    first, second, third, fourth = (int(part) for part in match.groups())
    start, end = time(first, second), time(third, fourth)
    if start == end:
        raise Wrong("allowed are two different times: pausing a destination for good is `wireroom pause`")
    return Quiet(start, end)


def zone(value: object) -> str:
    """A time zone of the IANA database."""
    name = value if isinstance(value, str) else ""
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        close = nearest(name, available_timezones()) if name else None
        raise Wrong('allowed is an IANA time zone, such as "Asia/Tokyo" or "UTC"', nearest=close) from None
    return name


def language(value: object) -> str:
    """A language tag (BCP 47), such as "en" or "ja-JP"."""
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        raise Wrong('allowed is a language tag, such as "en" or "ja"')
    return value


def url(value: object) -> str:
    """A web address, http or https, with a host and without a password, `#` or blanks."""
    if not isinstance(value, str) or not _is_url(value):
        hidden = "found an address with an @ in it" if isinstance(value, str) and "@" in value else None
        raise Wrong('allowed is a web address, such as "https://moderntokyotimes.com", no password in it', found=hidden)
    return value


def base(value: object) -> str:
    """A web address that paths are put behind: without a trailing slash."""
    return url(value).rstrip("/")


def _is_url(value: str) -> bool:
    if not value.isprintable() or any(character.isspace() for character in value):
        return False
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and port != 0
        and "@" not in parts.netloc
        and not parts.fragment
    )


def permalink(value: object) -> str:
    """A pattern of an article's address: a web address, or the path of one, with places in braces."""
    named = ", ".join(f"{{{name}}}" for name in PERMALINK_FIELDS)
    allowed = f'allowed is an address or a path such as "https://…/{{year}}/{{slug}}/", with any of {named}'
    pattern = value if isinstance(value, str) else ""
    try:
        fields = list(Formatter().parse(pattern))
    except ValueError:
        raise Wrong(allowed) from None
    for _, name, spec, conversion in fields:
        if name is not None and (name not in PERMALINK_FIELDS or spec or conversion):
            raise Wrong(allowed, nearest=nearest(name, PERMALINK_FIELDS), found=f"found {describe(name)[6:]} in braces")
    if not _is_url(f"https://host{pattern}" if pattern.startswith("/") else pattern):
        raise Wrong(allowed)
    return pattern


def address(value: object) -> tuple[str, int]:
    """A host and a port to listen on, such as "127.0.0.1:8080" or "[::1]:8080"."""
    host, port = "", -1
    if isinstance(value, str) and value.isprintable() and not set(value) & set("/@?# "):
        try:
            parts = urlsplit(f"//{value}")
            host, port = parts.hostname or "", -1 if parts.port is None else parts.port
        except ValueError:
            pass
    if not host or port < 0:
        raise Wrong('allowed is a host and a port, such as "127.0.0.1:8080"')
    return host, port


def template(value: object) -> str:
    """A template's name inside the templates folder."""
    name = value if isinstance(value, str) and value.isprintable() else ""
    path = PurePosixPath(name)
    if path.suffix != ".j2" or path.is_absolute() or ".." in path.parts or "\\" in name:
        raise Wrong('allowed is a template\'s name inside templates/, such as "posts/x.j2"')
    return str(path)


def variable(value: object) -> str:
    """The name of an environment variable."""
    if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
        raise Wrong(
            'allowed is the name of an environment variable, such as "X_CONSUMER_KEY"', found="found no such name"
        )
    return value
