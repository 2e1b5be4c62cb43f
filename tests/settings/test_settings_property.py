"""Whatever stands in the settings, reading them gives settings or lines, never another error."""

from __future__ import annotations

import copy
import tempfile
import tomllib
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.channels import catalogue
from wireroom.model.errors import Problem, SettingsError
from wireroom.settings import SETTINGS, load, parse
from wireroom.settings.values import Wrong, duration

SAMPLE = tomllib.loads((Path(__file__).parents[2] / SETTINGS).read_text(encoding="utf-8"))
RULES = (
    "when",
    "template",
    "delay",
    "quiet",
    "gap",
    "settle",
    "resend_absent",
    "retry",
    "budget",
    "lanes",
    "access_token",
    "hubs",
)
ODD = (
    "sandbox",
    "none",
    "2d",
    "1h30m",
    "23:00-07:00",
    "http://[",
    "https://a:b",
    "//",
    "{",
    "{slug}",
    "..",
    "America",
    "\0",
)

scalars = (
    st.text(max_size=20)
    | st.sampled_from(ODD)
    | st.integers()
    | st.integers(min_value=10**300, max_value=16**400)
    | st.floats()
    | st.booleans()
    | st.dates()
    | st.datetimes()
    | st.times()
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(["env", "file", "tags", "after", "first", "x"]), inner)
    ),
    max_leaves=6,
)


def paths(table: dict[str, Any], at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place in the settings: tables and keys."""
    found = []
    for key, value in table.items():
        found.append((*at, key))
        found += paths(value, (*at, key)) if isinstance(value, dict) else []
    return found


def problems_of(reading: Callable[[], object]) -> tuple[Problem, ...]:
    """What a `SettingsError` of the reading says, nothing when it reads; any other error goes on."""
    try:
        reading()
    except SettingsError as error:
        return error.problems
    return ()


PLACES = paths(SAMPLE) + [("destinations", name, rule) for name in SAMPLE["destinations"] for rule in RULES]


@settings(max_examples=300, deadline=None)
@given(
    changes=st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=3),
    extra=st.text(),
    secrets=st.booleans(),
)
def test_any_value_at_any_key(changes: list[tuple[tuple[str, ...], object]], extra: str, secrets: bool) -> None:
    """Any TOML value at any key, and any key besides, gives settings or one line for each mistake."""
    data = copy.deepcopy(SAMPLE)
    for path, value in changes:
        table: Any = data
        for key in path[:-1]:
            table = table.setdefault(key, {}) if isinstance(table, dict) else {}
        if isinstance(table, dict):
            table[path[-1]] = value
    if extra:
        data["wireroom"] = {**data["wireroom"], extra: 1} if isinstance(data["wireroom"], dict) else data["wireroom"]
    problems = problems_of(lambda: parse(data, Path("/newsroom"), {}, catalogue.kinds(), secrets=secrets))
    assert all(len(str(problem).splitlines()) == 1 for problem in problems)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_bytes_as_the_file(content: bytes) -> None:
    """Any file at all gives settings or lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / SETTINGS
        path.parent.mkdir()
        path.write_bytes(content)
        problems = problems_of(lambda: load(Path(folder), {}, catalogue.kinds(), secrets=True))
        assert problems, "such a file names no outlet"


@given(st.integers(0, 50), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 10_000))
def test_a_duration_is_the_sum_of_its_parts(weeks: int, days: int, hours: int, minutes: int, seconds: int) -> None:
    """Every part counts with its own unit, in the order from weeks to seconds."""
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert duration(f"{weeks}w{days}d{hours}h{minutes}m{seconds}s") == length


@given(st.text(alphabet="0123456789wdhms. -+e٣", max_size=12))
def test_any_text_is_a_duration_or_wrong(said: str) -> None:
    """No text is read as a duration that could be negative or beyond bounds."""
    with suppress(Wrong):
        assert timedelta(0) <= duration(said) <= timedelta(days=36_500)


@pytest.mark.parametrize("key", ["retention", "listen", "timezone", "unknown"])
def test_a_number_beyond_printing_is_told(key: str) -> None:
    """A hexadecimal number of thousands of digits, which Python would not print, is a mistake like any other."""
    data = {**copy.deepcopy(SAMPLE), "wireroom": {key: 16**6000}}
    (problem,) = problems_of(lambda: parse(data, Path("/newsroom"), {}, catalogue.kinds(), secrets=True))
    assert problem.path == f"wireroom.{key}"
