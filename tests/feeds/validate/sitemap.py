"""A Google News sitemap: sitemaps.org 0.9 and developers.google.com's page on news sitemaps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml import etree
from tests.feeds.validate import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
N = "{http://www.google.com/schemas/sitemap-news/0.9}"
_IMAGE = "{http://www.google.com/schemas/sitemap-image/1.1}"
_KNOWN = {S[1:-1], N[1:-1], _IMAGE[1:-1], "http://www.w3.org/1999/xhtml", "http://www.w3.org/XML/1998/namespace"}
_ORDER = [f"{S}loc", f"{S}lastmod", f"{S}changefreq", f"{S}priority"]
_NEWS = frozenset(f"{N}{tag}" for tag in ("publication", "publication_date", "title", "keywords", "stock_tickers"))
_BYTES, _URLS, _DAYS = 50 * 1024 * 1024, 1000, 2


def faults(document: bytes, told: rules.Told) -> list[str]:
    """What is wrong with a news sitemap."""
    root, found = rules.parsed(document)
    found = [each for each in found if not each.startswith("UnknownNamespace")]
    if root is None:
        return found
    if root.tag != f"{S}urlset":
        return [*found, f"UndefinedElement: document: {root.tag}, expected urlset of sitemaps.org 0.9"]
    spaces = {space for each in root.iter(etree.Element) for space in each.nsmap.values()}
    found += [f"UnknownNamespace: document: {space}" for space in sorted(spaces - _KNOWN)]
    if len(document) > _BYTES:
        found.append(f"TooLong: document: {len(document)} bytes, at most {_BYTES}")
    if len(root.findall(f"{S}url/{N}news")) > _URLS:
        found.append(f"TooMany: document: {len(root)} news, at most {_URLS}")
    seen: set[str] = set()
    for url in root:
        if url.tag != f"{S}url":
            found.append(f"UndefinedElement: urlset: {url.tag}")
            continue
        where = (url.findtext(f"{S}loc") or "").strip()
        found += [f"{each} (in {where!r})" for each in _url(url, where, told)]
        found += [f"DuplicateValue: loc: {where!r} twice"] if where in seen else []
        seen.add(where)
    return found


def _url(url: rules.Element, where: str, told: rules.Told) -> Iterator[str]:
    tags = [each.tag for each in url if each.tag.startswith(S)]
    if tags != [tag for tag in _ORDER if tag in tags]:
        yield f"UndefinedElement: url: {', '.join(tag.rpartition('}')[2] for tag in tags)} out of the schema's order"
    yield from rules.uri("loc", where)
    if len(where) >= 2048 or urlsplit(where).scheme not in ("http", "https"):
        yield "InvalidLink: loc: expected http or https and less than 2,048 characters"
    if url.find(f"{S}lastmod") is not None:
        yield from rules.w3c_date("lastmod", url.findtext(f"{S}lastmod") or "", told)
    news = url.findall(f"{N}news")
    if len(news) != 1:
        yield f"MissingElement: url: {len(news)} news:news, expected one"
    for each in news:
        yield from _news(each, told)


def _news(news: rules.Element, told: rules.Told) -> Iterator[str]:
    for each in news:
        if each.tag not in _NEWS:
            yield f"UndefinedElement: news: {each.tag.rpartition('}')[2]}"
        elif len(news.findall(each.tag)) > 1:
            yield f"DuplicateElement: news: {each.tag.rpartition('}')[2]}"
    if not (news.findtext(f"{N}publication/{N}name") or "").strip():
        yield "MissingElement: news: publication/name"
    yield from _language(news.findtext(f"{N}publication/{N}language") or "")
    if not (news.findtext(f"{N}title") or "").strip():
        yield "MissingTitle: news: title"
    date = news.findtext(f"{N}publication_date") or ""
    wrong = (
        list(rules.w3c_date("news/publication_date", date, told))
        if date
        else ["MissingElement: news: publication_date"]
    )
    yield from wrong
    if not wrong and len(date) > 10 and datetime.fromisoformat(date) < told.now - timedelta(days=_DAYS):
        yield f"TooOld: news: {date} is more than two days ago"


def _language(value: str) -> Iterator[str]:
    """ISO 639, two or three letters; of Chinese zh-cn and zh-tw."""
    if value not in ("zh-cn", "zh-tw") and not (2 <= len(value) <= 3 and value.isalpha() and value.islower()):
        yield f"InvalidLanguage: news: {value!r}"
    else:
        yield from rules.language("news", value)
