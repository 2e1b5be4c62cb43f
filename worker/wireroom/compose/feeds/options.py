"""A feed as its destination sets it: which formats, how many items, which hubs, and what its head says."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from wireroom.compose.feeds.formats import FORMATS, Format
from wireroom.compose.feeds.head import FeedHead
from wireroom.model.errors import Problem, SettingsError
from wireroom.model.subscription import OWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wireroom.model.destination import Destination
    from wireroom.model.publication import Publication

ITEMS = 50
"""How many articles a feed holds when its destination does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """A feed destination's own settings; the words are "" where the publications are to speak for themselves."""

    formats: tuple[Format, ...]
    items: int = ITEMS
    hubs: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    language: str = ""


def options(destination: Destination) -> FeedOptions:
    """Read `formats`, `items`, `hubs`, `title`, `description` and `language`; what is missing has its default.

    Raises `SettingsError` for an unknown format, fewer than one item, or a name that cannot name a folder.
    """
    given = {key: value for key, value in destination.options.items() if value is not None}
    names = _texts(given.get("formats", list(FORMATS)))
    items = _whole(given.get("items", ITEMS))
    problems = _problems(destination.name, names, items)
    if problems:
        raise SettingsError(problems)
    return FeedOptions(
        formats=tuple(FORMATS[name] for name in dict.fromkeys(names)),
        items=items,
        hubs=_texts(given.get("hubs")),
        title=str(given.get("title", "")),
        description=str(given.get("description", "")),
        language=str(given.get("language", "")),
    )


def head(
    destination: Destination, chosen: FeedOptions, publications: Sequence[Publication], public_url: str
) -> FeedHead:
    """The feed's head, without a date: the chosen words, else those of the publications the destination takes.

    Its id comes from the outlet's site and the destination's name, so it stays when `public_url` changes.
    """
    taken = [each for each in publications if not destination.publications or each.key in destination.publications]
    names = " · ".join(each.name for each in taken) or destination.name
    languages = {each.language for each in taken}
    home = taken[0].url if taken else public_url
    base = f"{public_url}/feeds/{quote(destination.name, safe='')}"
    described = taken[0].description if len(taken) == 1 else ""
    return FeedHead(
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"{home}#{destination.name}").urn,
        title=chosen.title or names,
        description=chosen.description or described or f"News from {names}",
        home_url=home,
        feed_urls={kind.name: f"{base}/{kind.file}" for kind in FORMATS.values()},
        language=chosen.language or (languages.pop() if len(languages) == 1 else ""),
        hubs=tuple(f"{public_url}/hub" if hub == OWN else hub for hub in chosen.hubs),
        author=names,
    )


def _problems(name: str, formats: Sequence[str], items: int) -> list[Problem]:
    where, allowed = f"destinations.{name}", f"one or more of {', '.join(FORMATS)}"
    unknown = [each for each in formats if each not in FORMATS]
    problems = [Problem(f"{where}.formats", f"found {each!r}", f"allowed are {allowed}") for each in unknown]
    if not formats:
        problems.append(Problem(f"{where}.formats", "no format named", f"expected is a list of {allowed}"))
    if items < 1:
        problems.append(Problem(f"{where}.items", "not a number of items", "expected is a whole number from 1 up"))
    if name.startswith(".") or set(name) & set("/\\\0"):
        problems.append(Problem(where, "the name is that of a folder", "it may not start with a dot or hold a slash"))
    return problems


def _whole(value: object) -> int:
    """The whole number from 1 up that `value` is, 0 for anything else."""
    return int(value) if isinstance(value, int | float) and value >= 1 and value == int(value) else 0


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list | tuple) else ()
