"""IPTC ninjs 3.1, the part of it that articles use; the shape is that of ninjs-schema_3.1.json, read 2026-11.

A document is one item or a list of items; what an item is associated with is held like an item.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.feeds.validate import rules
from tests.feeds.validate.jsonfeed import loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT, DATE, URI, COUNT, NUMBER = "text", "date", "uri", "count", "number"
_NAMED = {"name": TEXT, "rel": TEXT, "uri": URI, "literal": TEXT}
_SAID = {"role": TEXT, "contentType": TEXT, "value": TEXT}
_RENDITION = {
    **dict.fromkeys(("name", "contentType", "title", "format", "aspectRatio", "videoCodec", "bitrate"), TEXT),
    **dict.fromkeys(("width", "height", "sizeInBytes"), COUNT),
    **dict.fromkeys(("duration", "frameRate"), NUMBER),
    "href": URI,
    "transportProtocol": TEXT,
    "scanType": ("progressive", "interlaced"),
}
_TYPES = ("text", "audio", "video", "picture", "graphic", "composite", "component", "event", "planning")
ITEM: dict[str, Any] = {
    **dict.fromkeys(
        ("profile", "version", "copyrightHolder", "copyrightNotice", "usageTerms", "edNote", "title"), TEXT
    ),
    **dict.fromkeys(("by", "slugline", "located", "language"), TEXT),
    **dict.fromkeys(("firstCreated", "versionCreated", "contentCreated", "embargoedUntil", "expires"), DATE),
    "uri": URI,
    "type": _TYPES,
    "representationType": ("full", "partial"),
    "pubStatus": ("usable", "withheld", "canceled"),
    "urgency": range(1, 10),
    "descriptions": [_SAID],
    "headlines": [_SAID],
    "bodies": [{**_SAID, "charCount": COUNT, "wordCount": COUNT}],
    "people": [_NAMED],
    "organisations": [_NAMED],
    "places": [_NAMED],
    "objects": [_NAMED],
    "events": [{**_NAMED, "id": TEXT}],
    "subjects": [{**_NAMED, "creator": TEXT, "relevance": range(101), "confidence": range(101)}],
    "infoSources": [{"name": TEXT, "role": TEXT, "uri": URI, "literal": TEXT}],
    "genres": [{"name": TEXT, "uri": TEXT, "literal": TEXT}],
    "renditions": [_RENDITION],
    "altIds": [{"role": TEXT, "value": TEXT}],
    "trustIndicators": [{"role": URI, "title": TEXT, "href": URI}],
    "standard": {"name": TEXT, "version": TEXT, "schema": URI},
    "rightsInfo": {"langId": URI, "linkedRights": URI, "encodedRights": TEXT},
    "digitalSourceType": {"name": TEXT, "uri": URI, "literal": TEXT},
}
"""Every property of a news object that articles use, and what its value is. Other properties are faults here."""

_FAR = rules.Told(datetime(9000, 1, 1, tzinfo=UTC), "")  # an embargo or an end may lie ahead
_REQUIRED = {"descriptions": "value", "headlines": "value", "bodies": "value", "renditions": "name"}


def faults(document: bytes, told: rules.Told) -> list[str]:
    """What is wrong with ninjs."""
    value, found = loaded(document)
    if value is None:
        return found
    items = value if isinstance(value, list) else [value]
    for place, item in enumerate(items):
        found += _item(item, f"item {place}", told)
    uris = [item.get("uri") for item in items if isinstance(item, dict)]
    return found + [f"DuplicateValue: document: {uri!r} twice" for uri in set(uris) if uris.count(uri) > 1]


def _item(item: object, where: str, told: rules.Told, associated: bool = False) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"Schema: {where}: no object"
        return
    shape = {**ITEM, "associations": None, **({"name": TEXT, "rel": TEXT} if associated else {})}
    required = ("uri", "name") if associated else ("uri",)
    yield from (f"Schema: {where}: {key} is missing" for key in required if key not in item)
    for key, value in item.items():
        if key not in shape:
            yield f"Schema: {where}: {key} is no property of ninjs 3.1"
        elif key == "associations":
            yield from _associations(value, f"{where}/{key}", told)
        else:
            yield from _value(value, shape[key], f"{where}/{key}", _REQUIRED.get(key, ""))
    if isinstance(item.get("language"), str):
        yield from rules.language(f"{where}/language", item["language"])
    rights = item.get("rightsInfo")
    if isinstance(rights, dict) and ("linkedRights" in rights) == ("encodedRights" in rights):
        yield f"Schema: {where}/rightsInfo: expected linkedRights or encodedRights, one of them"
    yield from _html(item, where)


def _associations(value: object, where: str, told: rules.Told) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"Schema: {where}: no list"
        return
    for place, each in enumerate(value):
        yield from _item(each, f"{where}/{place}", told, associated=True)


def _value(value: object, shape: Any, where: str, required: str = "") -> Iterator[str]:
    if isinstance(shape, list):
        if not isinstance(value, list):
            yield f"Schema: {where}: no list"
            return
        for place, each in enumerate(value):
            yield from _value(each, shape[0], f"{where}/{place}", required)
    elif isinstance(shape, dict):
        yield from _group(value, shape, where, required)
    elif isinstance(shape, tuple | range):
        if isinstance(value, bool) or value not in shape:
            yield f"Schema: {where}: {value!r} is none of {shape}"
    else:
        yield from _scalar(value, shape, where)


def _group(value: object, shape: dict[str, Any], where: str, required: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"Schema: {where}: no object"
        return
    if required and required not in value:
        yield f"Schema: {where}: {required} is missing"
    for key, each in value.items():
        if key in shape:
            yield from _value(each, shape[key], f"{where}/{key}")
        else:
            yield f"Schema: {where}: {key} is no property of it"


def _scalar(value: object, shape: str, where: str) -> Iterator[str]:
    if shape in (COUNT, NUMBER):
        kinds = int if shape == COUNT else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            yield f"Schema: {where}: {value!r} is no number"
    elif not isinstance(value, str):
        yield f"Schema: {where}: {value!r} is no text"
    elif not value.strip():
        yield f"NotBlank: {where}: empty"
    elif shape == URI:
        yield from rules.uri(where, value)
    elif shape == DATE:
        yield from rules.rfc3339(where, value, _FAR)


def _html(item: dict[str, Any], where: str) -> Iterator[str]:
    """A body in HTML is safe HTML with whole addresses, though the schema does not say so."""
    bodies = item.get("bodies")
    for place, body in enumerate(bodies if isinstance(bodies, list) else []):
        if isinstance(body, dict) and str(body.get("contentType", "")).startswith("text/html"):
            yield from rules.html(f"{where}/bodies/{place}", str(body.get("value", "")))
