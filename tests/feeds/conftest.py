"""Makers of articles, posts and feed channels, and a real server on 127.0.0.1."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from wireroom.channels.feed import FeedChannel
from wireroom.compose.feeds.formats import FORMATS
from wireroom.compose.feeds.head import FeedHead
from wireroom.model.article import Article, Picture
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination
from wireroom.model.post import Post
from wireroom.model.publication import Publication

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PAPER = Publication(
    key="harbour-post",
    name="The Harbour Post",
    url="https://harbourpost.example",
    language="en",
    description="News from the quays",
)


class ArticleMaker(Protocol):
    """Makes the article number `n`, with fields changed at will."""

    def __call__(self, n: int = 1, **changes: object) -> Article: ...


class ChannelMaker(Protocol):
    """Makes a feed channel whose feed holds `posts`."""

    def __call__(self, posts: list[Post], **options: object) -> FeedChannel: ...


def _article(n: int = 1, **changes: object) -> Article:
    made = Article(
        uid=f"tag:harbourpost.example,2026-03-01:{n}",
        revision=1,
        publication="harbour-post",
        title=f"Ferry {n} & crew's <new> berth — 第{n}便",
        url=f"https://harbourpost.example/2026/03/ferry-{n}/?a=1&b=2",
        published_at=START + timedelta(hours=n),
        updated_at=START + timedelta(hours=n, minutes=5),
        html=f"<h2>Berth {n}</h2>\n<p>Tide &amp; wind, <em>fair</em>. 港は静か。</p>",
        text=f"Berth {n}\n\nTide & wind, fair. 港は静か。",
        authors=("Mio Arai", "Tom & Ann Reed", "佐藤 花"),
        summary=f"Ferry {n} is < 40 m & afloat.",
        tags=("harbour", "food & drink", "佐渡"),
        picture=Picture(
            url=f"https://harbourpost.example/media/{n}.png?w=1&h=2",
            media_type="image/png",
            length=48_213 + n,
            width=1200,
            height=675,
            alt='A "red" ferry at <dawn>',
            credit="Mio Arai",
            caption="The ferry",
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def _post(article: Article) -> Post:
    return Post(
        key=f"{article.uid}/{article.revision}",
        uid=article.uid,
        revision=article.revision,
        destination="quay",
        channel="feed",
        title=article.title,
        text=article.title,
        link=article.url,
        article=article,
    )


@pytest.fixture(scope="session")
def article() -> ArticleMaker:
    """Makes articles."""
    return _article


@pytest.fixture(scope="session")
def post() -> Callable[[Article], Post]:
    """Makes the feed post of an article."""
    return _post


@pytest.fixture(scope="session")
def head() -> FeedHead:
    """A head with everything in it."""
    return FeedHead(
        id="urn:uuid:5a1f4e8e-2f3f-5b7a-9d52-0b7f3c1d2e4f",
        title="The Harbour Post & Sons",
        description="News from the quays & piers",
        home_url="https://harbourpost.example",
        feed_urls={kind.name: f"https://feeds.example/feeds/quay/{kind.file}" for kind in FORMATS.values()},
        language="en",
        updated=START + timedelta(days=1),
        hubs=("https://hub.example/?a=1&b=2",),
        author="The Harbour Post",
        rights="© The Harbour Post",
        icon="https://harbourpost.example/icon.png",
    )


@pytest.fixture
def channel(tmp_path: Path) -> ChannelMaker:
    """Makes the channel of the feed "quay", written below `tmp_path / "feeds"`."""

    def make(posts: list[Post], **options: object) -> FeedChannel:
        surroundings = Surroundings(
            feeds=tmp_path / "feeds",
            public_url="https://feeds.example",
            now=lambda: START + timedelta(days=20),
            recent=lambda count: posts[:count],
            publications=(PAPER,),
        )
        return FeedChannel(Destination(name="quay", channel="feed", options=options), surroundings)

    return make


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., AbstractContextManager[httpx.Client]]:
    """Serves `tmp_path`'s `feeds` and `media` by a real uvicorn, to the client it gives."""

    @contextmanager
    def serving(**arguments: Any) -> Iterator[httpx.Client]:
        from wireroom.web.feeds import feed_routes  # here, so that only tests of the web load its other rooms

        routes = feed_routes(tmp_path / "feeds", tmp_path / "media", **arguments)
        with _serving(Starlette(routes=routes)) as address, httpx.Client(base_url=address, trust_env=False) as http:
            yield http

    return serving


@pytest.fixture
def client(serve: Callable[..., AbstractContextManager[httpx.Client]]) -> Iterator[httpx.Client]:
    """A client of that server, on the machine's own clock."""
    with serve() as http:
        yield http


@contextmanager
def _serving(app: Starlette) -> Iterator[str]:
    """Serve `app` on a free port; the socket listens before the server runs, so nobody has to wait for it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
