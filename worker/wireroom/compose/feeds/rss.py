"""RSS 2.0, after the RSS Advisory Board's profile: full content, creators by name, a guid that never moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wireroom.compose.feeds.markup import (
    address,
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
from wireroom.compose.feeds.origin import NOWHERE, Origin, tags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:dcterms="http://purl.org/dc/terms/"{history} xmlns:media="http://search.yahoo.com/mrss/">\n<channel>\n'
)
_HISTORY = ' xmlns:fh="http://purl.org/syndication/history/1.0"'
BEGINNING = 280
"""Characters of an article that stand in for a summary."""
_CLOSING = b"</channel>\n</rss>\n"


def item(article: Article, origin: Origin = NOWHERE) -> bytes:
    """The article as one `item`, a fragment of a document.

    The description, being plain text in a field that carries HTML, is escaped twice, and stands before the
    content (RSS profile, 2007). A change keeps guid and pubDate and moves `dcterms:modified`.
    """
    before = "".join(
        (
            "<item>\n",
            _title(article.title),
            element("link", address(article.url)),
            f'<guid isPermaLink="false">{escaped(article.uid)}</guid>\n',
            f"<pubDate>{rfc822(article.published_at)}</pubDate>\n",
            f"<dcterms:modified>{rfc3339(article.updated_at)}</dcterms:modified>\n",
            element("dc:language", article.language),
            "".join(element("dc:creator", name) for name in origin.bylines(article)),
            element("dc:rights", origin.rights),
            element("dcterms:license", origin.license),
            _categories(article, origin),
            _source(origin),
            element("description", escaped(abstract(article))),
            "<content:encoded>",
        )
    )
    after = "</content:encoded>\n" + enclosure(article) + media(article, origin.rights) + "</item>"
    return clean(before) + cdata(body(article)) + clean(after)


def document(head: FeedHead, fragments: Iterable[bytes]) -> bytes:
    """The whole feed: its head and the items in the order given, as UTF-8."""
    opening = _OPENING.replace("{history}", _HISTORY if head.current else "") + "".join(
        (
            f"<title>{numbered(head.title)}</title>\n",
            f"<link>{escaped(head.home_url)}</link>\n",
            f"<description>{numbered(head.description)}</description>\n",
            element("language", head.language),
            element("copyright", head.rights),
            (element("lastBuildDate", rfc822(head.updated)) if head.updated else ""),
            element("generator", "Wireroom"),
            f'<atom:link rel="self" type="application/rss+xml" href="{quoted(head.feed_urls["rss"])}"/>\n',
            "".join(_link("hub", hub) for hub in head.hubs),
            _link("license", head.license),
            _link("prev-archive", head.older.get("rss", "")),
            _link("current", head.current.get("rss", "")),
            "<fh:archive/>\n" if head.current else "",
            _image(head),
        )
    )
    return b"".join((clean(opening), *(fragment + b"\n" for fragment in fragments), _CLOSING))


def numbered(text: str) -> str:
    """Plain text in a title: & and < as character references, which readers of every age take for themselves."""
    return text.replace("&", "&#x26;").replace("<", "&#x3C;").replace(">", "&#x3E;")


def _link(rel: str, url: str) -> str:
    return f'<atom:link rel="{rel}" href="{quoted(url)}"/>\n' if url else ""


def _categories(article: Article, origin: Origin) -> str:
    marked = f' domain="{quoted(origin.domain)}"' if origin.domain else ""
    return "".join(f"<category{marked}>{escaped(name)}</category>\n" for name in tags(article))


def _source(origin: Origin) -> str:
    """The feed it is taken from, with that feed's name (RSS 2.0, `source`)."""
    source = origin.source
    return f'<source url="{quoted(source.urls["rss"])}">{escaped(source.title)}</source>\n' if source else ""


def _title(text: str) -> str:
    return f"<title>{numbered(text)}</title>\n" if text else ""


def abstract(article: Article) -> str:
    """The summary; where there is none, how the article begins: content alone would leave readers without a word.

    A description has to stand before the content (RSS profile, 2007), and without a title it is required (RSS 2.0).
    """
    return article.summary or short(next(iter(article.paragraphs), article.text), BEGINNING)


def short(text: str, most: int) -> str:
    """`text` in at most so many characters, cut between words where it can be and marked with an ellipsis."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    between = cut.rpartition(" ")[0]
    return (between if len(between) > most // 2 else cut).rstrip() + "…"


def enclosure(article: Article) -> str:
    """The picture as the one enclosure an item may have, where its true length is known."""
    picture = enclosed(article)
    if picture is None:
        return ""
    return f'<enclosure url="{quoted(picture.url)}" length="{picture.length}" type="{quoted(picture.media_type)}"/>\n'


def _image(head: FeedHead) -> str:
    if not head.icon:
        return ""
    return (
        f"<image>\n<url>{escaped(head.icon)}</url>\n<title>{numbered(head.title)}</title>\n"
        f"<link>{escaped(head.home_url)}</link>\n</image>\n"
    )
