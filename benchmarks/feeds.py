"""Feed writing against feedgen, in the same run: 50 items of 4 KB with pictures, authors and tags."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feedgen.feed import FeedGenerator

from benchmarks.newsroom import folder
from wireroom.channels.feed import FeedChannel
from wireroom.compose.feeds.formats import FEEDS
from wireroom.compose.feeds.head import FeedHead
from wireroom.model.article import Article, Picture
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination
from wireroom.model.post import Post
from wireroom.model.publication import Publication

_START = datetime(2026, 1, 1, tzinfo=UTC)
_PARAGRAPH = "<p>The crew lifted the <em>last</em> beam & went home — 夜明けに人々は港へ集まった — before noon.</p>\n"
_OUTLET = Publication(key="bench", name="Bench", url="https://example.org")
_HEAD = FeedHead(
    id="urn:x",
    title="Bench",
    description="News",
    home_url="https://example.org",
    feed_urls={name: f"https://example.org/{kind.file}" for name, kind in FEEDS.items()},
)
ITEMS = 50


def article(number: int) -> Article:
    """The n-th article."""
    html, at = _PARAGRAPH * 38, _START + timedelta(hours=number)
    return Article(
        uid=f"tag:example.org,2026:{number}",
        revision=1,
        publication="bench",
        title=f"Story {number} & more",
        url=f"https://example.org/{number}/",
        published_at=at,
        updated_at=at,
        html=html,
        text=html,
        authors=("A Writer", "B Writer"),
        summary="A summary & so on",
        tags=("japan", "harbor"),
        picture=Picture(url=f"https://example.org/{number}.png", media_type="image/png", length=12345, alt="A pier"),
    )


def run() -> Iterator[str]:
    """Lines with milliseconds (median) for documents in memory and for a publish on disk."""
    articles = [article(number) for number in range(ITEMS)][::-1]
    theirs = {
        "rss": _median(lambda: _feedgen(articles).rss_str(), 9),
        "atom": _median(lambda: _feedgen(articles).atom_str(), 9),
    }
    for name, kind in FEEDS.items():
        cached = [kind.fragment(each) for each in articles]
        warm = _median(lambda k=kind, c=cached: k.document(_HEAD, c), 30)  # type: ignore[misc]
        cold = _median(lambda k=kind: k.document(_HEAD, [k.item(each) for each in articles]), 15)  # type: ignore[misc]
        against = f"   feedgen {theirs[name]:6.2f} ms, ratio {theirs[name] / warm:5.1f}" if name in theirs else ""
        yield f"{name:<5} {ITEMS} items from cached fragments {warm:6.3f} ms, all anew {cold:6.2f} ms{against}"
    yield from _on_disk(articles)


def _on_disk(articles: list[Article]) -> Iterator[str]:
    with folder() as root:
        standing = [_post(each) for each in articles]
        channel = FeedChannel(
            Destination(name="feed", channel="feed", options={"formats": tuple(FEEDS)}),
            Surroundings(
                feeds=root,
                public_url="https://feeds.example.org",
                now=lambda: _START,
                recent=lambda number: standing[:number],
                publications=(_OUTLET,),
            ),
        )
        channel.refresh()

        def publish() -> None:
            standing.insert(0, _post(article(len(standing) + 1)))
            channel.send(standing[0])

        ours = _median(publish, 30)
        theirs = _median(lambda: _feedgen_files(articles, root), 9)
        yield f"one article into three documents on disk, checked and fsynced: {ours:6.2f} ms"
        yield f"feedgen writes its two, neither checked nor fsynced:           {theirs:6.2f} ms"


def _post(told: Article) -> Post:
    return Post(
        key=told.uid,
        uid=told.uid,
        revision=1,
        destination="feed",
        channel="feed",
        title=told.title,
        text=told.title,
        link=told.url,
        article=replace(told),
    )


def _feedgen(articles: list[Article]) -> FeedGenerator:
    feed = FeedGenerator()
    feed.load_extension("dc")
    feed.title("Bench")
    feed.link(href="https://example.org")
    feed.description("News")
    feed.id("urn:x")
    for each in articles:
        entry = feed.add_entry(order="append")
        entry.guid(each.uid, permalink=False)
        entry.id(each.uid)
        entry.title(each.title)
        entry.link(href=each.url)
        entry.description(each.summary)
        entry.content(each.html, type="html")
        entry.published(each.published_at)
        entry.updated(each.updated_at)
        entry.dc.dc_creator(list(each.authors))
        entry.author([{"name": name} for name in each.authors])
        entry.category([{"term": tag} for tag in each.tags])
        entry.enclosure(each.picture.url if each.picture else "", "12345", "image/png")
    return feed


def _feedgen_files(articles: list[Article], root: Path) -> None:
    feed = _feedgen(articles)
    feed.rss_file(str(root / "theirs.xml"))
    feed.atom_file(str(root / "theirs.atom"))


def _median(work: Callable[[], object], rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)
