"""What a reader has already and what it takes: conditional requests and content encodings (RFC 9110, 12 and 13)."""

from __future__ import annotations

import re
from email.utils import formatdate, mktime_tz, parsedate_tz
from functools import lru_cache

from wireroom.compose.feeds.packing import ENCODINGS

MAX_AGE = 300
"""Seconds a reader may keep a feed or picture without asking again."""

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def fresh(named: str, since: str, tag: str, modified: int) -> bool:
    """Whether a reader holds this very version: by tag where it names one, else by date (RFC 9110, 13.2.2).

    `named` is its If-None-Match, `since` its If-Modified-Since, "" where it sends none. Some readers make up the
    date, so a later one counts as well.
    """
    if named:
        return named.strip() == "*" or tag in _TAG.findall(named)
    told = parsedate_tz(since) if since else None
    try:
        return told is not None and mktime_tz((*told[:9], told[9] or 0)) >= modified
    except (ValueError, OverflowError):
        return False


def tags(named: str) -> list[str]:
    """The entity tags of an If-None-Match, in their quotes."""
    return _TAG.findall(named)


@lru_cache(maxsize=512)
def encoding(accepted: str) -> str:
    """The encoding to answer in, of those a reader accepts; "" for none (RFC 9110, 12.5.3)."""
    weights = weigh(accepted)
    anything = weights.get("*", 0.0)
    best, heaviest = "", 0.0
    for name in ENCODINGS:
        weight = weights.get(name, weights.get(f"x-{name}", anything))
        if weight > heaviest:
            best, heaviest = name, weight
    return best


def weigh(accepted: str) -> dict[str, float]:
    """The weights of an Accept or Accept-Encoding header by name; 0 for one that cannot be read."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        told = next((each[2:].strip() for each in parameters if each.startswith("q=")), "1")
        try:
            weights[name] = float(told)
        except ValueError:
            weights[name] = 0.0
    return weights


def standing(tag: str, modified: int) -> dict[str, str]:
    """What a 200 and its 304 have in common (RFC 9110, 15.4.5)."""
    return {
        "etag": tag,
        "last-modified": formatdate(modified, usegmt=True),
        "cache-control": f"public, max-age={MAX_AGE}",
        "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
    }


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
