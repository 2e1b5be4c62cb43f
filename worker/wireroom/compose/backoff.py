"""How long to wait before the next try."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.model.destination import Retry

_MOST_DOUBLINGS = 512  # far beyond any `longest`, and no overflow


def backoff(attempt: int, retry: Retry, random: Callable[[], float]) -> timedelta:
    """How long to wait after try number `attempt` (from 1) failed: exponential with full jitter.

    A random share of `retry.first` doubled with every try, bounded by `retry.longest`; `random` gives numbers in
    [0, 1). Full jitter parts tries that failed together (AWS Architecture Blog, "Exponential Backoff And Jitter",
    2015).
    """
    doublings = min(max(attempt, 1) - 1, _MOST_DOUBLINGS)
    bound = min(retry.first.total_seconds() * 2.0**doublings, retry.longest.total_seconds())
    return timedelta(seconds=bound * random())
