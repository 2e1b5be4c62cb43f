"""Atom 1.0: the grammar and the prose of RFC 4287, and what the W3C feed validator warns of beside them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree
from tests.feeds.validate import media, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

A = "{http://www.w3.org/2005/Atom}"


@cache
def _grammar() -> rules.Element:
    return etree.RelaxNG(etree.parse(Path(__file__).parent / "atom.rng"))


def faults(document: bytes, told: rules.Told) -> list[str]:
    """What is wrong with an Atom document."""
    root, found = rules.parsed(document)
    if root is None:
        return found
    if root.tag != f"{A}feed":
        return [*found, f"UndefinedElement: document: {root.tag}, expected feed of Atom"]
    lines = document.split(b"\n")
    if not _grammar().validate(root):
        found += [f"RelaxNG: line {each.line}: {each.message}" for each in _grammar().error_log]
    found += _feed(root, lines, told)
    ids: set[str] = set()
    moved: set[str] = set()
    for entry in root.findall(f"{A}entry"):
        key, updated = entry.findtext(f"{A}id") or "", entry.findtext(f"{A}updated") or ""
        found += [f"{each} (in {key!r})" for each in _entry(entry, root, lines, told)]
        found += [f"DuplicateEntries: entry: {key!r} twice"] if key in ids else []
        found += [f"DuplicateUpdated: entry: {updated} twice"] if updated in moved else []
        ids.add(key)
        moved.add(updated)
    return found


def _feed(feed: rules.Element, lines: list[bytes], told: rules.Told) -> Iterator[str]:
    order = [each.tag == f"{A}entry" for each in feed.iterchildren("*")]
    if order != sorted(order):
        yield "MisplacedMetadata: feed: something of the feed stands after an entry"
    yield from rules.links(feed, told, ("application/atom+xml",))
    yield from _common(feed, lines, told)
    for tag in ("icon", "logo"):
        for each in feed.findall(f"{A}{tag}"):
            yield from rules.uri(f"feed/{tag}", each.text or "", iri=True)
    newest = max((_moment(entry, "updated") for entry in feed.findall(f"{A}entry")), default="")
    if newest and _moment(feed, "updated") < newest:
        yield "FeedOlderThanEntry: feed: its updated is before that of an entry (RFC 4287, 4.2.15)"


def _entry(entry: rules.Element, feed: rules.Element, lines: list[bytes], told: rules.Told) -> Iterator[str]:
    yield from rules.links(entry, told, ())
    yield from _common(entry, lines, told)
    owners = [entry, feed, *entry.findall(f"{A}source")]
    if not any(owner.find(f"{A}author") is not None for owner in owners):
        yield "MissingElement: entry: no author, nor has the feed one (RFC 4287, 4.2.1)"
    content = entry.find(f"{A}content")
    alternate = [link for link in entry.findall(f"{A}link") if link.get("rel", "alternate") == "alternate"]
    if content is None and not alternate:
        yield "MissingContentOrAlternate: entry: neither content nor an alternate link (RFC 4287, 4.1.2)"
    if content is not None:
        yield from _construct(content, "entry/content", lines)
        remote = content.get("src") is not None or "/" in content.get("type", "text")
        if remote and entry.find(f"{A}summary") is None:
            yield "MissingSummary: entry: content elsewhere or encoded needs a summary (RFC 4287, 4.1.2)"
    if entry.find(f"{A}published") is not None:
        yield from rules.rfc3339("entry/published", entry.findtext(f"{A}published") or "", told)
        if _moment(entry, "updated") < _moment(entry, "published"):
            yield "UpdatedBeforePublished: entry: it changed before it was published"
    yield from media.faults(entry, lines)


def _common(parent: rules.Element, lines: list[bytes], told: rules.Told) -> Iterator[str]:
    """What feed and entry have alike."""
    place, key = rules.name(parent), parent.findtext(f"{A}id") or ""
    yield from rules.uri(f"{place}/id", key, iri=True)
    yield from rules.canonical(f"{place}/id", key)
    yield from rules.rfc3339(f"{place}/updated", parent.findtext(f"{A}updated") or "", told)
    for tag in ("title", "subtitle", "summary", "rights"):
        for each in parent.findall(f"{A}{tag}"):
            yield from _construct(each, f"{place}/{tag}", lines)
    for name in parent.findall(f"{A}author/{A}name"):
        if not (name.text or "").strip():
            yield f"NotBlank: {place}/author/name: empty"
    for each in parent.findall(f"{A}category"):
        if not each.get("term", "").strip():
            yield f"NotBlank: {place}/category: empty"
    lang = parent.get("{http://www.w3.org/XML/1998/namespace}lang")
    if lang is not None:
        yield from rules.language(f"{place}/@xml:lang", lang)


def _construct(element: rules.Element, where: str, lines: list[bytes]) -> Iterator[str]:
    kind = element.get("type", "text")
    if element.get("src") is not None or kind == "xhtml":
        return
    if not (element.text or "").strip():
        yield f"NotBlank: {where}: empty"
    if kind == "html":
        yield from rules.html(where, element.text or "")
    elif kind == "text":
        yield from rules.plain(where, element, lines, message="ContainsUndeclaredHTML")
    elif where != "entry/content":
        yield f"InvalidTextType: {where}: {kind!r}"


def _moment(element: rules.Element, tag: str) -> str:
    """A date as a text that sorts, where it is in UTC; "" where it is missing or elsewhere."""
    value = str(element.findtext(f"{A}{tag}") or "")
    return value.removesuffix("Z").ljust(19, " ") if value.endswith("Z") else ""
