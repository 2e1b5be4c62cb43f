"""A small newsroom for articles to be read in: two publications, a clock, and the three doors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from wireroom.model.article import Draft
from wireroom.model.errors import ArticleError
from wireroom.model.publication import Publication
from wireroom.sources import Hints, read

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MORNING = Publication(
    key="harbor-morning",
    name="Harbor Morning",
    url="https://harbormorning.example",
    timezone="Asia/Tokyo",
    aliases=("HM", "港の朝"),
)
EVENING = Publication(
    key="harbor-evening", name="Harbor Evening", url="https://www.harborevening.example", timezone="Europe/Paris"
)
PUBLICATIONS = (MORNING, EVENING)

Read = Callable[..., Draft]
Refuse = Callable[..., str]


def draft_of(article: str | bytes, name: str = "story.txt", **hints: object) -> Draft:
    """The draft of an article given as text (written as UTF-8) or bytes, with hints by name."""
    raw = article.encode() if isinstance(article, str) else article
    return read(raw, name=name, publications=PUBLICATIONS, now=NOW, hints=Hints(**hints))  # type: ignore[arg-type]


def refusal_of(article: str | bytes, name: str = "story.txt", **hints: object) -> str:
    """The one line with which an article is refused."""
    with pytest.raises(ArticleError) as caught:
        draft_of(article, name, **hints)
    said = str(caught.value)
    assert "\n" not in said
    return said


@pytest.fixture(scope="session")
def publications() -> tuple[Publication, ...]:
    """The newsroom's publications."""
    return PUBLICATIONS


@pytest.fixture(scope="session")
def now() -> datetime:
    """The time articles without a date are published at."""
    return NOW


@pytest.fixture(scope="session")
def draft() -> Read:
    """Reads an article: `draft(text, name="story.txt", **hints)`."""
    return draft_of


@pytest.fixture(scope="session")
def refusal() -> Refuse:
    """Reads an article that must be refused, and gives the line it is refused with."""
    return refusal_of
