"""One lane carries one destination's deliveries, one after another, until nothing is due.

due ─▶ check ─▶ claim and touch ─▶ channel ─▶ receipt ─▶ settle, claim and touch the next ─▶ channel ─▶ …
                                          └─▶ ending, or nothing clear to go next ─▶ settle ─▶ check ─▶ …
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
from wireroom.model.delivery import Claim, Delivery, Move, State, Verdict
from wireroom.model.errors import Ending, LockedOut, RateLimited, Rejected, Unsure
from wireroom.model.post import Action, Quota, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.model.destination import Destination
    from wireroom.store import Store

log = logging.getLogger(__name__)

_TOLD = {Move.REJECT: "has failed", Move.LOSE: "is unconfirmed"}
BATCH = 16  # deliveries read at once; small, so that breaking news is seen soon
FRESH = 1.0  # seconds after which what was read is read again


@dataclass(frozen=True, slots=True)
class Slice:
    """How long a lane may run before it lets others: seconds and deliveries."""

    seconds: float = 10.0
    number: int = 200


USUAL = Slice()
Held = tuple[Claim, int]  # a delivery that is claimed and touched, and the number of its attempt


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
        budget = destination.budget
        self._bounded = self._priced is not None and (budget.usd_per_day, budget.usd_per_month) != (None, None)
        self._stale, self._stride, self._quota = 0.0, 1, tuple[Quota, ...]()
        # three requests may stand behind one send (a picture, its description, the post), each with its timeout
        self._lease = timedelta(seconds=3 * destination.timeout + 30)

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
            self._note_quota()
            carried += done
            if not go_on:
                return Carried(carried, more=False)
            if carried >= limits.number or time.monotonic() - started >= limits.seconds:
                return Carried(carried, more=True)
        return Carried(carried, more=True)

    def _carry(self, batch: list[Delivery]) -> tuple[int, bool]:
        self._stale, self._stride, place, done = time.monotonic() + FRESH, 1, 0, 0
        held: Held | None = None
        while place < len(batch) and not (held is None and self._must_look()):
            done += 1
            held = held or self._start(batch[place])
            if held is not None:
                ending, held = self._send(*held, batch[place + self._stride :])
                if not self._heed(ending):
                    return done, False
            place += self._stride
        return done, True

    def _must_look(self) -> bool:
        """Whether the lane has to look what is due now, or whether it shall stop, before it starts another."""
        return self._hands.stopping() or time.monotonic() > self._stale

    def _start(self, delivery: Delivery) -> Held | None:
        if self._stopped(delivery):
            return None
        held = self._hands.store.claim_and_touch(delivery, holder=self._hands.holder, lease=self._lease)
        self._make_room(held)
        return held

    def _make_room(self, held: Held | None) -> None:
        """Who finds a delivery taken has company: from here it leaves every second one to the other lane.

        Else the two would run for the same one again and again. What is left over is due again with the next batch.
        """
        self._stride += held is None

    def _send(self, claim: Claim, attempt: int, line: list[Delivery]) -> tuple[Ending | None, Held | None]:
        """Send what is held and settle how it ended. After a receipt the first in line may be held already."""
        started = time.monotonic()
        verdict, ending = self._act(claim)
        verdict = timed(verdict, round((time.monotonic() - started) * 1000))
        if verdict.receipt is not None and line:
            return ending, self._settle_and_hold(claim, verdict, attempt, line[0])
        self._settle(claim, verdict, attempt)
        return ending, None

    def _settle_and_hold(self, claim: Claim, verdict: Verdict, attempt: int, following: Delivery) -> Held | None:
        """Settle a receipt and hold the following in one step; the receipt alone where that cannot be.

        Whatever is held has been touched: until it is on the wire nothing may be done here that can fail.
        """
        settled, held = False, None
        try:
            if self._clear(following):
                store, by = self._hands.store, self._hands.holder
                settled, held = store.settle_and_claim(claim, verdict, attempt, following, by=by, lease=self._lease)
        except Exception:  # what is wrong with the following must not cost this one its receipt
            log.exception("%s: the receipt of %s is settled alone", self._destination.name, claim.delivery.id)
        if settled:
            self._learn(verdict)
            self._make_room(held)
        else:
            self._settle(claim, verdict, attempt)
        return held

    def _clear(self, delivery: Delivery) -> bool:
        """Whether the delivery can go out now, as far as that is known without asking anybody.

        Where somebody has to be asked (what is spent, what a platform allows), a receipt does not wait for it.
        """
        return not self._must_look() and not self._bounded and self._rule(delivery, self._hands.store.now()) is None

    def _stopped(self, delivery: Delivery) -> bool:
        """Whether a rule keeps the delivery back now; the move is written."""
        now = self._hands.store.now()
        obstacle = self._rule(delivery, now) or self._over_budget(delivery, now)
        if obstacle is None:
            return False
        move, why, due = obstacle
        self._hands.store.move(delivery, move, by=self._hands.holder, why=why, due=due)
        return True

    def _rule(self, delivery: Delivery, now: datetime) -> tuple[Move, str, datetime | None] | None:
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
        return None

    def _over_budget(self, delivery: Delivery, now: datetime) -> tuple[Move, str, datetime] | None:
        budget = self._destination.budget
        if self._priced is None or not self._bounded or delivery.action is not Action.CREATE:
            return None
        zone = self._hands.zones(delivery.publication)
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
        try:
            return judge.sent(self._call(claim)), None
        except Ending as ending:
            return judge.ended(self._case(claim.delivery), ending), ending
        except Exception as error:  # a channel's bug must not decide that nothing was posted
            log.exception("%s: channel %s broke", self._destination.name, self._destination.channel)
            broken = Unsure(f"the channel broke: {type(error).__name__}")
            return judge.ended(self._case(claim.delivery), broken), broken

    def _call(self, claim: Claim) -> Receipt:
        action, channel = claim.delivery.action, self._channel
        if action is Action.CREATE:
            return channel.send(claim.post)
        if claim.earlier is None:
            raise Rejected(f"there is nothing to {action.value}: the post never went out")
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

    def _settle(self, claim: Claim, verdict: Verdict, attempt: int) -> None:
        store, by = self._hands.store, self._hands.holder
        if store.settle(claim, verdict, by=by, attempt=attempt):
            if verdict.move in (Move.REJECT, Move.LOSE):
                told = _TOLD[verdict.move]
                log.warning("%s: delivery %s %s: %s", self._destination.name, claim.delivery.id, told, verdict.why)
            self._learn(verdict)
            return
        if verdict.receipt is not None:
            self._late(claim, verdict.receipt)

    def _learn(self, verdict: Verdict) -> None:
        if verdict.receipt and verdict.receipt.quota:
            self._quota = verdict.receipt.quota

    def _note_quota(self) -> None:
        """Keep what the platform said last is left: once a batch, for each answer says it anew."""
        if self._quota:
            self._hands.store.note_quota(self._destination.name, self._quota)
            self._quota = ()

    def _late(self, claim: Claim, receipt: Receipt) -> None:
        """A receipt that comes after the lease was taken away is still the truth: it confirms what was in doubt."""
        standing = self._hands.store.delivery(claim.delivery.id)
        if (standing.state, standing.remote_id) == (State.DELIVERED, receipt.remote_id):
            return  # it was written, only word of it did not come back
        if standing.state is State.UNCONFIRMED:
            why = "the answer came after the lease had run out"
            self._hands.store.move(standing, Move.CONFIRM, by=self._hands.holder, why=why, receipt=receipt)
        else:
            log.error(
                "delivery %s: a receipt (%s) came late and finds it %s",
                standing.id,
                receipt.remote_id,
                standing.state.value,
            )

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
