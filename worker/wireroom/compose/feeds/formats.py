"""The three formats side by side: file name, media type, how to write an item and a document, how to check it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wireroom.compose.feeds import atom, jsonfeed, rss
from wireroom.compose.feeds.markup import require_xml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way to write a feed. `require` raises `ValueError` for bytes that are not well-formed.

    `item` gives one article's fragment, to be kept and used again; `document` joins head and fragments.
    """

    name: str
    file: str
    media_type: str
    item: Callable[[Article], bytes]
    document: Callable[[FeedHead, Iterable[bytes]], bytes]
    require: Callable[[bytes], None]

    def fragment(self, article: Article) -> bytes:
        """The article's fragment, known to be well-formed. Raises `ValueError` where it is not."""
        made = self.item(article)
        self.require(made)
        return made


FORMATS = {
    kind.name: kind
    for kind in (
        Format(
            name="rss",
            file="rss.xml",
            media_type="application/rss+xml; charset=utf-8",
            item=rss.item,
            document=rss.document,
            require=require_xml,
        ),
        Format(
            name="atom",
            file="atom.xml",
            media_type="application/atom+xml; charset=utf-8",
            item=atom.item,
            document=atom.document,
            require=require_xml,
        ),
        Format(
            name="json",
            file="feed.json",
            media_type="application/feed+json; charset=utf-8",
            item=jsonfeed.item,
            document=jsonfeed.document,
            require=jsonfeed.require_json,
        ),
    )
}
"""Every format by the name it has in the settings, in the order they are offered."""
