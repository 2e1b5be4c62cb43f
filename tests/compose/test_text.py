"""Text is cleaned and shortened as a careful sub-editor would."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.compose.text import ELLIPSIS, clean, shorten, tidy, weigh

HEADLINE = (
    "Harbour Minister Aiko Terada said on Tuesday that 1.2 million people paid ¥400 at 4:12 a.m. to see Ren Okafor "
    "Bell in Otaru, with 1,200 seats left on May 18, 2025."
)
JAPANESE = (
    "港の灯台で十八日夜、修理を終えた大時計が七か月ぶりに動き出した。"
    "高さ三・九メートル、入場料は¥400で1,200人が集まった。"
)

any_text = st.text(st.characters(exclude_categories=[]), max_size=80)
scraps = st.sampled_from(
    [
        *("Otaru ", "the ", "1,200 ", "6.1 ", "¥400 ", "U.S. ", "https://example.com/a ", "a.com ", " ", "“", "”", "—"),
        *("港の", "灯台が", "、", "。", "（", "）", "カタカナ", "七か月", "각", "ก็", "नमस्ते ", "مرحبا ", "\u0600"),
        *("👍🏽", "👩\u200d🚒", "🇯🇵🇫🇷", "e\u0301\u0323", "x" * 90),
    ]
)
stories = st.one_of(any_text, st.lists(scraps, max_size=60).map("".join)).map(clean)
measures = st.sampled_from(["x", "characters"])


def kept(text: str, room: int, **more: object) -> str:
    """What stays of `text`, its ellipsis taken off."""
    return shorten(text, room, "x", **more).removesuffix(ELLIPSIS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  One \t two\r\nthree\u2028four\u00a0five\u3000six ", "One two three four five six"),
        ("be\u0000ll \u0007\u001b[0m\u0085x", "bell [0m x"),
        ("\ud83d lone \udc00", "lone"),
        ("\ud83d\ude00", "😀"),
        ("soft\u00adhy\u200bphen\ufeff \u2060x", "softhyphen x"),
        ("\u202eevil\u202c \u2066x\u2069 a\u200fb", "evil x ab"),
        ("שלום\u200f!", "שלום\u200f!"),
        ("Café", "Café"),
        ("Cafe\u0301", "Café"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200cb \u200d c", "ab c"),
        ("👩\u200d🚒 \u2764\ufe0f 1\ufe0f\u20e3", "👩\u200d🚒 \u2764\ufe0f 1\ufe0f\u20e3"),
        ("x\ufe0f \U000e0041\U000e0042", "x"),
        ("葛\U000e0100飾", "葛\U000e0100飾"),
        ("Salt &amp; Iron &#8217;s &lt;b&gt;&nbsp;&hellip;", "Salt & Iron ’s <b> …"),
        ("R&amp;amp;D", "R&D"),
        ("&am\u200bp;", "&"),
        ("a?b=1&copy=2 R&D", "a?b=1&copy=2 R&D"),
        ("&notanentity;", "&notanentity;"),
    ],
)
def test_clean(raw: str, expected: str) -> None:
    """What nobody sees is dropped, white space is one space, entities are what they stand for, and all is NFC."""
    assert clean(raw) == expected


@given(any_text)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """Clean text stays as it is, is NFC, and has no control characters."""
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not regex.search(r"[\p{Cc}\p{Cs}\u202a-\u202e\u200b\ufeff]|\s\s|^\s|\s$", once)


def test_tidy_keeps_lines() -> None:
    """A rendered text keeps its lines, one blank line between paragraphs at most, and loses what nobody sees."""
    assert tidy(" One \u200b two  \r\n\r\n\r\n\n  three\x07\n") == "One two\n\nthree"


@given(any_text)
def test_tidying_twice_is_tidying_once(text: str) -> None:
    """Tidy text stays as it is and is NFC."""
    assert tidy(tidy(text)) == tidy(text)
    assert unicodedata.is_normalized("NFC", tidy(text))


@settings(max_examples=200, deadline=None)
@given(stories, st.integers(min_value=-5, max_value=300), measures)
def test_what_was_shortened_fits_and_has_no_broken_grapheme(text: str, room: int, measure: str) -> None:
    """Whatever the text, the result fits, is NFC, and its graphemes are the first of the text's own."""
    short = shorten(text, room, measure)
    assert weigh(short, measure) <= max(room, 0)
    assert unicodedata.is_normalized("NFC", short)
    if short != text:
        assert weigh(text, measure) > room
        assert short == "" or short.endswith(ELLIPSIS)
        ours, theirs = (regex.findall(r"\X", part) for part in (short.removesuffix(ELLIPSIS), text))
        assert ours == theirs[: len(ours)]


