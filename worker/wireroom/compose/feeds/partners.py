"""The RSS that partners ask for: MSN's dialect and SmartNews' SmartFormat, each with the words it wants."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wireroom.compose.feeds.markup import address, body, cdata, clean, element, escaped, media, quoted, rfc822, rfc3339
from wireroom.compose.feeds.origin import NOWHERE, Origin, tags
from wireroom.compose.feeds.rss import abstract, enclosure, numbered, short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:media="http://search.yahoo.com/mrss/"'
)
_MSN = f'{_OPENING} xmlns:mi="http://schemas.ingestion.microsoft.com/common/">\n<channel>\n'
_SNF = f'{_OPENING} xmlns:snf="http://www.smartnews.be/snf">\n<channel>\n'
_CLOSING = b"</channel>\n</rss>\n"
MSN_TITLE = 150
"""Characters of a title MSN takes (feed item requirements, read 2026-11)."""
MSN_SHORT = 54
"""Characters of its short title."""
SNF_WORDS = 30
"""Characters of a channel's description on SmartNews (SmartFormat 2.1, read 2026-11)."""
_SNF_TTL = {"ja": 5}
"""Minutes between two visits that SmartNews asks for, by language; 15 elsewhere."""


def msn_item(article: Article, origin: Origin = NOWHERE) -> bytes:
    """The article as MSN's Partner Hub reads it: a change keeps the guid and moves `dcterms:modified`."""
    title = short(article.title, MSN_TITLE)
    brief = element("mi:shortTitle", short(article.title, MSN_SHORT)) if len(article.title) > MSN_SHORT else ""
    return _item(
        article,
        origin,
        f"<title>{numbered(title)}</title>\n{brief}",
        f"<dcterms:modified>{rfc3339(article.updated_at)}</dcterms:modified>\n",
        media(article, origin.rights),
    )


def msn_document(head: FeedHead, fragments: Iterable[bytes]) -> bytes:
    """The whole feed for MSN."""
    return _document(_MSN, head, "msn", fragments, "")


def smartnews_item(article: Article, origin: Origin = NOWHERE) -> bytes:
    """The article as SmartFormat 2.1 wants it: `media:status` says that it stands, the picture is a thumbnail."""
    picture = article.picture
    thumb = f'<media:thumbnail url="{quoted(picture.url)}"/>\n' if picture and picture.url else ""
    return _item(
        article,
        origin,
        f"<title>{numbered(article.title)}</title>\n",
        f"<dcterms:modified>{rfc3339(article.updated_at)}</dcterms:modified>\n",
        f'<media:status state="active"/>\n{thumb}',
    )


def smartnews_document(head: FeedHead, fragments: Iterable[bytes]) -> bytes:
    """The whole feed for SmartNews. Its pubDate is the newest change, never the time of writing."""
    dated = element("pubDate", rfc822(head.updated)) if head.updated else ""
    ttl = _SNF_TTL.get(head.language.partition("-")[0].lower(), 15)
    logo = f"<snf:logo>\n{element('url', head.logo)}</snf:logo>\n" if head.logo else ""
    brief = replace(head, description=short(head.description, SNF_WORDS))
    return _document(_SNF, brief, "smartnews", fragments, f"{dated}<ttl>{ttl}</ttl>\n{logo}")


def _item(article: Article, origin: Origin, title: str, dates: str, after: str) -> bytes:
    before = "".join(
        (
            "<item>\n",
            title,
            element("link", address(article.url)),
            f'<guid isPermaLink="false">{escaped(article.uid)}</guid>\n',
            f"<pubDate>{rfc822(article.published_at)}</pubDate>\n",
            dates,
            element("dc:language", article.language),
            "".join(element("dc:creator", name) for name in origin.bylines(article)),
            element("dc:rights", origin.rights),
            "".join(element("category", name) for name in tags(article)),
            element("description", escaped(abstract(article))),
            "<content:encoded>",
        )
    )
    return clean(before) + cdata(body(article)) + clean(f"</content:encoded>\n{enclosure(article)}{after}</item>")


def _document(opening: str, head: FeedHead, name: str, fragments: Iterable[bytes], more: str) -> bytes:
    told = "".join(
        (
            opening,
            f"<title>{numbered(head.title)}</title>\n",
            f"<link>{escaped(head.home_url)}</link>\n",
            f"<description>{numbered(head.description)}</description>\n",
            element("language", head.language),
            element("copyright", head.rights),
            element("lastBuildDate", rfc822(head.updated)) if head.updated and not more else "",
            f'<atom:link rel="self" type="application/rss+xml" href="{quoted(head.feed_urls[name])}"/>\n',
            more,
        )
    )
    return b"".join((clean(told), *(fragment + b"\n" for fragment in fragments), _CLOSING))
