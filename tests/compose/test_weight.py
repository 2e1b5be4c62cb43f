"""Text weighs what the platforms say it weighs."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wireroom.compose import weight
from wireroom.compose.weight import is_whole_address, weigh

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
LONG = "a" * 300

CASES = [
    ("", 0),
    ("Kyoto", 5),
    ("Ōtsu – Nara", 11),
    ("Привет, Αθήνα", 13),
    ("שלום مرحبا", 10),
    ("สวัสดี", 6),
    ("京都", 4),
    ("カタカナ、ひらがな。", 20),
    ("ｱ", 2),
    ("서울", 4),
    ("“quoted” ‘so’", 13),
    ("one—two", 7),
    ("and so on…", 11),
    ("€5", 3),
    ("₿", 2),
    ("©", 2),
    ("®", 2),
    ("™", 2),
    ("😀", 2),
    ("👍🏽", 2),
    (FAMILY, 2),
    ("🇯🇵", 2),
    ("1\ufe0f\u20e3", 2),
    ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2),
    ("e\u0301", 1),
    ("か\u3099", 2),
    ("one\r\ntwo", 7),
    ("https://example.com", 23),
    ("http://example.com/", 23),
    (f"https://example.com/{LONG}", 23),
    ("HTTPS://EXAMPLE.COM/A", 23),
    ("https://example.com/a?b=c&d=e", 23),
    ("see https://example.com.", 4 + 23 + 1),
    ("(https://example.org/a_(b))", 25),
    ("example.com", 23),
    ("Reuters.Next day", 23 + 4),
    ("Tokyo.com opens", 23 + 6),
    ("日本語example.com日本語", 12 + 23),
    ("https://example.jp/記事", 23 + 4),
    ("desk@example.com", 16),
    ("U.S. and U.K. at 6.1 a.m. on No.5", 33),
    ("https://t.co/abcDEF123", 23),
    ("https://example.com https://example.org", 47),
    ("https://xn--wgv71a119e.jp/x", 23),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_weights_on_x(text: str, expected: int) -> None:
    """Letters, symbols, emoji and addresses weigh on X what its published configuration says."""
    assert weigh(text, "x") == expected


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("https://example.kids/x", 23),
        (f"https://example.kids/{LONG}", 321),
        ("https://example.com.kids/x", 23),
        ("http://localhost", 23),
        ("詳細https://a.kids", 4 + 23),
        ("https://a.kids/x+example.com", 23 + 17),
    ],
)
def test_an_address_the_package_does_not_know_weighs_at_least_a_link(text: str, least: int) -> None:
    """A top-level domain newer than the package's list must not make a post too heavy for X."""
    assert weigh(text, "x") >= least


PIECES = st.sampled_from(
    [
        *"aZé1.,:-_/@#$?=%()~'！。、がア漢ſıİ©® \n\t\u3000\u200d\ufe0f\u200e\x1c\x85\u2028\u0301ا…”",
        *("\r\n", "https", ".com", "example.com", "t.co/ab", ".kids", ".museum", "日本.jp", "xn--p1ai", ".рф", ".한국"),
        *(".世界", "U.S.", "a.m.", "2.5", "👍", "👍🏽", FAMILY, "🇯🇵", "🇯", "❤️", "©️", "1\ufe0f\u20e3", "x" * 30),
        "\U0001f3f4\U000e0067\U000e007f",
    ]
)


@settings(max_examples=300)
@given(st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(st.characters(exclude_categories=["Cs"]))))
@example("\n\u0301ſ.museum#")
@example(". 👍🏽.co.jp\r\n\u2028.com")
def test_weights_are_those_of_twitter_text(text: str) -> None:
    """Without http(s) addresses, our quick count and twitter-text-parser agree on any text."""
    if "://" not in unicodedata.normalize("NFC", text):
        assert weigh(text, "x") == weight.package().parse_tweet(text).weightedLength


