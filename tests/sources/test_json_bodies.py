"""A body may be called what other programs call it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from wireroom.model.publication import Publication
from wireroom.sources import read_json

OUTLETS = (Publication(key="harbor", name="Harbor Post", url="https://harbor.example.org"),)
NOW = datetime(2026, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "value", "html"),
    [
        ("body", "<p>It <em>left</em>.</p>", "<p>It <em>left</em>.</p>"),
        ("body", "It left, 3 < 4.", "<p>It left, 3 &lt; 4.</p>"),
        ("html", "<p>It left.</p>", "<p>It left.</p>"),
        ("text", "It left.\n\nIt came.", "<p>It left.</p>\n<p>It came.</p>"),
        ("markdown", "It *left*.", "<p>It <em>left</em>.</p>"),
    ],
)
def test_a_body_by_its_usual_names(key: str, value: str, html: str) -> None:
    """`html`, `markdown`, `text` and `body` are read; a plain `body` is HTML when it holds tags."""
    data = {"title": "A ferry", "publication": "harbor", "published_at": "2026-01-10T09:00:00Z", key: value}
    draft = read_json(data, name="request", publications=OUTLETS, now=NOW)
    assert draft.html.replace("\n", "") == html.replace("\n", "")
