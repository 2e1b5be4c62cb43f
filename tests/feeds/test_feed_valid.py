"""What the feed channel writes, held against validators at their strictest, warnings counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tests.feeds.newsrooms import NOW, newsroom
from tests.feeds.validate import faults

from wireroom.channels.feed import FeedChannel
from wireroom.compose.feeds.formats import FORMATS, of_file
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination
from wireroom.model.post import Post

if TYPE_CHECKING:
    from pathlib import Path

    from wireroom.model.article import Article

ROOMS, AT_ONCE = 200, 10
PARTNERS = ("sitemap", "ninjs", "msn", "smartnews")
AS = {"msn": "rss", "smartnews": "rss"}
"""The kind of document a partner's dialect is."""
OF_A_PARTNER = (
    "UnknownNamespace: xmlns:mi: http://schemas.ingestion.microsoft.com",
    "UnknownNamespace: xmlns:snf: http://www.smartnews.be/snf",
)
"""What a partner asks for and the validator of all feeds has not heard of."""


def post(article: Article) -> Post:
    """The feed's post of an article."""
    key = f"{article.uid}/{article.revision}"
    return Post(
        key=key, uid=article.uid, revision=article.revision, destination="all", channel="feed", title=article.title,
        text=article.title, link=article.url, article=article,
    )  # fmt: skip


def written(number: int, folder: Path, **options: object) -> dict[str, list[str]]:
    """What validators say of each document of a newsroom's feed, by its path."""
    room = newsroom(number)
    posts = [post(article) for article in reversed(room.articles)]
    outlets = [replace(each, rights=f"© {each.name}", license="https://terms.example/") for each in room.publications]
    own = [Destination(name=each.key, channel="feed", publications=(each.key,)) for each in outlets]
    whole = Destination(name="all", channel="feed", options={**room.options, **options})
    surroundings = Surroundings(
        feeds=folder,
        public_url="https://feeds.example",
        now=lambda: NOW,
        recent=lambda count: posts[:count],
        publications=outlets,
        sisters=(whole, *own),
    )
    channel = FeedChannel(whole, surroundings)
    for each in [*posts[:1], *posts[-1:]]:
        channel.send(each)
    while channel.refresh():
        pass
    return {
        str(path.relative_to(folder)): said(path.read_bytes(), str(path.relative_to(folder)))
        for path in sorted((folder / "all").rglob("[!.]*"))
        if path.is_file()
    }


def said(document: bytes, path: str) -> list[str]:
    """What validators say of a document that is served at its place."""
    kind = of_file(path.rpartition("/")[2])
    assert kind is not None, path
    address = f"https://feeds.example/feeds/{quote(path)}"
    found = faults(document, AS.get(kind.name, kind.name), now=NOW, address=address)
    return [each for each in found if not (kind.name in AS and each.startswith(OF_A_PARTNER))]


@pytest.mark.parametrize("first", range(0, ROOMS, AT_ONCE))
def test_default_feeds_of_made_up_newsrooms_have_no_faults(first: int, tmp_path: Path) -> None:
    """Every default feed of 200 made-up newsrooms, archives and all, draws neither an error nor a warning."""
    for number in range(first, first + AT_ONCE):
        found = written(number, tmp_path / str(number))
        assert {path: told for path, told in found.items() if told} == {}, f"newsroom {number}"
        assert {"all/rss.xml", "all/atom.xml", "all/feed.json"} <= set(found)


@pytest.mark.parametrize("number", range(0, ROOMS, 25))
def test_what_partners_take_has_no_faults(number: int, tmp_path: Path) -> None:
    """Sitemap, ninjs, the dialects of MSN and SmartNews, and feeds by section, tag and author are as good."""
    found = written(
        number, tmp_path, formats=["rss", "atom", "json", *PARTNERS], by=["section", "tag", "author"], items=5
    )
    assert {path: told for path, told in found.items() if told} == {}
    assert {f"all/{FORMATS[name].file}" for name in PARTNERS} <= set(found)


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
