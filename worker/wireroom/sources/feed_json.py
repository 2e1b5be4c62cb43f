"""JSON Feed 1 and 1.1 as items."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wireroom.model.article import Picture
from wireroom.model.errors import ArticleError
from wireroom.sources import html as markup
from wireroom.sources.feed_item import Document, Item
from wireroom.sources.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_json_feed(raw: bytes, name: str) -> Document:
    """The document's items. Raises `ArticleError` for what is no JSON Feed."""
    try:
        feed = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ArticleError(name, f"found no JSON ({one_line(str(error))[:100]}); expected a feed") from None
    if not isinstance(feed, Mapping) or not isinstance(feed.get("items"), list):
        raise ArticleError(name, "found JSON that is no feed; expected JSON Feed, with a list of items")
    authors = _authors(feed)
    return Document(
        link=_text(feed, "home_page_url"),
        language=_text(feed, "language"),
        items=tuple(_item(each if isinstance(each, Mapping) else {}, authors) for each in feed["items"]),
        older=_text(feed, "next_url"),
        broken="" if "jsonfeed.org/version/" in _text(feed, "version") else "it names no version of JSON Feed",
    )


def _item(item: Mapping[str, Any], authors: tuple[str, ...]) -> Item:
    return Item(
        id=_text(item, "id").strip(),
        link=_text(item, "url") or _text(item, "external_url"),
        title=_text(item, "title"),
        html=_text(item, "content_html") or markup.from_text(_text(item, "content_text")),
        short=markup.from_text(_text(item, "summary")),
        published=_moment(_text(item, "date_published")),
        updated=_moment(_text(item, "date_modified")),
        authors=_authors(item) or authors,
        tags=tuple(str(tag) for tag in _list(item, "tags") if isinstance(tag, str)),
        language=_text(item, "language"),
        picture=_picture(item),
    )


def _picture(item: Mapping[str, Any]) -> Picture | None:
    """The item's image, with what an attachment of the same address tells of it."""
    attached = [each for each in _list(item, "attachments") if isinstance(each, Mapping)]
    pictures = [each for each in attached if _text(each, "mime_type").startswith("image/")]
    url = _text(item, "image") or next((_text(each, "url") for each in pictures), "")
    facts = next((each for each in pictures if _text(each, "url") == url), {})
    size = facts.get("size_in_bytes")
    length = int(size) if isinstance(size, int | float) and 0 < size < 2**31 else 0
    return Picture(url=url, media_type=_text(facts, "mime_type"), length=length) if url else None


def _authors(group: Mapping[str, Any]) -> tuple[str, ...]:
    named = [*_list(group, "authors"), *([group["author"]] if "author" in group and not group.get("authors") else [])]
    return tuple(_text(each, "name") for each in named if isinstance(each, Mapping) and _text(each, "name"))


def _list(group: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = group.get(key)
    return value if isinstance(value, list) else []


def _text(group: Mapping[str, Any], key: str) -> str:
    """A text; the specification has readers take a number for one."""
    value = group.get(key)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _moment(text: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    return None
