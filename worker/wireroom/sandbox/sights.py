"""What the page shows of a post: plain values, ready for the template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING

from wireroom.sandbox.listing import link_of
from wireroom.sandbox.text import display, host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from wireroom.sandbox.state import State
    from wireroom.sandbox.values import PagePost, Tweet

SHOWN = 50
HUES = 8
_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_TAG = re.compile(r"(?<![\w&/#＃])[#＃]\w*[^\W\d_]\w*|(?<![\w@/])@\w{1,15}\b")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: plain, a link (with `href`) or a tag."""

    kind: str
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of a post; `src` is "" where the sandbox has no bytes of it (it never fetches)."""

    src: str
    alt: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class CardSight:
    """A link card."""

    href: str
    host: str
    title: str
    description: str
    hue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A post as the page shows it."""

    platform: str
    id: str
    name: str
    handle: str
    hue: int
    at: datetime
    address: str
    pieces: tuple[Piece, ...]
    images: tuple[Image, ...] = ()
    card: CardSight | None = None
    notes: tuple[str, ...] = ()
    same: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole page."""

    x: tuple[Sight, ...]
    facebook: tuple[Sight, ...]
    x_count: int
    facebook_count: int
    requests: int
    faulted: int
    faults: tuple[str, ...]
    started: datetime


def overview(state: State) -> Overview:
    """The newest posts of both stand-ins and the counts beside them."""
    posts = state.posts()
    same = {str(post["id"]): int(str(post["same_link"])) for post in posts}
    now = state.now()
    tweets = (one for one in reversed(_by_time(state.x.every())) if str(one.id) in same)
    page_posts = (one for one in reversed(state.facebook.every()) if one.created <= now and one.id in same)
    return Overview(
        x=tuple(x_sight(state, one, same[one.id]) for one in islice(tweets, SHOWN)),
        facebook=tuple(facebook_sight(state, one, same[one.id]) for one in islice(page_posts, SHOWN)),
        x_count=sum(post["platform"] == "x" for post in posts),
        facebook_count=sum(post["platform"] == "facebook" for post in posts),
        requests=state.request_count,
        faulted=state.fault_count,
        faults=tuple(_plan_in_words(plan.described()) for plan in state.faults.plans),
        started=state.started,
    )


def _by_time(tweets: tuple[Tweet, ...]) -> list[Tweet]:
    return sorted(tweets, key=lambda one: int(one.id))


def x_sight(state: State, tweet: Tweet, same: int = 1) -> Sight:
    """An X post: links as readers see them, pictures, a card for the last link where there is no picture."""
    account = state.accounts[tweet.user_id]
    media = [state.media.get(one) for one in tweet.media_ids]
    images = tuple(
        Image(f"/_media/x/{one.id}" if one.data else "", one.alt, one.media_type) for one in media if one is not None
    )
    link = tweet.links[-1].expanded if tweet.links else ""
    notes = []
    if tweet.reply_to:
        notes.append("in a thread")
    if len(tweet.chain) > 1:
        notes.append("edited")
    if tweet.visible > state.now():
        notes.append("not in timelines yet")
    return Sight(
        platform="x",
        id=tweet.id,
        name=account.name,
        handle=f"@{account.username}",
        hue=_hue(account.user_id),
        at=tweet.created,
        address=f"/{account.username}/status/{tweet.id}",
        pieces=tuple(_tweet_pieces(tweet)),
        images=images,
        card=_card(state, link, tweet.text) if link and not images else None,
        notes=tuple(notes),
        same=same,
    )


def facebook_sight(state: State, post: PagePost, same: int = 1) -> Sight:
    """A Page post: message, pictures or a link card."""
    page, now = state.pages[post.page_id], state.now()
    photos = [state.facebook.photo(one) for one in post.photo_ids]
    images = tuple(
        Image(f"/_media/facebook/{one.id}" if one.data else "", one.alt, one.url) for one in photos if one is not None
    )
    link = link_of(post)
    notes = []
    if not post.is_out(now):
        notes.append("scheduled" if post.publish_at else "not published")
    if post.updated > post.created:
        notes.append("edited")
    if post.hidden:
        notes.append("hidden")
    if post.visible > now:
        notes.append("not in lists yet")
    number = post.id.partition("_")[2]
    return Sight(
        platform="facebook",
        id=post.id,
        name=page.name,
        handle="",
        hue=_hue(post.page_id),
        at=post.created,
        address=f"/{post.page_id}/posts/{number}",
        pieces=tuple(_pieces(post.message, _ADDRESS)),
        images=images,
        card=_card(state, link, post.message) if link and not images else None,
        notes=tuple(notes),
        same=same,
    )


def _tweet_pieces(tweet: Tweet) -> Iterator[Piece]:
    position = 0
    for link in tweet.links:
        yield from _pieces(tweet.text[position : link.start], None)
        yield Piece("link", display(link.expanded), link.expanded)
        position = link.end
    yield from _pieces(tweet.text[position:], None)


def _pieces(text: str, address: re.Pattern[str] | None) -> Iterator[Piece]:
    """Text cut at its tags, and at its addresses where `address` finds them."""
    pattern = re.compile(f"{address.pattern}|{_TAG.pattern}") if address else _TAG
    position = 0
    for match in pattern.finditer(text):
        if match.start() > position:
            yield Piece("text", text[position : match.start()])
        found = match[0]
        yield Piece("link", display(found), found) if found.startswith("http") else Piece("tag", found)
        position = match.end()
    if position < len(text):
        yield Piece("text", text[position:])


def _card(state: State, link: str, text: str) -> CardSight:
    """What is known of a link: what the registry says, else the first line of the text that is not the link."""
    card = state.cards.get(link)
    lines = [_TAG.sub("", _ADDRESS.sub("", line)).strip() for line in text.split("\n")]
    guessed = next((line for line in lines if line), "")
    return CardSight(
        href=link,
        host=host(link),
        title=(card.title if card else "") or guessed,
        description=card.description if card else "",
        hue=_hue(host(link)),
    )


def _hue(text: str) -> int:
    return sha256(text.encode()).digest()[0] % HUES


def _plan_in_words(plan: dict[str, object]) -> str:
    steps = plan["script"]
    names = [_step_in_words(step) for step in steps] if isinstance(steps, list) else []
    where = ", ".join(str(plan[key]) for key in ("platform", "route", "account") if plan[key])
    often = "until cleared" if plan["count"] is None else f"{plan['used']} of {_total(plan, len(names))} calls"
    chance = f", chance {plan['probability']}" if plan["probability"] != 1 else ""
    return f"{', then '.join(names)} · {where} · {often}{chance}"


def _total(plan: dict[str, object], steps: int) -> int:
    return int(str(plan["count"])) * steps


def _step_in_words(step: object) -> str:
    if not isinstance(step, dict):
        return "ok"
    answer = f" {step.get('status', 503)} {step.get('format', 'json')}" if step["fault"] == "status" else ""
    applied = "after posting" if step["when"] == "after" else "before posting"
    return f"{step['fault']}{answer} {applied}"
