"""How long to wait before the next try."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from wireroom.compose.backoff import backoff
from wireroom.model.destination import Retry

RETRY = Retry(attempts=8, first=timedelta(seconds=10), longest=timedelta(hours=1))


def test_the_bound_doubles_from_the_first_try_on() -> None:
    """With the jitter at its most, the waits are 10 s, 20 s, 40 s and so on."""
    waits = [backoff(attempt, RETRY, lambda: 1.0).total_seconds() for attempt in (1, 2, 3, 4)]
    assert waits == [10, 20, 40, 80]


def test_jitter_is_full() -> None:
    """The whole wait is random: no part of it is fixed, so tries that failed together part."""
    assert backoff(5, RETRY, lambda: 0.0) == timedelta(0)
    assert backoff(5, RETRY, lambda: 0.5) == timedelta(seconds=80)


@given(
    attempt=st.integers(min_value=-3, max_value=10**9),
    share=st.floats(min_value=0, max_value=1, exclude_max=True),
    first=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)),
    longest=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)),
)
def test_a_wait_is_never_negative_and_never_over_the_longest(
    attempt: int, share: float, first: timedelta, longest: timedelta
) -> None:
    """Whatever the number of the try, the wait lies between nothing and `longest`."""
    wait = backoff(attempt, Retry(first=first, longest=longest), lambda: share)
    assert timedelta(0) <= wait <= longest


@given(st.integers(min_value=1, max_value=60))
def test_the_bound_never_shrinks(attempt: int) -> None:
    """A later try never has a smaller bound than an earlier one."""
    assert backoff(attempt, RETRY, lambda: 1.0) <= backoff(attempt + 1, RETRY, lambda: 1.0)
