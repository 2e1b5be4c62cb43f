"""One lane carries one destination's deliveries, one after another, until nothing is due.

due ─▶ check ─▶ claim and touch ─▶ channel ─▶ receipt ─▶ settle, claim and touch the next ─▶ channel ─▶ …
                                          └─▶ ending, or nothing clear to go next ─▶ settle ─▶ check ─▶ …
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from wireroom.compose.plan import out_of_quiet, too_old
from wireroom.dispatch import judge
from wireroom.dispatch.backlog import Backlog
from wireroom.dispatch.budget import Purse
from wireroom.dispatch.gate import Gate
from wireroom.limits import Limits
from wireroom.model.channel import Amendable, Channel, Retractable
from wireroom.model.delivery import Claim, Delivery, Move, Verdict
from wireroom.model.errors import Ending, Rejected, Unsure
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
Held = tuple[Claim, int]  # a delivery that is claimed and touched, and the number of its attempt


@dataclass(frozen=True, slots=True)
class Carried:
    """What a lane did in its slice: how many it carried, and whether more is due now."""

    number: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What a lane works with: the store, who it is, the dice, how it learns that it must stop, the shared limits.

    `ticks` are seconds that no step of the clock moves.
    """

    store: Store
    holder: str
    dice: Callable[[], float]
    stopping: Callable[[], bool]
    zones: Callable[[str], str]
    limits: Limits = field(default_factory=Limits)
    ticks: Callable[[], float] = time.monotonic


