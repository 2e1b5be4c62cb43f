"""Where an article will be found: an address from the publication's pattern and the headline."""

from __future__ import annotations

import hashlib
import itertools
import re
from string import Formatter
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from anyascii import anyascii

from wireroom.model.errors import Problem, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from wireroom.model.publication import Publication

LONGEST = 80  # characters of a slug
PLACES = ("year", "month", "day", "hour", "minute", "second", "slug", "publication")
DEFAULT = "/{year}/{month}/{slug}/"

_IDEOGRAPH = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_IN_NUMBER = re.compile(r"(?<=\d),(?=\d{3})")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ](?=\w)")


def slug(title: str, fallback: str = "") -> str:
    """Words of `title` in lower-case ASCII, joined by "-", at most 80 characters, cut between words.

    The same title gives the same slug, always, and never an empty one: a title of which nothing can be written in
    ASCII gives the slug of `fallback`, or else a short hash of the title.
    """
    words = _words(title) or _words(fallback)
    if not words:
        return hashlib.sha256(title.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    kept = words[0][:LONGEST]
    for word in words[1:]:
        if len(kept) + 1 + len(word) > LONGEST:
            break
        kept = f"{kept}-{word}"
    return kept


def permalink(publication: Publication, title: str, published_at: datetime, taken: Callable[[str], bool]) -> str:
    """The address of an article, by the publication's pattern, in its time zone; `-2`, `-3` … follow while `taken`.

    `published_at` is aware. A pattern without `{slug}` has it appended, one without a host is on the publication's
    site, an absent one is `/{year}/{month}/{slug}/`. Raises `SettingsError` for a pattern that cannot be filled.
    """
    local = published_at.astimezone(ZoneInfo(publication.timezone))
    pattern = _pattern(publication)
    places = {
        "year": f"{local.year:04}",
        "month": f"{local.month:02}",
        "day": f"{local.day:02}",
        "hour": f"{local.hour:02}",
        "minute": f"{local.minute:02}",
        "second": f"{local.second:02}",
        "publication": publication.key,
    }
    name = slug(title)
    for number in itertools.count(1):
        url = pattern.format(**places, slug=name if number == 1 else f"{name}-{number}")
        if not taken(url):
            break
    return url


def _words(text: str) -> list[str]:
    spaced = _IDEOGRAPH.sub(r" \1 ", _APOSTROPHE.sub("", _IN_NUMBER.sub("", text)))
    return re.findall(r"[a-z0-9]+", anyascii(spaced).lower())


def _pattern(publication: Publication) -> str:
    pattern = publication.permalink or DEFAULT
    _check(publication, pattern)
    if "{slug}" not in pattern:
        pattern += "{slug}" if pattern.endswith(("=", "-", "_")) else "{slug}/" if pattern.endswith("/") else "/{slug}"
    if not pattern.startswith(("http://", "https://")):
        site = publication.url if publication.url.endswith("/") else f"{publication.url}/"
        pattern = urljoin(site, ".") + pattern.lstrip("/")
    return pattern


def _check(publication: Publication, pattern: str) -> None:
    """Nothing but plain places: `{slug:>9}` and `{slug.x}` would be a way into the program's inside."""
    try:
        parts = list(Formatter().parse(pattern))
        wrong = next(
            (name for _, name, spec, how in parts if name is not None and (name not in PLACES or spec or how)), None
        )
        found = None if wrong is None else f"found {{{wrong}}}"
    except ValueError as error:
        found = f"found {pattern!r} ({error})"
    if found:
        allowed = "allowed are " + ", ".join(f"{{{name}}}" for name in PLACES)
        raise SettingsError([Problem(f"publications.{publication.key}.permalink", found, allowed)])
