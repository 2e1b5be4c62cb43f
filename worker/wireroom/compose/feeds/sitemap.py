"""A Google News sitemap: the articles of the last two days, each with its title and its outlet's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wireroom.compose.feeds.markup import clean, element, escaped, rfc3339
from wireroom.compose.feeds.origin import NOWHERE, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article

_OPENING = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n'
)
_CHINESE = {"zh": "zh-cn", "zh-cn": "zh-cn", "zh-hans": "zh-cn", "zh-tw": "zh-tw", "zh-hant": "zh-tw"}


def item(article: Article, origin: Origin = NOWHERE) -> bytes:
    """The article as one `url`; nothing for one without an address (News sitemap guide, read 2026-11)."""
    if not article.url:
        return b""
    picture = article.picture
    image = f"<image:image>\n{element('image:loc', picture.url)}</image:image>\n" if picture and picture.url else ""
    told = "".join(
        (
            f"<url>\n<loc>{escaped(article.url)}</loc>\n",
            "<news:news>\n<news:publication>\n",
            f"<news:name>{escaped(origin.name)}</news:name>\n",
            f"<news:language>{escaped(_language(article.language or origin.language))}</news:language>\n",
            "</news:publication>\n",
            f"<news:publication_date>{rfc3339(article.published_at)}</news:publication_date>\n",
            f"<news:title>{escaped(article.title)}</news:title>\n</news:news>\n",
            f"{image}</url>",
        )
    )
    return clean(told)


def document(head: FeedHead, fragments: Iterable[bytes]) -> bytes:  # noqa: ARG001  a sitemap has no head
    """The whole sitemap; an empty one when nothing was published for two days (News sitemap guide, read 2026-11)."""
    urls = [fragment + b"\n" for fragment in fragments if fragment]
    return b"".join((clean(_OPENING), *urls, b"</urlset>\n"))


def _language(code: str) -> str:
    """Two or three letters (ISO 639), but zh-cn and zh-tw for Chinese."""
    folded = code.lower()
    return _CHINESE.get(folded) or folded.partition("-")[0] or "en"
