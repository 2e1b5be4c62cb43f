"""How the X stand-in weighs a text and gives it back."""

import html
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twitter_text import parse_tweet

from wireroom.sandbox.snowflake import moment, snowflake
from wireroom.sandbox.text import cashtags, display, find_links, fits, normal, short_link, shown, tag_entities, weigh

pieces = st.sampled_from(
    [
        "harbour ",
        "京都の秋 ",
        "👩‍👩‍👧‍👦 ",
        "© ",
        "https://example.com/a?b=1&c=2 ",
        "example.org ",
        "<b> & ",
        "é",
        "e\u0301",
        "🇯🇵",
        "1️⃣ ",
        "\n",
    ]
)
texts = st.lists(pieces, max_size=60).map("".join)


@given(texts)
def test_the_quick_bound_agrees_with_the_full_weighing(text: str) -> None:
    """What the cheap bound lets through is valid by the whole algorithm, and nothing valid is refused."""
    kept = normal(text)
    assert fits(kept) == (parse_tweet(kept).valid or kept == "")


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("a" * 280, 280),
        ("京" * 140, 280),
        ("👩‍👩‍👧‍👦", 2),
        ("see https://example.com/" + "x" * 200, 27),
        ("example.com", 23),
    ],
)
def test_weights(text: str, weight: int) -> None:
    """Latin counts 1, CJK 2, an emoji 2 and every link 23 (twitter-text configuration v3)."""
    assert weigh(text) == weight
    assert fits(text)


@given(texts)
def test_texts_come_back_with_short_links_and_lead_to_what_was_sent(text: str) -> None:
    """Undo the t.co links at the places the entities name, and the escapes, and it is what was sent."""
    kept = normal(text)
    returned, links = shown(kept, find_links(kept, "1"), short_link("1", "media"))
    returned = returned.removesuffix(short_link("1", "media")).removesuffix(" ")
    for link in reversed(links):
        assert returned[link.start : link.end] == link.short
        returned = returned[: link.start] + link.written + returned[link.end :]
    undone = html.unescape(returned.replace("&c=2", "&amp;c=2"))
    assert undone == kept.removesuffix(" ") or undone == kept


def test_only_three_characters_are_escaped() -> None:
    """X escapes &, < and >, and no quotes."""
    assert shown("\"Tom & 'Jerry'\" <3", ())[0] == "\"Tom &amp; 'Jerry'\" &lt;3"


def test_short_links_are_23_characters_and_stable() -> None:
    """A t.co link weighs what it is long, and a post keeps its own."""
    assert len(short_link("1", 0)) == 23
    assert short_link("1", 0) == short_link("1", 0) != short_link("2", 0)


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://www.example.com/", "example.com"),
        ("https://example.com/short", "example.com/short"),
        ("http://example.com/2026/11/a-long-headline", "example.com/2026/11/a-long-…"),
    ],
)
def test_links_are_displayed_short(url: str, seen: str) -> None:
    """Readers see the host and the beginning of the path."""
    assert display(url) == seen


def test_tags_are_found() -> None:
    """Hashtags in any script, mentions and cashtags are entities; what only looks like one is not."""
    found = tag_entities("#東京 and #2026 by @desk, mail@example.com, $ACME $12")
    assert {kind: len(list(entries)) for kind, entries in found.items()} == {  # type: ignore[call-overload]
        "hashtags": 1, "mentions": 1, "cashtags": 1,
    }  # fmt: skip
    assert cashtags("$ACME and $OTHER cost $5") == 2


@given(st.integers(0, 2_100_000_000_000_000), st.integers(0, 2**40))
def test_ids_carry_the_time(microseconds: int, sequence: int) -> None:
    """An id tells the millisecond it was made, and fits the 19 digits X allows."""
    at = datetime(2011, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    identifier = snowflake(at, sequence)
    assert timedelta(0) <= at - moment(identifier) < timedelta(milliseconds=1)
    assert len(identifier) <= 19


def test_ids_of_one_millisecond_differ_and_grow() -> None:
    """Posts of the same millisecond keep their order."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    ids = [int(snowflake(at, number)) for number in range(100)]
    assert all(one < other for one, other in itertools.pairwise(ids))
