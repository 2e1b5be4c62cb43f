"""What the feed channel writes, held against validators at their strictest, warnings counted."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tests.feeds.newsrooms import NOW, newsroom
from tests.feeds.validate import faults

from wireroom.channels.feed import FeedChannel
from wireroom.compose.feeds.formats import FORMATS
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination
from wireroom.model.post import Post

if TYPE_CHECKING:
    from pathlib import Path

    from wireroom.model.article import Article

ROOMS, AT_ONCE = 200, 10
LEFT_OUT = (
    "rss: NeedDescriptionBeforeContent: item",  # an article without summary has no description
    "rss: ContainsHTML: channel/description",  # & and < there are escaped twice, and not as &#x26;
    "atom: ContainsUndeclaredHTML: entry/",  # title and summary of type text that look like HTML
    "atom: ImplausibleDate: feed/updated: '1970",  # a feed without entries
    "atom: DuplicateUpdated: entry",  # two articles of one second
)
"""What our documents draw for now; everything else must not be there."""


def post(article: Article) -> Post:
    """The feed's post of an article."""
    key = f"{article.uid}/{article.revision}"
    return Post(
        key=key, uid=article.uid, revision=article.revision, destination="all", channel="feed", title=article.title,
        text=article.title, link=article.url, article=article,
    )  # fmt: skip


def told(number: int, folder: Path) -> list[str]:
    """What validators say of the feeds of a newsroom."""
    room = newsroom(number)
    posts = [post(article) for article in reversed(room.articles)]
    surroundings = Surroundings(
        feeds=folder,
        public_url="https://feeds.example",
        now=lambda: NOW,
        recent=lambda count: posts[:count],
        publications=room.publications,
    )
    FeedChannel(Destination(name="all", channel="feed", options=room.options), surroundings).refresh()
    found = []
    for kind in FORMATS.values():
        address = f"https://feeds.example/feeds/all/{quote(kind.file)}"
        document = (folder / "all" / kind.file).read_bytes()
        found += [f"{kind.name}: {each}" for each in faults(document, kind.name, now=NOW, address=address)]
    return [f"newsroom {number}, {each}" for each in found if not each.startswith(LEFT_OUT)]


@pytest.mark.parametrize("first", range(0, ROOMS, AT_ONCE))
def test_default_feeds_of_made_up_newsrooms_have_no_faults(first: int, tmp_path: Path) -> None:
    """Every default feed of 200 made-up newsrooms draws neither an error nor a warning."""
    found = [each for number in range(first, first + AT_ONCE) for each in told(number, tmp_path / str(number))]
    assert found == []


def test_newsrooms_are_many_sided() -> None:
    """The newsrooms have between none and eighty articles, all that editors do, and are the same each time."""
    rooms = [newsroom(number) for number in range(ROOMS)]
    articles = [article for room in rooms for article in room.articles]
    assert {len(room.articles) for room in rooms} >= {0, 1, 80}
    assert {len(room.publications) for room in rooms} == {1, 2, 3}
    assert {article.language for article in articles} >= {"en", "ja", "ko", "ar", "he"}
    assert {article.revision for article in articles} == {1, 2}
    assert {len(article.authors) for article in articles} == {0, 1, 2}
    assert {bool(article.picture and article.picture.length) for article in articles} == {True, False}
    assert newsroom(7) == newsroom(7)
