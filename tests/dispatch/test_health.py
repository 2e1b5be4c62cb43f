"""Credentials: looked at once a day by one process, and told of 14, 7 and 2 days before they end."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireroom.dispatch import health
from wireroom.dispatch.health import DAY
from wireroom.dispatch.lanes import Lanes
from wireroom.model.channel import Health
from wireroom.model.destination import Standing
from wireroom.model.errors import Ending, LockedOut, NotSent

if TYPE_CHECKING:
    from tests.dispatch.conftest import Bench

NOW = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
ZONE = "Asia/Tokyo"
FINE = Health(checked=NOW)


class Office:
    """A channel whose platform tells of its credentials, and how often it was asked."""

    repeatable = False

    def __init__(self, bench: Bench, found: Health | Ending) -> None:
        self.bench, self.found, self.asked = bench, found, 0
        self.lanes = Lanes({"x": bench.place}, lambda _: self, bench.hands)  # type: ignore[arg-type,return-value]

    def check(self) -> str:
        """Who we are."""
        self.asked += 1
        return "@office"

    def health(self) -> Health:
        """What the script says."""
        if isinstance(self.found, Ending):
            raise self.found
        return replace(self.found, checked=self.bench.clock())

    def look(self) -> None:
        """Look as a worker does that was told to."""
        health.look(self.bench.store, self.lanes, "x", ZONE)


def test_the_words_for_each_step() -> None:
    """The sentence says what ends, when in the newsroom's zone, in how many days at most, and what to do."""
    ends = replace(FINE, expires=NOW + 6 * DAY + timedelta(hours=13))
    assert health.warning(ends, NOW, ZONE) == (
        "the token ends on 2026-01-17, in 7 days or less: make a new one, put it where the settings say, "
        "then `wireroom resume` the destination"
    )
    assert health.today(ends, NOW, ZONE).startswith("the token ends on 2026-01-17, in 6 days: make a new one")
    assert health.today(None, NOW, ZONE) == ""
    over = replace(FINE, data_access_expires=NOW - DAY)
    assert health.warning(over, NOW, ZONE) == (
        "the owner's consent ended on 2026-01-09: let the owner allow the app again, "
        "then `wireroom resume` the destination"
    )


def test_what_is_missing_is_said_at_once() -> None:
    """A permission the token lacks is told first, beside an end that is near."""
    lacking = replace(FINE, missing_scopes=("pages_manage_posts",), expires=NOW + 40 * DAY)
    assert health.warning(lacking, NOW, ZONE) == (
        "the token lacks pages_manage_posts: grant that, make a new token, then `wireroom resume` the destination"
    )
    both = health.warning(replace(lacking, expires=NOW + DAY), NOW, ZONE)
    assert "; the token ends on 2026-01-11, in 2 days or less" in both
    assert "in 1 day:" in health.today(replace(FINE, expires=NOW + DAY), NOW, ZONE)
    assert "in less than a day:" in health.today(replace(FINE, expires=NOW + DAY / 2), NOW, ZONE)


@given(hours=st.lists(st.integers(-48, 24 * 30), min_size=1, max_size=60, unique=True))
def test_a_warning_changes_at_each_step_and_not_between(hours: list[int]) -> None:
    """Whenever it is looked at: nothing before 14 days, one text each from 14, 7 and 2 days on, and one for the end."""
    ends = replace(FINE, expires=NOW)
    told: list[str] = []
    for left in sorted(hours, reverse=True):
        words = health.warning(ends, NOW - timedelta(hours=left), ZONE)
        step = next((str(step) for step in (2, 7, 14) if 0 < left <= step * 24), "")
        assert bool(words) == (left <= 14 * 24)
        assert (f"in {step} days or less" in words) == bool(step)
        told.append(words)
    changes = [words for words, before in zip(told, ["", *told], strict=False) if words != before]
    assert len(changes) == len(set(told) - {""})


def test_who_is_due() -> None:
    """A look is due when there was none, a day after the last, and when a person opened the destination since."""
    a_moment = timedelta(seconds=1)
    assert health.due(None, None, NOW)
    assert not health.due(FINE, None, NOW + DAY - a_moment)
    assert health.due(FINE, None, NOW + DAY)
    assert health.due(FINE, Standing(name="x", since=NOW + a_moment), NOW + 2 * a_moment)
    assert not health.due(FINE, Standing(name="x", since=NOW), NOW + 2 * a_moment)
    assert not health.due(FINE, Standing(name="x", state="locked", since=NOW + a_moment), NOW + 2 * a_moment)


