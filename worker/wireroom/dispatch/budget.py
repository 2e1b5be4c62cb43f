"""What a destination may spend: refused before the call, with a reserve for breaking news, and told with a forecast.

Sums are whole micro-dollars. A day and a month are the newsroom's own, in its time zone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wireroom.model.channel import Channel, Priced
from wireroom.model.delivery import Delivery, Move
from wireroom.model.destination import Budget, Destination
from wireroom.model.post import Action, Post
from wireroom.store import Charge

if TYPE_CHECKING:
    from wireroom.store import Store

WAITS = "waits for the budget: "
"""How the reason of every delivery begins that waits for money."""

MICRO = 1_000_000
WEEK = 7  # days whose mean the forecast goes by
AT_ONCE = 200  # deliveries that are called back at once
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bound:
    """What may be spent from `since` until `until` (`name` is "day" or "month"), and the reserve, in micro-dollars."""

    name: str
    most: int
    reserve: int
    since: datetime
    until: datetime

    def ceiling(self, price: int, *, breaking: bool) -> int:
        """The most that may be spent with a post of this price; a reserve is enough for one such post, if there is one.

        So breaking news is not kept back because the reserve is a cent too small.
        """
        if not breaking or not self.reserve:
            return self.most
        return self.most + max(self.reserve, price)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a destination has spent and may still spend, in micro-dollars, and what the month will come to.

    `left` is for any news, `reserve_left` for breaking news beyond it; None where there is no bound. `per_day` is the
    mean of the last `days` days.
    """

    today: int
    month: int
    left: int | None
    reserve_left: int | None
    per_day: int
    days: float
    forecast: int


class Purse:
    """The money of one destination: says before a call whether there is enough, and what the call is charged with."""

    def __init__(self, destination: Destination, channel: Channel, store: Store, zone: str) -> None:
        self._destination, self._store, self._zone = destination, store, zone
        self._priced = channel if isinstance(channel, Priced) else None

    @property
    def bounded(self) -> bool:
        """Whether somebody must be asked before money is spent."""
        budget = self._destination.budget
        return self._priced is not None and (budget.usd_per_day, budget.usd_per_month) != (None, None)

    def asking(self, delivery: Delivery) -> int:
        """What sending a first post costs, in micro-dollars, where there is no bound to it."""
        if self._priced is None or delivery.action is not Action.CREATE:
            return 0
        return micro(self._priced.price(self._store.post(delivery.id)))

    def charging(self, delivery: Delivery, now: datetime) -> Callable[[Post], Charge] | None:
        """What the claim of a delivery is charged with; None where sending costs nothing."""
        priced = self._priced
        if priced is None or delivery.action is not Action.CREATE:
            return None
        found = bounds(self._destination.budget, now, self._zone)
        return lambda post: charge(micro(priced.price(post)), found, breaking=delivery.breaking)

    def obstacle(self, delivery: Delivery, now: datetime) -> tuple[Move, str, datetime] | None:
        """The move that makes a delivery wait for money, its reason and until when; None when there is enough."""
        found = bounds(self._destination.budget, now, self._zone)
        charging = self.charging(delivery, now)
        if charging is None or not found:
            return None
        due = charging(self._store.post(delivery.id))
        for bound, (since, most) in zip(found, due.ceilings, strict=True):
            spent = self._spent(since, due.posts_alone)
            if spent + due.price > most:
                return Move.POSTPONE, refusal(bound, spent, due.price, breaking=delivery.breaking), bound.until
        return None

    def call_back(self, by: str) -> int:
        """Let go what waits for money, in its order and as far as there is room again; how many.

        There is when the budget was raised, and when a doubt or a refusal turns out to have cost nothing.
        """
        now, taken, called = self._store.now(), 0, 0
        name, spent = self._destination.name, cache(self._spent)
        for delivery in self._store.waiting(name, WAITS, AT_ONCE):
            charging = self.charging(delivery, now)
            due = charging(self._store.post(delivery.id)) if charging else Charge(price=0)
            if any(spent(since, due.posts_alone) + taken + due.price > most for since, most in due.ceilings):
                continue
            why = "there is room in the budget again"
            if self._store.move(delivery, Move.POSTPONE, by=by, why=why, due=now) is not None:
                taken, called = taken + due.price, called + 1
        return called

    def _spent(self, since: datetime, posts_alone: bool) -> int:
        return self._store.spent_micros(self._destination.name, since, posts_alone=posts_alone)