@settings(max_examples=200)
@given(
    st.lists(PIECES, max_size=8).map("".join),
    st.sampled_from(["a.com", "news.example.co.jp", "x-y.org", "-a.com", "a_b.com", "t.co", "a.b.museum", "A.COM"]),
    st.sampled_from(["", "/", "/a", "/a.", "/a.html", "?b=", "/2026/01/towns/", "/~x", "/%20", "/a.?b", "/b.com?c=d."]),
    st.sampled_from(["", " ", "\n", "…", "が"]),
)
def test_links_weigh_what_twitter_text_says_or_more(before: str, host: str, path: str, after: str) -> None:
    """With http(s) addresses, ours is never the smaller count, and the same where the package sees the whole link."""
    text = f"{before} https://{host}{path}{after}"
    theirs = weight.package().parse_tweet(text).weightedLength
    assert weigh(text, "x") >= theirs
    if "://" not in before and is_whole_address(f"https://{host}{path}") and after in " \n":
        assert weigh(text, "x") == theirs


def test_known_domains_are_known_to_the_package() -> None:
    """Each top-level domain our quick way trusts is one twitter-text makes links of."""
    for domain in weight._OLD_DOMAINS.pattern.split("|"):
        url = f"https://example.{domain}/{LONG}"
        assert weight.package().parse_tweet(url).weightedLength == 23, domain
        assert weigh(url, "x") == 23


def test_every_emoji_of_the_package_weighs_two() -> None:
    """Each sequence in the emoji table weighs 2, so the quick count misses none that is composed."""
    from twitter_text.regexp.emoji import emoji_list

    sequences = {"".join(chr(int(code, 16)) for code in entry.codepoint.split()) for entry in emoji_list}
    assert len(sequences) > 3000
    assert {weigh(sequence, "x") for sequence in sequences} == {2}


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_can_be_weighed(text: str) -> None:
    """Lone surrogates and control characters are weighed too, by every measure."""
    assert weigh(text, "x") >= 0
    assert weigh(text, "characters") >= len(text)


@pytest.mark.parametrize(
    "text", ["a." * 30_000, "x" * 60_000, "a.com" * 9_000, "(" * 50_000 + ".co", "https://" * 9_000]
)
def test_monstrous_words_are_weighed_in_no_time(text: str) -> None:
    """A word of 60,000 characters, however many dots it has, is weighed at once and never too low."""
    assert weigh(text, "x") >= len(text)


def test_facebook_counts_the_larger_of_its_two_possible_counts() -> None:
    """Characters beyond U+FFFF count two, as UTF-16 has it."""
    assert weigh("a漢😀", "characters") == 4


def test_nothing_is_weighed_where_nothing_is_bounded() -> None:
    """The measure "none" weighs nothing."""
    assert weigh("anything", "none") == 0


def test_an_unknown_measure_is_named() -> None:
    """A plug-in with a measure that does not exist learns which do."""
    with pytest.raises(ValueError, match=r"no measure `stones`; known are characters, none, x"):
        weigh("a", "stones")


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("https://example.com/a/b-c?d=e", True),
        ("https://example.com/a_(b)", True),
        ("https://example.jp/記事", False),
        ("https://example.com/a.", False),
        ("http://localhost/", False),
    ],
)
def test_whole_addresses(url: str, whole: bool) -> None:
    """It is known beforehand of which addresses X would make a link of only a part."""
    assert is_whole_address(url) is whole


def test_the_package_needs_no_setuptools() -> None:
    """twitter-text-parser is loaded without pkg_resources, which a bare environment lacks, and leaves no trace."""
    code = (
        "import sys; sys.path_importer_cache.clear(); sys.modules['setuptools'] = None\n"
        "from wireroom.compose import weight\n"
        "assert 'twitter_text' not in sys.modules\n"
        "assert weight.weigh('see Tokyo.example.org', 'x') == 27\n"
        "assert 'twitter_text' in sys.modules and 'pkg_resources' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
