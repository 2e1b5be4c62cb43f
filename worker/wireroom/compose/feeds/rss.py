"""RSS 2.0, after the RSS Advisory Board's profile: full content, creators by name, a guid that never moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wireroom.compose.feeds.markup import (
    body,
    cdata,
    clean,
    element,
    enclosed,
    escaped,
    media,
    quoted,
    rfc822,
    rfc3339,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:media="http://search.yahoo.com/mrss/">\n<channel>\n'
)
_CLOSING = b"</channel>\n</rss>\n"


def item(article: Article) -> bytes:
    """The article as one `item`, a fragment of a document.

    The description, being plain text in a field that carries HTML, is escaped twice, and stands before the
    content (RSS profile, 2007). A change keeps guid and pubDate and moves `dcterms:modified`.
    """
    before = "".join(
        (
            "<item>\n",
            _title(article.title),
            element("link", article.url),
            f'<guid isPermaLink="false">{escaped(article.uid)}</guid>\n',
            f"<pubDate>{rfc822(article.published_at)}</pubDate>\n",
            f"<dcterms:modified>{rfc3339(article.updated_at)}</dcterms:modified>\n",
            element("dc:language", article.language),
            "".join(element("dc:creator", name) for name in article.authors),
            "".join(element("category", tag) for tag in article.tags),
            element("description", escaped(_summary(article))),
            "<content:encoded>",
        )
    )
    after = "</content:encoded>\n" + _enclosure(article) + media(article) + "</item>"
    return clean(before) + cdata(body(article)) + clean(after)


def document(head: FeedHead, fragments: Iterable[bytes]) -> bytes:
    """The whole feed: its head and the items in the order given, as UTF-8."""
    hubs = "".join(f'<atom:link rel="hub" href="{quoted(hub)}"/>\n' for hub in head.hubs)
    opening = "".join(
        (
            _OPENING,
            f"<title>{_numbered(head.title)}</title>\n",
            f"<link>{escaped(head.home_url)}</link>\n",
            f"<description>{escaped(escaped(head.description))}</description>\n",
            element("language", head.language),
            element("copyright", head.rights),
            (element("lastBuildDate", rfc822(head.updated)) if head.updated else ""),
            element("generator", "Wireroom"),
            f'<atom:link rel="self" type="application/rss+xml" href="{quoted(head.feed_urls["rss"])}"/>\n',
            hubs,
            _image(head),
        )
    )
    return b"".join((clean(opening), *(fragment + b"\n" for fragment in fragments), _CLOSING))


def _numbered(text: str) -> str:
    """Plain text in a title: & and < as character references, which readers of every age take for themselves."""
    return text.replace("&", "&#x26;").replace("<", "&#x3C;").replace(">", "&#x3E;")


def _title(text: str) -> str:
    return f"<title>{_numbered(text)}</title>\n" if text else ""


def _summary(article: Article) -> str:
    """The summary; without a title an item needs a description (RSS 2.0), so then the text stands in."""
    return article.summary or ("" if article.title else article.text)


def _enclosure(article: Article) -> str:
    picture = enclosed(article)
    if picture is None:
        return ""
    return f'<enclosure url="{quoted(picture.url)}" length="{picture.length}" type="{quoted(picture.media_type)}"/>\n'


def _image(head: FeedHead) -> str:
    if not head.icon:
        return ""
    return (
        f"<image>\n<url>{escaped(head.icon)}</url>\n<title>{_numbered(head.title)}</title>\n"
        f"<link>{escaped(head.home_url)}</link>\n</image>\n"
    )