def charge(price: int, found: tuple[Bound, ...], *, breaking: bool) -> Charge:
    """What one post is charged with.

    Looks are paid for from what any news may spend, never from the reserve: a few of them, each a tenth of a cent,
    would otherwise leave it too small for the one post it was kept for.
    """
    ceilings = tuple((bound.since, bound.ceiling(price, breaking=breaking)) for bound in found)
    return Charge(price=price, ceilings=ceilings, posts_alone=breaking)


def bounds(budget: Budget, now: datetime, zone: str) -> tuple[Bound, ...]:
    """The bounds of a budget that hold at `now`: the day's, the month's, both or none."""
    found = (("day", budget.usd_per_day, day), ("month", budget.usd_per_month, month))
    return tuple(
        Bound(name, micro(dollars), micro(dollars * budget.reserve), *span(now, zone))
        for name, dollars, span in found
        if dollars is not None
    )


def day(now: datetime, zone: str) -> tuple[datetime, datetime]:
    """When the day that holds `now` began in a time zone, and when the next one does; in UTC."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return midnight(today, zone), midnight(today + DAY, zone)


def month(now: datetime, zone: str) -> tuple[datetime, datetime]:
    """When the month that holds `now` began in a time zone, and when the next one does; in UTC."""
    first = now.astimezone(ZoneInfo(zone)).date().replace(day=1)
    return midnight(first, zone), midnight((first + timedelta(days=32)).replace(day=1), zone)


def midnight(on: date, zone: str) -> datetime:
    """The first moment of a date in a time zone, in UTC; where clocks are put back over midnight, the earlier one."""
    return datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def refusal(bound: Bound, spent: int, price: int, *, breaking: bool) -> str:
    """Why a post waits: which bound, what was spent, what it costs."""
    budget = f"the {bound.name}'s budget of {usd(bound.most)}"
    if price > bound.ceiling(price, breaking=breaking):
        return f"{WAITS}one post costs {usd(price)}, more than {budget}; raise usd_per_{bound.name}"
    if breaking and bound.reserve:
        budget += f" and its reserve of {usd(bound.reserve)} are"
    else:
        budget += " is"
    return f"{WAITS}{budget} used up: {usd(spent)} spent, this one costs {usd(price)}"


def account(store: Store, destination: Destination, now: datetime, zone: str) -> Account:
    """How a destination's money stands."""
    name, found = destination.name, bounds(destination.budget, now, zone)
    (midnight_before, _), (first, last) = day(now, zone), month(now, zone)
    today, this_month = (store.spent_micros(name, since) for since in (midnight_before, first))
    spent = {"day": today, "month": this_month}
    began = store.first_spent(name)
    days = min(max((now - began) / DAY, 1.0), float(WEEK)) if began else 1.0
    per_day = round(store.spent_micros(name, now - days * DAY) / days)
    return Account(
        today=today,
        month=this_month,
        left=min((max(bound.most - spent[bound.name], 0) for bound in found), default=None),
        reserve_left=min((_reserve_left(bound, spent[bound.name]) for bound in found), default=None),
        per_day=per_day,
        days=days,
        forecast=this_month + round(per_day * ((last - now) / DAY)),
    )


def _reserve_left(bound: Bound, spent: int) -> int:
    return min(max(bound.most + bound.reserve - spent, 0), bound.reserve)


def micro(dollars: float) -> int:
    """US dollars as micro-dollars."""
    return round(dollars * MICRO)


def usd(micros: int) -> str:
    """A sum as people read it: two digits of cents, and a third where it has tenths of one."""
    return f"${micros / MICRO:.2f}" if micros % 10_000 == 0 else f"${micros / MICRO:.3f}"
