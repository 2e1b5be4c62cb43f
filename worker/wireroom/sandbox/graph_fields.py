"""The `fields` parameter of the Graph API: what is asked for, and the objects cut down to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from wireroom.sandbox import graph_errors
from wireroom.sandbox.listing import link_of
from wireroom.sandbox.text import host

if TYPE_CHECKING:
    from wireroom.sandbox.state import State
    from wireroom.sandbox.values import Page, PagePost, Photo

Fields = dict[str, "Fields"]
_TOKEN = re.compile(r"\s*([A-Za-z0-9_]+|[{},]|\.\w+\([^)]*\))")


def parse(text: str) -> Fields:
    """`id,attachments{title,media{image}}` as a tree; modifiers like `.limit(3)` are read over.

    Raises the code 2500 refusal for text that is no field list.
    """
    root: Fields = {}
    stack, last, position = [root], root, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _syntax(text, position)
        position, mark = match.end(), match[1]
        if mark == "{":
            stack.append(last)
        elif mark == "}":
            if len(stack) == 1:
                raise _syntax(text, match.start())
            stack.pop()
        elif mark != "," and not mark.startswith("."):
            last = stack[-1].setdefault(mark, {})
    if len(stack) > 1:
        raise _syntax(text, position)
    return root


def _syntax(text: str, position: int) -> Exception:
    return graph_errors.error(2500, f"Syntax error at character {position}: {text[position : position + 10]}")


def cut(values: Mapping[str, Callable[[], object]], wanted: Fields, node: str) -> dict[str, object]:
    """The fields asked for, and `id`; empty ones are left out as Facebook does. Unknown ones are code 100."""
    found: dict[str, object] = {}
    for name, inner in wanted.items():
        if name not in values:
            raise graph_errors.error(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})")
        value = values[name]()
        if value not in (None, ""):
            found[name] = narrowed(value, inner)
    return found if "id" in found or "id" not in values else {**found, "id": values["id"]()}


def narrowed(value: object, inner: Fields) -> object:
    """An inner object cut down to what was asked; lists, and `data` lists, entry by entry."""
    if not inner:
        return value
    if isinstance(value, list):
        return [narrowed(entry, inner) for entry in value]
    if isinstance(value, dict):
        if set(value) == {"data"}:
            return {"data": narrowed(value["data"], inner)}
        return {name: narrowed(value[name], deeper) for name, deeper in inner.items() if name in value}
    return value


def time(moment: datetime) -> str:
    """A time as Facebook writes it: `2026-11-22T10:00:00+0000`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def page_json(page: Page, wanted: Fields) -> dict[str, object]:
    """A Page."""
    values: dict[str, Callable[[], object]] = {
        "id": lambda: page.page_id,
        "name": lambda: page.name,
        "username": lambda: re.sub(r"\W", "", page.name).lower(),
        "link": lambda: f"https://www.facebook.com/{page.page_id}",
        "category": lambda: "News & media website",
        "tasks": lambda: ["ANALYZE", "CREATE_CONTENT", "MODERATE"],
        "fan_count": lambda: 0,
        "access_token": lambda: page.access_token,
    }
    return cut(values, wanted or {"name": {}, "id": {}}, "Page")


def post_json(state: State, origin: str, post: PagePost, wanted: Fields) -> dict[str, object]:
    """A Page post; `origin` is this sandbox's address, where its permalink leads."""
    page = state.pages[post.page_id]
    now = state.now()
    picture = f"{origin}/_media/facebook/{post.photo_ids[0]}" if post.photo_ids else ""
    values: dict[str, Callable[[], object]] = {
        "id": lambda: post.id,
        "created_time": lambda: time(post.created),
        "updated_time": lambda: time(post.updated),
        "message": lambda: post.message,
        "permalink_url": lambda: permalink(origin, post),
        "is_published": lambda: post.is_out(now),
        "is_hidden": lambda: post.hidden,
        "scheduled_publish_time": lambda: int(post.publish_at.timestamp()) if post.publish_at else None,
        "from": lambda: {"name": page.name, "id": page.page_id},
        "application": lambda: {"name": "Wireroom sandbox", "link": origin, "id": post.app_id},
        "attachments": lambda: _attachments(state, origin, post),
        "full_picture": lambda: picture,
        "picture": lambda: picture,
        "status_type": lambda: "shared_story" if post.link else "mobile_status_update",
        "story": lambda: None,
        "privacy": lambda: {"value": "EVERYONE", "description": "Public"},
    }
    return cut(values, wanted or {"created_time": {}, "message": {}, "id": {}}, "PagePost")


def permalink(origin: str, post: PagePost) -> str:
    """Where the post can be seen: on the sandbox's own page."""
    page, _, number = post.id.partition("_")
    return f"{origin}/{page}/posts/{number}"


def photo_json(origin: str, photo: Photo, wanted: Fields) -> dict[str, object]:
    """A photo."""
    address = photo.url or f"{origin}/_media/facebook/{photo.id}"
    values: dict[str, Callable[[], object]] = {
        "id": lambda: photo.id,
        "created_time": lambda: time(photo.created),
        "name": lambda: photo.caption,
        "alt_text_custom": lambda: photo.alt,
        "link": lambda: f"{origin}/_media/facebook/{photo.id}",
        "images": lambda: [{"source": address}],
        "page_story_id": lambda: photo.post_id,
    }
    return cut(values, wanted or {"created_time": {}, "name": {}, "id": {}}, "Photo")


def _attachments(state: State, origin: str, post: PagePost) -> object:
    link = link_of(post)
    if post.photo_ids:
        pictures = [_photo_attachment(state, origin, one) for one in post.photo_ids]
        if len(pictures) == 1:
            return {"data": pictures}
        return {"data": [{"media_type": "album", "type": "album", "subattachments": {"data": pictures}}]}
    if not link:
        return None
    card = state.cards.get(link)
    data = {
        "title": (card.title if card else "") or host(link),
        "description": card.description if card else "",
        "media_type": "link",
        "type": "share",
        "unshimmed_url": link,
        "url": f"https://l.facebook.com/l.php?u={_quoted(link)}&h=sandbox",
        "target": {"url": f"https://l.facebook.com/l.php?u={_quoted(link)}&h=sandbox"},
    }
    return {"data": [{name: value for name, value in data.items() if value}]}


def _photo_attachment(state: State, origin: str, identifier: str) -> dict[str, object]:
    photo = state.facebook.photo(identifier)
    address = f"{origin}/_media/facebook/{identifier}"
    return {
        "media": {"image": {"src": (photo.url if photo else "") or address}},
        "media_type": "photo",
        "type": "photo",
        "target": {"id": identifier, "url": address},
        "unshimmed_url": address,
        "url": address,
        "description": photo.caption if photo else "",
    }


def _quoted(url: str) -> str:
    return quote(url, safe="")
