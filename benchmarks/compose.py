"""Weighing and rendering: posts per second on one core."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from wireroom import assets
from wireroom.channels import catalogue
from wireroom.compose.render import Templates, render
from wireroom.compose.text import weigh
from wireroom.model.article import Article
from wireroom.model.destination import Destination
from wireroom.model.publication import Publication

_OUTLET = Publication(key="bench", name="Bench", url="https://bench.example.org")
_NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)
_LATIN = Article(
    uid="tag:bench.example.org,2026-01-10:a",
    revision=1,
    publication="bench",
    title="The last ferry of the evening leaves the harbor at Onomichi on time",
    url="https://bench.example.org/2026/01/the-last-ferry/",
    published_at=_NOW,
    updated_at=_NOW,
    html="<p>It left.</p>",
    text="It left.",
    summary="Two hundred people stood on the quay when it left, said the harbor master, who counts them.",
    tags=("ferries", "harbors", "japan"),
)
_LONG = replace(_LATIN, title=" ".join([_LATIN.title] * 6))
_JAPANESE = replace(
    _LATIN, title="尾道を出る最終の渡し船、今夜も時刻どおりに港を離れる", summary="岸壁には二百人が立っていた。"
)


def run(seconds: float = 1.5) -> Iterator[str]:
    """Lines with posts per second, for a usual, a far too long and a Japanese article."""
    templates = Templates([assets.templates()])
    for name, article in (("usual", _LATIN), ("too long", _LONG), ("Japanese", _JAPANESE)):
        for kind in (catalogue.X, catalogue.FACEBOOK):
            place = Destination(name="bench", channel=kind.name)
            work = partial(render, article, place, _OUTLET, kind, key="k", templates=templates)
            yield f"render {kind.name:<9} {name:<9} {_rate(work, seconds):8.0f} posts/s"
    text = f"{_LATIN.title}\n\n{_LATIN.url}"
    yield f"weigh  x         usual     {_rate(lambda: weigh(text, 'x'), seconds):8.0f} texts/s"


def _rate(work: Callable[[], object], seconds: float) -> float:
    work()
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        work()
        count += 1
    return count / spent
