"""The posts on the X stand-in and its duplicate rule."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from wireroom.sandbox import problems
from wireroom.sandbox.snowflake import snowflake
from wireroom.sandbox.text import find_links
from wireroom.sandbox.values import Tweet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from wireroom.sandbox.rules import XRules

EDIT_WINDOW = timedelta(minutes=30)
EDITS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTweet:
    """A post as it was asked for; `late` and `lag` are the fault's: exists later, is seen later."""

    user_id: str
    text: str
    media_ids: tuple[str, ...] = ()
    reply_to: str = ""
    quoted: str = ""
    previous: str = ""
    reply_settings: str = "everyone"
    late: timedelta = timedelta(0)
    lag: timedelta = timedelta(0)


class XBook:
    """All posts of the X stand-in. Not locked: the state that owns it holds the lock."""

    def __init__(self, sequence: Callable[[], int]) -> None:
        self._sequence = sequence
        self._tweets: dict[str, Tweet] = {}
        self._timelines: dict[str, list[int]] = {}
        self._same: dict[tuple[str, str], list[str]] = {}

    def post(self, new: NewTweet, rules: XRules, now: datetime) -> Tweet:
        """Put a post there. Raises the refusals for a duplicate or an edit that is not allowed."""
        self._refuse_duplicate(new, rules, now)
        earlier = self._edited(new, rules, now) if new.previous else None
        created = now + new.late
        identifier = snowflake(created, self._sequence())
        tweet = Tweet(
            id=identifier,
            user_id=new.user_id,
            text=new.text,
            created=created,
            visible=created + max(timedelta(seconds=rules.lag), new.lag),
            links=find_links(new.text, identifier),
            media_ids=new.media_ids,
            reply_to=new.reply_to,
            quoted=new.quoted,
            chain=(*(earlier.chain if earlier else ()), identifier),
            reply_settings=new.reply_settings,
        )
        if earlier:
            self._tweets[earlier.id] = replace(earlier, successor=identifier)
        self._keep(tweet)
        return tweet

    def get(self, identifier: str, now: datetime) -> Tweet | None:
        """A post that exists at `now` and was not deleted, or None."""
        tweet = self._tweets.get(identifier)
        return tweet if tweet and tweet.created <= now and tweet.deleted is None else None

    def delete(self, identifier: str, user_id: str, now: datetime) -> bool:
        """Take a user's post away with every version of it; False if it is not there."""
        tweet = self.get(identifier, now)
        if tweet is None:
            return False
        if tweet.user_id != user_id:
            raise problems.forbidden("You are not authorized to delete this Tweet.")
        latest = tweet
        while latest.successor:
            latest = self._tweets[latest.successor]
        for version in latest.chain:
            self._tweets[version] = replace(self._tweets[version], deleted=now)
        return True

    def timeline(
        self, user_id: str, now: datetime, *, since_id: int = 0, until_id: int | None = None
    ) -> Iterator[Tweet]:
        """A user's visible posts, newest first, ids strictly between the bounds."""
        ids = self._timelines.get(user_id, [])
        end = len(ids) if until_id is None else bisect_left(ids, until_id)
        for number in reversed(ids[bisect_left(ids, since_id + 1) : end]):
            tweet = self._tweets[str(number)]
            if tweet.visible <= now and tweet.deleted is None and not self._replaced(tweet, now):
                yield tweet

    def every(self) -> tuple[Tweet, ...]:
        """All posts ever made, also deleted ones and those that do not exist yet, oldest first."""
        return tuple(self._tweets.values())

    def _keep(self, tweet: Tweet) -> None:
        self._tweets[tweet.id] = tweet
        ids = self._timelines.setdefault(tweet.user_id, [])
        ids.insert(bisect_left(ids, int(tweet.id)), int(tweet.id))
        self._same.setdefault((tweet.user_id, tweet.text), []).append(tweet.id)

    def _replaced(self, tweet: Tweet, now: datetime) -> bool:
        return bool(tweet.successor) and self._tweets[tweet.successor].visible <= now

    def _refuse_duplicate(self, new: NewTweet, rules: XRules, now: datetime) -> None:
        if rules.duplicates == "off" or not new.text:
            return
        same = [self._tweets[key] for key in self._same.get((new.user_id, new.text), ())]
        standing = [one for one in same if one.created <= now and (rules.after_deletion or one.deleted is None)]
        if not standing:
            return
        if rules.duplicates == "last":
            standing_ids = {one.id for one in standing}
            newest = (str(key) for key in reversed(self._timelines[new.user_id]))
            counted = (key for key in newest if self._counts(key, rules, now))
            hit = any(key in standing_ids for key in islice(counted, rules.duplicate_last))
        else:
            hit = any(now - one.created <= timedelta(seconds=rules.duplicate_window) for one in standing)
        if hit:
            raise problems.duplicate()

    def _counts(self, identifier: str, rules: XRules, now: datetime) -> bool:
        tweet = self._tweets[identifier]
        return tweet.created <= now and (rules.after_deletion or tweet.deleted is None)

    def _edited(self, new: NewTweet, rules: XRules, now: datetime) -> Tweet:
        """The version an edit replaces: own, the latest, within 30 minutes, at most 5 edits, Premium only."""
        tweet = self.get(new.previous, now)
        if tweet is None or tweet.user_id != new.user_id:
            raise problems.not_permitted("the post to edit is not there or not this account's")
        if not rules.premium:
            raise problems.not_permitted("editing needs Premium: set the rule `premium`")
        first = self._tweets[tweet.chain[0]]
        if tweet.successor or len(tweet.chain) > EDITS or now - first.created > EDIT_WINDOW:
            raise problems.not_permitted("a post can be edited 5 times within 30 minutes, and only its latest version")
        return tweet
