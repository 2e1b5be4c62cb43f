"""X's timeline read back: is this post of ours on it? Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from wireroom.channels.alike import same_address, same_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wireroom.model.channel import Sent
    from wireroom.model.post import Post

EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)  # where X's ids begin to count milliseconds
SIGHT = timedelta(days=1)


def floor(since: datetime) -> int:
    """The smallest id that a post sent at `since`, to the second, can have."""
    milliseconds = (since.replace(microsecond=0) - EPOCH) // timedelta(milliseconds=1)
    return max(0, (milliseconds << 22) - 1)


def born(remote_id: str, now: datetime) -> datetime | None:
    """When a post was made, as its id tells; None for an id that does not tell a time near `now`."""
    if not remote_id.isdecimal() or len(remote_id) > 19:
        return None
    found = EPOCH + timedelta(milliseconds=int(remote_id) >> 22)
    return found if abs(found - now) < SIGHT else None


def resembles(tweet: Mapping[str, object], post: Post) -> int:
    """How much a timeline's entry is this post: 2 the same words, 1 the same link, 0 neither."""
    bodies = [tweet]
    if isinstance(note := tweet.get("note_tweet"), Mapping):
        bodies.append(note)
    if any(same_text(expanded(body), post.text) for body in bodies):
        return 2
    return int(any(same_address(link, post.link) for body in bodies for _, link in links(body)))


def shows(tweets: Iterable[object], sent: Sent) -> bool:
    """Whether a post of ours is among a timeline's entries: by its id, else by its words or its link."""
    return any(
        isinstance(tweet, Mapping) and (tweet.get("id") == sent.receipt.remote_id or resembles(tweet, sent.post) > 0)
        for tweet in tweets
    )


def expanded(body: Mapping[str, object]) -> str:
    """The text as it was sent: entities undone, every t.co link what it stands for, links to own pictures gone."""
    text = html.unescape(str(body.get("text") or ""))
    for short, full in links(body):
        text = text.replace(short, "" if "/photo/" in full and "/status/" in full else full)
    return text


def links(body: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Every link of a text as (t.co address, where it leads); one entry for each place that X names."""
    entities = body.get("entities")
    found = entities.get("urls") if isinstance(entities, Mapping) else None
    for link in found if isinstance(found, list) else []:
        if not isinstance(link, Mapping):
            continue
        for key in ("expanded_url", "unwound_url"):
            if isinstance(link.get(key), str) and isinstance(link.get("url"), str):
                yield link["url"], link[key]


def made(tweet: Mapping[str, object]) -> datetime | None:
    """When a timeline's entry was made (aware); None when it does not say."""
    try:
        found = datetime.fromisoformat(str(tweet.get("created_at")))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
