"""Summary and language."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.sources.language import is_tag, language_of
from wireroom.sources.summary import LENGTH, summarise


def test_a_short_paragraph_is_the_summary() -> None:
    """The first paragraph is the summary where it fits."""
    assert summarise("One. Two.\n\nThree.") == "One. Two."
    assert summarise("") == ""


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        (
            "Dr. Hill came at 6 a.m. today. He left early. Nobody saw him go.",
            50,
            "Dr. Hill came at 6 a.m. today. He left early.",
        ),
        ("“We wait. We hope,” she said. Then she left the room.", 40, "“We wait. We hope,” she said."),
        ("It rose 6.1 percent in the U.S. Army. Then it fell again.", 45, "It rose 6.1 percent in the U.S. Army."),
        (
            "雨が降った。「もう帰ろう。」と彼は言った。それから三日が過ぎた。",
            25,
            "雨が降った。「もう帰ろう。」と彼は言った。",
        ),
        ("A sentence without any end that goes on and on", 20, "A sentence without…"),
    ],
)
def test_sentences_are_kept_whole(text: str, limit: int, expected: str) -> None:
    """As many whole sentences as fit; abbreviations and quotations do not end one."""
    assert summarise(text, limit) == expected


@given(
    st.lists(
        st.sampled_from(["The boat came.", "Why? ", "A dog barked at", "雨が降った。", "カメラ", "🧑‍🌾", "e\u0301"]),
        max_size=80,
    )
)
@settings(max_examples=100, deadline=None)
def test_a_summary_always_fits(parts: list[str]) -> None:
    """A summary never exceeds its length, is one line, and begins as the text does."""
    text = " ".join(parts)
    summary = summarise(text)
    assert len(summary) <= LENGTH
    assert "\n" not in summary
    assert " ".join(text.split()).startswith(summary.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("東京の朝は静かだった。", "ja"),
        ("NHKによると、JR東日本は運転を再開した。", "ja"),
        ("The word 提灯 means lantern.", "en"),
        ("2026", "en"),
        ("漢" * 300, "en"),
    ],
)
def test_language(text: str, language: str) -> None:
    """Text of kana and kanji is Japanese, other text is in the publication's language."""
    assert language_of(text, "en") == language


@pytest.mark.parametrize(
    ("tag", "well_formed"), [("en", True), ("pt-BR", True), ("zh-Hant-TW", True), ("e", False), ("en_US", False)]
)
def test_language_tags(tag: str, well_formed: bool) -> None:
    """A language tag has the form of BCP 47."""
    assert is_tag(tag) is well_formed
