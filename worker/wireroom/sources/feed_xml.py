"""RSS 0.9 to 2.0 and Atom as items, read by feedparser."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET
from xml.sax import SAXException

from wireroom.model.article import Picture
from wireroom.model.errors import ArticleError
from wireroom.sources import html as markup
from wireroom.sources.feed_item import Document, Item
from wireroom.sources.wording import one_line, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

_ATOM = "{http://www.w3.org/2005/Atom}"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_ENTRIES = frozenset(
    {"item", "{http://purl.org/rss/1.0/}item", "{http://my.netscape.com/rdf/simple/0.9/}item", f"{_ATOM}entry"}
)
_OLDER = ("prev-archive", "next")  # RFC 5005: archived feeds, and paged ones


def read_xml_feed(raw: bytes, name: str) -> Document:
    """The document's items. Raises `ArticleError` for what is no feed.

    One that is not well-formed is read as readers do, who take what they can make out, and is said to be `broken`.
    """
    import feedparser  # takes a third of a second to load

    # Bytes that begin like an address are opened as one, so what is no markup does not get that far.
    if not raw.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<"):
        raise ArticleError(name, f"found {quote(raw[:60].decode('utf-8', 'replace'))}; expected RSS, Atom or JSON Feed")
    parsed = feedparser.parse(raw, sanitize_html=False, resolve_relative_uris=False)
    if not parsed.version and not parsed.entries:
        raise ArticleError(name, "found markup that is no feed; expected RSS, Atom or JSON Feed")
    wrong = parsed.get("bozo_exception")
    ids = _exact_ids(raw)
    exact = ids if len(ids) == len(parsed.entries) else [None] * len(parsed.entries)
    links = {link.get("rel"): link.get("href", "") for link in parsed.feed.get("links", ())}
    return Document(
        link=parsed.feed.get("link", ""),
        language=parsed.feed.get("language", ""),
        updated=_moment(dict.get(parsed.feed, "updated_parsed") or dict.get(parsed.feed, "published_parsed")),
        items=tuple(_item(entry, uid) for entry, uid in zip(parsed.entries, exact, strict=True)),
        older=next((links[rel] for rel in _OLDER if links.get(rel)), ""),
        broken=f"it is not well-formed: {one_line(str(wrong))[:120]}" if isinstance(wrong, SAXException) else "",
    )


def _exact_ids(raw: bytes) -> list[str | None]:
    """The ids as they stand there, entry by entry, for feedparser resolves some of them as if they were links."""
    try:
        root = ET.fromstring(raw)  # noqa: S314 (expat bounds the growth of entities, and fetches none)
    except (ET.ParseError, ValueError, LookupError):
        return []
    return [_exact_id(each) for each in root.iter() if each.tag in _ENTRIES]


def _exact_id(element: ET.Element) -> str | None:
    told = element.findtext("guid") or element.findtext(f"{_ATOM}id") or element.get(_ABOUT) or ""
    return told.strip() or None


def _item(entry: Mapping[str, Any], uid: str | None) -> Item:
    bodies = entry.get("content") or ()
    body = next((each for each in bodies if each.get("type") != "text/plain"), bodies[0] if bodies else {})
    html = _html(body)
    short = _html(entry.get("summary_detail") or {})
    return Item(
        id=uid or entry.get("id", ""),
        link=_link(entry),
        title=_plain(entry.get("title_detail") or {}),
        html=html,
        short=short if short != html else "",
        base=body.get("base", "") or (entry.get("title_detail") or {}).get("base", ""),
        published=_moment(entry.get("published_parsed")),
        updated=_changed(entry),
        authors=tuple(each["name"] for each in entry.get("authors", ()) if each.get("name")),
        tags=tuple(each["term"] for each in entry.get("tags", ()) if each.get("term")),
        language=body.get("language") or entry.get("dc_language") or entry.get("language") or "",
        picture=_picture(entry),
    )


def _link(entry: Mapping[str, Any]) -> str:
    """The entry's link; a guid that feedparser takes for one, since it does not say it is none, must look like it."""
    link = str(entry.get("link") or "")
    return link if not entry.get("guidislink") or "://" in link else ""


def _changed(entry: Mapping[str, Any]) -> datetime | None:
    """When the entry changed; feedparser answers with the date of publication where it tells none, unless asked so."""
    return _moment(entry["updated_parsed"]) if "updated_parsed" in entry.keys() else None  # noqa: SIM118


def _html(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value") or "")
    plain = detail.get("type") == "text/plain" and "</" not in value and "&" not in value
    return markup.from_text(value) if plain else value


def _plain(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value") or "")
    return value if detail.get("type") == "text/plain" else markup.to_text(markup.sanitise(value, ""))


def _picture(entry: Mapping[str, Any]) -> Picture | None:
    """The first picture the entry names as a medium, an enclosure or a thumbnail."""
    media = [each for each in entry.get("media_content", ()) if _is_picture(each)]
    enclosed = [each for each in entry.get("enclosures", ()) if str(each.get("type", "")).startswith("image/")]
    found = next(iter([*media, *enclosed, *entry.get("media_thumbnail", ())]), None)
    if found is None:
        return None
    url = str(found.get("url") or found.get("href") or "")
    same: Mapping[str, Any] = next((each for each in enclosed if each.get("href") == url), {})
    credits_ = entry.get("media_credit", ())
    return Picture(
        url=url,
        media_type=str(found.get("type") or same.get("type") or ""),
        length=_number(found.get("filesize") or same.get("length") or found.get("length")),
        width=_number(found.get("width")),
        height=_number(found.get("height")),
        credit=one_line(str(credits_[0].get("content", ""))) if credits_ else "",
    )


def _is_picture(medium: Mapping[str, Any]) -> bool:
    return medium.get("medium") == "image" or str(medium.get("type", "")).startswith("image/")


def _number(value: object) -> int:
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _moment(parsed: Sequence[int] | None) -> datetime | None:
    """feedparser's date, which is in UTC."""
    if parsed:
        with suppress(ValueError, OverflowError, OSError):
            return datetime.fromtimestamp(calendar.timegm(tuple(parsed)), UTC)
    return None