def test_a_look_is_noted_with_its_warning(bench: Bench) -> None:
    """What the platform told stands in the destination's row, with the sentence for a person."""
    office = Office(bench, replace(FINE, expires=NOW + 13 * DAY))
    office.look()
    found = bench.store.health("x")
    assert found is not None
    assert (found.checked, found.expires) == (NOW, NOW + 13 * DAY)
    assert "in 14 days or less" in found.warning
    assert bench.store.standing("x").state == "open"


def test_a_day_has_one_look(bench: Bench) -> None:
    """However many schedulers ask and however often they start, the platform is asked once a day."""
    office = Office(bench, FINE)
    for _ in range(3):
        office.look()
        bench.clock.turn(hours=7)
    assert office.asked == 1
    bench.clock.turn(hours=4)
    office.look()
    office.look()
    assert office.asked == 2


def test_of_many_at_once_one_looks(bench: Bench) -> None:
    """Workers told at the same moment do not all ask: one does."""
    office, start = Office(bench, FINE), threading.Barrier(4)

    def work() -> None:
        start.wait(30)
        office.look()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert office.asked == 1


def test_no_answer_is_no_news(bench: Bench) -> None:
    """A platform that cannot be asked changes nothing; it is asked again an hour later at the earliest."""
    office = Office(bench, replace(FINE, expires=NOW + 5 * DAY))
    office.look()
    before = bench.store.health("x")
    bench.clock.turn(days=1)
    office.found = NotSent("no route")
    office.look()
    office.look()
    assert (office.asked, bench.store.health("x")) == (2, before)
    bench.clock.turn(hours=1)
    office.found = FINE
    office.look()
    assert office.asked == 3
    now = bench.store.health("x")
    assert now is not None
    assert now.warning == ""


def test_a_dead_token_locks_the_destination(bench: Bench) -> None:
    """A token that is no longer valid locks its destination with what to do, and that was the day's look."""
    office = Office(bench, LockedOut("the token has expired: make a new one; then `wireroom resume` the destination"))
    office.look()
    standing = bench.store.standing("x")
    assert (standing.state, standing.reason) == ("locked", office.found.message)  # type: ignore[union-attr]
    office.look()
    assert office.asked == 1
    bench.clock.turn(minutes=5)
    bench.store.set_standing("x", "open", "resumed")
    office.found = FINE
    office.look()
    assert office.asked == 2


def test_a_resumed_destination_is_looked_at_anew(bench: Bench) -> None:
    """When a person has put a new token there and resumed, the next look comes without waiting for its day."""
    office = Office(bench, replace(FINE, expires=NOW + DAY))
    office.look()
    bench.clock.turn(hours=1)
    bench.store.set_standing("x", "paused", "new token")
    bench.store.set_standing("x", "open", "resumed")
    office.found = FINE
    office.look()
    found = bench.store.health("x")
    assert found is not None
    assert (office.asked, found.warning) == (2, "")


def test_warnings_keep_in_step_without_a_call(bench: Bench) -> None:
    """Between two looks the sentence follows the clock, and no platform is asked for that."""
    office = Office(bench, replace(FINE, expires=NOW + 14 * DAY + timedelta(hours=5)))
    office.look()
    assert warned(bench) == ""
    bench.clock.turn(hours=6)
    health.keep_in_step(bench.store, ZONE)
    assert "in 14 days or less" in warned(bench)
    found = bench.store.health("x")
    health.keep_in_step(bench.store, ZONE)
    assert bench.store.health("x") == found
    assert office.asked == 1


def test_a_channel_that_tells_nothing_is_well(bench: Bench) -> None:
    """A channel without credentials that end is noted as looked at, with nothing to warn of."""
    lanes = Lanes({"x": bench.place}, lambda _: bench.platform, bench.hands)
    assert health.ask(bench.store, lanes, "x", ZONE) == ("has nothing to check", Health(checked=NOW))


def warned(bench: Bench) -> str:
    """The warning that stands in the destination's row."""
    found = bench.store.health("x")
    assert found is not None
    return found.warning


@pytest.mark.parametrize("step", health.STEPS)
def test_steps_are_told_on_their_day(step: int) -> None:
    """Exactly so many days before the end its step is told, and a moment earlier the one before it or nothing."""
    ends = replace(FINE, expires=NOW + step * DAY)
    assert f"in {step} days or less" in health.warning(ends, NOW, ZONE)
    assert f"in {step} days or less" not in health.warning(ends, NOW - timedelta(seconds=1), ZONE)
