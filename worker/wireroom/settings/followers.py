"""Destinations that follow a feed: which one, and the rules they have from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from urllib.parse import urlsplit

from wireroom.model.channel import Kind
from wireroom.model.destination import Breaker, Destination, Retry
from wireroom.model.subscription import OWN
from wireroom.settings import values
from wireroom.settings.table import Table
from wireroom.settings.values import Wrong

FEED = "feed"
"""The channel that can be followed."""

HUB, OWN_HUB = "websub", "hub"
"""The channels that tell somebody else's hub, and that are the newsroom's own."""

_RETRY = Retry(attempts=1000)
_BREAKER = Breaker(failures=1000)

TAKEN = ("publications", "when", "delay", "quiet", "max_age")
"""The rules a follower has from its feed, so that it takes the same articles at the same time."""


def followed(table: Table, kind: Kind | None) -> str:
    """The name at `follows`, "" where there is none; a channel that follows needs it, and others may not have it."""
    if kind is None:
        table.allow(["follows"])
        return ""
    if not kind.follows:
        if "follows" in table:
            table.get("follows", _nothing(kind), "")
        return ""
    for key in TAKEN:
        if key in table:
            table.report(key, "a rule of its own", "a follower has it from the feed it follows: set it there")
    return table.need("follows", _name, "")


def complete(places: Sequence[Destination], tables: Mapping[str, Table]) -> tuple[Destination, ...]:
    """The destinations, each follower with the rules of its feed, and one more for each hub that a feed names."""
    found = resolved(places, tables)
    for feed in found:
        if feed.channel == FEED:
            found += _hubs(feed, tables[feed.name], [place.name for place in found])
    return found


def resolved(places: Sequence[Destination], tables: Mapping[str, Table]) -> tuple[Destination, ...]:
    """The destinations, each follower with the rules of its feed. A name that is no feed's is noted in its table."""
    feeds = {place.name: place for place in places if place.channel == FEED}
    unread = tables.keys() - {place.name for place in places}  # what is wrong with those is noted there
    found: list[Destination] = []
    for place in places:
        feed = feeds.get(place.follows)
        if place.follows and feed is None and place.follows not in unread:
            _report(place, tables, list(feeds))
        found.append(place if feed is None else following(place, feed))
    return tuple(found)


def following(place: Destination, feed: Destination) -> Destination:
    """A follower with the rules of its feed."""
    return replace(
        place,
        follows=feed.name,
        publications=feed.publications,
        when=feed.when,
        delay=feed.delay,
        quiet=feed.quiet,
        max_age=feed.max_age,
    )


def _hubs(feed: Destination, table: Table, names: list[str]) -> tuple[Destination, ...]:
    """A follower that tells each hub of a feed, named after both. What is no hub's address is noted."""
    found: list[Destination] = []
    hubs = feed.options.get("hubs")
    for hub in dict.fromkeys(hubs if isinstance(hubs, tuple) else ()):
        if hub == OWN:
            found.append(following(_own(feed, names), feed))
            continue
        try:
            host = urlsplit(values.url(hub)).hostname or ""
        except Wrong as wrong:
            found_there = wrong.found or values.describe(hub)
            table.report(
                "hubs", f"in the list {found_there}", 'allowed are hubs\' addresses, without a password, and "own"'
            )
            continue
        name = _free(f"{feed.name}@{host.replace(':', '.')}", names)
        names.append(name)
        place = Destination(name=name, channel=HUB, options={"hub": hub})
        found.append(following(place, feed))
    return tuple(found)


def _own(feed: Destination, names: list[str]) -> Destination:
    """The newsroom's own hub of a feed. One subscriber's failures are not the hub's: they never end or rest it."""
    name = _free(f"{feed.name}@{OWN}", names)
    names.append(name)
    return Destination(name=name, channel=OWN_HUB, retry=_RETRY, breaker=_BREAKER)


def _free(name: str, names: Sequence[str]) -> str:
    """The name, with a number behind it where it is taken."""
    taken = {each.casefold() for each in names}
    numbered = (f"{name}-{number}" for number in count(2))
    return name if name.casefold() not in taken else next(each for each in numbered if each.casefold() not in taken)


def _report(place: Destination, tables: Mapping[str, Table], feeds: list[str]) -> None:
    found = values.describe(place.follows) + (", which is no feed" if place.follows in tables else "")
    allowed = f"allowed is a destination of channel feed: {', '.join(feeds) or 'there is none'}"
    tables[place.name].report("follows", found, allowed, values.nearest(place.follows, feeds))


def _name(value: object) -> str:
    try:
        return values.text(value)
    except Wrong:
        raise Wrong("allowed is the name of a destination whose channel is feed") from None


def _nothing(kind: Kind) -> values.Parser[str]:
    def parse(_: object) -> str:
        raise Wrong(f"channel {kind.name} follows no feed: leave the key out")

    return parse
