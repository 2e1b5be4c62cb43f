"""What platforms allow, shared by all workers and hosts: taken from before a call, learnt from after it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wireroom.limits import ration as rations
from wireroom.limits.ration import Grant
from wireroom.limits.shelf import MemoryShelf, RedisShelf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from redis import Redis

    from wireroom.limits.caps import Caps
    from wireroom.limits.ration import Ration
    from wireroom.limits.shelf import Shelf
    from wireroom.model.destination import Cap
    from wireroom.model.post import Quota

__all__ = ["Grant", "Limits"]

_TRIES = 20  # a compare-and-set that loses this often meets a crowd; asking again in a moment is then the better way
_MOMENT = 0.05  # seconds
_NOTHING = Grant(0)


class Limits:
    """Rations by account. `redis` None keeps them in this process; `url` is the same Redis for the caps."""

    def __init__(self, redis: Redis | None = None, url: str = "") -> None:
        self._shelf: Shelf = RedisShelf(redis) if redis is not None else MemoryShelf()
        self._url = url
        self._caps: Caps | None = None

    def take(
        self,
        account: str,
        wanted: int,
        now: datetime,
        *,
        breaking: bool = False,
        learnt: Sequence[Quota] = (),
        caps: Sequence[Cap] = (),
        opened: datetime | None = None,
    ) -> Grant:
        """Leave for up to `wanted` calls of an account, after what answers have taught meanwhile is put in.

        `opened` is when a person last said to go on.
        """
        at, since = now.timestamp(), opened.timestamp() if opened else 0.0
        granted = Grant(0, at + _MOMENT, "many workers at once")

        def taken(had: Ration) -> Ration:
            nonlocal granted
            known = rations.learn(rations.reopen(had, since), learnt, at)
            left, granted = rations.take(known, wanted, at, breaking=breaking)
            return left

        if not self._change(account, taken):
            return Grant(0, at + _MOMENT, "many workers at once")
        if not granted.calls or not caps:
            return granted
        capped = self._capped().take(account, caps, granted.calls, breaking=breaking)
        if capped.calls < granted.calls:
            self.settle(account, now, back=replace(granted, calls=granted.calls - capped.calls))
        return replace(capped, windows=granted.windows)

    def settle(self, account: str, now: datetime, *, learnt: Sequence[Quota] = (), back: Grant = _NOTHING) -> None:
        """Put in what answers told, and give back calls that were taken and not made."""
        at = now.timestamp()
        self._change(account, lambda had: rations.learn(rations.give_back(had, back), learnt, at))

    def close(self, account: str, until: datetime) -> None:
        """The platform said no: nobody calls for this account before `until`."""
        self._change(account, lambda had: rations.close(had, until.timestamp()))

    def knows(self, account: str) -> bool:
        """Whether anything is known of an account's windows."""
        return bool(self._shelf.read(account))

    def _change(self, account: str, change: Callable[[Ration], Ration]) -> bool:
        for _ in range(_TRIES):
            had = self._shelf.read(account)
            new = rations.write(change(rations.read(had)))
            if new == had or self._shelf.swap(account, had, new):
                return True
        return False

    def _capped(self) -> Caps:
        if self._caps is None:
            from wireroom.limits.caps import Caps

            self._caps = Caps(self._url)
        return self._caps
