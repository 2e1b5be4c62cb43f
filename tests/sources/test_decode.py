"""Bytes to text: encodings told apart, binary refused."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.model.errors import ArticleError
from wireroom.sources.decode import MAX_BYTES, clean, decode

ENGLISH = "date 2026-02-01 A “quiet” day\n\nThe café’s owner – a naïve man – paid €4.\n"
JAPANESE = "date 2026-02-01 港の朝市\n\n甲野一郎\n\n冬の朝市に、三百人が並んだ。「寒いが、うまい」と漁師は笑う。\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (ENGLISH, "utf-8"),
        (ENGLISH, "utf-8-sig"),
        (ENGLISH, "utf-16"),
        (ENGLISH, "cp1252"),
        (JAPANESE, "utf-8"),
        (JAPANESE, "utf-8-sig"),
        (JAPANESE, "utf-16"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "iso2022_jp"),
        ("It’s", "cp1252"),
        ("“If it rains,” she said", "cp1252"),
        ("The word ちょうちん means lantern", "cp932"),
        ("The word 提灯 means lantern", "euc_jp"),
        ("カメラとテレビ", "cp932"),
        ("カメラとテレビ", "euc_jp"),
        ("Le garçon – où est-il ? « Là-bas »", "cp1252"),
    ],
)
def test_encodings_are_told_apart(text: str, encoding: str) -> None:
    """The same text comes out, whichever of the encodings of a newsroom it came in."""
    assert decode(text.encode(encoding), "a.txt") == text


@given(
    st.lists(st.sampled_from(["東京の朝は", "雨が降った。", "ニュース", "「はい」と", "2026年", " NHK "]), min_size=2)
)
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_japanese_survives_its_old_encodings(encoding: str, parts: list[str]) -> None:
    """Japanese text in Shift_JIS or EUC-JP is read as it was written."""
    text = "".join(["朝のニュースです。", *parts])
    assert decode(text.encode(encoding), "a.txt") == text


@given(st.lists(st.sampled_from(["don’t", "“yes,”", "café", "– and", "naïve", "plain", "¥400", "€5", "…"]), min_size=1))
@settings(max_examples=100, deadline=None)
def test_western_text_survives_windows_1252(words: list[str]) -> None:
    """English with curly quotes, dashes and accents in Windows-1252 is read as it was written."""
    text = "The mayor’s office – closed – said: " + " ".join(words) + "."
    assert decode(text.encode("cp1252"), "a.txt") == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b\n", "\u2028"])
def test_line_ends_become_one(end: str) -> None:
    """Every way to end a line is read as a line end."""
    assert decode(f"one{end}two".encode(), "a.txt") == "one\ntwo"


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a PNG picture"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"text\x00more", "NUL bytes"),
        (b"\x01\x02\x03\x04 abc", "control characters"),
        (b"\xff\xfe\x00\xd8", "UTF-16"),
        (b"\x81\x20\x8d\x0a\x90\x0a\x9d\x0a\xff\xff", "no known encoding"),
    ],
)
def test_what_is_no_text_is_refused(raw: bytes, what: str) -> None:
    """A binary file is refused in one line that says what it is."""
    with pytest.raises(ArticleError, match=what) as caught:
        decode(raw, "a.bin")
    assert str(caught.value).startswith(("a.bin: found ", "a.bin:1: found "))


def test_broken_utf8_is_no_windows_1252() -> None:
    """A stray byte in UTF-8 is named with its line, and the rest is not turned into gibberish."""
    raw = "one\n“two” – three “four” – five\n".encode() + b"six \x96 seven\n"
    with pytest.raises(ArticleError, match=r"^a\.txt:3: found byte 0x96 inside UTF-8"):
        decode(raw, "a.txt")


def test_two_encodings_in_one_file_are_refused_by_line() -> None:
    """Bytes that are no encoding's are refused with the line they stand on, however few there are."""
    with pytest.raises(ArticleError, match=r"^a\.txt:2: found bytes of no known encoding"):
        decode("“one”\n".encode() + b"\x93two\x94\n", "a.txt")


def test_too_much_text_is_refused() -> None:
    """More than two megabytes is no article."""
    assert len(decode(b"a" * MAX_BYTES, "a.txt")) == MAX_BYTES
    with pytest.raises(ArticleError, match=r"found 2,097,153 bytes; expected an article of at most 2,097,152"):
        decode(b"a" * (MAX_BYTES + 1), "a.txt")


@given(st.text())
@settings(max_examples=100, deadline=None)
def test_clean_text_can_be_written_anywhere(text: str) -> None:
    """Cleaned text is NFC, UTF-8 and free of control characters, and cleaning it again changes nothing."""
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert cleaned == unicodedata.normalize("NFC", cleaned) == clean(cleaned)
    assert not {c for c in cleaned if unicodedata.category(c) in ("Cc", "Cs")} - {"\n", "\t"}


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_text_or_refused(raw: bytes) -> None:
    """Any bytes at all are decoded or refused in one line."""
    said = ""
    try:
        decode(raw, "a.txt")
    except ArticleError as error:
        said = str(error)
    assert "\n" not in said
