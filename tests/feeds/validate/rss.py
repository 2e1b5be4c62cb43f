"""RSS 2.0 with the RSS Advisory Board's profile 1.0, held as the W3C feed validator holds them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.feeds.validate import media, rules

if TYPE_CHECKING:
    from collections.abc import Iterator

_ATOM, _DC = "{http://www.w3.org/2005/Atom}", "{http://purl.org/dc/elements/1.1/}"
_CONTENT, _TERMS = "{http://purl.org/rss/1.0/modules/content/}encoded", "{http://purl.org/dc/terms/}"
_SY = "{http://purl.org/rss/1.0/modules/syndication/}"
_CHANNEL = rules.words(
    "title link description language copyright managingEditor webMaster pubDate lastBuildDate category generator docs "
    "cloud ttl image rating textInput skipHours skipDays item"
)
_ITEM = rules.words("title link description author category comments enclosure guid pubDate source")
_MANY = frozenset({"category", "item", f"{_DC}creator", f"{_DC}subject", f"{_DC}contributor", f"{_ATOM}link"})
_SAME = {  # extension: the core element that says the same
    f"{_DC}creator": ("author", "managingEditor"),
    f"{_DC}subject": ("category",),
    f"{_DC}date": ("pubDate",),
    f"{_DC}language": ("language",),
    f"{_DC}rights": ("copyright",),
    f"{_DC}publisher": ("webMaster",),
    f"{_DC}source": ("source",),
    f"{_ATOM}id": ("guid",),
    f"{_ATOM}published": ("pubDate",),
    f"{_TERMS}modified": ("lastBuildDate",),
}
_MAIL = re.compile(r"[\w.+'-]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+ \(.+\)")


def faults(document: bytes, told: rules.Told) -> list[str]:
    """What is wrong with an RSS document."""
    root, found = rules.parsed(document)
    if root is None:
        return found
    if root.tag != "rss" or root.get("version") != "2.0":
        return [*found, "InvalidRSSVersion: document: expected <rss version='2.0'>"]
    channels = root.findall("channel")
    if len(channels) != 1 or len(root) != 1:
        return [*found, "MissingElement: rss: expected one channel and nothing else"]
    lines = document.split(b"\n")
    found += _channel(channels[0], lines, told)
    seen: set[str] = set()
    for item in channels[0].findall("item"):
        found += [
            f"{each} (in {item.findtext('guid') or item.findtext('title')!r})" for each in _item(item, lines, told)
        ]
        guid = (item.findtext("guid") or "").strip()
        found += [f"DuplicateValue: guid: {guid!r} twice"] if guid and guid in seen else []
        seen.add(guid)
    return found


def _channel(channel: rules.Element, lines: list[bytes], told: rules.Told) -> Iterator[str]:
    for tag, rule in (("title", "MissingTitle"), ("link", "MissingLink"), ("description", "MissingDescription")):
        if channel.find(tag) is None:
            yield f"{rule}: channel: {tag}"
    yield from _children(channel, _CHANNEL)
    yield from rules.links(channel, told, ("application/rss+xml",))
    order = [each.tag == "item" for each in channel.iterchildren("*")]
    if order != sorted(order):
        yield "MisplacedItem: channel: something of the channel stands after an item"
    yield from _fields(channel, lines, told)
    for tag in ("title", "description", "copyright"):
        yield from _words(channel, tag, lines)
    if channel.find("textInput") is not None:
        yield "AvoidTextInput: channel: textInput"
    for image in channel.findall("image"):
        yield from _image(image, channel, lines)
    for tag, least in (("ttl", 1), (f"{_SY}updateFrequency", 1)):
        for each in channel.findall(tag):
            yield from rules.number(f"channel/{rules.name(each)}", (each.text or "").strip(), least=least)
    period = channel.findtext(f"{_SY}updatePeriod")
    if period is not None and period not in ("hourly", "daily", "weekly", "monthly", "yearly"):
        yield f"InvalidUpdatePeriod: channel: {period!r}"


def _item(item: rules.Element, lines: list[bytes], told: rules.Told) -> Iterator[str]:
    if item.find("title") is None and item.find("description") is None:
        yield "ItemMustContainTitleOrDescription: item: neither title nor description"
    yield from _children(item, _ITEM)
    yield from _fields(item, lines, told)
    yield from _words(item, "title", lines)
    yield from rules.links(item, told, ())
    tags = [each.tag for each in item]
    if _CONTENT in tags and "description" not in tags[: tags.index(_CONTENT)]:
        yield "NeedDescriptionBeforeContent: item: content:encoded without a description before it"
    for each in [*item.findall("description"), *item.findall(_CONTENT)]:
        yield from rules.html(f"item/{rules.name(each)}", each.text or "")
    for source in item.findall("source"):
        yield from rules.uri("item/source/@url", source.get("url", ""))
    yield from _guid(item)
    yield from _enclosures(item)
    yield from media.faults(item, lines)


def _children(parent: rules.Element, known: frozenset[str]) -> Iterator[str]:
    """Elements that are known, once each, and none that says what another says."""
    place, tags = rules.name(parent), [each.tag for each in parent if isinstance(each.tag, str)]
    for tag in dict.fromkeys(tags):
        if not tag.startswith("{") and tag not in known:
            yield f"UndefinedElement: {place}: {tag}"
        many = tag in _MANY or tag.startswith(media.SPACE)
        if tags.count(tag) > 1 and not many:
            yield f"{'DuplicateEnclosure' if tag == 'enclosure' else 'DuplicateElement'}: {place}: {tag}"
        for core in _SAME.get(tag, ()):
            if core in tags:
                yield f"Duplicate{'Item' if place == 'item' else ''}Semantics: {place}: {core} and {tag}"


def _fields(parent: rules.Element, lines: list[bytes], told: rules.Told) -> Iterator[str]:
    """Fields that channel and item have alike."""
    place = rules.name(parent)
    for each in parent.iterchildren("*"):
        where, value = f"{place}/{rules.name(each)}", (each.text or "").strip()
        if each.tag in ("link", "comments", "docs"):
            yield from rules.uri(where, value)
        elif each.tag in ("pubDate", "lastBuildDate"):
            yield from rules.rfc822(where, value, told)
        elif each.tag in (f"{_DC}date", f"{_TERMS}modified", f"{_TERMS}created", f"{_TERMS}issued"):
            yield from rules.w3c_date(where, value, told)
        elif each.tag in ("language", f"{_DC}language"):
            yield from rules.language(where, value)
        elif each.tag in ("author", "managingEditor", "webMaster"):
            yield from _mail(where, value)
        elif each.tag == "category":
            yield from [] if value else [f"NotBlank: {where}: empty"]
            yield from rules.plain(where, each, lines)
        elif each.tag == f"{_DC}creator" and not value:
            yield f"NotBlank: {where}: empty"


def _mail(where: str, value: str) -> Iterator[str]:
    if "@" not in value:
        yield f"InvalidContact: {where}: {value!r} is no e-mail address"
    elif not _MAIL.fullmatch(value):
        yield f"MissingRealName: {where}: {value!r} is not of the form a@b.example (Name)"


def _words(parent: rules.Element, tag: str, lines: list[bytes]) -> Iterator[str]:
    for each in parent.findall(tag):
        where = f"{rules.name(parent)}/{tag}"
        if not (each.text or "").strip():
            yield f"NotBlank: {where}: empty"
        yield from rules.plain(where, each, lines)


def _guid(item: rules.Element) -> Iterator[str]:
    guid = item.find("guid")
    if guid is None:
        yield "MissingGuid: item: no guid"
        return
    value, permanent = guid.text or "", guid.get("isPermaLink", "true")
    if not value.strip():
        yield "NotBlank: item/guid: empty"
    elif permanent not in ("true", "false"):
        yield f"InvalidBooleanAttribute: item/guid: isPermaLink={permanent!r}"
    elif permanent == "true":
        if not re.match(r"https?://", value):
            yield f"InvalidPermalink: item/guid: {value!r} is no address"
        yield from rules.uri("item/guid", value, message="InvalidHttpGUID")
    elif len(value) < 9 and value.isdigit():
        yield f"NotSufficientlyUnique: item/guid: {value!r}"


def _enclosures(item: rules.Element) -> Iterator[str]:
    for each in item.findall("enclosure"):
        yield from (
            f"MissingAttribute: enclosure: {key}" for key in ("url", "length", "type") if key not in each.attrib
        )
        yield from rules.web_address("enclosure/@url", each.get("url", "http://a.b/"))
        yield from rules.number("enclosure/@length", each.get("length", "0"))
        yield from rules.media_type("enclosure/@type", each.get("type", "a/b"))


def _image(image: rules.Element, channel: rules.Element, lines: list[bytes]) -> Iterator[str]:
    """RSS 2.0: url, title, link, which "in practice … should have the same value as the channel's"."""
    for tag, rule in (("title", "MissingTitle"), ("link", "MissingLink"), ("url", "MissingElement")):
        if not image.findtext(tag):
            yield f"{rule}: image: {tag}"
    if image.findtext("title") != channel.findtext("title"):
        yield "ImageTitleDoesntMatch: image: its title is not the channel's"
    if image.findtext("link") != channel.findtext("link"):
        yield "ImageLinkDoesntMatch: image: its link is not the channel's"
    address = image.findtext("url") or "http://a.b/"
    yield from rules.uri("image/url", address)
    ending = address.rpartition(".")[2].lower()
    if re.fullmatch(r"\w+", ending) and ending not in ("jpg", "jpeg", "gif", "png"):
        yield f"ImageUrlFormat: image: {ending}"
    yield from _words(image, "title", lines)
    for tag, most in (("width", 144), ("height", 400)):
        value = image.findtext(tag, "1")
        if not value.isdigit() or not 0 < int(value) <= most:
            yield f"Invalid{tag.capitalize()}: image: {value}, at most {most}"
