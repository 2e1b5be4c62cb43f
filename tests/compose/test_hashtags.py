"""Hashtags come from tags; cashtags are kept to one."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from wireroom.compose.hashtags import hashtags, one_cashtag


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("japan", "#Japan"),
        ("rural & regional", "#RuralRegional"),
        ("NATO", "#NATO"),
        ("iPhone sales", "#iPhoneSales"),
        ("women's rights", "#WomensRights"),
        ("covid-19", "#Covid19"),
        ("浅草", "#浅草"),
        ("カール・マルクス", "#カール・マルクス"),
        ("#already", "#Already"),
        ("e\u0301tat", "#État"),
        ("2025", ""),
        ("🎉", ""),
        ("  ", ""),
        ("x" * 51, ""),
    ],
)
def test_a_tag_becomes_a_hashtag(tag: str, expected: str) -> None:
    """Words run together with capitals, other scripts stay, and a tag without a letter makes none."""
    assert str(hashtags([tag])) == expected


def test_three_at_most_and_none_twice() -> None:
    """The first three different tags are taken, in their order."""
    assert hashtags(["japan", "Japan", "rail", "2025", "art", "sea"]) == ("#Japan", "#Rail", "#Art")


@given(st.lists(st.text(st.characters(exclude_categories=[])), max_size=5))
def test_whatever_the_tags_hashtags_are_letters_marks_and_digits(tags: list[str]) -> None:
    """X takes every hashtag whole: nothing in it ends it early."""
    made = hashtags(tags)
    assert len(made) <= 3
    assert all(regex.fullmatch(r"#[\p{L}\p{Mn}\p{Mc}\p{Nd}・゠]+", tag) for tag in made)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Apple ($AAPL) beats $MSFT and $BRK.A", "Apple ($AAPL) beats MSFT and BRK.A"),
        ("$AAPL falls", "$AAPL falls"),
        ("It costs $400, US$5, A$B and $5bn", "It costs $400, US$5, A$B and $5bn"),
        ("$AAPL https://example.com/$MSFT", "$AAPL https://example.com/$MSFT"),
    ],
)
def test_one_cashtag(text: str, expected: str) -> None:
    """The second cashtag and those after it lose their sign; amounts and addresses keep theirs."""
    assert one_cashtag(text) == expected
