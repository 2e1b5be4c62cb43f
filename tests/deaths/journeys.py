"""What the process does that dies: for each journey the way to its beginning, the way itself, and who takes it up."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from wireroom.dispatch.looks import take_back_lost
from wireroom.model.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.deaths.room import Room

SECOND = "The ferry returns an hour late"
OTHER = "worker@elsewhere"


def nothing(room: Room) -> None:
    """Nothing at all."""


@dataclass(frozen=True, kw_only=True)
class Doing:
    """A journey as functions, and what the platform does wrong on it.

    `before` leads to its beginning. `command` is a person's, who is told when it is done and gives it again when it
    was not; `work` is the daemon's. `after` is what a person must do in the end, whether or not somebody died.
    """

    before: Callable[[Room], None] = nothing
    command: Callable[[Room], None] | None = None
    work: Callable[[Room], None] = nothing
    after: Callable[[Room], None] = nothing
    faults: tuple[dict[str, object], ...] = ()
    broker: bool = False


def taking(destination: str, **changes: object) -> Callable[[Room], None]:
    """Take the article in for a destination; once more does no harm."""
    return lambda room: room.take(destination, **changes)


def draining(destination: str) -> Callable[[Room], None]:
    """Carry what is due on a destination."""
    return lambda room: room.drain(destination)


def looking(destination: str) -> Callable[[Room], None]:
    """Look for what is in doubt on a destination."""
    return lambda room: room.look(destination)


def then(*steps: Callable[[Room], None]) -> Callable[[Room], None]:
    """One step after the other."""

    def taken(room: Room) -> None:
        for step in steps:
            step(room)

    return taken


def person(move: Callable[[Room, str], object]) -> Callable[[Room], None]:
    """A person's move on the newest delivery; one that is refused the second time had been made the first time."""

    def moved(room: Room) -> None:
        newest = room.newest()
        assert newest is not None
        with suppress(Refused):
            move(room, newest.id)

    return moved


def lose(room: Room) -> None:
    """Another worker takes the delivery, touches the wire and is not heard of again."""
    (due,) = room.app.store.due("x", limit=1)
    room.app.store.claim_and_touch(due, holder=OTHER, lease=timedelta(seconds=45))
    room.clock.turn(minutes=2)


def sweep(room: Room) -> None:
    """Take back what lost workers held."""
    take_back_lost(room.app.store, room.app.destinations, lambda _: False, by="scheduler", gone=lambda _: False)


def stall(room: Room) -> None:
    """Send with so slow an answer that the lease has run out and was taken back when it comes."""
    channel = room.app.channel(room.app.destinations["x"])
    send = type(channel).send

    def slow(self: object, post: object) -> object:
        receipt = send(channel, post)  # type: ignore[arg-type]
        room.clock.turn(minutes=2)
        sweep(room)
        return receipt

    type(channel).send = slow  # type: ignore[method-assign,assignment]
    try:
        room.drain("x")
    finally:
        type(channel).send = send  # type: ignore[method-assign]


def pausing(room: Room) -> None:
    """A person pauses the destination."""
    room.app.people.pause("x", "mika")


def resuming(room: Room) -> None:
    """A person opens the destination again."""
    room.app.people.resume("x", "mika")


def waking(room: Room) -> None:
    """Wake the lane of what was taken in."""
    room.app.wake({"x": False})


retry = person(lambda room, key: room.app.people.retry(key, "mika"))
confirm = person(lambda room, key: room.app.people.confirm(key, "mika", remote_id="4711"))
cancel = person(lambda room, key: room.app.people.cancel(key, "mika"))
sent, page, feed = draining("x"), draining("page"), draining("feed")

Faults = tuple[dict[str, object], ...]
UNHEARD: Faults = ({"fault": "close", "when": "after"},)
UNSENT: Faults = ({"fault": "close", "when": "before"},)
LIMITED: Faults = ({"fault": "rate-limit"},)
LOCKED: Faults = ({"fault": "unauthorized"},)
REFUSED: Faults = ({"fault": "status", "status": 400, "when": "before"},)

DOING: dict[str, Doing] = {
    "publish": Doing(command=taking("x"), work=sent),
    "picture": Doing(command=taking("x", picture=True), work=sent),
    "upload": Doing(before=taking("x", picture=True), work=sent),
    "page": Doing(before=taking("page"), work=page),
    "feed": Doing(before=taking("feed"), work=feed),
    "wake": Doing(before=taking("x"), work=waking, broker=True),
    "revise": Doing(before=taking("x"), command=taking("x", title=SECOND)),
    "amend": Doing(before=then(taking("page"), page, taking("page", title=SECOND)), work=page),
    "doubt": Doing(before=taking("x"), work=then(sent, looking("x")), faults=UNHEARD),
    "absent": Doing(before=then(taking("x"), sent, looking("x")), work=looking("x"), faults=UNSENT),
    "again": Doing(before=then(taking("x"), sent, looking("x"), looking("x")), work=sent, faults=UNSENT),
    "limit": Doing(before=taking("x"), work=sent, faults=LIMITED),
    "lock": Doing(before=taking("x"), work=sent, after=resuming, faults=LOCKED),
    "late": Doing(before=taking("x"), work=stall),
    "sweep": Doing(before=then(taking("x"), lose), work=sweep),
    "retry": Doing(before=then(taking("x"), sent), command=retry, faults=REFUSED),
    "confirm": Doing(before=then(taking("x"), sent), command=confirm, faults=UNHEARD),
    "cancel": Doing(before=then(taking("x"), sent), command=cancel, faults=UNHEARD),
    "pause": Doing(before=taking("x"), command=pausing, after=resuming),
    "resume": Doing(before=then(taking("x"), sent), command=resuming, faults=LIMITED),
}
