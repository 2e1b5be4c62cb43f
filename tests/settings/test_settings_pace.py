"""How fast a destination may be called, as the settings say it: caps and the breaker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.settings.conftest import Reading

from wireroom.model.destination import Breaker, Cap

Mistakes = Callable[..., list[str]]


def test_caps_hold_at_the_platforms_own_address_alone(good: dict[str, Any], reading: Reading) -> None:
    """X's caps hold for X itself; a stand-in has none, and what the settings say goes before both."""
    usual = (Cap(300, timedelta(hours=3)), Cap(10_000, timedelta(days=1)))
    birds = good["destinations"]["birds"]
    assert reading(good).destination("birds").caps == usual
    assert reading(good).destination("page").caps == ()
    birds["base_url"] = "https://api.x.com"
    assert reading(good).destination("birds").caps == usual
    birds["base_url"] = "http://127.0.0.1:9"
    assert reading(good).destination("birds").caps == ()
    birds["caps"] = ["5/90s"]
    assert reading(good).destination("birds").caps == (Cap(5, timedelta(seconds=90)),)
    assert [str(cap) for cap in (*usual, Cap(5, timedelta(seconds=90)))] == ["300/3h", "10000/1d", "5/90s"]


def test_the_breaker_is_read(good: dict[str, Any], reading: Reading) -> None:
    """What is left out of the breaker is as usual, and the longest spell is never shorter than the first."""
    assert reading(good).destination("birds").breaker == Breaker()
    good["destinations"]["birds"]["breaker"] = {"failures": 2, "first": "1h"}
    hour = timedelta(hours=1)
    assert reading(good).destination("birds").breaker == Breaker(2, hour, hour)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("caps", ["300"]),
        ("caps", ["0/3h"]),
        ("caps", ["300/0s"]),
        ("caps", "300/3h"),
        ("breaker", {"failures": 0}),
        ("breaker", {"first": "2h", "longest": "1h"}),
        ("breaker", {"often": 3}),
    ],
)
def test_a_wrong_pace_is_one_line(good: dict[str, Any], mistakes: Mistakes, key: str, value: object) -> None:
    """A cap or a breaker that makes no sense is told in one line, with what is allowed."""
    good["destinations"]["birds"][key] = value
    (line,) = mistakes(good)
    assert line.startswith(f"destinations.birds.{key}")
    assert "allowed" in line or "Did you mean" in line
