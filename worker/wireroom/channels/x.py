"""Posts to X: API v2 through tweepy, signed with OAuth 1.0a.

picture ─▶ /2/media/upload ─▶ /2/media/metadata ─┐
text with its link ──────────────────────────────┴─▶ /2/tweets ─▶ receipt
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import tweepy

from wireroom.channels import catalogue, x_endings, x_timeline
from wireroom.channels.wire import Answer, Ask, Wire
from wireroom.channels.x_picture import Attached, attach
from wireroom.model.errors import Ending, LockedOut, NotSent, Rejected, Unsure
from wireroom.model.post import Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from wireroom.model.channel import Sent, Surroundings
    from wireroom.model.destination import Destination
    from wireroom.model.post import Post

log = logging.getLogger(__name__)

KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
PAGES = 5  # of 100 posts each: more are not made between a send and a look
FIELDS = ["created_at", "entities", "note_tweet"]
NOTE = "wireroom-note"  # the header under which the log keeps what a person should know about a post that went out


class Client(tweepy.Client):  # type: ignore[misc]  # tweepy has no types
    """tweepy's client on our wire: it builds the requests; where they go and what an answer means is ours.

    tweepy itself has a fixed host, no timeout, follows redirects, and raises errors that lose half of the answer.
    The signature is made over the address that is really called, so a stand-in at any `base_url` can verify it.
    """

    def __init__(self, wire: Wire, keys: Mapping[str, str]) -> None:
        super().__init__(**{key: keys.get(key, "") for key in KEYS}, return_type=requests.Response)
        self.session.close()
        self._wire = wire
        self._missing = [key for key in KEYS if not keys.get(key)]
        self._sign = tweepy.OAuth1UserHandler(*(keys.get(key, "") for key in KEYS)).apply_auth()

    def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        user_auth: bool = True,  # noqa: ARG002 - part of tweepy's signature; there is only OAuth 1.0a here
    ) -> Answer:
        """Ask X once. Raises what `Wire.call` raises, and `LockedOut` while a key is missing."""
        if self._missing:
            told = f"{', '.join(self._missing)} missing: set it in this destination's settings"
            raise LockedOut(f"{told}{x_endings.AGAIN}")
        ask = Ask(
            method=method,
            path=route,
            write=(method, route) == ("POST", "/2/tweets"),
            params={key: str(value) for key, value in (params or {}).items()},
            payload=json,
            auth=self._sign,
            shown=summary(json),
        )
        return self._wire.call(ask)


class XChannel:
    """One X account."""

    repeatable = False

    def __init__(self, destination: Destination, surroundings: Surroundings) -> None:
        base_url = str(destination.options.get("base_url") or "https://api.x.com")
        self._site = base_url.rstrip("/") if local(base_url) else "https://x.com"
        wire = Wire(
            base_url,
            timeout=destination.timeout,
            secrets=destination.secrets.values(),
        )
        self._client = Client(wire, destination.secrets)
        self.account = account(base_url, destination)
        self.reads = f"{self.account}/reads"  # X counts each kind of call in a window of its own
        self._now = surroundings.now
        self._pictures = bool(destination.options.get("pictures", True))
        self._prices = prices(destination.options.get("prices"))
        self._read_so_far = 0  # resources that the look under way, or else the last one, was given
        self._me: tuple[str, str] | None = None

    def send(self, post: Post) -> Receipt:
        """Post the text, its picture first. A picture that X will never take is left out, and the receipt says so."""
        attached = self._attach(post)
        media = [attached.media_id] if attached.media_id else None
        answer = self._client.create_tweet(text=post.text, media_ids=media, user_auth=True)
        try:
            data = x_endings.receipt_or_raise(answer, self._now(), write=True)
        except Ending as ending:
            ending.quota = x_endings.quotas(answer.headers)
            raise
        remote_id = data.get("id")
        if not isinstance(remote_id, str | int) or not remote_id or isinstance(remote_id, bool):
            raise answer.end(Unsure, "X answered without an id; the post may be there", code=str(answer.status))
        if attached.note:
            log.warning("%s: post %s: %s", post.destination, remote_id, attached.note)
        return self._receipt(str(remote_id), answer, cost=self.price(post), note=attached.note)

    def find(self, post: Post, since: datetime) -> Receipt | None:
        """Look through the account's own timeline from `since` on: the same words first, else the same link.

        What is found was billed as it went out, though its answer was lost: the receipt carries its price. What the
        look itself costs is told by `reading`.
        """
        self._read_so_far = 0
        me, _ = self._account()
        token, second = None, None
        for _ in range(PAGES):
            answer = self._timeline(me, since, token)
            body = answer.json()
            first, linked = self._match(answer, post, since)
            second = second or linked
            if first is not None:
                return first
            meta = body.get("meta")
            token = meta.get("next_token") if isinstance(meta, dict) else None
            if not token:
                return second
        if second is None:
            raise NotSent(f"@{self._account()[1]} has posted too much since then to look through it all")
        return second

    def visible(self, sent: Sequence[Sent], since: datetime) -> list[bool]:
        """Read the account's timeline once for all of them; X bills each post it shows, once in a day."""
        me, name = self._account()
        tweets: list[object] = []
        token = None
        for _ in range(PAGES):
            body = self._timeline(me, since, token).json()
            found, meta = body.get("data"), body.get("meta")
            tweets += found if isinstance(found, list) else []
            seen = [x_timeline.shows(tweets, each) for each in sent]
            token = meta.get("next_token") if isinstance(meta, dict) else None
            if not token or all(seen):
                return seen
        raise NotSent(f"@{name} has posted too much since then to look through it all")

    def retract(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 - the receipt tells all
        """Delete the post; that it is gone already is as good."""
        answer = self._client.delete_tweet(receipt.remote_id, user_auth=True)
        if not x_endings.missing(answer) and not self._read(answer).get("deleted"):
            self._make_sure_it_is_gone(receipt.remote_id)
        cost = self._prices["delete"]
        return replace(receipt, at=self._now(), exchange=answer.exchange, quota=(), cost=cost)

    def check(self) -> str:
        """Ask X who we are: "@name"."""
        self._me = None
        return f"@{self._account()[1]}"

    def price(self, post: Post) -> float:
        """What X bills for this post, in US dollars: more with a link, and a little for a picture's alt text."""
        price = self._prices["link" if post.link or "://" in post.text else "post"]
        described = self._pictures and post.picture is not None and post.picture.path and post.picture.alt
        return round(price + self._prices["alt"], 6) if described else price

    def reading(self) -> float:
        """What the last look cost, in US dollars: X bills each post, and each account, that it gives out."""
        return round(self._read_so_far * self._prices["read"], 6)

    def _attach(self, post: Post) -> Attached:
        if not self._pictures or post.picture is None or not post.picture.path:
            return Attached()
        return attach(post.picture, self._post, self._now)

    def _post(self, route: str, body: dict[str, object]) -> Answer:
        return self._client.request("POST", route, json=body)

    def _account(self) -> tuple[str, str]:
        if self._me is None:
            answer = self._client.get_me(user_auth=True)
            data = self._read(answer)
            if not data.get("id"):
                raise answer.end(NotSent, "X did not say which account these keys are for; asking again does no harm")
            self._me = str(data["id"]), str(data.get("username") or "")
            self._read_so_far += 1
        return self._me

    def _make_sure_it_is_gone(self, remote_id: str) -> None:
        """X says "not deleted" of a post that is gone already, and of one that it could not delete: look at it."""
        answer = self._client.get_tweet(remote_id, user_auth=True)
        if not x_endings.missing(answer):
            self._read(answer)
            raise answer.end(NotSent, "X did not delete the post; asking again does no harm")

    def _timeline(self, me: str, since: datetime, token: str | None) -> Answer:
        answer: Answer = self._client.get_users_tweets(
            me,
            since_id=str(x_timeline.floor(since)),
            max_results=100,
            exclude=["retweets"],
            tweet_fields=FIELDS,
            pagination_token=token,
            user_auth=True,
        )
        body = answer.json()
        if not answer.good or not (isinstance(body.get("data"), list) or isinstance(body.get("meta"), dict)):
            self._read(answer)
        given = body.get("data")
        self._read_so_far += len(given) if isinstance(given, list) else 0
        return answer

    def _match(self, answer: Answer, post: Post, since: datetime) -> tuple[Receipt | None, Receipt | None]:
        found = answer.json().get("data")
        linked = None
        for tweet in found if isinstance(found, list) else []:
            if not isinstance(tweet, dict) or not tweet.get("id"):
                continue
            at = x_timeline.made(tweet)
            likeness = x_timeline.resembles(tweet, post)
            if not likeness or (at is not None and at < since.replace(microsecond=0)):
                continue
            receipt = replace(self._receipt(str(tweet["id"]), answer, cost=self.price(post)), at=at)
            if likeness == 2:
                return receipt, linked
            linked = linked or receipt
        return None, linked

    def _read(self, answer: Answer) -> Mapping[str, object]:
        try:
            return x_endings.receipt_or_raise(answer, self._now(), write=False)
        except Rejected as refusal:
            raise answer.end(NotSent, refusal.message, code=refusal.code) from None

    def _receipt(self, remote_id: str, answer: Answer, *, cost: float = 0.0, note: str = "") -> Receipt:
        exchange = answer.exchange
        if note:
            exchange = replace(exchange, headers={**exchange.headers, NOTE: note})
        return Receipt(
            remote_id=remote_id,
            remote_url=f"{self._site}/i/web/status/{remote_id}",
            at=x_timeline.born(remote_id, self._now()),
            exchange=exchange,
            quota=x_endings.quotas(answer.headers),
            cost=cost,
        )


def account(base_url: str, destination: Destination) -> str:
    """Whose calls these are: an access token begins with its account's number, which is no secret."""
    number, dash, _ = destination.secrets.get("access_token", "").partition("-")
    return f"x/{urlsplit(base_url).netloc}/{number if dash and number.isdigit() else destination.name}"


def prices(table: object) -> Mapping[str, float]:
    """X's price list with what the settings say otherwise."""
    usual = catalogue.X.options["prices"].default
    return {**(usual if isinstance(usual, dict) else {}), **(table if isinstance(table, Mapping) else {})}


def local(base_url: str) -> bool:
    """Whether an address leads to this machine: a stand-in, which shows its posts itself."""
    host = urlsplit(base_url).hostname or ""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def summary(body: object) -> str:
    """What the log shows instead of a body that carries a picture; "" for any other body."""
    if isinstance(body, dict) and isinstance(media := body.get("media"), str):
        return json.dumps({**body, "media": f"(a picture: {len(media)} characters of base64)"})
    return ""
