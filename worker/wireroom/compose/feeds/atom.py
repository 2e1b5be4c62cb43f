"""Atom 1.0 (RFC 4287): full content, a person for every byline, ids that never move."""

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
    rfc3339,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
)
_NEVER = "1970-01-01T00:00:00Z"  # RFC 4287 asks every feed for `updated`; an empty one has not been, yet


def item(article: Article) -> bytes:
    """The article as one `entry`, a fragment of a document."""
    before = "".join(
        (
            f"<entry{_language(article.language)}>\n",
            f"<id>{escaped(article.uid)}</id>\n",
            f"<title>{escaped(article.title)}</title>\n",
            f"<updated>{rfc3339(article.updated_at)}</updated>\n",
            f"<published>{rfc3339(article.published_at)}</published>\n",
            "".join(f"<author><name>{escaped(name)}</name></author>\n" for name in article.authors if name),
            "".join(f'<category term="{quoted(tag)}"/>\n' for tag in article.tags if tag),
            _link("alternate", article.url, "text/html"),
            _enclosure(article),
            element("summary", article.summary),
            '<content type="html">',
        )
    )
    after = "</content>\n" + media(article) + "</entry>"
    return clean(before) + cdata(body(article)) + clean(after)


def document(head: FeedHead, fragments: Iterable[bytes]) -> bytes:
    """The whole feed: its head and the entries in the order given, as UTF-8.

    It always names an author, since an entry without a byline takes the feed's (RFC 4287, 4.1.1).
    """
    opening = "".join(
        (
            f"{_OPENING}{_language(head.language)}>\n",
            f"<id>{escaped(head.id)}</id>\n",
            f"<title>{escaped(head.title)}</title>\n",
            element("subtitle", head.description),
            f"<updated>{rfc3339(head.updated) if head.updated else _NEVER}</updated>\n",
            f"<author><name>{escaped(head.author or head.title)}</name></author>\n",
            _link("self", head.feed_urls["atom"], "application/atom+xml"),
            _link("alternate", head.home_url, "text/html"),
            "".join(_link("hub", hub) for hub in head.hubs),
            element("icon", head.icon),
            element("rights", head.rights),
            element("generator", "Wireroom"),
        )
    )
    return b"".join((clean(opening), *(fragment + b"\n" for fragment in fragments), b"</feed>\n"))


def _language(code: str) -> str:
    return f' xml:lang="{quoted(code)}"' if code else ""


def _link(rel: str, url: str, media_type: str = "") -> str:
    kind = f' type="{quoted(media_type)}"' if media_type else ""
    return f'<link rel="{rel}"{kind} href="{quoted(url)}"/>\n' if url else ""


def _enclosure(article: Article) -> str:
    picture = enclosed(article)
    if picture is None:
        return ""
    kind, url = quoted(picture.media_type), quoted(picture.url)
    return f'<link rel="enclosure" type="{kind}" length="{picture.length}" href="{url}"/>\n'
