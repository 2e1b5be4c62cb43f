"""A person's moves: retry, cancel, confirm, release; pause and resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wireroom.dispatch.triage import Triage, carry_out, sort_heap
from wireroom.model.delivery import Delivery, Move, State, after
from wireroom.model.errors import NotFound, Refused
from wireroom.model.post import Receipt
from wireroom.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wireroom.model.destination import Destination, Standing


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
        """What `resume` would do with what waits on a destination; nothing is changed."""
        return sort_heap(self._store, self._known(name), self._store.now()).triage

    def resume(self, name: str, by: str) -> Triage:
        """Open a destination again: what is too old expires, what is superseded is merged, the rest goes out.

        Safe to be killed in and done again: until all is sorted the destination stays as it was.
        """
        destination = self._known(name)
        heap = sort_heap(self._store, destination, self._store.now())
        carry_out(self._store, destination, heap, by)
        self._store.wake(name)
        self._store.set_standing(name, "open", f"resumed by {by}")
        return heap.triage

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
        if delivery.state is State.SENDING:  # a worker's moves, `retry` among them, are not a person's
            raise Refused(f"delivery {delivery.id} is being sent right now: see how that ends, and then decide")
        after(delivery.state, move)
        moved = self._store.move(
            delivery,
            move,
            by=by,
            why=why,
            due=self._store.now() if now else None,
            meant=self._store.now() if now else None,  # what a person asks for is not late
            reset_attempts=move is Move.RETRY,
            receipt=receipt,
        )
        if moved is None:
            raise Refused(f"delivery {delivery.id} moved while you looked at it; look again")
        return moved