class Lane:
    """Carries what is due on one destination. Two lanes of one destination do each other no harm."""

    def __init__(self, destination: Destination, channel: Channel, hands: Hands) -> None:
        self._destination, self._channel, self._hands = destination, channel, hands
        self._gate = Gate(destination, channel, hands.store, hands.limits)
        self._purse = Purse(destination, channel, hands.store, hands.zones(""))  # the newsroom's own days and months
        self._backlog = Backlog(destination, hands.store, hands.holder, hands.stopping)
        self._stale, self._stride = 0.0, 1
        # three requests may stand behind one send (a picture, its description, the post), each with its timeout
        self._longest = timedelta(seconds=3 * destination.timeout)
        self._lease = self._longest + timedelta(seconds=30)

    def run(self, limits: Slice = USUAL, *, breaking_only: bool = False) -> Carried:
        """Send what is due until nothing is, the slice is used up, or the destination must wait."""
        try:
            return self._run(limits, breaking_only=breaking_only)
        finally:
            self._gate.leave()

    def _run(self, limits: Slice, *, breaking_only: bool) -> Carried:
        started, carried = self._hands.ticks(), 0
        while not self._hands.stopping():
            if not self._gate.open(breaking_only=breaking_only):
                return Carried(carried, more=False)
            batch = self._due(breaking_only=breaking_only)
            batch = batch or self._backlog.turn(BATCH, breaking_only=breaking_only)
            if not batch:
                return Carried(carried, more=False)
            done, go_on = self._carry(batch)
            carried += done
            if not go_on:
                return Carried(carried, more=False)
            if carried >= limits.number or self._hands.ticks() - started >= limits.seconds:
                return Carried(carried, more=True)
        return Carried(carried, more=True)

    def _due(self, *, breaking_only: bool) -> list[Delivery]:
        name, behind = self._destination.name, self._destination.follows
        return self._hands.store.due(name, limit=BATCH, breaking_only=breaking_only, behind=behind)

    def _carry(self, batch: list[Delivery]) -> tuple[int, bool]:
        self._stale, self._stride, place, done, go_on = self._hands.ticks() + FRESH, 1, 0, 0, True
        held: Held | None = None
        while go_on and place < len(batch) and not (held is None and self._must_look()):
            done += 1
            if held is None:
                go_on, held = self._start(batch[place])
            if held is not None:
                go_on, held = self._send(*held, batch[place + self._stride :])
            place += self._stride
        return done, go_on

    def deliver(self, delivery: Delivery) -> bool:
        """Carry one delivery; False when the destination must be left alone for now."""
        return self._carry([delivery])[1]

    def _must_look(self) -> bool:
        """Whether the lane has to look what is due now, or whether it shall stop, before it starts another."""
        return self._hands.stopping() or self._hands.ticks() > self._stale

    def _start(self, delivery: Delivery) -> tuple[bool, Held | None]:
        """Whether the lane may go on, and the delivery as held, where nothing and nobody keeps it back."""
        if self._stopped(delivery):
            return True, None
        if not self._gate.passes(delivery, self._lease):
            return False, None
        store, charging = self._hands.store, self._purse.charging(delivery, self._hands.store.now())
        held = store.claim_and_touch(delivery, holder=self._hands.holder, lease=self._lease, charging=charging)
        if held is None:
            self._gate.unused()
        self._make_room(held)
        return True, held

    def _make_room(self, held: Held | None) -> None:
        """Who finds a delivery taken has company: from here it leaves every second one to the other lane.

        Else the two would run for the same one again and again. What is left over is due again with the next batch.
        """
        self._stride += held is None

    def _send(self, claim: Claim, attempt: int, line: list[Delivery]) -> tuple[bool, Held | None]:
        """Send what is held and settle how it ended. After a receipt the first in line may be held already."""
        started = self._hands.ticks()
        verdict, outcome = self._act(claim)
        verdict = timed(verdict, round((self._hands.ticks() - started) * 1000))
        held = None
        if isinstance(outcome, Receipt) and line and self._gate.goes_on(outcome):
            held = self._settle_and_hold(claim, verdict, attempt, line[0])
        else:
            self._settle(claim, verdict, attempt)
        return self._gate.heed(outcome), held

    def _settle_and_hold(self, claim: Claim, verdict: Verdict, attempt: int, following: Delivery) -> Held | None:
        """Settle a receipt and hold the following in one step; the receipt alone where that cannot be.

        Whatever is held has been touched: until it is on the wire nothing may be done here that can fail.
        """
        store, by = self._hands.store, self._hands.holder
        settled, held = False, None
        try:
            if self._clear(following):
                price = self._purse.asking(following)
                settled, held = store.settle_and_claim(
                    claim, verdict, attempt, following, by=by, lease=self._lease, price=price
                )
        except Exception:  # what is wrong with the following must not cost this one its receipt
            log.exception("%s: the receipt of %s is settled alone", self._destination.name, claim.delivery.id)
        if held is not None:
            self._gate.used()
        if settled:
            self._make_room(held)
        else:
            self._settle(claim, verdict, attempt)
        return held

    def _clear(self, delivery: Delivery) -> bool:
        """Whether the delivery can go out now, as far as that is known without asking anybody.

        Where somebody has to be asked (what is spent, what a platform allows), a receipt does not wait for it.
        """
        now = self._hands.store.now()
        plain = not self._purse.bounded and self._backlog.plain(delivery, now)
        return plain and not self._must_look() and self._rule(delivery, now) is None

    def _stopped(self, delivery: Delivery) -> bool:
        """Whether a rule keeps the delivery back now; the move is written."""
        if self._backlog.merges(delivery):
            return True
        now = self._hands.store.now()
        obstacle = self._rule(delivery, now) or self._purse.obstacle(delivery, now)
        if obstacle is None:
            return self._backlog.holds(delivery, now)
        move, why, due = obstacle
        self._hands.store.move(delivery, move, by=self._hands.holder, why=why, due=due)
        if move is Move.EXPIRE:
            self._backlog.expire()
        return True

    def _rule(self, delivery: Delivery, now: datetime) -> tuple[Move, str, datetime | None] | None:
        rules, published = self._destination, delivery.published_at
        if published and published > now:
            return Move.POSTPONE, "not before its time of publication", published
        if delivery.action is not Action.CREATE:
            return None
        if delivery.may_be_out and not self._channel.repeatable:
            return Move.DOUBT, "the database was restored from a backup: it may be out already", now
        if published and (why := too_old(published, rules.max_age, now)):
            return Move.EXPIRE, why, None
        zone = self._hands.zones(delivery.publication)
        if not delivery.breaking and (later := out_of_quiet(now, rules.quiet, zone)) > now:
            return Move.POSTPONE, "quiet hours", later
        return None

    def _act(self, claim: Claim) -> tuple[Verdict, Receipt | Ending | None]:
        if self._overslept(claim):
            return judge.overslept(self._case(claim.delivery)), None
        try:
            receipt = self._call(claim)
            return judge.sent(receipt), receipt
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

    def _settle(self, claim: Claim, verdict: Verdict, attempt: int) -> None:
        store, by = self._hands.store, self._hands.holder
        if store.settle(claim, verdict, by=by, attempt=attempt):
            if verdict.move in (Move.REJECT, Move.LOSE):
                told = _TOLD[verdict.move]
                log.warning("%s: delivery %s %s: %s", self._destination.name, claim.delivery.id, told, verdict.why)
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


def timed(verdict: Verdict, milliseconds: int) -> Verdict:
    """The verdict with how long the platform took."""
    return replace(verdict, milliseconds=milliseconds)
