"""All lanes of one process: one runner per destination at a time, one channel kept for each."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from wireroom.dispatch.lane import USUAL, Carried, Hands, Lane, Slice
from wireroom.dispatch.looks import Looker
from wireroom.model.channel import Checkable, Refreshable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wireroom.model.channel import Channel
    from wireroom.model.destination import Destination

T = TypeVar("T")


@dataclass
class _Berth:
    """A destination's place in this process: its free runners, and whether somebody knocked while all were out."""

    free: list[Channel] = field(default_factory=list)
    out: int = 0
    knocked: bool = False


class Lanes:
    """Runs lanes. A knock on a lane whose runners are all out is remembered and answered by the one who returns."""

    def __init__(
        self, destinations: Mapping[str, Destination], build: Callable[[Destination], Channel], hands: Hands
    ) -> None:
        self._destinations, self._build, self._hands = destinations, build, hands
        self._berths: dict[str, _Berth] = {}
        self._lock = threading.Lock()

    def drain(self, name: str, limits: Slice = USUAL) -> Carried:
        """Carry what is due on a destination; `more` says that the slice was used up before the work was."""
        destination = self._destinations.get(name)
        if destination is None:
            return Carried(0, more=False)
        number = 0
        while (channel := self._board(destination)) is not None:
            carried = Carried(0, more=False)
            try:
                carried = Lane(destination, channel, self._hands).run(limits)
            finally:
                knocked = self._leave(destination, channel)
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
        channel = self._spare(destination)
        try:
            return work(channel)
        finally:
            with self._lock:
                self._berth(destination).free.append(channel)

    def _board(self, destination: Destination) -> Channel | None:
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

    def _leave(self, destination: Destination, channel: Channel) -> bool:
        with self._lock:
            berth = self._berth(destination)
            berth.free.append(channel)
            berth.out -= 1
            return berth.knocked

    def _spare(self, destination: Destination) -> Channel:
        with self._lock:
            free = self._berth(destination).free
            if free:
                return free.pop()
        return self._build(destination)

    def _berth(self, destination: Destination) -> _Berth:
        return self._berths.setdefault(destination.name, _Berth())
