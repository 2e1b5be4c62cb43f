"""JSON Feed 1.1: SchemaStore's schema and the prose of the specification (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
from referencing import Registry, Resource
from tests.feeds.validate import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEMAS = Path(__file__).parents[1] / "schemas"
VERSION = "https://jsonfeed.org/version/1.1"
_ADDRESSES = (
    "home_page_url",
    "feed_url",
    "next_url",
    "icon",
    "favicon",
    "url",
    "external_url",
    "image",
    "banner_image",
)
_TEXTS = ("title", "description", "summary", "content_html", "content_text", "user_comment", "language")


@cache
def _validator() -> Any:
    first, newest = (json.loads((_SCHEMAS / f"jsonfeed-{name}.json").read_text("utf-8")) for name in ("1", "1.1"))
    known = Registry().with_resource("https://json.schemastore.org/feed-1", Resource.from_contents(first))
    return jsonschema.Draft4Validator(newest, registry=known, format_checker=formats())


def formats() -> jsonschema.FormatChecker:
    """Formats checked by our own rules, so that no further package decides which are."""
    checker = jsonschema.FormatChecker(formats=())
    checker.checks("uri")(lambda value: not isinstance(value, str) or not list(rules.uri("", value, iri=True)))
    checker.checks("date-time")(lambda value: not isinstance(value, str) or _is_date(value))
    return checker


def _is_date(value: str) -> bool:
    return not [each for each in rules.rfc3339("", value, rules.Told(None, "")) if each.startswith("Invalid")]


def loaded(document: bytes) -> tuple[Any, list[str]]:
    """The value of a JSON document, and the faults of its form."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = {key for key, _ in pairs if [each for each, _ in pairs].count(key) > 1}
        if twice:
            raise ValueError(f"the key {twice.pop()!r} stands twice")
        return dict(pairs)

    try:
        value = json.loads(document.decode("utf-8"), object_pairs_hook=once)
    except ValueError as error:
        return None, [f"NotJSON: document: {error}"]
    return value, ["BadCharacters: document: U+FFFD"] if "\ufffd" in document.decode("utf-8") else []


def faults(document: bytes, told: rules.Told) -> list[str]:
    """What is wrong with a JSON Feed."""
    feed, found = loaded(document)
    if feed is None:
        return found
    for error in _validator().iter_errors(feed):
        found.append(f"Schema: {'/'.join(map(str, error.path)) or 'document'}: {error.message[:160]}")
    if not isinstance(feed, dict) or not isinstance(feed.get("items", []), list):
        return found
    found += _feed(feed, told)
    seen: set[object] = set()
    for place, item in enumerate(feed.get("items", [])):
        if isinstance(item, dict):
            key = str(item.get("id"))
            found += _item(item, f"items/{place}", told)
            found += [f"DuplicateValue: items/{place}: the id {key!r} twice"] if key in seen else []
            seen.add(key)
    return found


def _feed(feed: dict[str, Any], told: rules.Told) -> Iterator[str]:
    if feed.get("version") != VERSION or next(iter(feed)) != "version":
        yield "Version: document: version should be 1.1's address, and the first key"
    for key in ("home_page_url", "feed_url"):
        if not feed.get(key):
            yield f"MissingElement: document: {key} is to be considered required on the public web"
    if told.address and feed.get("feed_url") != told.address:
        yield f"SelfDoesntMatchLocation: document: {feed.get('feed_url')} was fetched from {told.address}"
    if feed.get("next_url") and feed["next_url"] == feed.get("feed_url"):
        yield "NextUrl: document: next_url must not be feed_url"
    for hub in feed.get("hubs", []):
        if isinstance(hub, dict):
            yield from rules.uri("hubs", str(hub.get("url", "")))
    yield from _common(feed, "document")


def _item(item: dict[str, Any], where: str, told: rules.Told) -> Iterator[str]:
    yield from _common(item, where)
    if not item.get("id"):
        yield f"NotBlank: {where}: id"
    if not item.get("url"):
        yield f"MissingElement: {where}: url should be present regardless"
    for key in ("content_html", "content_text"):
        if key in item and not str(item[key]).strip():
            yield f"NotBlank: {where}: {key}"
    if isinstance(item.get("content_html"), str):
        yield from rules.html(f"{where}/content_html", item["content_html"])
    for key in ("date_published", "date_modified"):
        if isinstance(item.get(key), str):
            yield from rules.rfc3339(f"{where}/{key}", item[key], told)
    for each in item.get("attachments", []):
        if isinstance(each, dict):
            yield from rules.uri(f"{where}/attachments", str(each.get("url", "")), iri=True)
            yield from rules.media_type(f"{where}/attachments", str(each.get("mime_type", "")))


def _common(group: dict[str, Any], where: str) -> Iterator[str]:
    """What feed and item have alike."""
    yield from _people(group, where)
    for key in _ADDRESSES:
        if isinstance(group.get(key), str):
            yield from rules.uri(f"{where}/{key}", group[key], iri=True)
    yield from (f"NotBlank: {where}: {key}" for key in _TEXTS if group.get(key) == "")
    yield from (f"NotBlank: {where}: a tag" for tag in group.get("tags", []) if not str(tag).strip())
    if isinstance(group.get("language"), str):
        yield from rules.language(f"{where}/language", group["language"])


def _people(group: dict[str, Any], where: str) -> Iterator[str]:
    if "author" in group:
        yield f"Deprecated: {where}: author is version 1's; authors has taken its place"
    for author in group.get("authors", []):
        if not isinstance(author, dict) or not any(author.get(key) for key in ("name", "url", "avatar")):
            yield f"NotBlank: {where}: an author of nothing"
