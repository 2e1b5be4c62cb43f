"""A Facebook Page's posts read back: is this post of ours among them? Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from wireroom.channels.alike import same_address, same_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wireroom.model.channel import Sent
    from wireroom.model.post import Post

FIELDS = "id,created_time,message,permalink_url,is_published,attachments{unshimmed_url,url,title,media_type}"
SECRET = ("access_token", "appsecret_proof")


def entries(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The posts of one page of an edge."""
    found = body.get("data")
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []


def onward(body: Mapping[str, object]) -> dict[str, str]:
    """The parameters that lead to the next page, without the token Facebook puts there; empty at the end."""
    paging = body.get("paging")
    following = paging.get("next") if isinstance(paging, Mapping) else None
    if not isinstance(following, str):
        return {}
    return {name: value for name, value in parse_qsl(urlsplit(following).query) if name not in SECRET}


def caption(post: Post) -> str:
    """The words below a photo: no link stands beside one, so the caption carries it."""
    return post.text if not post.link or post.link in post.text else f"{post.text}\n\n{post.link}"


def resembles(entry: Mapping[str, object], post: Post) -> int:
    """How much an entry is this post: 2 the same words, 1 the same link, 0 neither or not public."""
    if entry.get("is_published") is False:
        return 0
    message = str(entry.get("message") or "")
    if same_text(message, post.text) or same_text(message, caption(post)):
        return 2
    return int(any(same_address(link, post.link) for link in links(entry)))


def shows(found: Iterable[Mapping[str, object]], sent: Sent) -> bool:
    """Whether a post of ours is public among these entries: by its id, else by its words or its link."""
    return any(
        (entry.get("id") == sent.receipt.remote_id and entry.get("is_published") is not False)
        or resembles(entry, sent.post) > 0
        for entry in found
    )


def links(entry: Mapping[str, object]) -> Iterator[str]:
    """Every address that stands behind an entry's attachments."""
    attachments = entry.get("attachments")
    for attachment in entries(attachments) if isinstance(attachments, Mapping) else []:
        yield from (str(attachment[key]) for key in ("unshimmed_url", "url") if attachment.get(key))


def made(entry: Mapping[str, object]) -> datetime | None:
    """When an entry was made (aware), from a date as the Graph API writes it or from seconds; None if untold."""
    value = entry.get("created_time")
    try:
        if isinstance(value, int):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def permalink(entry: Mapping[str, object], remote_id: str) -> str:
    """Where people see the post: what Facebook says, else the address every post has."""
    found = str(entry.get("permalink_url") or "")
    if found.startswith("/"):
        return f"https://www.facebook.com{found}"
    return found or f"https://www.facebook.com/{remote_id}"
