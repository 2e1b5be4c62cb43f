"""One lane carries one destination's deliveries, one after another, until nothing is due.

due ─▶ check ─▶ claim ─▶ touch ─▶ channel ─▶ receipt or ending ─▶ settle ─▶ next
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wireroom.compose.plan import out_of_quiet, too_old
from wireroom.dispatch import judge
from wireroom.model.channel import Amendable, Channel, Priced, Retractable
from wireroom.model.delivery import Claim, Delivery, Move, Verdict
from wireroom.model.errors import Ending, LockedOut, RateLimited, Rejected, Unsure
from wireroom.model.post import Action, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.model.destination import Destination
    from wireroom.store import Store

log = logging.getLogger(__name__)

_DONE = {Action.AMEND: "amended", Action.RETRACT: "taken back"}
_TOLD = {Move.REJECT: "has failed", Move.LOSE: "is unconfirmed"}
_TRIES = 5  # a late receipt against others who write at the same moment
BATCH = 16  # deliveries read at once; small, so that breaking news is seen soon
FRESH = 1.0  # seconds after which what was read is read again


@dataclass(frozen=True, slots=True)
class Slice:
    """How long a lane may run before it lets others: seconds and deliveries."""

    seconds: float = 10.0
    number: int = 200


USUAL = Slice()


@dataclass(frozen=True, slots=True)
class Carried:
    """What a lane did in its slice: how many it carried, and whether more is due now."""

    number: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What a lane works with: the store, who it is, the dice, and how it learns that it must stop."""

    store: Store
    holder: str
    dice: Callable[[], float]
    stopping: Callable[[], bool]
    zones: Callable[[str], str]


