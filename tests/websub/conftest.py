"""What the tests of WebSub share: a feed's folder to publish into, and what surrounds a channel there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
import uvicorn

from wireroom.app import Application
from wireroom.channels import catalogue
from wireroom.model.article import Draft
from wireroom.model.channel import Surroundings
from wireroom.model.subscription import Subscription
from wireroom.settings import parse
from wireroom.testing import Asked, HangUp, Reply, StandIn, surroundings
from wireroom.web import create_app

FEED = "mtt-feed"


class FeedFolder:
    """The documents of a feed, written as a feed's own channel would leave them."""

    def __init__(self, home: Path) -> None:
        self.surroundings: Surroundings = surroundings(home)
        self._folder = home / FEED

    def publish(self, words: str, *files: str) -> None:
        """Put these words into the documents, all three unless named."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for file in files or ("rss.xml", "atom.xml", "feed.json"):
            (self._folder / file).write_text(f"{file}: {words}", encoding="utf-8")

    def topic(self, file: str = "rss.xml") -> str:
        """The address of a document."""
        return f"{self.surroundings.public_url}/feeds/{FEED}/{file}"


@pytest.fixture
def folder(tmp_path: Path) -> FeedFolder:
    """A feed that holds something."""
    made = FeedFolder(tmp_path)
    made.publish("first")
    return made


class Reader:
    """A subscriber: says challenges back unless it is told otherwise, and keeps what it is brought."""

    def __init__(self) -> None:
        self.says: list[Reply | HangUp] = []
        self.confirms = True
        self.platform: StandIn

    def answer(self, asked: Asked) -> Reply | HangUp:
        """What a subscriber answers."""
        if asked.method == "POST":
            return self.says.pop(0) if self.says else Reply(204, b"")
        if asked.query.get("hub.mode") == "denied":
            return Reply(200, b"")
        return Reply(200, asked.query.get("hub.challenge", "") if self.confirms else "something else")

    @property
    def callback(self) -> str:
        """Its address, with a query of its own."""
        return f"{self.platform.address}/in?key=s%2Fesame"

    @property
    def verified(self) -> list[dict[str, str]]:
        """What it was asked or told by GET."""
        return [asked.query for asked in list(self.platform.asked) if asked.method == "GET"]

    @property
    def brought(self) -> list[Asked]:
        """What it was brought."""
        return [asked for asked in list(self.platform.asked) if asked.method == "POST"]


@contextmanager
def reading() -> Iterator[Reader]:
    """A subscriber on 127.0.0.1."""
    made = Reader()
    with StandIn(made.answer) as made.platform:
        yield made


@pytest.fixture
def reader() -> Iterator[Reader]:
    """A subscriber on 127.0.0.1."""
    with reading() as made:
        yield made


@dataclass
class Hub:
    """A newsroom with a hub of its own and its web up."""

    app: Application
    address: str

    def ask(self, reader: Reader | str, mode: str = "subscribe", **more: str) -> requests.Response:
        """Ask for something in a subscriber's name; `lease_seconds` and the like without their `hub.`."""
        callback = reader if isinstance(reader, str) else reader.callback
        usual = {"mode": mode, "topic": self.topic(), "callback": callback}
        form = {f"hub.{name}": value for name, value in {**usual, **more}.items()}
        return requests.post(f"{self.address}/hub", data=form, timeout=10, allow_redirects=False)

    def topic(self, file: str = "rss.xml") -> str:
        """The address of a document of the feed."""
        return f"https://feeds.example.org/feeds/news/{file}"

    def publish(self, title: str) -> None:
        """Publish an article, and let the feed and its hub carry it."""
        now = self.app.store.now()
        self.app.intake.take(
            Draft(publication="harbor", title=title, published_at=now, html=f"<p>{title}</p>", text=title)
        )
        self.app.lanes.drain("news")
        self.app.lanes.drain("news@own")

    @property
    def subscribers(self) -> list[Subscription]:
        """Everybody who has subscribed."""
        return list(self.app.store.subscribers("news"))


@contextmanager
def opened(home: Path, database: str, **room: object) -> Iterator[Hub]:
    """A newsroom whose feed names its own hub; subscribers may be on this machine unless `room` says otherwise."""
    data = {
        "wireroom": {"database": database, "public_url": "https://feeds.example.org", "hub_private": True, **room},
        "publications": {"harbor": {"name": "Harbor Post", "url": "https://harbor.example.org"}},
        "destinations": {"news": {"channel": "feed", "hubs": ["own"]}, "other": {"channel": "feed"}},
    }
    app = Application(parse(data, home, {}, catalogue.kinds(), secrets=False))
    try:
        app.store.migrate()
        with _serving(app) as address:
            yield Hub(app, address)
    finally:
        app.close()


@contextmanager
def _serving(app: Application) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(create_app(app), log_level="critical", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def hub(tmp_path: Path, sqlite_url: str) -> Iterator[Hub]:
    """A newsroom with a hub of its own."""
    with opened(tmp_path / "room", sqlite_url) as made:
        yield made
