"""JSON Feed 1.1: the same articles under the same ids, for programs that would rather not read XML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wireroom.compose.feeds.markup import body, enclosed, plain, rfc3339
from wireroom.compose.feeds.origin import NOWHERE, Origin, tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article


def item(article: Article, origin: Origin = NOWHERE) -> bytes:
    """The article as one item, a fragment of a document."""
    return written(
        {
            "id": plain(article.uid),
            "url": plain(article.url),
            "title": plain(article.title),
            "content_html": plain(body(article)),
            "summary": plain(article.summary),
            "image": plain(article.picture.url) if article.picture else "",
            "date_published": rfc3339(article.published_at),
            "date_modified": rfc3339(article.updated_at),
            "authors": [{"name": plain(name)} for name in origin.bylines(article)],
            "tags": [plain(name) for name in tags(article)],
            "language": plain(article.language),
            "attachments": _attachments(article),
            "_rights": _rights(origin),
            "_source": _source(origin),
        },
        always=("id", "content_html"),
    )


def document(head: FeedHead, fragments: Iterable[bytes]) -> bytes:
    """The whole feed: its head and the items in the order given, as UTF-8."""
    opening = written(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": plain(head.title),
            "home_page_url": plain(head.home_url),
            "feed_url": plain(head.feed_urls["json"]),
            "next_url": plain(head.older.get("json", "")),
            "description": plain(head.description),
            "icon": plain(head.icon),
            "authors": [{"name": plain(head.author)}] if head.author else [],
            "language": plain(head.language),
            "hubs": [{"type": "WebSub", "url": plain(hub)} for hub in head.hubs],
        },
        always=("version", "title"),
    )
    return joined(opening, "items", fragments)


def joined(opening: bytes, name: str, fragments: Iterable[bytes]) -> bytes:
    """An object with one more field, the list of these fragments; each byte is copied once, however many there are."""
    pieces = [opening[:-1], b',\n"', name.encode(), b'":[\n']
    for fragment in fragments:
        pieces += (fragment, b",\n")
    if pieces[-1] == b",\n":
        pieces.pop()
    pieces.append(b"\n]}\n")
    return b"".join(pieces)


def require_json(document: bytes) -> None:
    """Raise `ValueError` where `document` is not well-formed JSON."""
    try:
        json.loads(document)
    except ValueError as error:
        raise ValueError(f"it would not be well-formed JSON: {error}") from error


def _rights(origin: Origin) -> dict[str, str]:
    """JSON Feed has no word for rights; an extension's name begins with a low line (version 1.1, Extensions)."""
    told = {"copyright": plain(origin.rights), "license": plain(origin.license)}
    return {name: value for name, value in told.items() if value}


def _source(origin: Origin) -> dict[str, str]:
    source = origin.source
    return {"title": plain(source.title), "feed_url": plain(source.urls["json"])} if source else {}


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


def written(fields: Mapping[str, object], *, always: tuple[str, ...]) -> bytes:
    """An object as compact JSON, without the fields that are empty unless they are `always` there."""
    kept = {name: value for name, value in fields.items() if value or name in always}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()
