"""Markdown with front matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from tests.sources.conftest import Read, Refuse

WHOLE = """---
title: "The Ferry: Late & Loved"
date: 2026-02-01T06:30:00+09:00
authors: [Ana Silva, Li Wei]
publication: harbor-morning
url: https://harbormorning.example/2026/02/the-ferry/
tags: [sea, "bread & butter", 2026]
section: features
summary: A ferry is late every day, and nobody minds.
language: en-GB
breaking: true
id: 4711
---

The ferry leaves at *ten past*, said the
[captain](/people/captain).

## Why

- fog
- bread
"""
SHORT = "---\n{}\npublication: harbor-morning\n---\n\nText.\n"


def test_a_whole_article(draft: Read) -> None:
    """Every key of the front matter ends up where it belongs, and the body as absolute HTML and as plain text."""
    read = draft(WHOLE, "a.md")
    assert (read.title, read.authors) == ("The Ferry: Late & Loved", ("Ana Silva", "Li Wei"))
    assert read.published_at == datetime(2026, 2, 1, 6, 30, tzinfo=timezone(timedelta(hours=9)))
    assert read.url == "https://harbormorning.example/2026/02/the-ferry/"
    assert read.tags == ("sea", "bread & butter", "2026")
    assert (read.section, read.language, read.breaking, read.external_id) == ("features", "en-GB", True, "4711")
    assert read.summary == "A ferry is late every day, and nobody minds."
    assert '<a href="https://harbormorning.example/people/captain">captain</a>' in read.html
    assert read.text.split("\n\n") == ["The ferry leaves at ten past, said the captain.", "Why", "• fog\n• bread"]


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2026-02-01", datetime(2026, 2, 1, tzinfo=ZoneInfo("Asia/Tokyo"))),
        ('"2026-02-01"', datetime(2026, 2, 1, tzinfo=ZoneInfo("Asia/Tokyo"))),
        ("2026-02-01 06:30", datetime(2026, 2, 1, 6, 30, tzinfo=ZoneInfo("Asia/Tokyo"))),
        ("2026-02-01 06:30:00", datetime(2026, 2, 1, 6, 30, tzinfo=ZoneInfo("Asia/Tokyo"))),
        ("2026-02-01T06:30:00Z", datetime(2026, 2, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_dates(draft: Read, date: str, expected: datetime) -> None:
    """A day, a local time and a time with offset are all understood."""
    assert draft(SHORT.format(f"title: A\ndate: {date}"), "a.md").published_at == expected


def test_without_a_date_it_is_now(draft: Read, now: datetime) -> None:
    """An article that names no date is published now."""
    assert draft(SHORT.format("title: Boats"), "a.md").published_at == now


@pytest.mark.parametrize("author", ["author: Ana Silva and Li Wei", "authors:\n  - Ana Silva\n  - name: Li Wei"])
def test_authors(draft: Read, author: str) -> None:
    """Authors are a list or a byline."""
    assert draft(SHORT.format(f"title: Boats\n{author}"), "a.md").authors == ("Ana Silva", "Li Wei")


def test_front_matter_is_known_by_its_fence(draft: Read) -> None:
    """Markdown on standard input, which has no suffix, is known by its first line."""
    assert draft(SHORT.format("title: Boats"), "-").title == "Boats"


def test_its_footer_is_cut_off_too(draft: Read) -> None:
    """The outlet's footer below Markdown never reaches the body, and may identify the publication."""
    text = "---\ntitle: Boats\n---\nRain.\n\n[Harbor Morning](https://harbormorning.example)\n\nPLEASE JOIN ON X\n"
    read = draft(text, "a.md")
    assert (read.publication, read.text, read.html) == ("harbor-morning", "Rain.", "<p>Rain.</p>")
    assert read.footer.links[0].label == "Harbor Morning"


def test_headings_are_no_summary(draft: Read) -> None:
    """The summary is the first paragraph, not the heading above it."""
    read = draft(SHORT.format("title: Boats").replace("Text.", "## Fog\n\nThe fog came in."), "a.md")
    assert read.summary == "The fog came in."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Just words", "a.md:1: found no front matter; expected front matter: `---`"),
        ("---\ntitle: A\n\nText", "a.md:1: found front matter that never ends; expected a second line `---`"),
        ("---\ntitle: [A\n---\nText", "a.md:2: found front matter that is no YAML"),
        ("---\ntitle: A\ntags: 'x\n  y: z\n---\nText", "no YAML"),
        ("---\n- a\n- b\n---\nText", "a.md:2: found a list as front matter; expected `key: value`"),
        ("---\ntitle: A\ndate: 2026-13-40\n---\nText", 'a.md:3: date: found "2026-13-40" (month must be in 1..12)'),
        ("---\ndate:\n  2026-02-30\n---\nText", 'a.md:3: date: found "2026-02-30" (day is out of range for month)'),
        ("---\ntitle: A\ntitle: B\n---\nText", "a.md:3: title: found a second time; expected it once (line 2)"),
        ('---\n\ntitle: "A\ndate: 2026-02-01\n---\nText', "a.md:3: found front matter that is no YAML"),
        (SHORT.format("tittle: A"), "a.md:2: tittle: found a key nobody knows; expected `title`"),
        (SHORT.format("title: 1984"), "a.md:2: title: found a number; expected text (put it in quotes)"),
        (SHORT.format("title: A\ntags: {a: b}"), "a.md:3: tags: found a group of keys; expected a list of texts"),
        (SHORT.format("title: A\ntags: [[a]]"), "a.md:3: tags: found a list in the list; expected a list of texts"),
        (SHORT.format("title: A\nbreaking: often"), 'a.md:3: breaking: found "often"; expected true or false'),
        (SHORT.format("title: A\ndate: soon"), 'a.md:3: date: found "soon"'),
        (SHORT.format("title: A\ndate: 12"), "a.md:3: date: found a number; expected YYYY-MM-DD"),
        (SHORT.format("title: A\nurl: /a/b"), 'a.md:3: url: found "/a/b"; expected an address'),
        (SHORT.format("title: A\nlanguage: in English"), "a.md:3: language: found"),
        (SHORT.format("title: A\ndraft: true"), "a.md:3: draft: found true; expected an article that is finished"),
        (SHORT.format("title: A\nimage: {alt: x}"), "a.md:3: image: found neither `file` nor `url`"),
        (SHORT.format("title: A\nimage: none.png"), 'a.md:3: image.file: found no file "none.png"'),
        (SHORT.format("section: a"), "a.md:1: found no headline"),
        (SHORT.format("title: A").replace("Text.", ""), "a.md:2: found no body"),
        (
            SHORT.format("title: A").replace("harbor-morning", "nobody"),
            'a.md:3: found the unknown publication "nobody"',
        ),
    ],
)
def test_mistakes_are_named(refusal: Refuse, text: str, said: str) -> None:
    """A mistake in the front matter is named with file, line and key."""
    assert said in refusal(text, "a.md")