class Lane:
    """Carries what is due on one destination. Two lanes of one destination do each other no harm."""

    def __init__(self, destination: Destination, channel: Channel, hands: Hands) -> None:
        self._destination, self._channel, self._hands = destination, channel, hands
        self._priced = channel if isinstance(channel, Priced) else None
        # three requests may stand behind one send (a picture, its description, the post), each with its timeout
        self._longest = timedelta(seconds=3 * destination.timeout)
        self._lease = self._longest + timedelta(seconds=30)

    def run(self, limits: Slice = USUAL, *, breaking_only: bool = False) -> Carried:
        """Send what is due until nothing is, the slice is used up, or the destination must wait."""
        started, carried = time.monotonic(), 0
        while not self._hands.stopping():
            if not self._open():
                return Carried(carried, more=False)
            batch = self._hands.store.due(self._destination.name, limit=BATCH, breaking_only=breaking_only)
            if not batch:
                return Carried(carried, more=False)
            done, go_on = self._carry(batch)
            carried += done
            if not go_on:
                return Carried(carried, more=False)
            if carried >= limits.number or time.monotonic() - started >= limits.seconds:
                return Carried(carried, more=True)
        return Carried(carried, more=True)

    def _carry(self, batch: list[Delivery]) -> tuple[int, bool]:
        read, done = time.monotonic(), 0
        for delivery in batch:
            if self._hands.stopping() or time.monotonic() - read > FRESH:
                break
            done += 1
            if not self.deliver(delivery):
                return done, False
        return done, True

    def deliver(self, delivery: Delivery) -> bool:
        """Carry one delivery; False when the destination must be left alone for now."""
        if self._stopped(delivery):
            return True
        held = self._hands.store.claim_and_touch(delivery, holder=self._hands.holder, lease=self._lease)
        if held is None:
            return True
        claim, attempt = held
        started = time.monotonic()
        verdict, ending = self._act(claim)
        milliseconds = round((time.monotonic() - started) * 1000)
        self._settle(claim, verdict, attempt, milliseconds)
        return self._heed(ending)

    def _stopped(self, delivery: Delivery) -> bool:
        """Whether a rule keeps the delivery back now; the move is written."""
        now = self._hands.store.now()
        obstacle = self._obstacle(delivery, now)
        if obstacle is None:
            return False
        move, why, due = obstacle
        self._hands.store.move(delivery, move, by=self._hands.holder, why=why, due=due)
        return True

    def _obstacle(self, delivery: Delivery, now: datetime) -> tuple[Move, str, datetime | None] | None:
        rules, published = self._destination, delivery.published_at
        if published and published > now:
            return Move.POSTPONE, "not before its time of publication", published
        if delivery.action is not Action.CREATE:
            return None
        if published and (why := too_old(published, rules.max_age, now)):
            return Move.EXPIRE, why, None
        zone = self._hands.zones(delivery.publication)
        if not delivery.breaking and (later := out_of_quiet(now, rules.quiet, zone)) > now:
            return Move.POSTPONE, "quiet hours", later
        return self._over_budget(delivery, now, zone)

    def _over_budget(self, delivery: Delivery, now: datetime, zone: str) -> tuple[Move, str, datetime] | None:
        budget = self._destination.budget
        if self._priced is None or (budget.usd_per_day is None and budget.usd_per_month is None):
            return None
        price = self._priced.price(self._hands.store.post(delivery.id))
        today = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        month = today.replace(day=1)
        bounds = (
            ("day", budget.usd_per_day, today, today + timedelta(days=1)),
            ("month", budget.usd_per_month, month, (month + timedelta(days=32)).replace(day=1)),
        )
        for name, bound, since, until in bounds:
            if bound is None:
                continue
            spent = self._hands.store.spent(self._destination.name, since)
            if spent + price > bound + 1e-9:
                why = f"the {name}'s budget of ${bound:.2f} is used up: ${spent:.2f} spent, this one costs ${price:.3f}"
                return Move.POSTPONE, why, until
        return None

    def _act(self, claim: Claim) -> tuple[Verdict, Ending | None]:
        if self._overslept(claim):
            return judge.overslept(self._case(claim.delivery)), None
        try:
            return judge.sent(self._call(claim)), None
        except Ending as ending:
            return judge.ended(self._case(claim.delivery), ending), ending
        except Exception as error:  # a channel's bug must not decide that nothing was posted
            log.exception("%s: channel %s broke", self._destination.name, self._destination.channel)
            broken = Unsure(f"the channel broke: {type(error).__name__}")
            return judge.ended(self._case(claim.delivery), broken), broken

    def _overslept(self, claim: Claim) -> bool:
        """Whether this process stood still for so long that a send now might outlast its lease."""
        until = claim.delivery.lease_until
        return until is not None and self._hands.store.now() + self._longest > until

    def _call(self, claim: Claim) -> Receipt:
        action, channel = claim.delivery.action, self._channel
        if action is Action.CREATE:
            return channel.send(claim.post)
        if claim.earlier is None:
            raise Rejected(f"there is nothing to {action.value}: the post never went out")
        if not claim.earlier.remote_id:  # a person said that it is there, and not as what
            raise Rejected(f"nobody knows the post's id, so it cannot be {_DONE[action]}: do it there by hand")
        if action is Action.AMEND and isinstance(channel, Amendable):
            return channel.amend(claim.earlier, claim.post)
        if action is Action.RETRACT and isinstance(channel, Retractable):
            return channel.retract(claim.earlier, claim.post)
        raise Rejected(f"{self._destination.channel} cannot {action.value} a post")

    def _case(self, delivery: Delivery) -> judge.Case:
        return judge.Case(
            delivery=delivery,
            destination=self._destination,
            now=self._hands.store.now(),
            dice=self._hands.dice,
            repeatable=self._channel.repeatable,
        )

    def _settle(self, claim: Claim, verdict: Verdict, attempt: int, milliseconds: int) -> None:
        store, by = self._hands.store, self._hands.holder
        verdict = timed(verdict, milliseconds)
        if store.settle(claim, verdict, by=by, attempt=attempt):
            if verdict.move in (Move.REJECT, Move.LOSE):
                told = _TOLD[verdict.move]
                log.warning("%s: delivery %s %s: %s", self._destination.name, claim.delivery.id, told, verdict.why)
            if verdict.receipt and verdict.receipt.quota:
                store.note_quota(self._destination.name, verdict.receipt.quota)
            return
        if verdict.receipt is not None:
            self._late(claim, verdict.receipt)

    def _late(self, claim: Claim, receipt: Receipt) -> None:
        """A receipt that comes after the lease was taken away is still the truth, whatever was thought meanwhile."""
        store, why = self._hands.store, "the answer came after the lease had run out"
        standing = store.delivery(claim.delivery.id)
        for _ in range(_TRIES):
            move = judge.PROVES.get(standing.state)
            if move is None:
                break
            proof = None if move is Move.DOUBT else receipt
            moved = store.move(standing, move, by=self._hands.holder, why=why, receipt=proof)
            standing = moved or store.delivery(standing.id)
        if standing.remote_id != receipt.remote_id:
            told = "delivery %s: a receipt (%s) came late and finds it %s"
            log.error(told, standing.id, receipt.remote_id, standing.state.value)

    def _open(self) -> bool:
        standing = self._hands.store.standing(self._destination.name)
        if standing.state != "open":
            return False
        return standing.rests_until is None or standing.rests_until <= self._hands.store.now()

    def _heed(self, ending: Ending | None) -> bool:
        """What an ending means for the whole destination; False when the lane must stop."""
        store, name = self._hands.store, self._destination.name
        if isinstance(ending, LockedOut):
            log.warning("%s waits for a person: %s", name, ending.message)
            store.set_standing(name, "locked", ending.message)
            return False
        if isinstance(ending, RateLimited):
            store.rest(name, ending.until or store.now() + judge.REST, ending.message)
            return False
        return True


def timed(verdict: Verdict, milliseconds: int) -> Verdict:
    """The verdict with how long the platform took."""
    return replace(verdict, milliseconds=milliseconds)
