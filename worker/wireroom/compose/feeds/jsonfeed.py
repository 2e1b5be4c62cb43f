"""JSON Feed 1.1: the same articles under the same ids, for programs that would rather not read XML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wireroom.compose.feeds.markup import body, enclosed, plain, rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article


def item(article: Article) -> bytes:
    """The article as one item, a fragment of a document."""
    return _written(
        {
            "id": plain(article.uid),
            "url": plain(article.url),
            "title": plain(article.title),
            "content_html": plain(body(article)),
            "summary": plain(article.summary),
            "image": plain(article.picture.url) if article.picture else "",
            "date_published": rfc3339(article.published_at),
            "date_modified": rfc3339(article.updated_at),
            "authors": [{"name": plain(name)} for name in article.authors if name],
            "tags": [plain(tag) for tag in article.tags if tag],
            "language": plain(article.language),
            "attachments": _attachments(article),
        },
        always=("id", "content_html"),
    )


def document(head: FeedHead, fragments: Iterable[bytes]) -> bytes:
    """The whole feed: its head and the items in the order given, as UTF-8."""
    opening = _written(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": plain(head.title),
            "home_page_url": plain(head.home_url),
            "feed_url": plain(head.feed_urls["json"]),
            "description": plain(head.description),
            "icon": plain(head.icon),
            "authors": [{"name": plain(head.author)}] if head.author else [],
            "language": plain(head.language),
            "hubs": [{"type": "WebSub", "url": plain(hub)} for hub in head.hubs],
        },
        always=("version", "title"),
    )
    return opening[:-1] + b',\n"items":[\n' + b",\n".join(fragments) + b"\n]}\n"


def require_json(document: bytes) -> None:
    """Raise `ValueError` where `document` is not well-formed JSON."""
    try:
        json.loads(document)
    except ValueError as error:
        raise ValueError(f"it would not be well-formed JSON: {error}") from error


def _attachments(article: Article) -> list[dict[str, object]]:
    picture = enclosed(article)
    if picture is None:
        return []
    facts: dict[str, object] = {
        "url": plain(picture.url),
        "mime_type": plain(picture.media_type),
        "title": plain(picture.alt),
        "size_in_bytes": picture.length,
    }
    return [{name: value for name, value in facts.items() if value}]


def _written(fields: Mapping[str, object], *, always: tuple[str, ...]) -> bytes:
    kept = {name: value for name, value in fields.items() if value or name in always}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
