"""JSON: the API's shape."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from wireroom.model.article import Draft
from wireroom.model.errors import ArticleError
from wireroom.sources import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from tests.sources.conftest import Read, Refuse

    from wireroom.model.publication import Publication

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR42mNkYPjPAAZwBgAVCgID6JpfzAAAAABJRU5ErkJggg=="
)
LEAST: Mapping[str, object] = {"title": "Boats", "publication": "harbor-morning", "body_text": "Rain."}


@pytest.fixture
def api(publications: tuple[Publication, ...], now: datetime) -> Read:
    """Reads an object as the API does."""

    def read(data: Mapping[str, object], **more: object) -> Draft:
        return read_json(data, name="request", publications=publications, now=now, **more)  # type: ignore[arg-type]

    return read


def test_a_whole_article(api: Read) -> None:
    """Every key ends up where it belongs."""
    read = api(
        {
            "title": "It&#8217;s raining &amp; pouring",
            "body_html": "<p>Rain &amp; fog.</p><p>More <b>rain</b>.</p>",
            "published_at": "2026-02-01T06:30:00+09:00",
            "authors": ["Ana Silva", "Li Wei"],
            "publication": "Harbor Morning",
            "url": "https://harbormorning.example/rain/",
            "tags": ["weather"],
            "section": "news",
            "summary": "Rain.",
            "language": "en",
            "picture": {
                "url": "https://cdn.example/rain.jpg",
                "alt": "Rain",
                "credit": "AS",
                "width": 1200,
                "height": 630,
            },
            "breaking": True,
            "id": 42,
        }
    )
    assert (read.title, read.text) == ("It’s raining & pouring", "Rain & fog.\n\nMore rain.")
    assert (read.authors, read.tags, read.section) == (("Ana Silva", "Li Wei"), ("weather",), "news")
    assert (read.summary, read.breaking, read.external_id, read.source) == ("Rain.", True, "42", "-")
    assert read.picture is not None
    assert (read.picture.media_type, read.picture.width, read.picture.credit) == ("image/jpeg", 1200, "AS")


@pytest.mark.parametrize(
    "body",
    [
        {"body_html": "<p>One.</p><p>Two.</p>"},
        {"body_markdown": "One.\n\nTwo."},
        {"body_text": "One.\n\nTwo."},
        {"paragraphs": ["One.", "Two."]},
        {"body_html": "<p>One.</p><p>Two.</p>", "body_text": "something else"},
    ],
)
def test_bodies(api: Read, body: dict[str, object]) -> None:
    """A body may be HTML, Markdown, plain text or paragraphs; the richest counts."""
    read = api({"title": "Boats", "publication": "harbor-morning", **body})
    assert read.text == "One.\n\nTwo."
    assert read.html.replace("\n", "") == "<p>One.</p><p>Two.</p>"


def test_what_publish_prints_can_be_published(api: Read) -> None:
    """The article that `publish --json` prints is understood, inside its wrapping or out of it."""
    printed = {
        "uid": "tag:x,2026:a",
        "revision": 1,
        "title": "Boats",
        "authors": ["Ana Silva"],
        "publication": "harbor-morning",
        "url": "https://harbormorning.example/boats/",
        "published_at": "2026-02-01T00:00:00+09:00",
        "tags": [],
        "paragraphs": ["One.", "Two."],
    }
    assert api(printed) == api({"article": printed, "new": True, "deliveries": []})


@pytest.mark.parametrize(
    "html",
    [
        '<p>Rain.</p><p><a href="https://harbormorning.example">Harbor Morning</a></p><p>PLEASE JOIN ON X</p>',
        "<div><p>Rain.<br>https://harbormorning.example Harbor Morning<br>PLEASE JOIN ON X</p></div>",
    ],
)
def test_the_footer_in_html(api: Read, html: str) -> None:
    """The outlet's footer in HTML is cut off, wherever in an element it begins."""
    read = api({"title": "Boats", "body_html": html})
    assert (read.publication, read.text) == ("harbor-morning", "Rain.")
    assert "harbor" not in read.html.lower()
    assert read.footer.links[0].url == "https://harbormorning.example"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": None}, "request: found no headline"),
        ({"title": ["a"]}, "request: title: found a list; expected text"),
        ({"body_text": ""}, "request: body_html: found no body; expected one of body_html"),
        ({"body_text": 5}, "request: body_text: found a number; expected text"),
        ({"paragraphs": 3, "body_text": None}, "request: paragraphs: found a number; expected a list of texts"),
        ({"published_at": "yesterday"}, 'request: published_at: found "yesterday"'),
        ({"published_at": 1767225600}, "request: published_at: found a number; expected YYYY-MM-DD"),
        ({"tags": [None]}, "request: tags: found nothing in the list"),
        ({"publised_at": "2026-02-01"}, "request: publised_at: found a key nobody knows; expected `published_at`"),
        ({"url": "javascript:alert(1)"}, "request: url: found"),
        ({"picture": {"path": "/etc/hostname"}}, "request: picture.path: found the path of a file; expected `url`"),
        ({"picture": {"url": "file:///etc/hostname"}}, "request: picture.url: found"),
        ({"picture": {"data": "AAAA"}}, "request: picture.data: found a picture as data"),
        ({"picture": {"url": "https://a.example/a.png", "width": "wide"}}, 'request: picture.width: found "wide"'),
        ({"picture": 7}, "request: picture: found a number; expected text"),
        ({"publication": "Harbour"}, 'request: found the unknown publication "Harbour"'),
        ({"body_text": "a" * 2_100_000}, "found 2,100,000 bytes"),
        ({"body_text": None, "body_html": "<div>" * 600}, "found elements nested 600 deep"),
    ],
)
def test_mistakes_are_named(api: Read, change: dict[str, object], said: str) -> None:
    """A wrong value is named with its key."""
    with pytest.raises(ArticleError) as caught:
        api({**LEAST, **change})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_json(draft: Read, refusal: Refuse) -> None:
    """A file of JSON is read by its suffix or its first character; a mistake is named with its line."""
    assert draft(json.dumps(LEAST), "a.json").title == draft(json.dumps(LEAST), "-").title == "Boats"
    assert refusal('{\n "title": \n}', "a.json").startswith("a.json:3: found no JSON")
    assert "found a list; expected one object" in refusal("[]", "a.json")
    assert "expected one object" in refusal("[" * 100_000, "a.json")


def test_picture_bytes(api: Read, tmp_path: Path) -> None:
    """A picture that comes as bytes is kept where the program says, measured by what it is."""
    media = tmp_path / "media"
    for picture in (
        {"data": base64.b64encode(PNG).decode()},
        f"data:image/gif;base64,{base64.b64encode(PNG).decode()}",
    ):
        read = api({**LEAST, "picture": picture}, media=media)
        assert read.picture is not None
        assert (read.picture.media_type, read.picture.width, read.picture.height) == ("image/png", 3, 2)
        assert read.picture.length == len(PNG)
    assert len(list(media.iterdir())) == 1


def test_surrogates_and_controls_do_not_survive(api: Read) -> None:
    """Lone surrogates and control characters, which JSON can smuggle in, are gone from every field."""
    read = api({**LEAST, "title": "Bo\ud800ats\x00", "body_text": "Ra\x07in\udfff.", "tags": ["se\x1ba"]})
    assert (read.title, read.text, read.tags) == ("Boats", "Rain.", ("sea",))
