"""A person's moves: retry, cancel, confirm, release; pause and resume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wireroom.compose.plan import too_old
from wireroom.model.delivery import Delivery, Move, State, after
from wireroom.model.errors import LockedOut, NotFound, RateLimited, Refused
from wireroom.model.post import Action, Receipt
from wireroom.store import LogFilter, Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wireroom.model.destination import Destination, Standing
_DEALT_WITH = (RateLimited.kind, LockedOut.kind)


@dataclass(frozen=True, slots=True)
class Triage:
    """What resuming a destination would do with what waited: post, let expire, find superseded."""

    destination: str
    posts: int
    expire: int
    superseded: int = 0


class People:
    """Every move a person can make; each raises `NotFound` or `Refused` with a sentence that says why not."""

    def __init__(self, store: Store, destinations: Mapping[str, Destination]) -> None:
        self._store, self._destinations = store, destinations

    def retry(self, delivery_id: str, by: str) -> Delivery:
        """Send a failed delivery again, or one in doubt that a person knows is not there."""
        delivery = self._store.delivery(delivery_id)
        if delivery.state is State.UNCONFIRMED:
            return self._move(delivery, Move.ABSENT, by, "a person says it is not there", now=True)
        if delivery.state is State.PLANNED:
            return self._move(delivery, Move.POSTPONE, by, "a person wants it tried now", now=True)
        return self._move(delivery, Move.RETRY, by, "tried again by a person", now=True)

    def cancel(self, delivery_id: str, by: str) -> Delivery:
        """Call a delivery off that has not gone out."""
        return self._move(self._store.delivery(delivery_id), Move.CANCEL, by, f"cancelled by {by}")

    def release(self, delivery_id: str, by: str) -> Delivery:
        """Let a held delivery go."""
        return self._move(self._store.delivery(delivery_id), Move.RELEASE, by, f"released by {by}", now=True)

    def confirm(
        self, delivery_id: str, by: str, remote_id: str | None = None, remote_url: str | None = None
    ) -> Delivery:
        """Say that an unconfirmed delivery is there; `remote_id` is the platform's id of it, where known."""
        delivery = self._store.delivery(delivery_id)
        receipt = Receipt(remote_id=remote_id or "", remote_url=remote_url or "", at=self._store.now())
        return self._move(delivery, Move.CONFIRM, by, "a person says it is there", receipt=receipt)

    def pause(self, name: str, by: str, why: str = "") -> Standing:
        """Start nothing new on a destination until it is resumed."""
        self._known(name)
        self._store.set_standing(name, "paused", why or f"paused by {by}")
        return self._store.standing(name)

    def triage(self, name: str) -> Triage:
        """What `resume` would do with what waits on a destination, by age; nothing is changed."""
        destination, now = self._known(name), self._store.now()
        waiting = self._store.log(LogFilter(destination=name, states=(State.PLANNED,), limit=100_000))
        stale = [
            delivery
            for delivery in waiting
            if delivery.action is Action.CREATE
            and delivery.published_at
            and too_old(delivery.published_at, destination.max_age, now)
        ]
        return Triage(name, len(waiting) - len(stale), len(stale))

    def resume(self, name: str, by: str) -> Triage:
        """Open a paused or locked destination again; what is too old expires now, the rest goes out."""
        found, destination, now = self.triage(name), self._known(name), self._store.now()
        for delivery in self._store.log(LogFilter(destination=name, states=(State.PLANNED,), limit=100_000)):
            self._reconsider(delivery, destination, by, now)
        self._store.set_standing(name, "open", f"resumed by {by}")
        self._store.wake(name)
        return found

    def _reconsider(self, delivery: Delivery, destination: Destination, by: str, now: datetime) -> None:
        """Let what is too old expire; what met the lock or the limit that a person has dealt with is due now."""
        first, published = delivery.action is Action.CREATE, delivery.published_at
        if first and published and (why := too_old(published, destination.max_age, now)):
            self._store.move(delivery, Move.EXPIRE, by=by, why=why)
        elif delivery.due > now and delivery.error and delivery.error.kind in _DEALT_WITH:
            self._store.move(delivery, Move.POSTPONE, by=by, why="the destination was resumed", due=now)

    def _known(self, name: str) -> Destination:
        try:
            return self._destinations[name]
        except KeyError:
            raise NotFound(f"no destination {name!r}; there are {', '.join(sorted(self._destinations))}") from None

    def _move(
        self,
        delivery: Delivery,
        move: Move,
        by: str,
        why: str,
        *,
        now: bool = False,
        receipt: Receipt | None = None,
    ) -> Delivery:
        after(delivery.state, move)
        moved = self._store.move(
            delivery,
            move,
            by=by,
            why=why,
            due=self._store.now() if now else None,
            reset_attempts=move is Move.RETRY,
            receipt=receipt,
        )
        if moved is None:
            raise Refused(f"delivery {delivery.id} moved while you looked at it; look again")
        return moved
