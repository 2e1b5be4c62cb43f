"""The arithmetic of rations: nobody passes a wall that is known, and breaking news always has a way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireroom.limits import ration as rations
from wireroom.limits.ration import Grant, Ration, Window, close, give_back, learn, read, reopen, take, write
from wireroom.model.post import Quota

NOW = 1_800_000_000.0
windows = st.builds(
    Window,
    name=st.sampled_from(["15 minutes", "app, 24 hours"]),
    limit=st.integers(1, 300),
    remaining=st.integers(0, 300),
    reset=st.floats(NOW - 10, NOW + 1000),
)


def quota(remaining: int, *, limit: int = 100, seconds: float = 600, name: str = "15 minutes") -> Quota:
    """What an answer says is left."""
    return Quota(limit=limit, remaining=remaining, reset=datetime.fromtimestamp(NOW + seconds, UTC), name=name)


def percent(used: int, seconds: float | None = None) -> Quota:
    """What Facebook says is used."""
    reset = None if seconds is None else datetime.fromtimestamp(NOW + seconds, UTC)
    return Quota(limit=100, remaining=100 - used, reset=reset, name="pages, percent", unit="percent")


def drained(ration: Ration, now: float, *, breaking: bool = False, wanted: int = 16) -> int:
    """How many calls go at one moment, until no more are granted."""
    calls = 0
    while True:
        ration, grant = take(ration, wanted, now, breaking=breaking)
        if not grant.calls:
            return calls
        calls += grant.calls


def test_nothing_known_is_nothing_forbidden() -> None:
    """Before the first answer as many calls are granted as were asked for."""
    assert take(Ration(), 16, NOW, breaking=False)[1] == Grant(16)


def test_all_but_the_reserve_goes_and_what_is_scarce_is_spread() -> None:
    """Of a full window four fifths go at once; the rest is spread over the window; a twentieth is left for breaking."""
    ration = learn(Ration(), [quota(100)], NOW)
    assert 80 <= drained(ration, NOW) <= 85
    ration, now, times = learn(Ration(), [quota(19)], NOW), NOW, []
    while now < NOW + 600:
        ration, grant = take(ration, 16, now, breaking=False)
        assert grant.calls in {0, 1}
        times += [now] * grant.calls
        now = max(now + 1, grant.until)
    assert len(times) == 14
    assert min(after - before for before, after in pairwise(times)) > 30


def test_breaking_news_uses_the_reserve_and_then_waits_too() -> None:
    """Breaking news does not wait its turn and goes down to the last call, and no further."""
    ration = learn(Ration(), [quota(5)], NOW)
    assert take(ration, 16, NOW, breaking=False)[1] == Grant(0, NOW + 600, "5 of 100 calls left (15 minutes)")
    assert drained(ration, NOW, breaking=True, wanted=1) == 5


@given(st.lists(windows, max_size=2, unique_by=lambda window: window.name), st.booleans(), st.integers(1, 40))
def test_no_more_is_granted_than_every_window_has(found: list[Window], breaking: bool, wanted: int) -> None:
    """Whatever the windows say, calls granted at one moment never exceed what the emptiest live one has left."""
    live = [window for window in found if window.reset > NOW]
    ration = Ration(tuple(replace(window, remaining=min(window.remaining, window.limit)) for window in found))
    if live:
        most = min(min(window.remaining, window.limit) - (0 if breaking else window.reserve) for window in live)
        assert drained(ration, NOW, breaking=breaking, wanted=wanted) <= max(0, most)


@given(st.lists(st.tuples(st.integers(0, 100), st.sampled_from([-900, 0, 1, 900])), max_size=12), st.randoms())
def test_late_answers_open_nothing(told: list[tuple[int, int]], random: object) -> None:
    """In whatever order answers come, what is left is the smallest number the newest window was told."""
    ration = Ration()
    for remaining, shift in told:
        ration = learn(ration, [quota(remaining, seconds=600 + shift)], NOW)
    future = [(600 + shift, remaining) for remaining, shift in told if 600 + shift > 0]
    if future:
        newest = max(reset for reset, _ in future)
        first = next(reset for reset, _ in future if abs(reset - newest) <= 2)
        (window,) = ration.windows
        assert window.remaining == min(left for reset, left in future if abs(reset - first) <= 2)


def test_what_was_taken_and_not_used_comes_back() -> None:
    """Calls given back may be taken again, never more than the window has."""
    ration = learn(Ration(), [quota(60)], NOW)
    less, grant = take(ration, 8, NOW, breaking=False)
    assert give_back(less, grant) == ration
    assert give_back(ration, replace(grant, calls=1000)).windows[0].remaining == 100
    later = learn(less, [quota(100, seconds=1500)], NOW)
    assert give_back(later, grant) == later, "a window they were not taken from gets nothing"


def test_a_wall_stops_everybody_until_it_ends_or_a_person_opens() -> None:
    """After a refusal nobody calls before the time it named; a person may say otherwise; counted windows stay."""
    ration = close(learn(Ration(), [quota(60)], NOW), NOW + 50)
    for breaking in (False, True):
        assert take(ration, 1, NOW, breaking=breaking)[1] == Grant(0, NOW + 50, "the platform asked to wait")
    assert take(ration, 1, NOW + 51, breaking=False)[1].calls == 1
    assert take(close(ration, NOW + 10), 1, NOW + 20, breaking=True)[1].calls == 0, "a shorter wall opens nothing"
    opened = reopen(ration, NOW + 1)
    assert take(opened, 1, NOW + 1, breaking=False)[1].calls == 1
    assert opened.windows[0].remaining == 60
    assert reopen(close(opened, NOW + 90), NOW + 1).windows[-1].name == rations.WALL, "an old word opens no new wall"


@pytest.mark.parametrize(("used", "gap"), [(74, 0.0), (75, 5.0), (81, 20.0), (90, 160.0)])
def test_a_busy_budget_in_percent_is_spaced(used: int, gap: float) -> None:
    """From three quarters on ordinary calls are spaced ever further; breaking news is not."""
    ration, first = take(learn(Ration(), [percent(used)], NOW), 4, NOW, breaking=False)
    assert first.calls == (1 if gap else 4)
    again, second = take(ration, 4, NOW + 0.1, breaking=False)
    assert (second.calls == 0) == bool(gap)
    assert second.until == pytest.approx(NOW + gap if gap else 0.0)
    assert take(again, 4, NOW + 0.1, breaking=True)[1].calls >= 1


def test_throttled_is_a_wall_and_a_late_answer_does_not_open_it() -> None:
    """While the platform names the minutes until calls are taken again, nothing goes, whatever late answers say."""
    ration = learn(learn(Ration(), [percent(97, 300)], NOW), [percent(90)], NOW)
    assert take(ration, 1, NOW, breaking=True)[1].until == NOW + 300
    assert take(ration, 1, NOW + 301, breaking=False)[1].calls == 1


@given(st.lists(windows, max_size=2), st.floats(0, NOW), st.floats(0, NOW))
def test_it_is_written_and_read_whole(found: list[Window], paced: float, opened: float) -> None:
    """A ration survives being written; what cannot be read is nothing known."""
    ration = Ration(tuple(found), paced, opened)
    assert read(write(ration)) == ration
    assert read("") == read(None) == read("[]") == read('{"windows": [{"colour": 1}]}') == Ration()
