"""Wire text: headline, byline, publication, paragraphs, footer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.sources.conftest import Read, Refuse

HEAD = "date 2026-02-01 Boats Come Home\n\nAna Silva and Li Wei\n\nHarbor Morning\n\n"
BODY = "The boats came home on Sunday.\n\nAll eleven of them were dry."
FOOTER = (
    "\n\nHarbor Evening is part of the Harbor Morning group\n\nhttp://harbormorning.example Harbor Morning – Local News"
    "\n\nPLEASE JOIN ON TWITTER\n\nhttps://twitter.com/HarborMorning Harbor Morning\n"
)


def test_a_whole_article(draft: Read) -> None:
    """Headline, date, authors, publication, paragraphs and footer each end up where they belong."""
    read = draft(HEAD + BODY + FOOTER)
    assert read.title == "Boats Come Home"
    assert read.authors == ("Ana Silva", "Li Wei")
    assert read.publication == "harbor-morning"
    assert read.text == BODY
    assert read.html == "<p>The boats came home on Sunday.</p>\n<p>All eleven of them were dry.</p>"
    assert read.summary == "The boats came home on Sunday."
    assert read.footer.accounts[0].name == "HarborMorning"
    assert "Harbor" not in read.text + read.html + read.summary


def test_midnight_is_the_publications(draft: Read) -> None:
    """A date without a time is midnight where the publication is."""
    assert draft(HEAD + BODY).published_at == datetime(2026, 2, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    paris = draft(HEAD.replace("Harbor Morning", "Harbor Evening") + BODY).published_at
    assert paris == datetime(2026, 1, 31, 23, tzinfo=UTC)


def test_hints_override(draft: Read) -> None:
    """What the command line says about publication, address and time wins; its tags are added."""
    at = datetime(2026, 2, 2, 8, 30, tzinfo=UTC)
    url = "https://harborevening.example/boats/"
    read = draft(HEAD + BODY, publication="harbor-evening", url=url, published_at=at, tags=("sea", "Sea"), at=at)
    assert (read.publication, read.url, read.published_at, read.tags, read.at) == (
        "harbor-evening",
        url,
        at,
        ("sea",),
        at,
    )
    assert read.text == BODY


@pytest.mark.parametrize(
    "byline", ["Harbor Morning", "HARBOR  morning", "hm", "港の朝", "harbor-morning", "Harbor Morning:"]
)
def test_name_or_alias(draft: Read, byline: str) -> None:
    """The publication is found by its name or an alias, whatever the case, with no byline above it."""
    read = draft(f"date 2026-02-01 Boats\n\n{byline}\n\n{BODY}")
    assert (read.publication, read.authors, read.text) == ("harbor-morning", (), BODY)


def test_blanks_and_line_ends_do_not_matter(draft: Read) -> None:
    """Leading blanks, blank lines, a byte order mark, CRLF and a missing blank line change nothing."""
    loose = "\ufeff\n \n  DATE: 2026-02-01   Boats  Come Home \n\n\n Ana Silva and Li Wei\nHarbor Morning\n\n\n" + BODY
    for text in (loose, loose.replace("\n", "\r\n")):
        read = draft(text)
        assert (read.title, read.authors, read.text) == ("Boats Come Home", ("Ana Silva", "Li Wei"), BODY)


def test_wrapped_lines_are_joined(draft: Read) -> None:
    """Lines wrapped by hand become one paragraph: English with a blank, Japanese without."""
    text = (
        HEAD + "The boats came\nhome on a long-\nawaited Sunday.\n\n朝市に三百人が並び、\n漁師は笑った。\n"
        "　次の日も\n並んだ。"
    )
    assert draft(text).text.split("\n\n") == [
        "The boats came home on a long-awaited Sunday.",
        "朝市に三百人が並び、漁師は笑った。",
        "次の日も並んだ。",
    ]


def test_long_lines_are_paragraphs(draft: Read) -> None:
    """Where no blank lines part them, lines too long to be wrapped are paragraphs of their own."""
    first, second = "One word after another. " * 10, "Another day, another line. " * 9
    assert draft(HEAD + f"{first}\n{second}").text.split("\n\n") == [first.strip(), second.strip()]


def test_a_headline_may_be_wrapped(draft: Read) -> None:
    """A headline that runs on below the first line is put together again."""
    read = draft(
        "date 2026-02-01 Boats Come Home after a Night\nof fog and patience\n\nAna Silva\n\nHarbor Morning\n\n" + BODY
    )
    assert read.title == "Boats Come Home after a Night of fog and patience"
    assert read.authors == ("Ana Silva",)


def test_words_above_the_name_are_kept(draft: Read) -> None:
    """A paragraph between headline and publication is no byline, and is not lost."""
    read = draft("date 2026-02-01 Boats\n\nIt was a long night. Nobody slept.\n\nHarbor Morning\n\n" + BODY)
    assert read.authors == ()
    assert read.text == "It was a long night. Nobody slept.\n\n" + BODY


def test_the_body_may_name_the_publication(draft: Read) -> None:
    """A footer's label below a body without a head is no reason to lose the body."""
    read = draft("date 2026-02-01 Boats\n\n" + BODY + "\n\nHarbor Morning\n\nhttps://harbormorning.example\n")
    assert (read.publication, read.text) == ("harbor-morning", BODY)


