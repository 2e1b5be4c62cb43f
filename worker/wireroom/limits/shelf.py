"""Where rations are kept: in Redis, shared by all workers and hosts; without one, in this process."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis import Redis

log = logging.getLogger(__name__)

KEPT = 90_000  # seconds: an hour longer than the longest window
PATIENCE = 5.0  # seconds for which a Redis that did not answer is not asked again
_SWAP = """
local had = redis.call('GET', KEYS[1])
if (had or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class Shelf(Protocol):
    """Texts by name, changed by compare-and-set."""

    def read(self, name: str) -> str:
        """The text kept under a name, "" for none."""
        ...

    def swap(self, name: str, old: str, new: str) -> bool:
        """Put `new` in the place of `old`; False, and nothing changed, when something else stands there by now."""
        ...


class MemoryShelf:
    """For one process."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lock = threading.Lock()

    def read(self, name: str) -> str:
        with self._lock:
            return self._texts.get(name, "")

    def swap(self, name: str, old: str, new: str) -> bool:
        with self._lock:
            if self._texts.get(name, "") != old:
                return False
            self._texts[name] = new
            return True


class RedisShelf:
    """For all who share a Redis. Losing it costs what was learnt, which the next answer tells anew.

    While it cannot be reached this process keeps its own: a wall that was met holds, in the database too.
    """

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = redis, clock
        self._swap = redis.register_script(_SWAP)
        self._own = MemoryShelf()
        self._away_until = 0.0

    def read(self, name: str) -> str:
        from redis.exceptions import RedisError

        if self._away:
            return self._own.read(name)
        try:
            return str(self._redis.get(_key(name)) or "")
        except (RedisError, OSError) as error:
            self._missed(error)
            return self._own.read(name)

    def swap(self, name: str, old: str, new: str) -> bool:
        from redis.exceptions import RedisError

        if self._away:
            return self._own.swap(name, old, new)
        try:
            return bool(self._swap(keys=[_key(name)], args=[old, new, KEPT]))
        except (RedisError, OSError) as error:
            self._missed(error)
            return False

    @property
    def _away(self) -> bool:
        return self._clock() < self._away_until

    def _missed(self, error: Exception) -> None:
        log.warning("rate limits are not shared while Redis is away: %s", type(error).__name__)
        self._away_until = self._clock() + PATIENCE


def _key(name: str) -> str:
    """The braces keep one account's keys on one node of a cluster."""
    return f"wireroom:ration:{{{name}}}"
