"""Settles what is in doubt: leases that ran out, and deliveries nobody is sure of, looked up on the platform."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from wireroom.dispatch import judge
from wireroom.dispatch.lane import Hands, timed
from wireroom.model.channel import Channel, Findable, Metered, Rationed
from wireroom.model.delivery import Claim, Delivery, Move, Verdict
from wireroom.model.errors import Ending, LockedOut, NotSent, RateLimited

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wireroom.model.destination import Destination
    from wireroom.store import Store

log = logging.getLogger(__name__)

SKEW = timedelta(minutes=15)  # how far our clock may have been ahead of the platform's when the wire was touched


class Looker:
    """Looks for one destination's unconfirmed deliveries on the platform."""

    def __init__(self, destination: Destination, channel: Channel, hands: Hands) -> None:
        self._destination, self._channel, self._hands = destination, channel, hands
        self._lease = timedelta(seconds=6 * destination.timeout + 30)  # a look may page through a timeline

    def run(self, limit: int = 50) -> int:
        """Look for what is due for a look; how many were looked for."""
        done = 0
        for delivery in self._hands.store.doubtful(limit=limit, destination=self._destination.name):
            if self._hands.stopping() or not self._may_ask():
                break
            done += self.look(delivery)
        return done

    def _may_ask(self) -> bool:
        if not isinstance(self._channel, Rationed):
            return True
        now, opened = self._hands.store.now(), self._hands.store.standing(self._destination.name).since
        return self._hands.limits.take(self._channel.reads, 1, now, breaking=True, opened=opened).calls > 0

    def look(self, delivery: Delivery) -> bool:
        """Look for one delivery; False when somebody else is looking."""
        claim = self._hands.store.claim_look(delivery, holder=self._hands.holder, lease=self._lease)
        if claim is None:
            return False
        attempt = self._hands.store.open_look(claim)
        started = self._hands.ticks()
        verdict = self._find(claim)
        verdict = timed(verdict, round((self._hands.ticks() - started) * 1000))
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
            self._heed(ending)
            return judge.unseen(case, ending)
        except Exception as error:  # a look that breaks has not shown that the post is absent
            log.exception("%s: looking broke", self._destination.name)
            return judge.unseen(case, NotSent(f"the channel broke: {type(error).__name__}"))

    def _heed(self, ending: Ending) -> None:
        store, name = self._hands.store, self._destination.name
        if isinstance(ending, LockedOut):
            store.set_standing(name, "locked", ending.message)
        if isinstance(ending, RateLimited) and isinstance(self._channel, Rationed):
            until = ending.until or store.now() + judge.REST
            self._hands.limits.close(self._channel.reads, until)
            if self._channel.reads == self._channel.account:  # the platform counts all calls together
                store.rest(name, until, ending.message)


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
        if not (dead := gone(delivery.holder)) and not lapsed:
            continue
        destination = destinations.get(delivery.destination)
        after = _look_after(destination, dead=dead)
        harmless = destination is not None and repeatable(destination.name)
        move, why, due = judge.lost(delivery, repeatable=harmless, settle_after=after, now=now)
        taken += store.move(delivery, move, by=by, why=why, due=due) is not None
    for delivery in store.looking(1000):
        if gone(delivery.holder):
            why = "whoever looked for it was lost"
            taken += store.move(delivery, Move.POSTPONE, by=by, why=why, due=now) is not None
    return taken


def _look_after(destination: Destination | None, *, dead: bool) -> timedelta:
    """How long to wait before the first look for what a lost worker held.

    A lease also runs out under a living worker, when the clock is stepped forward. Its call may then still be on the
    wire, for three requests at most, each with its timeout, and a look before its end would prove nothing.
    """
    if destination is None:
        return timedelta(seconds=30)
    longest = timedelta(seconds=3 * destination.timeout)
    return destination.settle.after if dead else max(destination.settle.after, longest)
