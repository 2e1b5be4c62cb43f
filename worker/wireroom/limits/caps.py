"""Caps of our own: at most so many calls in so long, counted here because the platform does not tell."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wireroom.limits.ration import RESERVED, Grant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limits import RateLimitItem
    from limits.strategies import RateLimiter

    from wireroom.model.destination import Cap

log = logging.getLogger(__name__)


class Caps:
    """Counts calls in moving windows, in the Redis at `url` for all who share it, else for this process."""

    def __init__(self, url: str = "") -> None:
        from limits.storage import MemoryStorage, storage_from_string
        from limits.strategies import MovingWindowRateLimiter

        address = url.replace("redis+socket://", "redis+unix://", 1)
        self._own: RateLimiter = MovingWindowRateLimiter(MemoryStorage())
        self._shared: RateLimiter = (
            MovingWindowRateLimiter(storage_from_string(address, key_prefix="wireroom:caps")) if address else self._own
        )

    def take(self, account: str, caps: Sequence[Cap], wanted: int, *, breaking: bool) -> Grant:
        """Take up to `wanted` calls under every cap, or none; a twentieth of each is kept for breaking news."""
        from redis.exceptions import RedisError

        try:
            return _take(self._shared, account, caps, wanted, breaking=breaking)
        except (RedisError, OSError) as error:
            log.warning("caps are counted for this process alone while Redis is away: %s", type(error).__name__)
            return _take(self._own, account, caps, wanted, breaking=breaking)


def _take(limiter: RateLimiter, account: str, caps: Sequence[Cap], wanted: int, *, breaking: bool) -> Grant:
    calls = wanted
    for cap in caps:
        free, reset = limiter.get_window_stats(_item(cap), account).remaining, 0.0
        free -= 0 if breaking else max(1, cap.calls // RESERVED)
        if free <= 0:
            reset = limiter.get_window_stats(_item(cap), account).reset_time
            return Grant(0, reset, f"the cap of {cap} is used up")
        calls = min(calls, free)
    for cap in caps:
        if not limiter.hit(_item(cap), account, cost=calls):  # another worker was faster
            return Grant(0, limiter.get_window_stats(_item(cap), account).reset_time, f"the cap of {cap} is used up")
    return Grant(calls)


def _item(cap: Cap) -> RateLimitItem:
    from limits import RateLimitItemPerSecond

    return RateLimitItemPerSecond(cap.calls, max(1, int(cap.span.total_seconds())))
