"""Reads what came of a storm: the log, the posts on the platforms, the documents of the feeds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.storm.newsroom import account
from benchmarks.storm.publisher import Promise
from benchmarks.storm.verdict import PENDING, Logged, Seen, Verdict, Wanted, compare
from wireroom.model.delivery import fold
from wireroom.model.errors import Refused
from wireroom.store import Store

View = Sequence[Sequence[Seen]]

_ATOM = "{http://www.w3.org/2005/Atom}"


def verdict(
    store: Store, promises: Sequence[Promise], posts: Sequence[Mapping[str, object]], feeds: Mapping[str, View]
) -> Verdict:
    """Compare what was promised with what the platforms show, what the feeds hold and what the log says."""
    wanted = [_wanted(store, promise) for promise in promises]
    places = sorted({promise.destination for promise in promises} - feeds.keys())
    views: dict[str, View] = {place: [_posted(place, posts)] for place in places}
    views |= {**feeds, "elsewhere": [_elsewhere(places, posts)]}
    return compare(wanted, [_logged(store, promise.delivery) for promise in promises], views)


def waiting(store: Store) -> int:
    """How many deliveries have not ended."""
    return sum(number for (_, state), number in store.tally().items() if state in PENDING)


def caught(store: Store, promises: Sequence[Promise]) -> int:
    """How many deliveries were in a worker's hands when it died, each counted as often as that came about."""
    entries = (entry for promise in promises for entry in store.dossier(promise.delivery).entries)
    return sum(entry.why.startswith("its worker was lost") for entry in entries)


def documents(home: Path, feed: str) -> list[list[Seen]]:
    """The items of a feed, as each of its documents has them; none where a document is not there."""
    folder = home / "var" / "feeds" / feed
    readers = {"rss.xml": _rss, "atom.xml": _atom, "feed.json": _json}
    found = {name: (folder / name).read_bytes() if (folder / name).exists() else b"" for name in readers}
    return [[Seen(feed, *item) for item in read(found[name])] if found[name] else [] for name, read in readers.items()]


def richest(homes: Sequence[Path], feed: str) -> View:
    """A feed's documents at the home where they hold most: each host writes what its own workers deliver."""
    return max((documents(home, feed) for home in homes), key=lambda found: sum(map(len, found)))


def everywhere(homes: Sequence[Path], feed: str) -> View:
    """A feed's documents at every home."""
    return [document for home in homes for document in documents(home, feed)]


def alike(homes: Sequence[Path], feed: str) -> bool:
    """Whether a feed has the same items at every home, in each of its documents."""
    first, *others = (sorted((seen.link, seen.text) for seen in document) for document in everywhere(homes, feed))
    return all(other == first for other in others)


def _wanted(store: Store, promise: Promise) -> Wanted:
    """A post's words are those that were frozen when it was published; an item of a feed is told by its title."""
    text = promise.title if promise.destination.startswith("feed") else store.post(promise.delivery).text
    return Wanted(promise.destination, promise.link, text, promise.delivery)


def _logged(store: Store, delivery: str) -> Logged:
    dossier = store.dossier(delivery)
    row = dossier.delivery
    try:
        folds = fold(dossier.entries) is row.state
    except Refused:
        folds = False
    return Logged(delivery, row.state.value, row.reason, row.remote_id or "", folds)


def _posted(place: str, posts: Sequence[Mapping[str, object]]) -> list[Seen]:
    mine = account(place)
    return [_seen(place, post) for post in posts if post["account"] == mine]


def _elsewhere(places: Sequence[str], posts: Sequence[Mapping[str, object]]) -> list[Seen]:
    known = {account(place) for place in places}
    return [_seen(str(post["account"]), post) for post in posts if post["account"] not in known]


def _seen(place: str, post: Mapping[str, object]) -> Seen:
    return Seen(place, str(post["link"]), str(post["text"]), str(post["id"]))


def _rss(data: bytes) -> Iterable[tuple[str, str]]:
    for item in ElementTree.fromstring(data).iter("item"):
        yield item.findtext("link", ""), item.findtext("title", "")


def _atom(data: bytes) -> Iterable[tuple[str, str]]:
    for entry in ElementTree.fromstring(data).iter(f"{_ATOM}entry"):
        links = {link.get("rel", "alternate"): link.get("href", "") for link in entry.iter(f"{_ATOM}link")}
        yield links.get("alternate", ""), entry.findtext(f"{_ATOM}title", "")


def _json(data: bytes) -> Iterable[tuple[str, str]]:
    for item in json.loads(data)["items"]:
        yield item.get("url", ""), item.get("title", "")
