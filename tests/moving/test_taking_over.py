"""Taking over on both databases, and reading whatever bytes are said to be a feed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.moving.conftest import RSS

from wireroom import assets
from wireroom.channels import catalogue
from wireroom.compose.render import Templates
from wireroom.dispatch.intake import House
from wireroom.dispatch.takeover import AT_ONCE, TakeOver
from wireroom.model.article import Draft
from wireroom.model.destination import Destination
from wireroom.model.errors import ArticleError
from wireroom.model.publication import Publication
from wireroom.sources.feed import LONGEST_ID, FeedEntry, entries_of, read_document
from wireroom.store import LogFilter, Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
OUTLET = Publication(key="harbor", name="Harbor Post", url="https://harbor.example", timezone="Asia/Tokyo")
DRAFT = Draft(
    publication="harbor",
    title="The ferry returns",
    published_at=NOW - timedelta(days=3),
    html="<p>It returns.</p>",
    text="It returns.",
    url="https://harbor.example/ferry",
    external_id="17",
)
ENTRY = FeedEntry(uid="17", draft=DRAFT, updated=NOW - timedelta(days=2))


@pytest.fixture
def takeover(database_url: str, tmp_path: Path) -> Iterator[TakeOver]:
    """The way in of a newsroom with a feed and a Page."""
    with Store(database_url, clock=lambda: NOW) as store:
        store.migrate()
        house = House(
            publications={"harbor": OUTLET},
            destinations=(Destination(name="feed", channel="feed"), Destination(name="page", channel="facebook")),
            kinds=catalogue.kinds(),
            templates=Templates([tmp_path / "templates", assets.templates()]),
            media=tmp_path / "media",
            public_url="https://feeds.example",
        )
        yield TakeOver(store, house)


def numbered(number: int) -> FeedEntry:
    """An entry like no other."""
    draft = replace(DRAFT, title=f"Ferry {number}", url=f"https://harbor.example/{number}", external_id=f"id {number}")
    return FeedEntry(uid=f"id {number}", draft=draft, updated=DRAFT.published_at)


def test_a_correction_keeps_id_and_date(takeover: TakeOver) -> None:
    """What is taken over has its feed's dates; a later revision moves its change alone, and stays off a Page."""
    (first,) = takeover.take_over([ENTRY], "the old feed")
    assert first.article is not None
    assert (first.article.published_at, first.article.updated_at) == (DRAFT.published_at, ENTRY.updated)
    later = takeover.take(replace(DRAFT, html="<p>It stays.</p>", text="It stays."))
    assert (later.article.uid, later.article.revision) == ("17", 2)
    assert (later.article.published_at, later.article.updated_at) == (DRAFT.published_at, NOW)
    assert {each.destination for each in later.fresh} == {"feed"}


def test_the_longest_ids_and_more_than_a_batch(takeover: TakeOver) -> None:
    """Every database takes ids as long as may be, and more entries than one transaction has, each once."""
    longest = "港" * (LONGEST_ID // 3)
    entries = [
        FeedEntry(uid=longest, draft=replace(DRAFT, external_id=longest), updated=NOW),
        *(numbered(number) for number in range(AT_ONCE + 1)),
    ]
    assert {each.result for each in takeover.take_over(entries, "the old feed")} == {"taken"}
    assert {each.result for each in takeover.take_over(entries, "the old feed")} == {"known"}
    assert len(takeover._store.log(LogFilter(limit=1000))) == AT_ONCE + 2


def test_what_was_published_here_before_keeps_its_id(takeover: TakeOver) -> None:
    """An article Wireroom published itself is known by its address, and is neither changed nor queued by the import."""
    here = takeover.take(DRAFT)
    (taken,) = takeover.take_over([ENTRY], "the old feed")
    assert (taken.result, taken.reason) == ("known", f"under the id {here.article.uid}")
    assert taken.article == here.article
    assert taken.deliveries == ()


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=200).map(lambda text: RSS.replace("Words of it.", text).encode("utf-8", "replace")),
    )
)
def test_any_bytes_are_a_feed_or_one_line(raw: bytes) -> None:
    """Whatever the bytes, they are read, or refused in one line; and so is each entry in them."""
    try:
        document = read_document(raw, "old feed")
    except ArticleError as error:
        refused = str(error)
    else:
        refused = ""
    assert "\n" not in refused
    if refused:
        return
    entries, bad = entries_of(document, OUTLET, "old feed", NOW)
    assert len(entries) + len(bad) == len(document.items)
    assert all("\n" not in str(error) for error in bad)
