"""All lanes of one process: one runner per destination at a time, one channel kept for each."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from wireroom.dispatch.budget import WAITS, Purse
from wireroom.dispatch.lane import USUAL, Carried, Hands, Lane, Slice
from wireroom.dispatch.looks import Looker
from wireroom.dispatch.sight import Seer
from wireroom.model.channel import Checkable, Credentialed, Refreshable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from wireroom.model.channel import Channel, Health
    from wireroom.model.destination import Destination

T = TypeVar("T")


@dataclass
class _Berth:
    """A destination's place in this process: its free channels with the time each was built, and who is out.

    `knocked` says that somebody came while all runners were out.
    """

    free: list[tuple[Channel, datetime]] = field(default_factory=list)
    out: int = 0
    knocked: bool = False


class Lanes:
    """Runs lanes. A knock on a lane whose runners are all out is remembered and answered by the one who returns."""

    def __init__(
        self, destinations: Mapping[str, Destination], build: Callable[[Destination], Channel], hands: Hands
    ) -> None:
        self._destinations, self._build, self._hands = destinations, build, hands
        self._berths: dict[str, _Berth] = {}
        self._blind: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def drain(self, name: str, limits: Slice = USUAL) -> Carried:
        """Carry what is due on a destination; `more` says that the slice was used up before the work was."""
        destination = self._destinations.get(name)
        if destination is None:
            return Carried(0, more=False)
        number = 0
        while (boarded := self._board(destination)) is not None:
            carried = Carried(0, more=False)
            try:
                carried = Lane(destination, boarded[0], self._hands).run(limits)
            finally:
                knocked = self._leave(destination, boarded)
            number += carried.number
            if carried.more or not knocked:
                return Carried(number, carried.more)
        return Carried(number, more=False)

    def overtake(self, name: str) -> Carried:
        """Carry a destination's breaking news now, beside whatever its lane is doing."""
        destination = self._destinations.get(name)
        if destination is None:
            return Carried(0, more=False)
        return self._beside(
            destination, lambda channel: Lane(destination, channel, self._hands).run(breaking_only=True)
        )

    def look(self, name: str) -> int:
        """Look for a destination's unconfirmed deliveries; how many were looked for."""
        destination = self._destinations.get(name)
        if destination is None:
            return 0
        return self._beside(destination, lambda channel: Looker(destination, channel, self._hands).run())

    def see(self, name: str, after: timedelta | None) -> None:
        """Look whether what was delivered to a destination `after` ago or longer is to be seen there; None: do not."""
        destination, now = self._destinations.get(name), self._hands.store.now()
        if after is None or destination is None or self._blind.get(name, now) > now:
            return
        rest = self._beside(destination, lambda channel: Seer(destination, channel, self._hands).run(after))
        self._blind[name] = now + rest

    def call_back(self, name: str) -> int:
        """Let go what waits for money on a destination, as far as its budget has room again; how many."""
        destination, hands = self._destinations.get(name), self._hands
        if destination is None or not hands.store.waiting(name, WAITS, limit=1):
            return 0
        return self._beside(
            destination,
            lambda channel: Purse(destination, channel, hands.store, hands.zones("")).call_back(hands.holder),
        )

    def health(self, name: str) -> Health | None:
        """What the platform tells of the credentials; None where it tells nothing. Raises the channel's `Ending`."""

        def ask(channel: Channel) -> Health | None:
            return channel.health() if isinstance(channel, Credentialed) else None

        return self._beside(self._destinations[name], ask)

    def check(self, name: str) -> str:
        """A live, harmless call: who we are there. Raises the channel's `Ending`, `KeyError` for no such name."""

        def ask(channel: Channel) -> str:
            return channel.check() if isinstance(channel, Checkable) else "has nothing to check"

        return self._beside(self._destinations[name], ask)

    def refresh(self, name: str) -> None:
        """Bring up to date what a destination keeps for its readers. Raises the channel's `Ending`."""

        def renew(channel: Channel) -> None:
            if isinstance(channel, Refreshable):
                channel.refresh()

        self._beside(self._destinations[name], renew)

    def _beside(self, destination: Destination, work: Callable[[Channel], T]) -> T:
        spare = self._spare(destination)
        try:
            return work(spare[0])
        finally:
            with self._lock:
                self._berth(destination).free.append(spare)

    def _board(self, destination: Destination) -> tuple[Channel, datetime] | None:
        with self._lock:
            berth = self._berth(destination)
            if berth.out >= destination.lanes:
                berth.knocked = True
                return None
            berth.out += 1
            berth.knocked = False
        try:
            return self._spare(destination)
        except BaseException:
            with self._lock:
                berth.out -= 1
            raise

    def _leave(self, destination: Destination, boarded: tuple[Channel, datetime]) -> bool:
        with self._lock:
            berth = self._berth(destination)
            berth.free.append(boarded)
            berth.out -= 1
            return berth.knocked

    def _spare(self, destination: Destination) -> tuple[Channel, datetime]:
        """A free channel, or one built now. What was built before a person last opened the destination has served.

        They may have put new keys where the settings say, and a channel holds on to those it was built with.
        """
        since = self._hands.store.standing(destination.name).since
        with self._lock:
            free = self._berth(destination).free
            while free:
                channel, built = free.pop()
                if since is None or built >= since:
                    return channel, built
        return self._build(destination), self._hands.store.now()

    def _berth(self, destination: Destination) -> _Berth:
        return self._berths.setdefault(destination.name, _Berth())
