"""The gate before a destination: may this lane call now? And what the answers mean for all who call there.

open ─▶ (batch) ─▶ passes ─▶ claim ─▶ wire ─▶ heed ─▶ … ─▶ leave
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from wireroom.compose.backoff import retry_after, spell_alone
from wireroom.compose.plan import spell
from wireroom.dispatch.judge import REST
from wireroom.limits import Grant
from wireroom.limits.ration import scarce
from wireroom.model.channel import Rationed
from wireroom.model.destination import Rest
from wireroom.model.errors import Ending, LockedOut, NotSent, RateLimited, Unsure
from wireroom.model.post import Quota, Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wireroom.limits import Limits
    from wireroom.model.channel import Channel
    from wireroom.model.delivery import Delivery
    from wireroom.model.destination import Destination, Standing
    from wireroom.store import Store

log = logging.getLogger(__name__)

NONE = Grant(0)
BLOCK = 16  # calls taken from the ration at once, while it is plentiful
NOTED = 2.0  # seconds between two writings of the quota into the destination's row
WORTH = timedelta(seconds=1.5)  # a wait that is worth telling in the destination's row


class Gate:
    """One lane's way to its destination: standing, breaker and rations in one place."""

    def __init__(self, destination: Destination, channel: Channel, store: Store, limits: Limits) -> None:
        self._destination, self._store, self._limits = destination, store, limits
        self._account = channel.account if isinstance(channel, Rationed) else ""
        self._grant = NONE
        self._learnt: tuple[Quota, ...] = ()
        self._unnoted: tuple[Quota, ...] = ()
        self._noted: float | None = None
        self._seeded = not self._account
        self._falls = 0
        self._opened: datetime | None = None

    def open(self, *, breaking_only: bool = False) -> bool:
        """Whether anything may go now at all: not paused, not locked, not resting; breaking news passes a slow rest."""
        standing = self._store.standing(self._destination.name)
        self._falls, self._opened = standing.falls, standing.since
        if standing.state != "open":
            return False
        self._seed(standing)
        resting = standing.rests_until is not None and standing.rests_until > self._store.now()
        return not resting or (breaking_only and standing.rest is Rest.SLOW)

    def passes(self, delivery: Delivery, until: timedelta) -> bool:
        """Leave to send this delivery; a probe holds the gate for `until` at most. When False, the lane must stop."""
        if self._falls >= self._destination.breaker.failures and not self._probe(until):
            return False
        if self._account and not self._grant.calls and not self._take(breaking=delivery.breaking):
            return False
        self._use(1)
        return True

    def goes_on(self, receipt: Receipt) -> bool:
        """Whether the next may go too, as far as that is known without asking or writing anything."""
        known = not self._account or self._grant.calls > 0
        return known and not self._falls and not scarce(receipt.quota) and not (receipt.quota and self._note_due())

    def used(self) -> None:
        """The next has gone the way that `goes_on` told of."""
        self._use(1)

    def unused(self) -> None:
        """The leave was not used: another lane was faster with that delivery."""
        self._use(-1)
        if self._falls >= self._destination.breaker.failures:
            self._store.unprobe(self._destination.name)

    def heed(self, outcome: Receipt | Ending | None) -> bool:
        """What an outcome means for the whole destination; False when the lane must stop. None: nothing was sent."""
        if outcome is None:
            return True
        self._learn(outcome.quota)
        if isinstance(outcome, RateLimited):
            return self._asked_to_wait(outcome)
        if isinstance(outcome, LockedOut):
            log.warning("%s waits for a person: %s", self._destination.name, outcome.message)
            self._store.set_standing(self._destination.name, "locked", outcome.message)
            return False
        if isinstance(outcome, Unsure) or (isinstance(outcome, NotSent) and outcome.after is None):
            return self._fell(outcome)
        self._mend()
        return True

    def leave(self) -> None:
        """The lane has ended: what it learnt is kept and shared, what it did not use given back."""
        self._note()
        self._share()

    def _share(self) -> None:
        if self._account and (self._learnt or self._grant.calls):
            self._limits.settle(self._account, self._store.now(), learnt=self._learnt, back=self._grant)
        self._grant, self._learnt = NONE, ()

    def _use(self, calls: int) -> None:
        self._grant = replace(self._grant, calls=max(0, self._grant.calls - calls))

    def _take(self, *, breaking: bool) -> bool:
        now = self._store.now()
        grant = self._limits.take(
            self._account,
            1 if breaking else BLOCK,
            now,
            breaking=breaking,
            learnt=self._learnt,
            caps=self._destination.caps,
            opened=self._opened,
        )
        self._learnt, self._grant = (), grant
        if grant.calls:
            return True
        until = datetime.fromtimestamp(grant.until, UTC)
        if until - now > WORTH and not breaking:
            self._store.rest(self._destination.name, until, grant.why, Rest.SLOW)
        return False

    def _probe(self, until: timedelta) -> bool:
        breaker, now = self._destination.breaker, self._store.now()
        return self._store.probe(self._destination.name, breaker.failures, now + until)

    def _asked_to_wait(self, ending: RateLimited) -> bool:
        until = ending.until or self._store.now() + REST
        self._mend()
        self._store.rest(self._destination.name, until, ending.message)
        if self._account:
            self._limits.close(self._account, until)
        return False

    def _fell(self, ending: Unsure | NotSent) -> bool:
        name, breaker, now = self._destination.name, self._destination.breaker, self._store.now()
        self._falls = self._store.fall(name)
        asked = _asked(ending, now)
        if self._falls >= breaker.failures:
            alone = spell_alone(self._falls, breaker)
            why = f"failed {self._falls} times in a row, left alone for {spell(alone)}: {ending.message}"
            log.warning("%s %s", name, why)
            self._store.rest(name, max(now + alone, asked or now), why, Rest.FALLEN)
            return False
        if asked is not None:
            self._store.rest(name, asked, ending.message)
        return asked is None

    def _mend(self) -> None:
        if self._falls:
            self._store.mend(self._destination.name)
            self._falls = 0

    def _learn(self, quota: tuple[Quota, ...]) -> None:
        if not quota:
            return
        self._learnt = quota
        if scarce(quota):
            self._share()  # what was taken while more seemed to be left is for all again
        self._unnoted = quota
        if self._note_due():
            self._note()

    def _note(self) -> None:
        if self._unnoted:
            self._store.note_quota(self._destination.name, self._unnoted)
            self._unnoted, self._noted = (), time.monotonic()

    def _note_due(self) -> bool:
        return self._noted is None or time.monotonic() - self._noted > NOTED

    def _seed(self, standing: Standing) -> None:
        """What the database remembers of the windows, when Redis has forgotten them."""
        if self._seeded:
            return
        self._seeded = True
        if standing.quota and not self._limits.knows(self._account):
            self._limits.settle(self._account, self._store.now(), learnt=[_quota(each) for each in standing.quota])


def _asked(ending: Ending, now: datetime) -> datetime | None:
    """When the platform wants to be asked again, where an answer that is no refusal says so (RFC 9110, 10.2.3)."""
    headers: Mapping[str, str] = ending.exchange.headers if ending.exchange else {}
    found = retry_after(headers.get("retry-after", ""), now)
    return found if found is not None and found > now else None


def _quota(told: Mapping[str, object]) -> Quota:
    reset = told.get("reset")
    return Quota(
        limit=int(str(told.get("limit") or 0)),
        remaining=int(str(told.get("remaining") or 0)),
        reset=datetime.fromisoformat(str(reset)) if reset else None,
        name=str(told.get("name") or ""),
        unit=str(told.get("unit") or "calls"),
    )
