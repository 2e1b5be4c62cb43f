"""Atom 1.0 (RFC 4287): full content, a person for every byline, ids that never move."""

from __future__ import annotations

import hashlib
import re
from html.entities import name2codepoint
from typing import TYPE_CHECKING

from wireroom.compose.feeds.markup import (
    body,
    cdata,
    clean,
    element,
    enclosed,
    escaped,
    iri,
    media,
    quoted,
    rfc3339,
)
from wireroom.compose.feeds.origin import NOWHERE, Origin, tags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wireroom.compose.feeds.head import FeedHead, Gone
    from wireroom.model.article import Article

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
)
_END_TAG, _ENTITY = re.compile(r"</[A-Za-z]\w*>"), re.compile(r"&(#?\w+)")
_HISTORY = ' xmlns:fh="http://purl.org/syndication/history/1.0"'
_TOMBSTONES = ' xmlns:at="http://purl.org/atompub/tombstones/1.0"'
_NEVER = "2005-12-01T00:00:00Z"  # RFC 4287 asks every feed for `updated`; an empty one is as old as that page


def item(article: Article, origin: Origin = NOWHERE) -> bytes:
    """The article as one `entry`, a fragment of a document."""
    before = "".join(
        (
            f"<entry{_language(article.language)}>\n",
            f"<id>{escaped(iri(article.uid))}</id>\n",
            _text("title", article.title),
            f"<updated>{_moment(article)}</updated>\n",
            f"<published>{rfc3339(article.published_at)}</published>\n",
            "".join(f"<author><name>{escaped(name)}</name></author>\n" for name in origin.bylines(article)),
            _categories(article, origin),
            _link("alternate", article.url, "text/html"),
            _link("license", origin.license),
            _enclosure(article),
            element("rights", origin.rights),
            _source(article, origin),
            _text("summary", article.summary) if article.summary else "",
            '<content type="html">',
        )
    )
    after = "</content>\n" + media(article, origin.rights) + "</entry>"
    return clean(before) + cdata(body(article)) + clean(after)


def document(head: FeedHead, fragments: Iterable[bytes]) -> bytes:
    """The whole feed: its head and the entries in the order given, as UTF-8.

    It always names an author, since an entry without a byline takes the feed's (RFC 4287, 4.1.1).
    """
    opening = "".join(
        (
            f"{_OPENING}{_HISTORY if head.current else ''}{_TOMBSTONES if head.gone else ''}",
            f"{_language(head.language)}>\n",
            f"<id>{escaped(head.id)}</id>\n",
            _text("title", head.title),
            _text("subtitle", head.description) if head.description else "",
            f"<updated>{_newest(head)}</updated>\n",
            f"<author><name>{escaped(head.author or head.title)}</name></author>\n",
            _link("self", head.feed_urls["atom"], "application/atom+xml"),
            _link("alternate", head.home_url, "text/html"),
            "".join(_link("hub", hub) for hub in head.hubs),
            _link("license", head.license),
            _link("prev-archive", head.older.get("atom", "")),
            _link("current", head.current.get("atom", "")),
            element("icon", head.icon),
            element("logo", head.logo),
            element("rights", head.rights),
            element("generator", "Wireroom"),
            "<fh:archive/>\n" if head.current else "",
            "".join(_tombstone(each) for each in head.gone),
        )
    )
    return b"".join((clean(opening), *(fragment + b"\n" for fragment in fragments), b"</feed>\n"))


def _tombstone(gone: Gone) -> str:
    return f'<at:deleted-entry ref="{quoted(iri(gone.uid))}" when="{rfc3339(gone.at)}"/>\n'


def _text(name: str, text: str) -> str:
    """Plain text; where it could be taken for markup it is told as HTML, so that no reader has to guess (3.1.1)."""
    if _END_TAG.search(text) or any(_an_entity(name) for name in _ENTITY.findall(text)):
        return f'<{name} type="html">{escaped(escaped(text))}</{name}>\n'
    return f"<{name}>{escaped(text)}</{name}>\n"


def _an_entity(name: str) -> bool:
    """Whether a reader may take `&name` for a character: what validators warn of as undeclared HTML."""
    return name in name2codepoint or name == "apos" or not name.isalpha()


def _moment(article: Article) -> str:
    """When the article changed. Where it tells no more than the second, its id tells it from others of that second.

    Entries of one `updated` make readers guess which is newer; many articles come with a day and no time.
    """
    changed = article.updated_at
    if not changed.microsecond:
        part = int.from_bytes(hashlib.sha256(article.uid.encode("utf-8", "replace")).digest()[:4]) % 1_000_000
        return f"{rfc3339(changed)[:-1]}.{part:06}Z"
    return f"{rfc3339(changed)[:-1]}.{changed.microsecond:06}Z"


def _newest(head: FeedHead) -> str:
    """When the feed changed: not before any of its entries, whatever part of the second those name."""
    return f"{rfc3339(head.updated)[:-1]}.999999Z" if head.updated else _NEVER


def _language(code: str) -> str:
    return f' xml:lang="{quoted(code)}"' if code else ""


def _link(rel: str, url: str, media_type: str = "") -> str:
    kind = f' type="{quoted(media_type)}"' if media_type else ""
    return f'<link rel="{rel}"{kind} href="{quoted(url)}"/>\n' if url else ""


def _categories(article: Article, origin: Origin) -> str:
    marked = f' scheme="{quoted(origin.domain)}"' if origin.domain else ""
    return "".join(f'<category term="{quoted(name)}"{marked}/>\n' for name in tags(article))


def _source(article: Article, origin: Origin) -> str:
    """The feed it is taken from (RFC 4287, 4.2.11), as new as the item was when it came from there."""
    source = origin.source
    if source is None:
        return ""
    return "".join(
        (
            f"<source>\n<id>{escaped(source.id)}</id>\n<title>{escaped(source.title)}</title>\n",
            f"<updated>{rfc3339(article.updated_at)}</updated>\n",
            _link("self", source.urls["atom"], "application/atom+xml"),
            "</source>\n",
        )
    )


def _enclosure(article: Article) -> str:
    picture = enclosed(article)
    if picture is None:
        return ""
    kind, url = quoted(picture.media_type), quoted(picture.url)
    return f'<link rel="enclosure" type="{kind}" length="{picture.length}" href="{url}"/>\n'
