"""X's timeline: a post of ours is known again through t.co links, entities and appended pictures."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireroom.channels import x_timeline
from wireroom.channels.alike import same_address
from wireroom.testing import a_post

LINK = "https://example.com/2026/11/harbour/?wr=1&b=2"
SHORT = {"url": "https://t.co/a", "expanded_url": LINK}
PICTURE = {"url": "https://t.co/p", "expanded_url": "https://x.com/mtt/status/1/photo/1", "media_key": "3_1"}


def tweet(text: str, *urls: dict[str, str], **more: Any) -> dict[str, Any]:
    """A timeline's entry."""
    return {"id": "1", "text": text, "entities": {"urls": list(urls)}, **more}


@pytest.mark.parametrize(
    ("entry", "likeness"),
    [
        (tweet("Tea &amp; rice &lt;now&gt;\n\nhttps://t.co/a", SHORT), 2),
        (tweet("Tea &amp; rice &lt;now&gt;\n\nhttps://t.co/a https://t.co/p", SHORT, PICTURE), 2),
        (tweet("Something else https://t.co/a", SHORT), 1),
        (
            tweet(
                "Else https://t.co/a",
                {"url": "https://t.co/a", "expanded_url": "https://bit.ly/1", "unwound_url": LINK},
            ),
            1,
        ),
        (tweet("Tea, rice https://t.co/b", {"url": "https://t.co/b", "expanded_url": "https://example.com/"}), 0),
        (tweet("", note_tweet={"text": "Tea &amp; rice <now>\n\nhttps://t.co/a", "entities": {"urls": [SHORT]}}), 2),
        ({"id": "1"}, 0),
        ({"id": "1", "text": None, "entities": []}, 0),
        ({"id": "1", "text": "x", "entities": {"urls": [None, {"url": 1, "expanded_url": 2}]}}, 0),
    ],
)
def test_resemblance(entry: dict[str, Any], likeness: int) -> None:
    """The same words count most, the same link counts, anything else does not; no shape of an entry breaks it."""
    assert x_timeline.resembles(entry, a_post(text=f"Tea & rice <now>\n\n{LINK}", link=LINK)) == likeness


def test_composition_of_characters_does_not_matter() -> None:
    """A decomposed text that comes back composed is the same text."""
    assert x_timeline.resembles(tweet("がっこう"), a_post(text="がっこう", link="")) == 2


@given(st.datetimes(datetime(2011, 1, 1), datetime(2060, 1, 1)), st.integers(0, 2**22 - 1))  # noqa: DTZ001
def test_the_floor_is_below_every_later_id(naive: datetime, rest: int) -> None:
    """An id made at the moment of sending or later is above the floor, one made a second earlier is not."""
    since = naive.replace(tzinfo=UTC)
    made = ((since - x_timeline.EPOCH) // timedelta(milliseconds=1) << 22) + rest
    earlier = ((since - timedelta(seconds=2) - x_timeline.EPOCH) // timedelta(milliseconds=1) << 22) + rest
    assert earlier <= x_timeline.floor(since) < made


def test_the_epoch_is_x_s() -> None:
    """The epoch of ids is the one X uses, 1288834974657 ms."""
    assert round(x_timeline.EPOCH.timestamp() * 1000) == 1288834974657


@pytest.mark.parametrize("number", ["", "abc", "1", "9" * 30, "-4"])
def test_an_odd_id_tells_no_time(number: str) -> None:
    """An id from another scheme is not taken for a time."""
    assert x_timeline.born(number, datetime(2026, 11, 22, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://example.com/a", "http://www.Example.com/a/", True),
        ("https://example.com/%E6%8F%90", "https://example.com/提", True),
        ("https://日本.example/a", "https://xn--wgv71a.example/a", True),
        (
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com%2Fa%3Fb%3D1&h=AT1",
            "https://example.com/a?b=1",
            True,
        ),
        ("https://example.com/a?wr=1", "https://example.com/a?wr=2", False),
        ("https://example.com:8443/a", "https://example.com/a", False),
        ("https://example.com/a", "https://example.org/a", False),
        ("", "", False),
        ("http://[::1", "http://[::1", True),
    ],
)
def test_same_address(one: str, other: str, same: bool) -> None:
    """Addresses are the same when they lead to the same page, however they are spelt."""
    assert same_address(one, other) is same
