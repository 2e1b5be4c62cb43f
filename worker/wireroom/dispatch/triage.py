"""Sorts what waits on a destination: what is too old expires, what is superseded is merged, the rest goes out.

One rule for whoever needs it: a person who resumes, who sees first what it comes to, and the lanes, article by article.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from wireroom.compose.plan import spell
from wireroom.compose.waiting import WAITING, Merged, late, sort_out
from wireroom.model.delivery import Delivery, Move, State
from wireroom.model.errors import LockedOut, RateLimited
from wireroom.model.post import Action, post_key
from wireroom.store import Conflict, NewDelivery, Store, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from wireroom.model.destination import Destination

T = TypeVar("T")
Step = tuple[Delivery, Move, str]
"""A move of a delivery as it was read, and why."""

BATCH = 500  # deliveries ended in one transaction: a few hundredths of a second in which nobody else writes
_TRIES = 5
_DEALT_WITH = (RateLimited.kind, LockedOut.kind)


@dataclass(frozen=True, slots=True)
class Triage:
    """What resuming a destination comes to: how many will be posted, expire, are superseded, or stay held.

    `late` are those of the posts that go out spaced, one `every` so long.
    """

    destination: str
    posts: int
    expire: int
    superseded: int = 0
    held: int = 0
    late: int = 0
    every: timedelta = timedelta(0)

    @property
    def takes(self) -> timedelta:
        """How long it takes until the last of the late ones is out."""
        return self.every * max(self.late - 1, 0)

    @property
    def to_decide(self) -> bool:
        """Whether there is anything in it that a person should see before it is done."""
        return bool(self.expire or self.superseded or self.late)

    def __str__(self) -> str:
        said = f"{self.posts} will be posted, {self.expire} expire, {self.superseded} superseded"
        held = f", {self.held} stay held" if self.held else ""
        spaced = f"; one every {spell(self.every)}, done in about {spell(self.takes)}" if self.takes else ""
        return said + held + spaced


@dataclass(frozen=True, slots=True)
class Heap:
    """All that waits on a destination, sorted.

    `single` are moves that depend on nothing else, `merged` the articles of which something is superseded, each named
    by one of its deliveries, and `ready` what waited for what a person has dealt with.
    """

    triage: Triage
    single: list[Step]
    merged: list[Delivery]
    ready: list[Step]


def sort_heap(store: Store, destination: Destination, now: datetime) -> Heap:
    """Sort all that waits on a destination, however much it is; nothing is changed."""
    fates: Counter[str] = Counter()
    single, articles, ready = list[Step](), list[Delivery](), list[Step]()
    for chain in store.backlog(destination.name):
        merged = sort_out(chain, destination.max_age, now)
        fates.update(_fates(chain, merged, destination, now))
        if len(chain) > 1 and merged.ended:
            articles.append(chain[0])
        else:
            single.extend((each.delivery, each.move, each.why) for each in merged.ended)
        ended = {each.delivery.id for each in merged.ended}
        left = [each for each in chain if each.id not in ended and _dealt_with(each, now)]
        ready.extend((each, Move.POSTPONE, "the destination was resumed") for each in left)
    triage = Triage(
        destination.name,
        fates["posts"],
        fates["expire"],
        fates["superseded"],
        held=fates["held"],
        late=fates["late"],
        every=destination.gap.every,
    )
    return Heap(triage, single, articles, ready)


def carry_out(store: Store, destination: Destination, heap: Heap, by: str) -> None:
    """Do what `sort_heap` found, in short transactions. What has moved since is left to who moved it.

    Safe to be killed in, and to be run again: what is left is found again.
    """
    for some in _batches(heap.single, BATCH):
        store.move_all(some, by=by)
    for articles in _batches(heap.merged, BATCH // 10):
        settle(store, destination, articles, by)
    for ready in _batches(heap.ready, BATCH):
        store.move_all(ready, by=by, due=store.now())


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def settle(store: Store, destination: Destination, articles: Sequence[Delivery], by: str) -> None:
    """Merge what waits of some articles, each named by one of its deliveries: all of it or nothing."""
    for attempt in range(_TRIES):
        try:
            with store.transaction() as tx:
                for article in articles:
                    _settle(tx, destination, tx.chain(article.uid, destination.name, article.repeat), by)
        except Conflict:  # a worker or intake was faster with one of them: look again at what is there now
            if attempt == _TRIES - 1:
                raise
        else:
            return


def _settle(tx: Transaction, destination: Destination, chain: Sequence[Delivery], by: str) -> None:
    merged = sort_out(chain, destination.max_age, tx.now())
    for each in merged.ended:
        if tx.move(each.delivery, each.move, by=by, why=each.why) is None:
            raise Conflict(f"delivery {each.delivery.id} moved meanwhile")
    if merged.first:
        tx.open([_first(tx, merged.first, merged.meant)])


def _first(tx: Transaction, change: Delivery, meant: datetime | None) -> NewDelivery:
    """A change that nothing stands for, as the first post: the same words."""
    key = post_key(change.uid, change.destination, Action.CREATE, change.revision)
    return NewDelivery(
        post=replace(tx.post(change), key=key),
        action=Action.CREATE,
        due=change.due,
        breaking=change.breaking,
        published_at=change.published_at or change.created,
        publication=change.publication,
        repeat=change.repeat,
        why=f"in the place of delivery {change.id}: there is no post to change",
        meant=meant or change.meant,
    )


def expire(store: Store, destination: Destination, by: str, stopping: Callable[[], bool]) -> int:
    """End in one go every first post that is too old by now, held ones too; how many."""
    done = 0
    while destination.max_age is not None and not stopping():
        now = store.now()
        stale = store.stale(destination.name, now - destination.max_age, BATCH)
        ended = [each for one in stale for each in sort_out([one], destination.max_age, now).ended]
        moved = store.move_all([(each.delivery, each.move, each.why) for each in ended], by=by)
        done += moved
        if not moved:
            break
    return done


def _fates(chain: Sequence[Delivery], merged: Merged, destination: Destination, now: datetime) -> Iterator[str]:
    """What becomes of each delivery that waits, in a word; of one that goes out late, in two."""
    gone = {each.delivery.id: each.move for each in merged.ended}
    for each in chain:
        if each.state not in WAITING:
            continue
        first = merged.first is not None and each.id == merged.first.id  # goes out all the same, under another number
        if each.id in gone and not first:
            yield "expire" if gone[each.id] is Move.EXPIRE else "superseded"
        elif each.state is State.HELD:
            yield "held"
        else:
            yield "posts"
            post = replace(each, action=Action.CREATE, meant=merged.meant or each.meant) if first else each
            if late(post, destination.gap, now):
                yield "late"


def _dealt_with(delivery: Delivery, now: datetime) -> bool:
    """Whether it waits for what a person has just dealt with: a lock, or a limit."""
    error = delivery.error
    waits = delivery.state is State.PLANNED and delivery.due > now
    return waits and error is not None and error.kind in _DEALT_WITH
