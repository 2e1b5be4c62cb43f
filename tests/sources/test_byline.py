"""A byline into names."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.sources.byline import names

PEOPLE = ["Ana Silva", "Jean-Luc de Groot", "Mary O’Brien", "J. R. Hill", "Åsa Öberg", "Leonardo da Costa", "Li Wei"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Ana Silva, Li Wei, and Mary O’Brien", ("Ana Silva", "Li Wei", "Mary O’Brien")),
        ("Ana Silva, Li Wei and Mary O’Brien", ("Ana Silva", "Li Wei", "Mary O’Brien")),
        ("Ana Silva & Li Wei", ("Ana Silva", "Li Wei")),
        ("Ana Silva and Li Wei", ("Ana Silva", "Li Wei")),
        ("Ana Silva; Li Wei", ("Ana Silva", "Li Wei")),
        ("By Ana Silva", ("Ana Silva",)),
        ("BY ANA SILVA AND LI WEI", ("ANA SILVA", "LI WEI")),
        ("John Hill, Jr., and Li Wei", ("John Hill, Jr.", "Li Wei")),
        ("Alexander Sand", ("Alexander Sand",)),
        ("甲野一郎", ("甲野一郎",)),
        ("甲野一郎、乙川花子", ("甲野一郎", "乙川花子")),
        ("甲野一郎・乙川花子", ("甲野一郎", "乙川花子")),
        ("甲野一郎と乙川花子", ("甲野一郎", "乙川花子")),
        ("文・甲野一郎", ("甲野一郎",)),
        ("ジョン・スミス", ("ジョン・スミス",)),
        ("ジョン・スミス、甲野一郎", ("ジョン・スミス", "甲野一郎")),
        ("甲野一郎・ジョン・スミス", ("甲野一郎", "ジョン・スミス")),
        ("佐藤みさと", ("佐藤みさと",)),
        ("山里とも子", ("山里とも子",)),
        ("ジョン・スミスと甲野一郎", ("ジョン・スミス", "甲野一郎")),
        ("Byron Hill", ("Byron Hill",)),
        ("By: Ana Silva", ("Ana Silva",)),
        ("Written by Ana Silva with Li Wei", ("Ana Silva", "Li Wei")),
        ("Author: Ana Silva", ("Ana Silva",)),
        ("Ana Silva / Li Wei", ("Ana Silva", "Li Wei")),
        ("Ana Silva | Li Wei", ("Ana Silva", "Li Wei")),
        ("Dr. Ana Silva and Prof. Li Wei", ("Dr. Ana Silva", "Prof. Li Wei")),
        ("Ana Silva and John Hill Jr.", ("Ana Silva", "John Hill Jr.")),
        ("Ana Silva.", ("Ana Silva",)),
        ("Ana y Silva du Pont", ("Ana y Silva du Pont",)),
    ],
)
def test_names_are_parted(line: str, expected: tuple[str, ...]) -> None:
    """Names are parted where people part them, and nowhere else."""
    assert names([line], certain=False) == expected


@pytest.mark.parametrize(
    "line",
    [
        "It rained all night, and the river rose.",
        "The rain",
        "See https://example.org",
        "雨が降った。",
        "Where does the water go?",
        "Residents of the town said that they had not been told",
    ],
)
def test_a_sentence_is_no_byline(line: str) -> None:
    """A line of the body is not taken for names."""
    assert names([line], certain=False) is None


def test_a_desk_is_a_byline_where_the_place_is_certain() -> None:
    """Right above the publication's name, a desk or a name in lower case counts as the author."""
    assert names(["our night desk"], certain=True) == ("our night desk",)
    assert names(["our night desk"], certain=False) is None


@pytest.mark.parametrize(
    "lines",
    [
        ["Ana Silva, Jan van der Berg,", "and Mary O’Brien"],
        ["Ana Silva, Jan van der Berg, and", "Mary O’Brien"],
        ["Ana", "Silva, Jan van der Berg, and Mary O’Brien"],
        ["Ana Silva, Jan van", "der Berg, and Mary O’Brien"],
        ["Ana Silva, Jan van der Berg, and Mary", "O’Brien"],
        ["By", "Ana Silva, Jan van der Berg", "and Mary O’Brien"],
        ["Ana Silva", "Jan van der Berg", "Mary O’Brien"],
    ],
)
def test_a_byline_may_be_wrapped(lines: list[str]) -> None:
    """Names on several lines are one byline, and a name that is wrapped is one name."""
    assert names(lines, certain=True) == ("Ana Silva", "Jan van der Berg", "Mary O’Brien")


@given(
    st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5, unique=True), st.sampled_from([", and ", " and ", " & "])
)
@settings(max_examples=80, deadline=None)
def test_every_name_comes_back(people: list[str], last: str) -> None:
    """However many sign an article, each is found, in order."""
    line = ", ".join(people[:-1]) + (last if len(people) > 1 else "") + people[-1]
    assert names([line], certain=False) == tuple(people)
