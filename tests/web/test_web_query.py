"""The log's filters as a query says them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireroom.model.delivery import State
from wireroom.model.errors import UsageError
from wireroom.web.query import FILTERS, MOST, log_filter
from wireroom.web.views import pretty

NOW = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)


def since(query: str) -> datetime | None:
    """The moment a query's `since` means."""
    return log_filter(parse_qsl(f"since={query}", keep_blank_values=True), "Asia/Tokyo", NOW).since


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("24h", NOW - timedelta(hours=24)),
        ("1h30m", NOW - timedelta(minutes=90)),
        ("2026-01-31T09:00:00%2B09:00", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T09:00:00+09:00", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T09:00:00.5+0900", datetime(2026, 1, 31, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-01-31T00:00:00Z", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T09:00", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31+09:00", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 30, 15, tzinfo=UTC)),
        ("", None),
    ],
)
def test_since_is_an_age_or_a_time(typed: str, meant: datetime | None) -> None:
    """`since` is what it is on the command line: an age, or a time, which without an offset is the newsroom's."""
    assert since(typed) == meant


@given(
    st.timedeltas(min_value=timedelta(days=-10_000), max_value=timedelta(days=10_000)),
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_a_time_is_the_same_quoted_or_not(age: timedelta, offset: int) -> None:
    """A time whose + nobody escaped means what it means escaped."""
    at = (NOW - age).astimezone(timezone(timedelta(minutes=offset)))
    typed = at.isoformat()
    assert since(quote(typed)) == since(typed) == at


@given(st.lists(st.tuples(st.sampled_from([*FILTERS, "other"]), st.text(max_size=30)), max_size=6))
def test_any_query_is_read_or_refused_with_a_sentence(pairs: list[tuple[str, str]]) -> None:
    """Whatever a query says, it is a filter within bounds or a `UsageError` with something in it."""
    read = parse_qsl(urlencode(pairs, errors="replace"), keep_blank_values=True)
    try:
        wanted = log_filter(read, "Asia/Tokyo", NOW)
    except UsageError as error:
        said = str(error)
    else:
        said = "a filter"
        assert 1 <= wanted.limit <= MOST
        assert set(wanted.states) <= set(State)
        assert wanted.since is None or wanted.since.tzinfo is not None
    assert said


def test_states_are_told_once() -> None:
    """A state named twice counts once, in the order they were named."""
    pairs = [("state", "failed,held"), ("state", " held ,,failed")]
    assert log_filter(pairs, "UTC", NOW).states == (State.FAILED, State.HELD)


@given(st.one_of(st.text(max_size=200), st.from_regex(r'[\[\]{}":,a-z0-9=&%+]{0,60}', fullmatch=True)))
def test_any_body_can_be_shown(body: str) -> None:
    """Whatever went over the wire, a page can show it."""
    assert isinstance(pretty(body), str)
    assert isinstance(pretty("[" * 5000 + body), str)
