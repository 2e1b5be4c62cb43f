"""A newsroom under attack: hostile articles by the hundred, in one feed with good ones, through the real channel."""

from __future__ import annotations

import json
import os
import random
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import feedparser
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.feeds.conftest import PAPER, START
from tests.feeds.test_feed_hostile import hostile

from wireroom.channels.feed import FeedChannel
from wireroom.compose.feeds.formats import FORMATS, of_file
from wireroom.model.article import Picture
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination
from wireroom.sources.html import sanitise

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.model.article import Article
    from wireroom.model.post import Post

RUNS = int(os.environ.get("HOSTILE_RUNS", "12"))
"""Feeds of ten hostile articles each; a thousand of them are the ten thousand of docs/feeds.md."""
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None

TAGS = ["<b>", "</i>", "<p", "<div><div><div>", "<table><tr>", "<!--", "<![CDATA[", "<img src=x onerror=a>"]
TAGS += ["<script>x</script>", "<svg><style>", "&lt;", "&#0;"]
markup = st.lists(st.one_of(hostile, st.sampled_from(TAGS)), max_size=9).map("".join)
articles = st.lists(
    st.fixed_dictionaries(
        {"title": hostile, "html": markup, "summary": hostile, "word": hostile, "long": st.integers(0, 60)}
    ),
    min_size=10,
    max_size=10,
)


@settings(
    max_examples=RUNS,
    deadline=None,
    phases=[Phase.generate, Phase.explicit],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(wild=articles)
def test_ten_hostile_articles_cost_no_good_one_anything(
    wild: list[dict[str, str | int]], article: Callable[..., Article], post: Callable[[Article], Post]
) -> None:
    """Every document of every format is well-formed, no reader stumbles, and each good item is there word for word."""
    good = [article(n) for n in range(100, 110)]
    odd = [_hostile(article, number, told) for number, told in enumerate(wild)]
    posts = [post(each) for pair in zip(good, odd, strict=True) for each in pair]
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        _channel(Path(folder), posts).refresh()
        documents = {path.name: path.read_bytes() for path in (Path(folder) / "quay").glob("[!.]*")}
    for name, document in documents.items():
        kind = of_file(name)
        assert kind is not None
        kind.require(document)
    for name in ("rss.xml", "atom.xml"):
        parsed = feedparser.parse(documents[name])
        assert not parsed.bozo
        found = {entry.get("id"): entry for entry in parsed.entries}
        for each in good:
            entry = found[each.uid]
            assert (entry.title, entry.link, entry.content[0].value) == (each.title, each.url, each.html)
            assert [author.name for author in entry.authors] == list(each.authors)
    items = {item["id"]: item for item in json.loads(documents["feed.json"])["items"]}
    assert all(items[each.uid]["content_html"] == each.html for each in good)


def _hostile(article: Callable[..., Article], number: int, told: dict[str, str | int]) -> Article:
    """A hostile article: as it is, or sanitised as sources do; now and then with a megabyte of title."""
    title, html, word = str(told["title"]), str(told["html"]), str(told["word"])
    dice = random.Random(number + len(html))
    if told["long"] == 60:
        title = (title or "x") * (1_000_000 // max(len(title), 1))
    if dice.random() < 0.5:
        html = sanitise(html, "https://harbourpost.example/")
    return article(
        number, title=title, html=html, text=word, summary=str(told["summary"]), uid=f"urn:wild:{number}:{word}",
        url=word, authors=(word, title[:50]), tags=(word,), section=word, language=word,
        picture=Picture(url=word, media_type=word, length=len(word), alt=word, credit=word, caption=title[:99]),
    )  # fmt: skip


def _channel(folder: Path, posts: list[Post]) -> FeedChannel:
    surroundings = Surroundings(
        feeds=folder,
        public_url="https://feeds.example",
        now=lambda: START + timedelta(days=20),
        recent=lambda count: posts[:count],
        publications=(PAPER,),
    )
    return FeedChannel(Destination(name="quay", channel="feed", options={"formats": list(FORMATS)}), surroundings)
