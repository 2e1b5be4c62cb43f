"""What becomes of what waits: too late to be fresh, too old to go out, or merged into the newest revision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wireroom.compose.plan import stands, too_old
from wireroom.model.delivery import Delivery, Move, State
from wireroom.model.post import Action

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from wireroom.model.destination import Gap

WAITING = (State.PLANNED, State.HELD)
_FLYING = (State.SENDING, State.UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class Ended:
    """A delivery that need not go out: the move that ends it, and why."""

    delivery: Delivery
    move: Move
    why: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What becomes of one article's deliveries on one destination; whatever is not in `ended` goes on as it was.

    `first` is a change of a post that never went out. It goes out as the first post; it is among the ended, and
    `meant` is when the post it would have changed was meant to go out.
    """

    ended: tuple[Ended, ...] = ()
    first: Delivery | None = None
    meant: datetime | None = None


def late(delivery: Delivery, gap: Gap, now: datetime) -> bool:
    """Whether a delivery is too late to be fresh, and goes out spaced: a first post, and not breaking news."""
    if not gap.every or delivery.breaking or delivery.action is not Action.CREATE or delivery.meant is None:
        return False
    return now - delivery.meant > gap.late


def sort_out(chain: Sequence[Delivery], max_age: timedelta | None, now: datetime) -> Merged:
    """Merge what waits of `chain`, all of one article on one destination, then let expire what is too old by now."""
    merged = merge(chain, now)
    if merged.first and (why := _too_old(merged.first, max_age, now)):
        first = merged.first
        others = tuple(each for each in merged.ended if each.delivery is not first)
        merged = Merged((*others, Ended(first, Move.EXPIRE, why)))
    gone = {each.delivery.id for each in merged.ended}
    left = [each for each in _in_order(chain) if each.state in WAITING and each.id not in gone]
    expired = _expired(left, max_age, now)
    return replace(merged, ended=(*merged.ended, *expired)) if expired else merged


def merge(chain: Sequence[Delivery], now: datetime) -> Merged:
    """Which of the deliveries that wait need not go out, since a newer one due by now says all that they would.

    What is on the wire or in doubt is left alone, as is what a person holds or is due later than `now`. A first post
    that was ever in doubt is not merged into a change of it: should it turn up after all, there would be two. One that
    nobody has looked for yet is not taken back unseen either.
    """
    if len(chain) == 1 and chain[0].action is Action.CREATE:
        return Merged()  # as nearly all are
    chain = _in_order(chain)
    done = [each for each in chain if each.state is State.DELIVERED or each.state in _FLYING]
    newest = int(done[-1].id) if done else 0
    waiting = [each for each in chain if each.state in WAITING]
    outdated = [each for each in waiting if int(each.id) < newest]
    rest = _merge([each for each in waiting if int(each.id) > newest], chain, now)
    why = f"delivery {newest} is newer and went before it"
    return replace(rest, ended=(*(Ended(each, Move.SUPERSEDE, why) for each in outdated), *rest.ended))


def _merge(waiting: Sequence[Delivery], chain: Sequence[Delivery], now: datetime) -> Merged:
    due = [number for number, each in enumerate(waiting) if each.state is State.PLANNED and each.due <= now]
    if not due:
        return Merged()
    older, last = waiting[: due[-1]], waiting[due[-1]]
    there = stands(chain) or any(each.state in _FLYING for each in chain)
    if last.action is Action.CREATE:
        return _merge(older, chain, now) if there else Merged(_replaced(older, last))
    if there:
        return Merged(_replaced(older, last))
    if last.action is Action.RETRACT:
        unseen = [each for each in older if each.action is Action.CREATE and each.may_be_out]
        if unseen:
            return Merged(_replaced([each for each in older if each not in unseen], last))
        nothing = Ended(last, Move.CANCEL, "there is nothing to take back: it never went out")
        return Merged((*_replaced(older, last), nothing))
    return _changed_before_it_went(waiting[: due[-1] + 1], chain, alone=due[-1] == len(waiting) - 1)


def _changed_before_it_went(waiting: Sequence[Delivery], chain: Sequence[Delivery], *, alone: bool) -> Merged:
    """The newest of these changes a post of which nothing is there; `alone` says that nothing newer waits behind it."""
    *older, last = waiting
    posts = [each for each in older if each.action is Action.CREATE]
    begun = [each for each in chain if each.action is Action.CREATE]
    waits = any(each.doubted or each.state is State.HELD for each in posts)
    if not alone or waits or any(each.may_be_out for each in begun):
        return Merged(_replaced([each for each in older if each not in posts], last))
    if not posts and not (begun and begun[-1].state is State.FAILED):
        nothing = Ended(last, Move.CANCEL, "there is nothing to change: the post never went out")
        return Merged((*_replaced(older, last), nothing))
    instead = Ended(last, Move.SUPERSEDE, "goes out as the first post, since there is none to change")
    return Merged((*_replaced(older, last), instead), first=last, meant=posts[0].meant if posts else None)


def _replaced(older: Sequence[Delivery], newer: Delivery) -> tuple[Ended, ...]:
    taken_back = newer.action is Action.RETRACT
    why = f"delivery {newer.id} takes it back" if taken_back else f"revision {newer.revision} takes its place"
    return tuple(Ended(each, Move.SUPERSEDE, why) for each in older)


def _expired(left: Sequence[Delivery], max_age: timedelta | None, now: datetime) -> list[Ended]:
    ended: list[Ended] = []
    for each in left:
        if each.action is Action.CREATE and not each.may_be_out and (why := _too_old(each, max_age, now)):
            ended.append(Ended(each, Move.EXPIRE, why))
        elif ended and each.action is not Action.CREATE:
            ended.append(Ended(each, Move.CANCEL, "there is nothing to change: the post was too old"))
    return ended


def _too_old(delivery: Delivery, max_age: timedelta | None, now: datetime) -> str:
    return too_old(delivery.published_at, max_age, now) if delivery.published_at else ""


def _in_order(chain: Sequence[Delivery]) -> list[Delivery]:
    return sorted(chain, key=lambda each: int(each.id)) if len(chain) > 1 else list(chain)
