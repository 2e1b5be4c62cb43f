"""A feed of another system as entries: each a draft, under the id by which its readers know it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from wireroom.model.article import Draft
from wireroom.model.errors import ArticleError
from wireroom.sources import html as markup
from wireroom.sources.decode import MAX_BYTES, clean, too_large
from wireroom.sources.fields import distinct
from wireroom.sources.language import is_tag, language_of
from wireroom.sources.manuscript import DEEPEST, LONGEST_TITLE, plain_title
from wireroom.sources.outlets import is_address
from wireroom.sources.summary import summarise
from wireroom.sources.wording import one_line, quote

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wireroom.model.article import Picture
    from wireroom.model.publication import Publication
    from wireroom.sources.feed_item import Document, Item

LONGEST_ID = 2000  # bytes; what Postgres can index
_PICTURE_TYPES = ("image/", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """An entry ready to be taken over: its id exactly as readers know it, the draft, when it last changed."""

    uid: str
    draft: Draft
    updated: datetime


def read_document(raw: bytes, name: str) -> Document:
    """A document of RSS, Atom or JSON Feed. Raises `ArticleError` for what is no feed; `name` is what it is called."""
    start = raw[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith((b"{", b"[")):
        from wireroom.sources.feed_json import read_json_feed

        return read_json_feed(raw, name)
    from wireroom.sources.feed_xml import read_xml_feed

    return read_xml_feed(raw, name)


def entries_of(
    document: Document, publication: Publication, name: str, now: datetime
) -> tuple[list[FeedEntry], list[ArticleError]]:
    """The entries of a document for an outlet, and what is wrong with those left out.

    An entry without a date has that of the nearest one beside it, so that it keeps its place; without any in the
    document that of the feed, else `now`.
    """
    found: list[FeedEntry] = []
    bad: list[ArticleError] = []
    dates = _filled([item.published or item.updated for item in document.items], document.updated or now)
    for number, (item, date) in enumerate(zip(document.items, dates, strict=True), 1):
        try:
            found.append(_entry(item, date, document, publication, f"{name}, entry {number}"))
        except ArticleError as error:
            bad.append(error)
    return found, bad


def _filled(dates: Sequence[datetime | None], otherwise: datetime) -> list[datetime]:
    filled: list[datetime] = []
    known = next((date for date in dates if date), otherwise)
    for date in dates:
        known = date or known
        filled.append(known)
    return filled


def _entry(item: Item, date: datetime, document: Document, outlet: Publication, name: str) -> FeedEntry:
    """Raises `ArticleError` for an entry without an id or any word."""
    link = _whole(item.link, item.base or document.link)
    uid = _checked_id(item.id or link, name)
    html = _body(item, link or item.base or document.link or outlet.url, name)
    text = markup.to_text(html)
    title = _title(item, text)
    if not title:
        raise ArticleError(f"{name} ({quote(uid)})", "found neither a headline nor a body; expected one of them")
    updated = item.updated or date
    return FeedEntry(
        uid=uid,
        updated=max(updated, date),
        draft=Draft(
            publication=outlet.key,
            title=title,
            published_at=date,
            html=html or markup.from_text(title),
            text=text or title,
            authors=distinct([one_line(clean(author)) for author in item.authors]),
            summary=_summary(item, link or outlet.url, text),
            language=_language(item, document, outlet, f"{title}\n{text}"),
            tags=distinct([one_line(clean(tag)) for tag in item.tags]),
            picture=_picture(item, link or document.link),
            url=link,
            external_id=uid,
            dated=bool(item.published or item.updated),
        ),
    )


def _checked_id(uid: str, name: str) -> str:
    if not uid:
        raise ArticleError(name, "found neither an id nor a link, by which readers would know it; expected one of them")
    if any(unicodedata.category(character) in {"Cc", "Cs", "Cn", "Zl", "Zp"} for character in uid):
        raise ArticleError(name, f"found the id {quote(uid)} with control characters in it; expected text")
    if (size := len(uid.encode())) > LONGEST_ID:
        raise ArticleError(name, f"found an id of {size:,} bytes ({quote(uid)}); expected at most {LONGEST_ID:,}")
    return uid


def _body(item: Item, base: str, name: str) -> str:
    html = clean(item.html or item.short)
    if len(html) > MAX_BYTES:
        raise too_large(name, len(html))
    if (deep := markup.depth(html)) > DEEPEST:
        raise ArticleError(name, f"found elements nested {deep:,} deep; expected at most {DEEPEST}")
    return markup.sanitise(html, item.base if is_address(item.base) else base) if html.strip() else ""


def _title(item: Item, text: str) -> str:
    """The headline; an entry without one is called by its first words."""
    title = one_line(clean(plain_title(item.title)))
    return title[:LONGEST_TITLE] or summarise(text, 100)


def _summary(item: Item, base: str, text: str) -> str:
    if item.html and item.short:
        return one_line(markup.to_text(markup.sanitise(clean(item.short), base)))
    return summarise(text)


def _language(item: Item, document: Document, outlet: Publication, words: str) -> str:
    named = next((each for each in (item.language, document.language) if is_tag(each)), "")
    return named or language_of(words, outlet.language)


def _picture(item: Item, base: str) -> Picture | None:
    picture = item.picture
    if picture is None:
        return None
    url = _whole(picture.url, item.base or base)
    return replace(picture, url=url) if url and picture.media_type.startswith(_PICTURE_TYPES) else None


def _whole(address: str, base: str) -> str:
    """The whole address, "" where it is none."""
    try:
        whole = urljoin(base, address.strip()) if address.strip() else ""
    except ValueError:
        return ""
    return whole if is_address(whole) else ""