@settings(max_examples=100, deadline=None)
@given(stories, st.integers(min_value=40, max_value=300), measures)
def test_a_whole_sentence_is_a_beginning_too(text: str, room: int, measure: str) -> None:
    """A cut at a sentence's end has no ellipsis, fits, and keeps at least half the room filled."""
    short = shorten(text, room, measure, at_sentence=True)
    assert weigh(short, measure) <= room
    if short != text and short and not short.endswith(ELLIPSIS):
        assert text.startswith(short)
        assert weigh(short, measure) >= room / 2


@given(st.lists(st.text("abcdefghij", min_size=1, max_size=12), min_size=31, max_size=60), st.integers(16, 60))
def test_words_are_never_cut_and_none_that_fits_is_lost(words: list[str], room: int) -> None:
    """In plain words the result is the longest run of whole words that fits together with its ellipsis."""
    text = " ".join(words)
    best = max(n for n in range(len(words)) if len(" ".join(words[:n])) + 2 <= room)
    assert shorten(text, room, "x") == " ".join(words[:best]) + ELLIPSIS


@pytest.mark.parametrize("room", range(40, 165))
def test_numbers_and_names_are_never_cut(room: int) -> None:
    """At every width, a number keeps its digits and its unit, a date its year, and a name all its words."""
    left = kept(HEADLINE, room, names=("Ren Okafor Bell",))
    assert HEADLINE.startswith(left)
    for whole in (
        "Harbour Minister Aiko Terada",
        "1.2 million people",
        "¥400",
        "4:12 a.m",
        "1,200 seats",
        "May 18, 2025",
    ):
        start = HEADLINE.index(whole)
        assert not start < len(left) < start + len(whole) or whole == "1,200 seats"
    start = HEADLINE.index("Ren Okafor Bell")
    assert not start < len(left) < start + len("Ren Okafor Bell")


@pytest.mark.parametrize("room", range(24, 117))
def test_japanese_is_cut_after_phrases(room: int) -> None:
    """At every width, Japanese is not cut inside a number, a katakana word or a Latin word, nor before a full stop."""
    left = kept(JAPANESE, room, language="ja")
    assert JAPANESE.startswith(left)
    for whole in ("十八日夜", "七か月ぶり", "三・九メートル", "¥400", "1,200人"):
        start = JAPANESE.index(whole)
        assert not start < len(left) < start + len(whole), whole
    assert left[-1] not in "（「、。"
    assert not JAPANESE[len(left) :].startswith(("っ", "ー", "ゃ", "」", "）"))


def test_japanese_names_are_kept_whole() -> None:
    """A name that is given is not cut, though it has no spaces."""
    text = "取材した寺田あい子記者が港町の歴史を語る長い長い夜の物語"
    for room in range(10, weigh(text, "x")):
        left = kept(text, room, names=("寺田あい子",), language="ja")
        assert not 4 < len(left) < 4 + len("寺田あい子") or room < 18


def test_a_name_known_from_elsewhere_is_kept_in_a_headline_of_capitals() -> None:
    """Where every word has a capital, only names that were given tell what belongs together."""
    text = "Terada Opens New Harbour Light As Ren Okafor Bell Sings For Three Thousand Guests In Otaru"
    assert kept(text, 44, names=("Ren Okafor Bell",)) == "Terada Opens New Harbour Light As"


def test_names_are_looked_for_only_when_they_are_needed() -> None:
    """Text that fits costs nothing more: the function that finds names is not called."""

    def fail() -> tuple[str, ...]:
        raise AssertionError

    assert shorten("It fits", 280, "x", names=fail) == "It fits"


@pytest.mark.parametrize("name", ["Jan van der Berg-Smith", "Ana da Silva", "J. R. Hill", "George W. Bell"])
def test_names_that_show_themselves_are_kept_whole(name: str) -> None:
    """Even where every word has a capital, no cut falls inside a name with initials or with "van" in it."""
    text = f"Prime Minister {name} Opens The New Harbour Of The Town Of Old"
    for room in range(8, 60):
        left = kept(text, room)
        assert name in left or not set(left.split()[2:])


