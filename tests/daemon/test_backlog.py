"""A backlog while one platform refuses: the others are not held up, and nobody calls before the time it named."""

from __future__ import annotations

import pytest
from benchmarks.backlog import measure

pytestmark = pytest.mark.timeout(240)


def test_a_platform_that_asks_to_wait_holds_up_nobody_and_is_not_asked_before() -> None:
    """X refuses from call 100 on: nothing before its reset, Facebook done by then, all out once in the end."""
    held = measure(130, 15.0)
    assert held.x_calls_before_reset == 100
    assert held.facebook_done < held.refused_at + held.rest
    assert (held.posts, held.left) == ({"x": 130, "facebook": 130}, 0)
    assert held.kept
