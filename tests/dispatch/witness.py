"""Somebody who sees both sides, the store and the platform, and says when what must never happen happens."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.dispatch.workers import Worker, Wrong

from wireroom.model.delivery import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from wireroom.model.delivery import Claim
    from wireroom.model.destination import Destination
    from wireroom.model.post import Post, Receipt
    from wireroom.store import Store


@dataclass
class Send:
    """A post that was given to the platform; `refused` once the platform has said that it did not take it."""

    order: int
    at: datetime
    refused: bool = False


@dataclass(frozen=True)
class Look:
    """A look at the platform that got an answer."""

    order: int
    at: datetime
    seen: bool


@dataclass
class Story:
    """What happened to the post of one delivery, in the order in which it happened.

    `said` is when a person last wanted it sent again, `proven` when a worker had dealt with a receipt, `excused` how
    often it was sent though an earlier send had not been refused.
    """

    sends: list[Send] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    said: int = 0
    proven: int = 0
    excused: int = 0


@dataclass
class Witness:
    """Told by workers and platform of all they do; raises `Wrong` where that may not be."""

    store: Store
    place: Destination
    clock: Callable[[], datetime]
    repeatable: bool = False
    stories: defaultdict[str, Story] = field(default_factory=lambda: defaultdict(Story))
    amended: set[str] = field(default_factory=set)
    tokens: dict[str, int] = field(default_factory=dict)
    _order: int = 0
    _claims: dict[str, int] = field(default_factory=dict)
    _proofs: dict[str, str] = field(default_factory=dict)
    _open: dict[str, Send] = field(default_factory=dict)

    def claimed(self, worker: Worker, claim: Claim) -> None:
        """Each claim's token is higher than every earlier one's of its delivery."""
        delivery = claim.delivery
        _require(delivery.token > self.tokens.get(delivery.id, 0), "a fencing token was given twice")
        self.tokens[delivery.id] = delivery.token
        self.done(worker)
        self._claims[worker.name] = self._next()

    def sends(self, worker: Worker, post: Post) -> None:
        """Who sends holds the newest token now, and every earlier send of the post is accounted for.

        A proof that comes between a claim and its send takes the lease away, and cannot hold the send back any more.
        """
        story = self.stories[post.key]
        if story.proven < self._claims[worker.name]:
            self._holds(worker)
            _require(story.proven <= story.said, "sent again, though it was proven to be there")
        doubtful = [send for send in story.sends if not send.refused]
        accounted = self.repeatable or all(self._accounted(story, send) for send in doubtful)
        _require(accounted, "sent again, and nobody knows whether it is there")
        story.excused += bool(doubtful)
        self._open[worker.name] = Send(self._next(), self.clock())
        story.sends.append(self._open[worker.name])

    def amends(self, worker: Worker, receipt: Receipt) -> None:
        """Who changes a post holds the newest token now, and knows which post."""
        self._holds(worker)
        _require(bool(receipt.remote_id), "a post is to be changed of which nobody knows the id")

    def acted(self, worker: Worker, post: Post, *, refused: bool) -> None:
        """The platform has taken a post or a change, perhaps, or refused it for certain."""
        send = self._open.pop(worker.name, None)
        if send is not None:
            send.refused = refused
        elif not refused:
            self.amended.add(post.key)

    def proven(self, worker: Worker, post: Post) -> None:
        """A worker is about to be given a receipt."""
        self._proofs[worker.name] = post.key

    def done(self, worker: Worker) -> None:
        """A worker has done all it does with what it was given."""
        key = self._proofs.pop(worker.name, None)
        if key is not None:
            self.stories[key].proven = self._next()

    def gone(self, worker: Worker) -> None:
        """A worker has died."""
        self._proofs.pop(worker.name, None)
        self._open.pop(worker.name, None)

    def looked(self, post: Post, *, seen: bool) -> None:
        """A look has got its answer."""
        self.stories[post.key].looks.append(Look(self._next(), self.clock(), seen))

    def said(self, key: str) -> None:
        """A person wants a post sent again."""
        self.stories[key].said = self._next()

    def _accounted(self, story: Story, send: Send) -> bool:
        """Whether a send stands in the way of another no more: a person said so, or it was looked for often enough.

        So a second post comes to be in two cases only: a person was wrong, or what was sent came to be there, or could
        be seen, only after the last look.
        """
        if story.said > send.order:
            return True
        looks = [look for look in story.looks if look.order > send.order]
        last, counted = send.at, 0
        for look in looks:
            if look.at >= last + self.place.settle.after:
                last, counted = look.at, counted + 1
        return counted >= self.place.settle.looks and not any(look.seen for look in looks)

    def _holds(self, worker: Worker) -> None:
        mine = worker.claim
        if mine is None:
            raise Wrong("sent without a claim")
        row = self.store.delivery(mine.delivery.id)
        _require(row.state is State.SENDING, "sent under a lease that was taken back")
        _require((row.token, row.holder) == (mine.delivery.token, worker.name), "sent under somebody else's lease")
        _require(row.lease_until is not None and row.lease_until > self.clock(), "sent after the lease had run out")

    def _next(self) -> int:
        self._order += 1
        return self._order


def _require(true: bool, otherwise: str) -> None:
    if not true:
        raise Wrong(otherwise)
