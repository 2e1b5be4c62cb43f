"""Looks whether what was delivered is to be seen where it belongs: looked up, not assumed."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from wireroom.dispatch.judge import REST
from wireroom.dispatch.looks import SKEW
from wireroom.model.channel import Channel, Findable, Sent, Visible
from wireroom.model.errors import Ending, LockedOut, RateLimited
from wireroom.model.post import Receipt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from wireroom.dispatch.lane import Hands
    from wireroom.model.delivery import Delivery
    from wireroom.model.destination import Destination
    from wireroom.store import Store

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
"""What was delivered longer ago is not looked for; what went wrong longer ago is no trouble, but a line in the log."""

LOOKS = 3
"""After so many looks a post counts as not to be seen.

A platform, whose reads may cost, is not asked more often; a feed of our own is looked at until it shows the post.
"""

PAUSE = timedelta(minutes=2)  # between two looks at one destination, at least
BLIND = timedelta(hours=1)  # how long a platform that lets us read nothing is not asked again
_BATCH = 50
_SINGLE = 10  # of them, where each post is a call of its own


def pause(after: timedelta) -> timedelta:
    """The least time between two looks at one destination, where posts are looked for `after` their delivery."""
    return min(PAUSE, after)


def to_see(store: Store, name: str, after: timedelta, *, social: bool, limit: int = _BATCH) -> list[Delivery]:
    """What a look at a destination should find now, newest first."""
    now = store.now()
    most = LOOKS if social else DAY // pause(after)
    return store.to_see(name, since=now - DAY, before=now - after, pause=pause(after), most=most, limit=limit)


class Seer:
    """Looks for one destination's delivered posts where its readers would see them."""

    def __init__(self, destination: Destination, channel: Channel, hands: Hands) -> None:
        self._destination, self._channel, self._store = destination, channel, hands.store
        self._stopping = hands.stopping

    def run(self, after: timedelta) -> timedelta:
        """Look for what was delivered `after` ago or longer; how long not to look again.

        A look that got no answer has not shown that a post is missing, and counts for nothing. Nothing here stops the
        destination, but that a platform which asks us to wait is left alone.
        """
        if not self._open():
            return timedelta(0)
        sent = to_see(self._store, self._destination.name, after, social=not self._channel.repeatable)
        try:
            return self._look(sent)
        except RateLimited as ending:
            until = ending.until or self._store.now() + REST
            self._store.rest(self._destination.name, until, ending.message)
        except LockedOut as ending:
            log.warning("%s: what is there cannot be read: %s", self._destination.name, ending.message)
            return BLIND
        except Ending as ending:
            log.warning("%s: could not be looked at: %s", self._destination.name, ending.message)
        except Exception:
            log.exception("%s: looking broke", self._destination.name)
        return timedelta(0)

    def _look(self, sent: Sequence[Delivery]) -> timedelta:
        if isinstance(self._channel, Visible):
            if sent:
                found = self._channel.visible([self._sent(each) for each in sent], min(map(_since, sent)))
                self._note(sent, found)
            return timedelta(0)
        if not isinstance(self._channel, Findable):
            return BLIND
        for each in sent[:_SINGLE]:
            if self._stopping():
                break
            receipt = self._channel.find(self._store.post(each.id), _since(each))
            self._note([each], [receipt is not None])
        return timedelta(0)

    def _note(self, sent: Sequence[Delivery], found: Sequence[bool]) -> None:
        seen = [each for each, there in zip(sent, found, strict=True) if there]
        unseen = [each for each, there in zip(sent, found, strict=True) if not there]
        self._store.note_sight(seen, unseen)

    def _sent(self, delivery: Delivery) -> Sent:
        receipt = Receipt(
            remote_id=delivery.remote_id or "", remote_url=delivery.remote_url or "", at=delivery.delivered
        )
        return Sent(self._store.post(delivery.id), receipt)

    def _open(self) -> bool:
        standing = self._store.standing(self._destination.name)
        return standing.state == "open" and (standing.rests_until is None or standing.rests_until <= self._store.now())


def _since(delivery: Delivery) -> datetime:
    return (delivery.first_touched or delivery.created) - SKEW
