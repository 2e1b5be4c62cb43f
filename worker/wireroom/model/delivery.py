"""A delivery's life: every state, every move, and the log they fold from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from wireroom.model.errors import Refused
from wireroom.model.post import Action

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from wireroom.model.post import Exchange, Post, Receipt


class State(StrEnum):
    """Where a delivery stands."""

    HELD = "held"  # waits for a person to release it
    PLANNED = "planned"  # goes out when it is due
    SENDING = "sending"  # a worker holds its lease
    UNCONFIRMED = "unconfirmed"  # it may be out, and no clear answer came; looked up before anything else
    DELIVERED = "delivered"  # the platform gave proof
    FAILED = "failed"  # rejected, or attempts used up; a person may retry
    CANCELLED = "cancelled"  # will never go out; the reason says why


class Move(StrEnum):
    """What can happen to a delivery."""

    PLAN = "plan"  # it was made, due at a time
    HOLD = "hold"  # a rule or a person keeps it back
    RELEASE = "release"  # a person lets it go
    CLAIM = "claim"  # a worker takes a lease on it
    RECEIPT = "receipt"  # the platform proved it
    RETRY = "retry"  # a try failed and counts; or a person tries a failed one again
    POSTPONE = "postpone"  # it waits and the try does not count: rate limit, pause, budget, shutdown
    REJECT = "reject"  # refused for good, or attempts used up
    LOSE = "lose"  # no answer, or the lease ran out after the wire was touched
    DOUBT = "doubt"  # it may be there after all: a late answer says so, or the database was restored from a backup
    CONFIRM = "confirm"  # found on the platform, or a person says it is there
    ABSENT = "absent"  # looked for and not there
    EXPIRE = "expire"  # too old to be posted
    SUPERSEDE = "supersede"  # a newer revision took its place
    CANCEL = "cancel"  # a person called it off, or there was nothing to do


MOVES: dict[tuple[State, Move], State] = {
    (State.HELD, Move.RELEASE): State.PLANNED,
    (State.HELD, Move.EXPIRE): State.CANCELLED,
    (State.HELD, Move.SUPERSEDE): State.CANCELLED,
    (State.HELD, Move.CANCEL): State.CANCELLED,
    (State.PLANNED, Move.CLAIM): State.SENDING,
    (State.PLANNED, Move.POSTPONE): State.PLANNED,
    (State.PLANNED, Move.HOLD): State.HELD,
    (State.PLANNED, Move.DOUBT): State.UNCONFIRMED,
    (State.PLANNED, Move.EXPIRE): State.CANCELLED,
    (State.PLANNED, Move.SUPERSEDE): State.CANCELLED,
    (State.PLANNED, Move.CANCEL): State.CANCELLED,
    (State.SENDING, Move.RECEIPT): State.DELIVERED,
    (State.SENDING, Move.RETRY): State.PLANNED,
    (State.SENDING, Move.POSTPONE): State.PLANNED,
    (State.SENDING, Move.REJECT): State.FAILED,
    (State.SENDING, Move.LOSE): State.UNCONFIRMED,
    (State.UNCONFIRMED, Move.POSTPONE): State.UNCONFIRMED,
    (State.UNCONFIRMED, Move.CONFIRM): State.DELIVERED,
    (State.UNCONFIRMED, Move.ABSENT): State.PLANNED,
    (State.UNCONFIRMED, Move.CANCEL): State.CANCELLED,
    (State.FAILED, Move.RETRY): State.PLANNED,
}
"""Every arrow of a delivery's life; the store refuses any other. `plan` makes it planned or held."""

ENDED = frozenset({State.DELIVERED, State.FAILED, State.CANCELLED})
"""States in which nothing more happens by itself."""

PENDING = frozenset(State) - ENDED
"""States in which something is still to come."""


def after(state: State, move: Move) -> State:
    """The state `move` leads to from `state`. Raises `Refused` when there is no such arrow."""
    try:
        return MOVES[state, move]
    except KeyError:
        allowed = sorted(m.value for s, m in MOVES if s is state)
        hint = f"it can {', '.join(allowed)}" if allowed else "it has ended"
        raise Refused(f"a delivery that is {state.value} cannot {move.value}: {hint}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One action of one post on one destination, as it stands now.

    `due` is when it next wants attention: the send when planned, the next look when unconfirmed. `meant` is when it
    was meant to go out: what is put off keeps it, only a person's word sets it anew. `token` is the
    fencing token: it grows with every claim and every look, and a write with an older one is refused. `attempts`
    are the tries that count, `looks` the look-ups since the last doubt, `doubted` whether any try ever ended
    unsure, `touched` when the wire was first touched under the present lease (None: not yet). `first_touched` is
    since when it may be out: the first touch under any lease, or a time before it was made, see `may_be_out`.
    """

    id: str
    uid: str
    revision: int
    destination: str
    channel: str
    action: Action
    state: State
    due: datetime
    created: datetime
    title: str = ""
    publication: str = ""
    repeat: int = 0
    breaking: bool = False
    published_at: datetime | None = None
    attempts: int = 0
    looks: int = 0
    token: int = 0
    doubted: bool = False
    lease_until: datetime | None = None
    holder: str = ""
    touched: datetime | None = None
    first_touched: datetime | None = None
    reason: str = ""
    delivered: datetime | None = None
    remote_id: str | None = None
    remote_url: str | None = None
    meant: datetime | None = None
    error: Failure | None = None

    @property
    def may_be_out(self) -> bool:
        """Whether it may have gone out in a past that a restored database does not know, and nobody has looked yet.

        Such a delivery has a first touch older than itself; it is looked for before it is sent.
        """
        return not self.doubted and self.first_touched is not None and self.first_touched < self.created


@dataclass(frozen=True, slots=True)
class Failure:
    """The last error of a delivery: its kind (an ending's), the platform's code, a sentence for people."""

    kind: str
    code: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try, or one look, of a delivery: what was asked, what was answered, how long it took.

    `outcome` is "receipt", an ending's kind, "found", "absent", or "" while it is on the wire.
    """

    number: int
    started: datetime
    ended: datetime | None = None
    outcome: str = ""
    status: int | None = None
    code: str | None = None
    message: str = ""
    milliseconds: int | None = None
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log: a move, from where to where, by whom and why. `from_state` is None for `plan`."""

    at: datetime
    move: Move
    from_state: State | None
    to_state: State
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A lease on a delivery: what is to be sent and the token that proves the right to say how it ended."""

    delivery: Delivery
    post: Post
    earlier: Receipt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a try or a look ended, ready to be written: the move, and what it changes.

    `due` is when the delivery next wants attention (None leaves it). `looked` counts a look that found nothing.
    `outcome` is the attempt's; `failure` and `receipt` are what the row shows from now on. `cost` is what a look has
    cost, in US dollars; None where the receipt says it, or where a doubt keeps the price in reserve.
    """

    move: Move
    why: str
    outcome: str
    due: datetime | None = None
    looked: bool = False
    receipt: Receipt | None = None
    failure: Failure | None = None
    exchange: Exchange | None = None
    milliseconds: int | None = None
    cost: float | None = None


def fold(entries: Iterable[Entry]) -> State:
    """The state a log of moves adds up to. Raises `Refused` where a line does not follow from the one before."""
    state: State | None = None
    for entry in entries:
        if state is None:
            state = entry.to_state
            continue
        if entry.from_state is not state or after(state, entry.move) is not entry.to_state:
            raise Refused(f"the log breaks at {entry.move.value}: {entry.from_state} does not follow {state}")
        state = entry.to_state
    if state is None:
        raise Refused("a log without a line has no state")
    return state
