"""Every post of both stand-ins in one plain shape, for tests and for the control address."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from wireroom.sandbox.values import PagePost, Tweet

_LINK = re.compile(r"https?://[^\s<>\"]+")


def listed(tweets: Iterable[Tweet], posts: Iterable[PagePost], now: datetime) -> list[dict[str, object]]:
    """All posts that exist at `now` and were not deleted, oldest first; see `State.posts`."""
    found = [_x_post(one) for one in tweets if one.created <= now and not one.deleted and not one.successor]
    found += [_page_post(one, now) for one in posts if one.created <= now and not one.deleted]
    counts = Counter((entry["platform"], entry["account"], entry["link"]) for entry in found)
    for entry in found:
        entry["same_link"] = counts[entry["platform"], entry["account"], entry["link"]] if entry["link"] else 0
    return sorted(found, key=lambda entry: str(entry["created"]))


def _x_post(tweet: Tweet) -> dict[str, object]:
    return {
        "platform": "x",
        "id": tweet.id,
        "account": tweet.user_id,
        "text": tweet.text,
        "link": tweet.links[0].expanded if tweet.links else "",
        "created": tweet.created.isoformat(timespec="milliseconds"),
        "pictures": len(tweet.media_ids),
        "published": True,
    }


def _page_post(post: PagePost, now: datetime) -> dict[str, object]:
    return {
        "platform": "facebook",
        "id": post.id,
        "account": post.page_id,
        "text": post.message,
        "link": link_of(post),
        "created": post.created.isoformat(timespec="milliseconds"),
        "pictures": len(post.photo_ids),
        "published": post.is_out(now),
    }


def link_of(post: PagePost) -> str:
    """The address a Page post leads to: its link, else the first one in its message, "" for none."""
    found = _LINK.search(post.message)
    return post.link or (found[0].rstrip(".,;:!?)") if found else "")
