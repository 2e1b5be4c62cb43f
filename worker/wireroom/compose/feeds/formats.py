"""All formats side by side: file name, media type, how to write an item and a document, how to check it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from wireroom.compose.feeds import atom, jsonfeed, ninjs, partners, rss, sitemap
from wireroom.compose.feeds.jsonfeed import require_json
from wireroom.compose.feeds.markup import require_xml
from wireroom.compose.feeds.origin import NOWHERE, Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article

VERSION = 1
"""Counts up whenever a fragment would be written otherwise: those of an older version are then made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to write a feed. `require` raises `ValueError` for bytes that are not well-formed.

    `item` gives one article's fragment, to be kept and used again; `document` joins head and fragments. `span` is how
    far back its items go where that is bounded by time, and `most` how many there may be then. `archived` says that
    what is older is told in archive documents.
    """

    name: str
    file: str
    media_type: str
    item: Callable[[Article, Origin], bytes]
    document: Callable[[FeedHead, Iterable[bytes]], bytes]
    require: Callable[[bytes], None]
    span: timedelta | None = None
    most: int = 0
    archived: bool = False

    @property
    def version(self) -> str:
        """What marks a kept fragment as this format's, and as written in today's way."""
        return f"{self.name}{VERSION}"

    def fragment(self, article: Article, origin: Origin = NOWHERE) -> bytes:
        """The article's fragment, known to be well-formed, b"" for none. Raises `ValueError` where it is not."""
        made = self.item(article, origin)
        if made:
            self.require(made)
        return made

    def require_frame(self, head: FeedHead) -> None:
        """Raise `ValueError` where what holds the items is not well-formed; those were checked one by one."""
        self.require(self.document(head, []))


FEEDS = {
    kind.name: kind
    for kind in (
        Format(
            name="rss",
            file="rss.xml",
            media_type="application/rss+xml; charset=utf-8",
            item=rss.item,
            document=rss.document,
            require=require_xml,
            archived=True,
        ),
        Format(
            name="atom",
            file="atom.xml",
            media_type="application/atom+xml; charset=utf-8",
            item=atom.item,
            document=atom.document,
            require=require_xml,
            archived=True,
        ),
        Format(
            name="json",
            file="feed.json",
            media_type="application/feed+json; charset=utf-8",
            item=jsonfeed.item,
            document=jsonfeed.document,
            require=require_json,
            archived=True,
        ),
    )
}
"""The three that every feed reader knows; a feed is these unless its settings say otherwise."""

FORMATS = FEEDS | {
    kind.name: kind
    for kind in (
        Format(
            name="sitemap",
            file="sitemap.xml",
            media_type="application/xml; charset=utf-8",
            item=sitemap.item,
            document=sitemap.document,
            require=require_xml,
            span=timedelta(days=2),
            most=1000,
        ),
        Format(
            name="ninjs",
            file="ninjs.json",
            media_type="application/json; charset=utf-8",
            item=ninjs.item,
            document=ninjs.document,
            require=require_json,
        ),
        Format(
            name="msn",
            file="msn.xml",
            media_type="application/rss+xml; charset=utf-8",
            item=partners.msn_item,
            document=partners.msn_document,
            require=require_xml,
        ),
        Format(
            name="smartnews",
            file="smartnews.xml",
            media_type="application/rss+xml; charset=utf-8",
            item=partners.smartnews_item,
            document=partners.smartnews_document,
            require=require_xml,
        ),
    )
}
"""Every format by the name it has in the settings, in the order they are offered."""

FILES = {kind.file: kind for kind in FORMATS.values()}
ARCHIVE = "archive"
"""The folder of a feed's archive documents, below its own."""
ENDINGS = {"rss": ".rss.xml", "atom": ".atom.xml", "json": ".json"}
"""How an archive document's file ends, by format."""


def of_file(name: str) -> Format | None:
    """The format of a document by its file's name, that of an archive document too; None for no document's name."""
    if name in FILES:
        return FILES[name]
    return next((FEEDS[kind] for kind, ending in ENDINGS.items() if name.endswith(ending)), None)
