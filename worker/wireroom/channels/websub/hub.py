"""The newsroom's own WebSub hub: brings a feed's documents to everybody who has subscribed to them.

subscribed, not brought these bytes yet, due ─▶ POST ─▶ 2xx: brought     410: forgotten     else: failed, due later
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from wireroom.channels.websub.subscriber import Subscriber
from wireroom.channels.websub.topics import MAIN, Topic, Topics
from wireroom.model.errors import Ending, NotSent, WireroomError
from wireroom.model.post import Receipt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wireroom.model.channel import Surroundings
    from wireroom.model.destination import Destination
    from wireroom.model.post import Exchange, Post
    from wireroom.model.subscription import Subscription

log = logging.getLogger(__name__)

AT_ONCE = 8  # subscribers brought something at the same time
TIMEOUT = 10.0  # seconds one subscriber gets, at most
GONE = 410
FIRST, LONGEST = timedelta(seconds=5), timedelta(hours=1)  # the pause after a failure, doubled with each
ROUND = timedelta(seconds=30)  # after so long no other is begun: a worker's lease on the delivery must last
PATIENCE = timedelta(minutes=10)  # a subscriber that fails for longer keeps no delivery waiting
TRIES, SPAN = 10, timedelta(hours=6)  # who failed so often in a row, over so long, is forgotten


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one subscriber: how it stands now, None when it is to be forgotten; why it failed, "" if not.

    `left`: there was no time for it.
    """

    subscription: Subscription | None
    why: str = ""
    exchange: Exchange | None = None
    left: bool = False


class HubChannel:
    """The hub of one feed. A subscriber that gets the same document twice is used to it."""

    repeatable = True

    def __init__(self, destination: Destination, surroundings: Surroundings) -> None:
        self._feed, self._book = destination.follows, surroundings.subscriptions
        self._topics = Topics(destination.follows, surroundings)
        self._hub = f"{surroundings.public_url}/hub"
        self._private, self._timeout = surroundings.hub_private, min(destination.timeout, TIMEOUT)
        self._now = surroundings.now

    def send(self, post: Post) -> Receipt:
        """Bring everybody what they do not have yet. Raises `NotSent` while it is worth trying one of them again.

        Who fails is tried again later and later, keeps nobody else waiting, and is forgotten in the end.
        """
        topics = {topic.file: topic for topic in self._topics.now()}
        waiting = self._waiting(topics)
        outcomes = self._bring(waiting, topics)
        self._write(waiting, outcomes)
        self._hold(outcomes, len(waiting))
        exchange = next((each.exchange for each in outcomes if each.exchange), None)
        return Receipt(
            remote_id=post.uid, remote_url=next(iter(topics.values())).url, at=self._now(), exchange=exchange
        )

    def amend(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 the feed as it is now is brought
        """Bring everybody the feed with its correction."""
        return self.send(post)

    def retract(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 the feed as it is now is brought
        """Bring everybody the feed without the article."""
        return self.send(post)

    def check(self) -> str:
        """How many subscribe. Raises `NotSent` when nobody can tell."""
        number = len(self._subscribers())
        return f"{number} subscriber{'' if number == 1 else 's'} of {', '.join(MAIN)} at {self._hub}"

    def _subscribers(self) -> Sequence[Subscription]:
        if self._book is None:
            return ()
        try:
            return self._book.subscribers(self._feed)
        except WireroomError as error:
            raise NotSent(f"the subscribers could not be read: {error}") from error

    def _waiting(self, topics: dict[str, Topic]) -> list[Subscription]:
        now = self._now()
        return [
            one
            for one in self._subscribers()
            if one.file in topics and one.digest != topics[one.file].digest and (one.due is None or one.due <= now)
        ]

    def _bring(self, waiting: Sequence[Subscription], topics: dict[str, Topic]) -> list[_Outcome]:
        if not waiting:
            return []
        until = self._now() + ROUND

        def work(one: Subscription) -> _Outcome:
            return _Outcome(one, left=True) if self._now() > until else self._one(one, topics[one.file])

        with ThreadPoolExecutor(min(AT_ONCE, len(waiting)), thread_name_prefix="hub") as pool:
            return list(pool.map(work, waiting))

    def _one(self, one: Subscription, topic: Topic) -> _Outcome:
        try:
            subscriber = Subscriber(one.callback, private=self._private, timeout=self._timeout, secret=one.secret)
            answer = subscriber.bring(topic, self._hub)
        except Ending as ending:
            return self._failed(one, ending.message, ending.exchange)
        if answer.good:
            served = replace(one, digest=topic.digest, failures=0, failed_since=None, due=None)
            return _Outcome(served, exchange=answer.exchange)
        if answer.status == GONE:
            return _Outcome(None, "it is gone (410)", answer.exchange)
        return self._failed(one, f"{one.host} answered {answer.status}", answer.exchange)

    def _failed(self, one: Subscription, why: str, exchange: Exchange | None) -> _Outcome:
        now, failures = self._now(), one.failures + 1
        since = one.failed_since or now
        if failures >= TRIES and now - since >= SPAN:
            return _Outcome(None, f"it failed {failures} times in a row, the last time: {why}", exchange)
        pause = min(FIRST * 2 ** min(one.failures, 20), LONGEST)
        return _Outcome(replace(one, failures=failures, failed_since=since, due=now + pause), why, exchange)

    def _write(self, waiting: Sequence[Subscription], outcomes: Sequence[_Outcome]) -> None:
        gone = [(one, each.why) for one, each in zip(waiting, outcomes, strict=True) if each.subscription is None]
        for one, why in gone:
            log.warning("%s: a subscriber of %s at %s is forgotten: %s", self._feed, one.file, one.host, why)
        if self._book is None or not outcomes:
            return
        try:
            self._book.keep_subscribers([each.subscription for each in outcomes if each.subscription])
            self._book.drop_subscribers([one for one, _ in gone])
        except WireroomError as error:
            raise NotSent(f"what the subscribers were brought could not be noted: {error}") from error

    def _hold(self, outcomes: Sequence[_Outcome], number: int) -> None:
        """Raise `NotSent` for the subscribers that have just begun to fail; those that fail for long wait alone."""
        if left := sum(each.left for each in outcomes):
            raise NotSent(f"{left} of {number} subscribers are still to be brought it", after=timedelta(0))
        now = self._now()
        failing = [(each.subscription, each) for each in outcomes if each.why and each.subscription]
        soon = [(one, each) for one, each in failing if _pause(one, now) and now - _since(one, now) < PATIENCE]
        if not soon:
            return
        after = min(_pause(one, now) for one, _ in soon)
        message = f"{len(failing)} of {number} subscribers could not be brought it; one of them: {soon[0][1].why}"
        raise NotSent(message, after=after, exchange=soon[0][1].exchange)


def _pause(one: Subscription, now: datetime) -> timedelta:
    return max((one.due or now) - now, timedelta(0))


def _since(one: Subscription, now: datetime) -> datetime:
    return one.failed_since or now
