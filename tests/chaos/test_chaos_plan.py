"""The plan of a storm: the seed decides all of it, and what is asked for is in it."""

from __future__ import annotations

from benchmarks.storm.plan import HARMS, KILLS, counts, furthest, plan
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(min_value=0, max_value=2**32)


@given(SEEDS, st.integers(min_value=0, max_value=200))
def test_the_same_seed_is_the_same_plan(seed: int, kills: int) -> None:
    """One seed gives one plan, with exactly as many kills as asked for, and a longer one begins the same way."""
    strokes = plan(seed, kills)
    assert strokes == plan(seed, kills)
    assert sum(stroke.kills for stroke in strokes) == kills
    assert plan(seed, kills + 5)[: len(strokes)] == strokes


def test_another_seed_is_another_plan() -> None:
    """Two seeds give two plans."""
    assert plan(1, 50) != plan(2, 50)


def test_a_long_plan_has_everything() -> None:
    """In a thousand kills each kind of kill and each harm falls many times, and the clock goes both ways."""
    strokes = plan(7, 1000)
    numbers = counts(strokes)
    assert numbers.keys() == {*KILLS, *HARMS}
    assert min(numbers.values()) >= 20
    offsets = [stroke.offset for stroke in strokes if stroke.kind == "clock"]
    assert min(offsets) < -60
    assert max(offsets) == furthest(strokes) > 60
    assert max(stroke.seconds for stroke in strokes if stroke.kind == "database") == 10


@given(SEEDS)
def test_one_of_two_daemons_is_struck(seed: int) -> None:
    """Of two daemons the second is struck, each time."""
    assert {stroke.which for stroke in plan(seed, 20, daemons=2)} == {1}
