"""A feed as a page for people: a browser that follows a feed's address shows this instead of markup."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from jinja2 import Environment, FileSystemLoader

from wireroom.compose.feeds.formats import FEEDS
from wireroom.web.conditional import weigh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from wireroom.web.shelf import Document

PERSON = (b"sec-fetch-dest", b"upgrade-insecure-requests")
"""The headers by which a browser says that a person has come to an address."""

_ATOM = "{http://www.w3.org/2005/Atom}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: http:; base-uri 'none'; form-action 'none'"
_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "private, no-cache",
    "vary": "Accept-Encoding, Accept, Sec-Fetch-Dest",
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page and the headers it goes out with."""

    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    title: str
    url: str
    date: datetime | None
    summary: str
    authors: str
    picture: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feed:
    title: str
    description: str
    home: str
    address: str
    language: str
    items: tuple[_Item, ...]


def wants_page(told: Mapping[bytes, str]) -> bool:
    """Whether a person's browser asks, who has come to this address: programs that read feeds never say both.

    It wants HTML more than anything, and says that it goes to a page (Sec-Fetch-Dest, or on plain HTTP
    Upgrade-Insecure-Requests).
    """
    accept = told.get(b"accept", "")
    if "text/html" not in accept:
        return False
    goes = told.get(b"sec-fetch-dest") == "document" or told.get(b"upgrade-insecure-requests") == "1"
    weights = weigh(accept)
    ours = max((weights.get(kind.media_type.partition(";")[0], 0.0) for kind in FEEDS.values()), default=0.0)
    return goes and weights["text/html"] > ours


def page(document: Document) -> Page | None:
    """The page of a document; None for one that is not for people."""
    return _page(document.data, document.kind.name)


@lru_cache(maxsize=64)
def _page(data: bytes, kind: str) -> Page | None:
    if kind not in FEEDS:
        return None
    feed = _from_json(data) if kind == "json" else _from_xml(data)
    kinds = [(each.name, each.file, each.media_type.partition(";")[0]) for each in FEEDS.values()]
    body = _template().render(feed=feed, kinds=kinds).encode()
    return Page(_HEADERS | {"content-length": str(len(body))}, body)


@lru_cache(maxsize=1)
def _template() -> Template:
    pages = FileSystemLoader(Path(__file__).with_name("pages"))
    return Environment(loader=pages, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template("feed.html")


def _from_json(data: bytes) -> _Feed:
    told = json.loads(data)
    items = tuple(
        _Item(
            title=each.get("title", ""),
            url=_web(each.get("url", "")),
            date=datetime.fromisoformat(each["date_published"]),
            summary=each.get("summary", ""),
            authors=", ".join(author["name"] for author in each.get("authors", ())),
            picture=_web(each.get("image", "")),
            alt="",
        )
        for each in told["items"]
    )
    return _Feed(
        title=told["title"],
        description=told.get("description", ""),
        home=_web(told.get("home_page_url", "")),
        address=told.get("feed_url", ""),
        language=told.get("language", ""),
        items=items,
    )


def _from_xml(data: bytes) -> _Feed:
    root = ET.fromstring(data)  # noqa: S314  (a document of our own)
    channel = root.find("channel")
    if channel is None:
        return _from_atom(root)
    links = {each.get("rel"): each.get("href") or "" for each in channel.findall(f"{_ATOM}link")}
    return _Feed(
        title=channel.findtext("title") or "",
        description=_plain(channel.findtext("description") or ""),
        home=_web(channel.findtext("link") or ""),
        address=links.get("self", ""),
        language=channel.findtext("language") or "",
        items=tuple(_rss_item(each) for each in channel.findall("item")),
    )


def _rss_item(item: ET.Element) -> _Item:
    date = item.findtext("pubDate")
    return _Item(
        title=item.findtext("title") or "",
        url=_web(item.findtext("link") or ""),
        date=parsedate_to_datetime(date) if date else None,
        summary=_plain(item.findtext("description") or ""),
        authors=", ".join(each.text or "" for each in item.findall(f"{_DC}creator")),
        **_picture(item),
    )


def _from_atom(root: ET.Element) -> _Feed:
    links = {each.get("rel"): each.get("href") or "" for each in root.findall(f"{_ATOM}link")}
    return _Feed(
        title=root.findtext(f"{_ATOM}title") or "",
        description=root.findtext(f"{_ATOM}subtitle") or "",
        home=_web(links.get("alternate", "")),
        address=links.get("self", ""),
        language=root.get("{http://www.w3.org/XML/1998/namespace}lang") or "",
        items=tuple(_atom_item(each) for each in root.findall(f"{_ATOM}entry")),
    )


def _atom_item(entry: ET.Element) -> _Item:
    links = {each.get("rel"): each.get("href") or "" for each in entry.findall(f"{_ATOM}link")}
    date = entry.findtext(f"{_ATOM}published")
    return _Item(
        title=entry.findtext(f"{_ATOM}title") or "",
        url=_web(links.get("alternate", "")),
        date=datetime.fromisoformat(date) if date else None,
        summary=entry.findtext(f"{_ATOM}summary") or "",
        authors=", ".join(each.text or "" for each in entry.findall(f"{_ATOM}author/{_ATOM}name")),
        **_picture(entry),
    )


def _picture(item: ET.Element) -> dict[str, str]:
    content = item.find(f"{_MEDIA}content")
    if content is None:
        return {"picture": "", "alt": ""}
    return {"picture": _web(content.get("url") or ""), "alt": content.findtext(f"{_MEDIA}description") or ""}


def _plain(escaped: str) -> str:
    """What the HTML of a description says: ours holds plain text alone, escaped once more."""
    return unescape(escaped)


def _web(address: str) -> str:
    """An address a page may lead to; "" for any that is not of the web."""
    try:
        return address if urlsplit(address).scheme in ("http", "https") else ""
    except ValueError:
        return ""
