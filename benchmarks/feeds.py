"""Feed writing against feedgen, in the same run: items of 4 KB with pictures, authors and tags."""

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
from wireroom.model.post import Action, Post
from wireroom.model.publication import Publication
from wireroom.model.stock import Stock
from wireroom.store import NewDelivery, Store

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
ITEMS, LARGE = 50, 5000


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


def run(archive: int = 100_000) -> Iterator[str]:
    """Lines with milliseconds (median): documents in memory beside feedgen's, publishes on disk, a growing archive."""
    yield from _in_memory(ITEMS, 15)
    yield from _in_memory(LARGE, 3)
    yield from _one_more()
    yield from _on_disk()
    yield from _flat(archive)


def _in_memory(items: int, rounds: int) -> Iterator[str]:
    articles = [article(number) for number in range(items)][::-1]
    theirs = {
        "rss": _median(lambda: _feedgen(articles).rss_str(), rounds),
        "atom": _median(lambda: _feedgen(articles).atom_str(), rounds),
    }
    for name, kind in FEEDS.items():
        cached = [kind.fragment(each) for each in articles]
        warm = _median(lambda k=kind, c=cached: k.document(_HEAD, c), 2 * rounds)  # type: ignore[misc]
        cold = _median(lambda k=kind: k.document(_HEAD, [k.fragment(each) for each in articles]), rounds)  # type: ignore[misc]
        against = f"   feedgen {theirs[name]:7.2f} ms, ratio {theirs[name] / warm:6.1f}" if name in theirs else ""
        yield f"{name:<5} {items} items from fragments {warm:7.3f} ms, all anew and checked {cold:7.2f} ms{against}"


def _one_more() -> Iterator[str]:
    """What a publish costs beside the disk: an article made into three fragments, each checked, and three documents."""
    articles = [article(number) for number in range(ITEMS)][::-1]
    kept = {name: [kind.fragment(each) for each in articles] for name, kind in FEEDS.items()}
    fresh = iter(range(ITEMS, 10_000))

    def publish() -> None:
        told = article(next(fresh))
        for name, kind in FEEDS.items():
            kept[name].insert(0, kind.fragment(told))
            del kept[name][ITEMS:]
            kind.require(kind.document(_HEAD, []))
            kind.document(_HEAD, kept[name])

    ours = _spent(publish, 200)
    articles += [article(ITEMS)]
    theirs = _median(lambda: (_feedgen(articles[1:]).rss_str(), _feedgen(articles[1:]).atom_str()), 9)
    median = statistics.median(ours)
    yield (
        f"one article into a feed of {ITEMS} in all three formats, checked, in memory: p50 {median:.3f} ms, "
        f"p99 {sorted(ours)[-2]:.3f} ms   feedgen's two, not checked, {theirs:.2f} ms, ratio {theirs / median:.1f}"
    )


def _on_disk() -> Iterator[str]:
    articles = [article(number) for number in range(ITEMS)][::-1]
    with folder() as root:
        standing = [_post(each) for each in articles]
        channel = _channel(root, lambda number: standing[:number])
        channel.refresh()

        def publish() -> None:
            standing.insert(0, _post(article(len(standing) + 1)))
            channel.send(standing[0])

        ours = _median(publish, 30)
        theirs = _median(lambda: _feedgen_files(articles, root), 9)
        yield f"one article into three documents on disk, checked and fsynced: {ours:6.2f} ms"
        yield f"feedgen writes its two, neither checked nor fsynced:           {theirs:6.2f} ms"


def _flat(archive: int) -> Iterator[str]:
    """What a publish costs with ever more articles behind it: the store's questions and all, on a disk of memory."""
    with folder(memory=True) as root, Store(f"sqlite:///{root / 'wireroom.db'}") as store:
        store.migrate()
        stock, number, first = store.stock("feed"), 0, 0.0
        channel = _channel(root, lambda _: [], stock, archives=False)
        for size in (1_000, 10_000, archive):
            _fill(store, range(number, size))
            number = size
            spent = []
            for _ in range(60):
                (post,) = _fill(store, range(number, number + 1))
                number += 1
                began = time.perf_counter()
                channel.send(post)
                spent.append((time.perf_counter() - began) * 1000)
            median = statistics.median(spent)
            first = first or median
            told = f"one article into three documents, {size:>7,} articles behind it: {median:6.2f} ms"
            yield f"{told}, {median / first:.2f} of the first"


def _fill(store: Store, numbers: range) -> list[Post]:
    """Articles that stand in the feed, put into the tables as deliveries leave them."""
    posts = [_post(replace(article(number), html=_PARAGRAPH, text=_PARAGRAPH)) for number in numbers]
    for start in range(0, len(posts), 500):
        with store.transaction() as tx:
            for post in posts[start : start + 500]:
                told = post.article
                assert told is not None
                tx.save_article(told, [])
                tx.open(
                    [
                        NewDelivery(
                            post=post,
                            action=Action.CREATE,
                            due=_START,
                            breaking=False,
                            published_at=told.published_at,
                            publication="bench",
                        )
                    ]
                )
    with store.transaction() as tx:
        tx._session.raw.execute(
            "UPDATE deliveries SET state = 'delivered', ended = created, delivered = created WHERE state = 'planned'"
        )
    return posts


def written(root: Path, articles: list[Article], **options: object) -> None:
    """The documents of these articles, in `root`/feed."""
    standing = [_post(each) for each in articles[::-1]]
    _channel(root, lambda number: standing[:number], None, **options).refresh()


def _channel(
    root: Path, recent: Callable[[int], list[Post]], stock: Stock | None = None, /, **options: object
) -> FeedChannel:
    return FeedChannel(
        Destination(name="feed", channel="feed", options={"formats": tuple(FEEDS), **options}),
        Surroundings(
            feeds=root,
            public_url="https://feeds.example.org",
            now=lambda: _START + timedelta(days=36_500),
            recent=recent,
            publications=(_OUTLET,),
            stock=stock,
        ),
    )


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
    return statistics.median(_spent(work, rounds))


def _spent(work: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of each round."""
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    return spent
