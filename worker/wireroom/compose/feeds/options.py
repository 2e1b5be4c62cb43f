"""A feed as its destination sets it: which formats, how many items, which hubs, and what its head says."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from wireroom.compose.feeds.formats import FEEDS, FORMATS, Format
from wireroom.compose.feeds.head import FeedHead
from wireroom.compose.feeds.labels import KINDS
from wireroom.compose.feeds.origin import NOWHERE, Origin, Source
from wireroom.model.errors import Problem, SettingsError
from wireroom.model.subscription import OWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wireroom.model.destination import Destination
    from wireroom.model.publication import Publication

ITEMS = 50
"""How many articles a feed holds when its destination does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """A feed destination's own settings; the words are "" where the publications are to speak for themselves.

    `by` says by which of section, tag and author there are feeds of their own, `archives` whether what is older is
    told in documents of its own, `deleted` whether Atom tells what was taken back, `packed` in which encodings
    documents are kept beside themselves.
    """

    formats: tuple[Format, ...]
    items: int = ITEMS
    by: tuple[str, ...] = ()
    archives: bool = True
    deleted: bool = False
    packed: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    language: str = ""


def options(destination: Destination) -> FeedOptions:
    """Read a feed destination's own settings; what is missing has its default.

    Raises `SettingsError` for an unknown format, fewer than one item, or a name that cannot name a folder.
    """
    given = {key: value for key, value in destination.options.items() if value is not None}
    names = _texts(given.get("formats", list(FEEDS)))
    items = _whole(given.get("items", ITEMS))
    problems = _problems(destination.name, names, items)
    if problems:
        raise SettingsError(problems)
    return FeedOptions(
        formats=tuple(FORMATS[name] for name in dict.fromkeys(names)),
        items=items,
        by=tuple(kind for kind in KINDS if kind in _texts(given.get("by"))),
        archives=bool(given.get("archives", True)),
        deleted=bool(given.get("deleted_entries", False)),
        packed=_texts(given.get("precompress")),
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
    taken = _taken(destination, publications)
    names = " · ".join(each.name for each in taken) or destination.name
    languages = {each.language for each in taken}
    described = taken[0].description if len(taken) == 1 else ""
    return FeedHead(
        id=_id(destination, taken, public_url),
        title=chosen.title or names,
        description=chosen.description or described or f"News from {names}",
        home_url=taken[0].url if taken else public_url,
        feed_urls=addresses(public_url, destination.name),
        language=chosen.language or (languages.pop() if len(languages) == 1 else ""),
        hubs=hubs_of(destination, public_url),
        author=names,
        icon=_shared(each.icon for each in taken),
        logo=_shared(each.logo for each in taken),
        rights=_shared(each.rights for each in taken),
        license=_shared(each.license for each in taken),
    )


def hubs_of(destination: Destination, public_url: str) -> tuple[str, ...]:
    """The addresses of the WebSub hubs that a feed names to its readers."""
    named = _texts(destination.options.get("hubs"))
    return tuple(f"{public_url}/hub" if hub == OWN else hub for hub in named)


def rsl_of(destination: Destination, publications: Sequence[Publication]) -> tuple[str, ...]:
    """The terms for machines (RSL 1.0) of the outlets that a feed takes."""
    return tuple(dict.fromkeys(each.rsl for each in _taken(destination, publications) if each.rsl))


def addresses(public_url: str, name: str, *below: str) -> dict[str, str]:
    """Where the documents of a feed are seen from outside, by format; `below` are folders within the feed's own."""
    base = "/".join([public_url, "feeds", *(quote(part, safe="") for part in (name, *below))])
    return {kind.name: f"{base}/{kind.file}" for kind in FORMATS.values()}


def origin(
    destination: Destination,
    publication: str,
    publications: Sequence[Publication],
    feeds: Sequence[Destination],
    public_url: str,
) -> Origin:
    """Where the articles of one outlet come from, in one feed.

    In a feed of several outlets they come from the outlet's own feed: the first of `feeds` that takes it alone.
    """
    outlet = next((each for each in publications if each.key == publication), None)
    if outlet is None:
        return NOWHERE
    group = len(_taken(destination, publications)) > 1
    alone = [feed for feed in feeds if [each.key for each in _taken(feed, publications)] == [publication]]
    return Origin(
        name=outlet.name,
        site=outlet.url,
        language=outlet.language,
        rights=outlet.rights,
        license=outlet.license,
        source=_source(alone[0], outlet, public_url) if group and alone else None,
    )


def _source(feed: Destination, outlet: Publication, public_url: str) -> Source:
    title = str(feed.options.get("title") or outlet.name)
    return Source(id=_id(feed, [outlet], public_url), title=title, urls=addresses(public_url, feed.name))


def _taken(destination: Destination, publications: Sequence[Publication]) -> list[Publication]:
    return [each for each in publications if not destination.publications or each.key in destination.publications]


def _id(destination: Destination, taken: Sequence[Publication], public_url: str) -> str:
    home = taken[0].url if taken else public_url
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{home}#{destination.name}").urn


def _shared(words: Iterable[str]) -> str:
    """What all outlets of a feed say alike; "" where they do not."""
    said = set(words)
    return said.pop() if len(said) == 1 else ""


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