@pytest.mark.parametrize("amount", ["60,000 troops", "7 kilometers", "1,234 half-timbered houses", "3.5 litres"])
def test_a_number_keeps_what_it_counts(amount: str) -> None:
    """A number is not left standing without the word it counts."""
    text = f"the mayor of the town had counted {amount} near the river when night fell"
    number, word = amount.split()[:2]
    for room in range(8, 75):
        left = kept(text, room)
        assert number not in left or f"{number} {word}" in left


def test_titles_stay_with_their_names() -> None:
    """ "Dr. Hamada" is not cut after "Dr."."""
    assert kept("the doctor, called Dr. Hamada, fishes on Saturdays", 26) == "the doctor, called"


@pytest.mark.parametrize("word", ["x" * 400, "漢" * 400, "ก" * 400, "👩\u200d🚒" * 200, "e\u0301\u0323" * 400])
def test_a_word_longer_than_the_room_is_cut_between_graphemes(word: str) -> None:
    """A single word without a place to cut still gives as many whole graphemes as fit."""
    text = clean(word)
    short = shorten(text, 100, "x")
    assert 90 <= weigh(short, "x") <= 100
    assert regex.findall(r"\X", short[:-1]) == regex.findall(r"\X", text)[: len(regex.findall(r"\X", short[:-1]))]


def test_a_word_is_cut_rather_than_nearly_nothing_said() -> None:
    """A monstrous word after a short one is cut, for a post that says "The…" says nothing."""
    assert kept("The " + "y" * 400, 100) == "The " + "y" * 94


def test_no_comma_dash_or_open_quote_is_left_hanging() -> None:
    """What is cut ends in a word, not in punctuation that waits for more."""
    for text in ("One bus, two roads and rain", "One bus — two roads and rain", "One bus “two roads” and rain"):
        assert shorten(text, 11, "x") == "One bus…"


def test_addresses_and_tags_are_kept_whole() -> None:
    """An address in a summary weighs 23 and stays whole or goes."""
    text = "Read https://example.org/reports?year=2025&town=3 and then go on to the next page of it"
    assert kept(text, 36) == "Read https://example.org/reports?year=2025&town=3 and"
    assert kept(text, 29) == "Read"
    assert kept("港の話題 #港のハッシュタグ はこちらから見られます", 22, language="ja") == "港の話題"


def test_a_summary_ends_with_its_sentence_where_it_can() -> None:
    """A whole sentence that fills half the room is better than more words and an ellipsis."""
    text = "The light was lit again at dusk. Nobody on the quay spoke until it had turned three times."
    assert shorten(text, 60, "x", at_sentence=True) == "The light was lit again at dusk."
    assert shorten(text, 60, "x") == "The light was lit again at dusk. Nobody on the quay spoke…"
    assert (
        shorten("灯台に明かりが戻った。波止場では誰も口をきかなかった。", 30, "x", at_sentence=True)
        == "灯台に明かりが戻った。"
    )


@pytest.mark.parametrize(
    "text", ["It was Prof. Okafor who spoke of it first", "At 4:12 a.m. Otaru shook for nine seconds"]
)
def test_an_abbreviation_ends_no_sentence(text: str) -> None:
    """After "Prof." or "a.m." a sentence goes on."""
    assert shorten(text, 30, "x", at_sentence=True).endswith(ELLIPSIS)


def test_the_other_languages_without_spaces() -> None:
    """Chinese and Thai are cut after words."""
    assert (
        kept("今天港口的灯塔重新点亮，许多居民来到码头庆祝", 30, language="zh-CN") in "今天港口的灯塔重新点亮，许多居民"
    )
    assert "เปิด".startswith(kept("เปิดประภาคารอีกครั้งที่ท่าเรือ", 7, language="th"))


def test_a_huge_text_is_shortened_at_once() -> None:
    """A text of a million characters costs little more than what is kept of it."""
    text = "word " * 200_000
    assert shorten(text, 280, "x") == ("word " * 56).strip()[:278].rsplit(" ", 1)[0] + ELLIPSIS
    assert weigh(shorten(text, 63_206, "characters"), "characters") <= 63_206
