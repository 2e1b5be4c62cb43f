"""Settles what is in doubt: leases that ran out, and deliveries nobody is sure of, looked up on the platform."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from wireroom.dispatch import judge
from wireroom.dispatch.lane import Hands, timed
from wireroom.model.channel import Channel, Findable, Metered
from wireroom.model.delivery import Claim, Delivery, Verdict
from wireroom.model.errors import Ending, LockedOut, NotSent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wireroom.model.destination import Destination
    from wireroom.store import Store

log = logging.getLogger(__name__)

SKEW = timedelta(minutes=2)  # how far the platform's clock may be behind ours


class Looker:
    """Looks for one destination's unconfirmed deliveries on the platform."""

    def __init__(self, destination: Destination, channel: Channel, hands: Hands) -> None:
        self._destination, self._channel, self._hands = destination, channel, hands
        self._lease = timedelta(seconds=6 * destination.timeout + 30)  # a look may page through a timeline

    def run(self, limit: int = 50) -> int:
        """Look for what is due for a look; how many were looked for."""
        done = 0
        for delivery in self._hands.store.doubtful(limit=limit, destination=self._destination.name):
            if self._hands.stopping():
                break
            done += self.look(delivery)
        return done

    def look(self, delivery: Delivery) -> bool:
        """Look for one delivery; False when somebody else is looking."""
        claim = self._hands.store.claim_look(delivery, holder=self._hands.holder, lease=self._lease)
        if claim is None:
            return False
        attempt = self._hands.store.open_look(claim)
        started = time.monotonic()
        verdict = self._find(claim)
        verdict = timed(verdict, round((time.monotonic() - started) * 1000))
        verdict = replace(verdict, cost=self._channel.reading() if isinstance(self._channel, Metered) else 0.0)
        return self._hands.store.settle(claim, verdict, by=self._hands.holder, attempt=attempt)

    def _find(self, claim: Claim) -> Verdict:
        case = judge.Case(
            delivery=claim.delivery,
            destination=self._destination,
            now=self._hands.store.now(),
            dice=self._hands.dice,
        )
        if not isinstance(self._channel, Findable):
            return judge.unfindable(case)
        since = (claim.delivery.first_touched or claim.delivery.created) - SKEW
        try:
            return judge.looked(case, self._channel.find(claim.post, since))
        except Ending as ending:
            if isinstance(ending, LockedOut):
                self._hands.store.set_standing(self._destination.name, "locked", ending.message)
            return judge.unseen(case, ending)
        except Exception as error:  # a look that breaks has not shown that the post is absent
            log.exception("%s: looking broke", self._destination.name)
            return judge.unseen(case, NotSent(f"the channel broke: {type(error).__name__}"))


def take_back_lost(
    store: Store,
    destinations: Mapping[str, Destination],
    repeatable: Callable[[str], bool],
    *,
    by: str,
    gone: Callable[[str], bool],
) -> int:
    """Take back what lost workers held: past their lease, or by a holder that is `gone` for certain. How many."""
    now = store.now()
    taken = 0
    for delivery in store.in_flight(1000):
        lapsed = delivery.lease_until is not None and delivery.lease_until < now
        if not lapsed and not gone(delivery.holder):
            continue
        destination = destinations.get(delivery.destination)
        after = destination.settle.after if destination else timedelta(seconds=30)
        harmless = destination is not None and repeatable(destination.name)
        move, why, due = judge.lost(delivery, repeatable=harmless, settle_after=after, now=now)
        taken += store.move(delivery, move, by=by, why=why, due=due) is not None
    return taken