def test_the_footer_identifies(draft: Read) -> None:
    """Without a publication's name, the first link of the footer says whose article it is."""
    read = draft(
        "date 2026-02-01 Boats\n\nAna Silva\n\n" + BODY + "\n\nhttps://www.harborevening.example Harbor Evening\n"
    )
    assert (read.publication, read.authors, read.text) == ("harbor-evening", ("Ana Silva",), BODY)


def test_the_address_identifies(draft: Read) -> None:
    """Without a publication's name, the site of the article's address does too, with or without www."""
    text = "date 2026-02-01 Boats\n\n" + BODY
    assert draft(text, url="https://www.harbormorning.example/a/").publication == "harbor-morning"
    assert draft(text, url="https://harborevening.example/a/").publication == "harbor-evening"
    assert draft(text, publication="https://harborevening.example").publication == "harbor-evening"


def test_japanese(draft: Read) -> None:
    """Japanese headline, names and text come out as written, and the language is known."""
    read = draft(
        (
            "date 2026-02-01 港に朝市：冬の名物\n\n甲野一郎、乙川花子\n\n港の朝\n\n朝市に三百人が並んだ。漁師は笑った。"
        ).encode("cp932")
    )
    assert (read.title, read.authors, read.language) == ("港に朝市：冬の名物", ("甲野一郎", "乙川花子"), "ja")
    assert read.text == "朝市に三百人が並んだ。漁師は笑った。"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "story.txt:1: found no text at all; expected `date YYYY-MM-DD Headline`"),
        ("\n\nBoats\n", 'story.txt:3: found "Boats"; expected `date YYYY-MM-DD Headline`'),
        (
            "date 2026-02-30 Boats\n\nHM\n\nText.",
            'story.txt:1: found the date "2026-02-30" (day is out of range for month)',
        ),
        ("date tomorrow Boats", 'story.txt:1: found the date "tomorrow" (it is not of the form YYYY-MM-DD)'),
        ("date 2026-2-1 Boats", 'story.txt:1: found the date "2026-2-1" (it is not of the form YYYY-MM-DD)'),
        ("date 0026-02-03 Boats", "the year 26 is out of range"),
        ("date 2026-02-01\n\nHM\n\nText.", "story.txt:1: found a date and no headline"),
        ("date 2026-02-01 ***\n\nHM\n\nText.", "story.txt:1: found no headline"),
        ("date 2026-02-01 Boats\n\nHM\n", "story.txt:1: found no body; expected at least one paragraph"),
        ("date 2026-02-01 Boats\n\nAna Silva\n\nHM" + FOOTER, "story.txt:1: found no body"),
        (
            "date 2026-02-01 Boats\n\nAna Silva\n\nHarbour Mornings Times\n\nText.",
            "story.txt:5: found the unknown publication",
        ),
        ("date 2026-02-01 Boats\n\n" + BODY, "expected one of harbor-morning (Harbor Morning), harbor-evening"),
        (f"date 2026-02-01 {'Boats ' * 400}\n\nHM\n\nText.", "story.txt:1: found a headline of 2,399 characters"),
    ],
)
def test_what_cannot_be_read_says_why(refusal: Refuse, text: str, said: str) -> None:
    """A mistake is named with file, line, what was found and what was expected, in one line."""
    assert said in refusal(text)


