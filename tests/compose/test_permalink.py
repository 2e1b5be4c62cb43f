"""Permalinks: slugs and addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.compose.permalink import LONGEST, permalink, slug
from wireroom.model.errors import SettingsError
from wireroom.model.publication import Publication

NEW_YEAR = datetime(2025, 12, 31, 16, 5, 9, tzinfo=UTC)  # 2026-01-01 01:05:09 in Tokyo


def publication(pattern: str = "", url: str = "https://harbor.example", timezone: str = "Asia/Tokyo") -> Publication:
    """A publication with this pattern."""
    return Publication(key="harbor", name="Harbor", url=url, timezone=timezone, permalink=pattern)


def link(pattern: str = "", title: str = "Boats Come Home", taken: tuple[str, ...] = (), **more: str) -> str:
    """The permalink of an article of New Year."""
    return permalink(publication(pattern, **more), title, NEW_YEAR, lambda url: url in taken)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Boats Come Home: Who Waits & Why", "boats-come-home-who-waits-why"),
        ("The Café’s Crème Brûlée", "the-cafes-creme-brulee"),
        ("9,412 People, 6.1 Percent", "9412-people-6-1-percent"),
        ("Straße nach Łódź", "strasse-nach-lodz"),
        ("港の朝", "gang-no-chao"),
        ("Погода", "pogoda"),
        ("  --  A  --  ", "a"),
    ],
)
def test_slugs_are_transliterated(title: str, expected: str) -> None:
    """A slug is the headline in lower-case ASCII words."""
    assert slug(title) == expected


def test_a_long_slug_is_cut_between_words() -> None:
    """A slug of a long headline ends with a whole word, at most eighty characters on."""
    cut = slug("extraordinary " * 20)
    assert len(cut) <= LONGEST
    assert set(cut.split("-")) == {"extraordinary"}
    assert len(slug("a" * 300)) == LONGEST


def test_an_unspeakable_headline_has_a_slug() -> None:
    """A headline without one letter falls back to other words, or to its hash."""
    assert slug("……", "The Fog") == "the-fog"
    assert re.fullmatch("[0-9a-f]{10}", slug("……"))
    assert slug("……") != slug("…")


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_any_headline_has_a_slug(title: str) -> None:
    """Whatever the headline: its slug is stable, never empty, ASCII, and no longer than eighty characters."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(title))
    assert len(slug(title)) <= LONGEST
    assert slug(title) == slug(title)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", "https://harbor.example/2026/01/boats-come-home/"),
        ("https://h.example/{year}/{month}/{slug}/", "https://h.example/2026/01/boats-come-home/"),
        (
            "https://h.example/{year}{month}{day}-{hour}{minute}{second}.html?{slug}",
            "https://h.example/20260101-010509.html?boats-come-home",
        ),
        ("https://h.example/{year}/", "https://h.example/2026/boats-come-home/"),
        ("https://h.example/{year}", "https://h.example/2026/boats-come-home"),
        ("https://h.example/?p=", "https://h.example/?p=boats-come-home"),
        ("/{publication}/{slug}", "https://harbor.example/harbor/boats-come-home"),
    ],
)
def test_patterns_are_filled_in_the_publications_time(pattern: str, expected: str) -> None:
    """A pattern is filled with the local date and the slug, which is appended where the pattern forgot it."""
    assert link(pattern) == expected


def test_a_site_in_a_folder() -> None:
    """A publication whose site is in a folder has its articles there."""
    assert (
        link(url="https://h.example/news/")
        == link(url="https://h.example/news")
        == "https://h.example/news/2026/01/boats-come-home/"
    )


@given(st.integers(0, 12))
@settings(max_examples=20, deadline=None)
def test_no_address_is_given_twice(how_many: int) -> None:
    """An address that is taken is followed by -2, -3 and so on, never used again."""
    given_out: list[str] = []
    for _ in range(how_many):
        given_out.append(link(taken=tuple(given_out)))
    assert len(set(given_out)) == how_many
    if how_many > 2:
        assert given_out[1:3] == [f"https://harbor.example/2026/01/boats-come-home-{n}/" for n in (2, 3)]


@pytest.mark.parametrize("pattern", ["/{slugg}/", "/{slug", "/{slug.__class__}/", "/{slug:>99}/", "/{}/", "/{slug!r}/"])
def test_a_broken_pattern_is_a_mistake_in_the_settings(pattern: str) -> None:
    """A pattern that cannot be filled names its key in the settings and what is allowed."""
    with pytest.raises(SettingsError, match=r"publications\.harbor\.permalink: found .*; allowed are \{year\}"):
        link(pattern)
