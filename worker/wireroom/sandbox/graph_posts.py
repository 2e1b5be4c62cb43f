"""The Graph calls that make, change, take away and list a Page's posts."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from wireroom.sandbox import graph_errors
from wireroom.sandbox.answers import Answer
from wireroom.sandbox.facebook import MESSAGE_LIMIT, Asked, own_page
from wireroom.sandbox.graph_fields import post_json
from wireroom.sandbox.media import MEGABYTE, media_type_of
from wireroom.sandbox.pagebook import NewPost
from wireroom.sandbox.text import host
from wireroom.sandbox.values import Photo

if TYPE_CHECKING:
    from wireroom.sandbox.values import PagePost

SOONEST, LATEST = timedelta(minutes=10), timedelta(days=30)
PHOTO_BOUND = 10 * MEGABYTE
NOT_PUBLIC = {"SCHEDULED", "SCHEDULED_RECURRING", "DRAFT", "ADS_POST", "INLINE_CREATED"}


def create_post(asked: Asked) -> Answer:
    """POST /{page}/feed: message, link or photos; with `fields` the post is read back in the same answer."""
    page = own_page(asked)
    message, link = asked.parameters.get("message", ""), asked.parameters.get("link", "")
    photos = _attached(asked)
    if not (message.strip() or link or photos):
        raise graph_errors.parameter("Requires one of the params: message, link, attached_media")
    _check_message(message)
    _check_link(asked, link)
    published, publish_at = _timing(asked)
    new = NewPost(
        message=message,
        link=link,
        published=published,
        publish_at=publish_at,
        photo_ids=photos,
        late=asked.call.late,
        lag=asked.call.lag,
    )
    post = asked.state.facebook.post(page, new, asked.state.facebook_rules, asked.state.now())
    return Answer(200, _created(asked, post))


def create_photo(asked: Asked) -> Answer:
    """POST /{page}/photos: `source` or `url`; unless `published` is false (or `no_story`) a post shows it at once."""
    page, state, now = own_page(asked), asked.state, asked.state.now()
    data, url = asked.files.get("source", b""), asked.parameters.get("url", "")
    caption = asked.parameters.get("caption", asked.parameters.get("message", ""))
    _check_message(caption)
    if not data and not url.startswith(("http://", "https://")):
        raise graph_errors.error(324, "(#324) Requires upload file")
    if len(data) > PHOTO_BOUND:
        raise graph_errors.error(1, "Photos should be smaller than 10 MB", subcode=1366046)
    if data and not media_type_of(data):
        raise graph_errors.error(1, "Invalid image file: JPEG and PNG are taken", subcode=1366046)
    alt = asked.parameters.get("alt_text_custom", "")
    photo = Photo(
        id="",
        page_id=page.page_id,
        created=now,
        caption=caption,
        alt=alt,
        media_type=media_type_of(data),
        data=data,
        url=url,
    )
    kept = state.facebook.add_photo(page, photo)
    if not asked.flag("published", default=True) or asked.flag("no_story", default=False):
        return Answer(200, {"id": kept.id})
    new = NewPost(message=caption, photo_ids=(kept.id,), late=asked.call.late, lag=asked.call.lag)
    post = state.facebook.post(page, new, state.facebook_rules, now)
    return Answer(200, {"id": kept.id, "post_id": post.id})


def edit_post(asked: Asked) -> Answer:
    """POST /{post}: message, is_published=true, is_hidden, is_pinned, scheduled_publish_time."""
    post, state = _own_post(asked), asked.state
    changes: dict[str, object] = {"updated": state.now()}
    if "message" in asked.parameters:
        _check_message(asked.parameters["message"])
        changes["message"] = asked.parameters["message"]
    publish = asked.flag("is_published")
    if publish is False and post.is_out(state.now()):
        raise graph_errors.parameter("A published post cannot be unpublished")
    if publish:
        changes |= {"published": True, "publish_at": None}
    elif "scheduled_publish_time" in asked.parameters:
        changes["publish_at"] = _publish_at(asked)
    for name, key in (("is_hidden", "hidden"), ("is_pinned", "pinned")):
        if (value := asked.flag(name)) is not None:
            changes[key] = value
    state.facebook.change(post, **changes)
    return Answer(200, {"success": True})


def delete_post(asked: Asked) -> Answer:
    """DELETE /{post}."""
    asked.state.facebook.change(_own_post(asked), deleted=asked.state.now())
    return Answer(200, {"success": True})


def list_posts(asked: Asked) -> Answer:
    """GET /{page}/published_posts, posts or feed: newest first, 25 (at most 100) a page, by cursor."""
    page, state, origin = own_page(asked), asked.state, asked.call.origin
    limit = asked.parameters.get("limit", "25")
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        raise graph_errors.parameter("Please reduce the amount of data you're asking for: limit is 1 to 100")
    fields = asked.fields
    whole_feed = asked.call.params["edge"] == "feed"
    posts = state.facebook.of_page(page.page_id, state.facebook_rules, state.now(), all_of_them=whole_feed)
    start = _after(posts, asked.parameters.get("after", ""))
    shown = posts[start : start + int(limit)]
    body: dict[str, object] = {"data": [post_json(state, origin, post, fields) for post in shown]}
    if shown:
        cursors = {"before": _cursor(shown[0]), "after": _cursor(shown[-1])}
        more = start + int(limit) < len(posts)
        body["paging"] = {"cursors": cursors} | ({"next": _next(asked, cursors["after"])} if more else {})
    return Answer(200, body)


def _own_post(asked: Asked) -> PagePost:
    identifier, state = asked.call.params["id"], asked.state
    post = state.facebook.get(identifier, state.now())
    if post is None:
        raise graph_errors.gone(identifier, asked.call.method)
    if post.page_id != asked.page.page_id:
        raise graph_errors.error(200)
    return post


def _created(asked: Asked, post: PagePost) -> dict[str, object]:
    return post_json(asked.state, asked.call.origin, post, asked.fields or {"id": {}})


def _check_message(message: str) -> None:
    if len(message) > MESSAGE_LIMIT:
        raise graph_errors.parameter(f"The message is longer than {MESSAGE_LIMIT} characters")


def _check_link(asked: Asked, link: str) -> None:
    if not link:
        return
    name = host(link)
    if not link.startswith(("http://", "https://")) or not name:
        raise graph_errors.error(100, "(#100) The link is not a valid URL", subcode=1500)
    if name == "facebook.com" or name.endswith(".facebook.com"):
        raise graph_errors.error(1609008)
    if name in asked.state.facebook_rules.unscrapable:
        raise graph_errors.error(1609005)


def _timing(asked: Asked) -> tuple[bool, datetime | None]:
    """Whether the post is public at once, and when it is to be."""
    published = bool(asked.flag("published", default=True))
    kind = asked.parameters.get("unpublished_content_type", "PUBLISHED")
    if kind in NOT_PUBLIC:
        published = False
    if "scheduled_publish_time" not in asked.parameters:
        return published, None
    if published:
        raise graph_errors.parameter("You cannot specify a scheduled publish time on a published post")
    return False, _publish_at(asked)


def _publish_at(asked: Asked) -> datetime:
    value = asked.parameters["scheduled_publish_time"]
    try:
        moment = datetime.fromtimestamp(int(value), UTC) if value.isdecimal() else datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        raise graph_errors.parameter("scheduled_publish_time is neither a unix time nor ISO 8601") from None
    at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not SOONEST <= at - asked.state.now() <= LATEST:
        raise graph_errors.parameter("The specified scheduled publish time is invalid: 10 minutes to 30 days ahead")
    return at


def _attached(asked: Asked) -> tuple[str, ...]:
    """The photo ids of `attached_media`, as one JSON list or as `attached_media[0]` and so on."""
    values = [value for key, value in asked.parameters.items() if key.startswith("attached_media")]
    try:
        entries = [entry for value in values for entry in _as_list(json.loads(value))]
        return tuple(str(entry["media_fbid"]) for entry in entries)
    except (ValueError, TypeError, KeyError):
        raise graph_errors.parameter('attached_media is a list of {"media_fbid": "…"}') from None


def _as_list(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else [value]  # type: ignore[list-item]


def _cursor(post: PagePost) -> str:
    return base64.urlsafe_b64encode(post.id.encode()).decode()


def _after(posts: list[PagePost], cursor: str) -> int:
    if not cursor:
        return 0
    keys = [_cursor(post) for post in posts]
    if cursor not in keys:
        raise graph_errors.parameter("Invalid cursors values")
    return keys.index(cursor) + 1


def _next(asked: Asked, cursor: str) -> str:
    """The address of the next page, without the token."""
    kept = {key: value for key, value in asked.parameters.items() if key not in {"access_token", "appsecret_proof"}}
    return f"{asked.call.origin}{asked.call.path}?{urlencode(kept | {'after': cursor})}"