def test_the_nearest_publication_is_named(refusal: Refuse) -> None:
    """An unknown publication's error lists the known ones and the nearest."""
    said = refusal(HEAD + BODY, publication="habor-mornin")
    assert said.endswith("harbor-evening (Harbor Evening) (did you mean harbor-morning?)")


WORDS = st.sampled_from(
    [
        "tide",
        "rope",
        "lantern",
        "harbor",
        "rain",
        "Twitter",
        "morning",
        "€5",
        "café",
        "fog",
        "2026",
        "slow",
        "https://x.com/tide",
    ]
)
SENTENCE = st.lists(WORDS, min_size=3, max_size=25).map(lambda words: "The " + " ".join(words) + ".")
NAME = st.sampled_from(["Ana Silva", "Li Wei", "Mary O’Brien", "Jean-Luc de Groot", "甲野一郎", "乙川花子"])
LINES = st.sampled_from([line for line in FOOTER.split("\n") if line])


@given(
    title=st.lists(WORDS, min_size=1, max_size=12).map(" ".join),
    authors=st.lists(NAME, max_size=4, unique=True),
    body=st.lists(SENTENCE, min_size=1, max_size=5),
    footer=st.lists(LINES, max_size=4, unique=True),
    width=st.integers(20, 100),
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=120, deadline=None)
def test_round_trip(
    draft: Read, title: str, authors: list[str], body: list[str], footer: list[str], width: int, end: str
) -> None:
    """What goes into a wire text, wrapped at any width and with any footer, comes out of it."""
    byline = [", ".join(authors)] if authors else []
    wrapped = ["\n".join(_wrap(paragraph, width)) for paragraph in body]
    text = "\n\n".join([f"date 2026-02-01 {title}", *byline, "Harbor Morning", *wrapped, *footer])
    read = draft(text.replace("\n", end))
    assert (read.title, read.authors) == (title, tuple(authors))
    assert read.text.split("\n\n") == body
    assert sorted(read.footer.lines) == sorted(footer)


def _wrap(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


@pytest.mark.parametrize("named", ["https://harbormorning.example", "http://www.harbormorning.example/"])
def test_a_site_names_its_publication(draft: Read, named: str) -> None:
    """The publication's line may be the address of its site."""
    read = draft(f"date 2026-02-01 Boats\n\nAna Silva\n\n{named}\n\nRain fell.\n\nIt stopped.{FOOTER}")
    assert (read.publication, read.authors, read.text) == (
        "harbor-morning",
        ("Ana Silva",),
        "Rain fell.\n\nIt stopped.",
    )


def test_a_publication_is_no_author(draft: Read) -> None:
    """A byline that ends in the publication's name has only people as authors."""
    read = draft("date 2026-02-01 Boats\n\nAna Silva and Li Wei, Harbor Morning\n\nHarbor Morning\n\nRain fell.\n")
    assert (read.authors, read.text) == (("Ana Silva", "Li Wei"), "Rain fell.")


def test_a_headline_of_emoji_is_one(draft: Read) -> None:
    """A headline need not have letters."""
    assert draft("date 2026-02-01 🎉🎉\n\nHM\n\nRain.").title == "🎉🎉"
