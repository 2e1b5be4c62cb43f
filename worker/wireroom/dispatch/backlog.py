"""What a lane does with what waited: merges it, lets it expire, and lets it out spaced where it is too late."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from wireroom.compose.plan import spell
from wireroom.compose.waiting import late, merge
from wireroom.dispatch import triage
from wireroom.model.post import Action
from wireroom.store import Conflict, Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from wireroom.model.delivery import Delivery
    from wireroom.model.destination import Destination

log = logging.getLogger(__name__)

_MARKED = 1000  # late posts put behind the fresh ones in one transaction


class Backlog:
    """One lane's backlog. Of a destination's late posts one goes every gap, over all its lanes everywhere."""

    def __init__(self, destination: Destination, store: Store, by: str, stopping: Callable[[], bool]) -> None:
        self._destination, self._store, self._by, self._stopping = destination, store, by, stopping
        self._name, self._gap = destination.name, destination.gap
        self._behind = destination.follows
        self._next = ""

    def turn(self, limit: int, *, breaking_only: bool) -> list[Delivery]:
        """What is late and may go now, for a lane that has nothing fresh: one post, or `limit` without a gap."""
        if breaking_only:
            return []
        found = self._store.due(self._name, limit=1 if self._gap.every else limit, late=True, behind=self._behind)
        if not found or not self._gap.every:
            return found
        if self._store.turn_in(self._name, self._gap.every) > timedelta(0):
            return []
        self._next = found[0].id
        return found

    def merges(self, delivery: Delivery) -> bool:
        """Whether the delivery was no longer needed as it is; then that is written.

        A first post that nobody has touched since it was planned is not asked about: intake let it take the place
        of what waited before it, and what comes after it takes its own.
        """
        if delivery.action is Action.CREATE and not delivery.token:
            return False
        now = self._store.now()
        if not merge(self._store.chain(delivery.uid, self._name, delivery.repeat), now).ended:
            return False
        try:
            triage.settle(self._store, self._destination, [delivery], self._by)
        except Conflict:
            log.info("%s: delivery %s is busy elsewhere", self._name, delivery.id)
        return True

    def plain(self, delivery: Delivery, now: datetime) -> bool:
        """Whether there is nothing to ask about a delivery: a first post that nobody has touched, and in time."""
        return delivery.action is Action.CREATE and not delivery.token and not late(delivery, self._gap, now)

    def holds(self, delivery: Delivery, now: datetime) -> bool:
        """Whether the delivery is late and must wait for its turn. One that may go has taken the turn."""
        if not late(delivery, self._gap, now):
            return False
        if delivery.id == self._next:
            self._next = ""
            return not self._store.take_turn(self._name, self._gap.every)
        why = f"late: goes out when it is its turn, one every {spell(self._gap.every)}"
        while self._store.mark_late(self._name, now - self._gap.late, why, _MARKED) == _MARKED:
            if self._stopping():
                break
        return True

    def expire(self) -> None:
        """Where one post was too old others are: let them all expire together."""
        if done := triage.expire(self._store, self._destination, self._by, self._stopping):
            log.warning("%s: %d more posts were too old and have expired", self._name, done)
