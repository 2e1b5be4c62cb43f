"""Media RSS 1.5.1 below an item or entry, as the W3C validator holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.feeds.validate import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

SPACE = "{http://search.yahoo.com/mrss/}"
_MEDIUMS = ("image", "audio", "video", "document", "executable")
_ROLES = ("artist", "author", "correspondent", "illustrator", "photographer", "producer", "reporter", "writer")
_KEYS = rules.words(
    "bitrate channels duration expression fileSize framerate height isDefault lang medium samplingrate type url width"
)


def faults(item: rules.Element, lines: list[bytes]) -> Iterator[str]:
    """What is wrong with the media of one item."""
    for group in item.iter(f"{SPACE}group"):
        if len(group.findall(f"{SPACE}content")) < 2:
            yield "MediaGroupWithoutAlternatives: media:group: fewer than two contents"
    for content in item.iter(f"{SPACE}content"):
        yield from _content(content)
    for thumbnail in item.iter(f"{SPACE}thumbnail"):
        yield from _sized("media:thumbnail", thumbnail)
    for words in [*item.iter(f"{SPACE}title"), *item.iter(f"{SPACE}description")]:
        yield from _words(words, lines)
    for parent in [item, *item.iter(f"{SPACE}content"), *item.iter(f"{SPACE}group")]:
        yield from _once(parent)
    for credit in item.iter(f"{SPACE}credit"):
        role = credit.get("role", "photographer")
        if credit.get("scheme", "urn:ebu") == "urn:ebu" and role not in _ROLES:
            yield f"InvalidCreditRole: media:credit: {role!r}"


def _once(parent: rules.Element) -> Iterator[str]:
    for tag in ("title", "description", "copyright"):
        if len(parent.findall(f"{SPACE}{tag}")) > 1:
            yield f"DuplicateElement: {rules.name(parent)}: media:{tag}"


def _content(content: rules.Element) -> Iterator[str]:
    yield from (f"UnexpectedAttribute: media:content: {key}" for key in content.attrib if key not in _KEYS)
    yield from _sized("media:content", content)
    if content.get("medium") not in (None, *_MEDIUMS):
        yield f"InvalidMediaMedium: media:content: {content.get('medium')!r}"
    if content.get("type") is not None:
        yield from rules.media_type("media:content", content.get("type"))
    if content.get("lang") is not None:
        yield from rules.language("media:content", content.get("lang"))


def _sized(where: str, element: rules.Element) -> Iterator[str]:
    if element.get("url") is None and element.find(f"{SPACE}player") is None:
        yield f"MissingAttribute: {where}: url"
    if element.get("url") is not None:
        yield from rules.uri(where, element.get("url"))
    for key in ("fileSize", "width", "height"):
        if element.get(key) is not None:
            yield from rules.number(f"{where}/@{key}", element.get(key), least=1)


def _words(element: rules.Element, lines: list[bytes]) -> Iterator[str]:
    kind = element.get("type", "plain")
    if kind not in ("plain", "html"):
        yield f"InvalidMediaTextType: {rules.name(element)}: {kind!r}"
    elif kind == "html":
        yield from rules.html(rules.name(element), element.text or "")
    else:
        yield from rules.plain(rules.name(element), element, lines, message="ContainsUndeclaredHTML")
