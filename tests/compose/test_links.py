"""The article's address stands in a post whole and once."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wireroom.compose.links import address, once, without
from wireroom.compose.weight import is_whole_address

LINK = "https://example.com/2026/01/towns/"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (LINK, LINK),
        ("https://example.com/a?b=c&d=e#f", "https://example.com/a?b=c&d=e#f"),
        ("https://example.com/wiki/Otaru_(Port)", "https://example.com/wiki/Otaru_(Port)"),
        ("https://example.com/a_(b", "https://example.com/a_%28b"),
        ("https://example.com/a.", "https://example.com/a%2E"),
        ("https://example.jp/港/灯?q=あ", "https://example.jp/%E6%B8%AF/%E7%81%AF?q=%E3%81%82"),
        ("https://港.jp/", "https://xn--j6w.jp/"),
        ("https://example.com/%E6%B8%AF", "https://example.com/%E6%B8%AF"),
        (" https://example.com/a b\n", "https://example.com/ab"),
        ("https://example.kids/a", "https://example.kids/a"),
        ("https://[bad/港", "https://[bad/%E6%B8%AF"),
    ],
)
def test_address(url: str, expected: str) -> None:
    """An address keeps its form unless X would make a link of only a part of it; then it is percent-encoded."""
    assert address(url) == expected


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
@example("?+")
def test_any_path_makes_a_whole_address(path: str) -> None:
    """Whatever stands after the host, X links all of it, and it is plain ASCII."""
    url = address(f"https://example.com/{path}")
    assert url.isascii()
    assert is_whole_address(url)
    assert address(url) == url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Read {LINK} now", "Read now"),
        ("Read http://example.com/2026/01/towns now", "Read now"),
        (f"Towns ({LINK}) today", "Towns today"),
        (f"{LINK}?utm_source=x Towns", "Towns"),
        (f"詳細は{LINK}をどうぞ", "詳細は をどうぞ"),
        ("See https://example.com/2026/01/towns-and-more too", "See https://example.com/2026/01/towns-and-more too"),
        ("See example.com today", "See example.com today"),
    ],
)
def test_without(text: str, expected: str) -> None:
    """The article's own address is taken out of a headline or a summary; other addresses and names of sites stay."""
    assert without(text, LINK) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Towns\n\n{LINK}", f"Towns\n\n{LINK}"),
        ("Towns", f"Towns\n\n{LINK}"),
        ("", LINK),
        (f"{LINK} Towns\n{LINK}", f"Towns\n{LINK}"),
        (f"Towns{LINK}now", f"Towns {LINK} now"),
        (f"{LINK}\n{LINK}reply", LINK),
        (f"Towns {LINK}?utm_source=x", f"Towns {LINK}?utm_source=x"),
    ],
)
def test_once(text: str, expected: str) -> None:
    """The last link stays, a missing one gets a line of its own, and none is glued to a word."""
    assert once(text, LINK) == expected


@given(
    st.lists(st.sampled_from([LINK, " ", "\n", "a", "(", ")", "/", ".", "?u=", "港", "https://", "x.com"]), max_size=12)
)
def test_the_link_is_there_exactly_once_whatever_stood_there(pieces: list[str]) -> None:
    """However often and however glued, one whole link is left."""
    assert once("".join(pieces), LINK).count(LINK) == 1


def test_no_link_no_change() -> None:
    """An article without an address changes nothing."""
    assert once("Towns", "") == "Towns"
    assert without("Towns", "") == "Towns"
