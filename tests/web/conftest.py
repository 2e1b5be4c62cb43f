"""A newsroom's web as the world sees it: a real server on a free port over a real store, asked with requests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn

from wireroom.app import Application
from wireroom.channels import catalogue
from wireroom.model.delivery import Delivery, Move, Verdict
from wireroom.model.post import Exchange, Receipt
from wireroom.settings import parse
from wireroom.store import LogFilter
from wireroom.web import create_app

TOKEN = "the-token-of-the-quay"
ROOM = {
    "timezone": "Asia/Tokyo",
    "api_token": {"env": "TOKEN"},
}
DESTINATIONS: dict[str, dict[str, object]] = {
    "feed": {"channel": "feed"},
    "x": {"channel": "x", "base_url": "sandbox", "max_age": "none", "budget": {"usd_per_day": 5}},
    "page": {"channel": "facebook", "base_url": "sandbox", "max_age": "none"},
}
OUTLETS = {"harbor-post": {"name": "Harbor Post", "url": "https://harbor.example.org", "timezone": "Asia/Tokyo"}}


@dataclass
class Room:
    """A newsroom with its web up, and a client that speaks to it."""

    app: Application
    address: str
    client: requests.Session
    token: str = TOKEN

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """Ask for a path, with the API's token unless other headers are given; redirects are shown, not followed."""
        more.setdefault("headers", {"authorization": f"Bearer {self.token}"})
        return self.client.request(method, self.address + path, timeout=20, allow_redirects=False, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        """GET a path."""
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> requests.Response:
        """POST to a path."""
        return self.ask("POST", path, **more)

    def publish(self, **changes: Any) -> dict[str, Any]:
        """Publish an article over the API; what it answers."""
        answer = self.post("/api/v1/articles", json=article(**changes))
        assert answer.status_code in (200, 201), answer.text
        taken: dict[str, Any] = answer.json()
        return taken

    def delivery(self, destination: str = "x") -> Delivery:
        """The newest delivery on a destination."""
        return self.app.store.log(LogFilter(destination=destination))[0]

    def settle(self, move: Move, destination: str = "x", **changes: Any) -> Delivery:
        """Put the newest delivery of a destination on the wire and let it end with a move."""
        store = self.app.store
        delivery = store.due(destination, limit=1)[0]
        claim = store.claim(delivery, holder="worker@test", lease=timedelta(minutes=1))
        assert claim is not None
        exchange = Exchange(
            method="POST", url="https://x.example/2/tweets", body='{"text":"…"}', status=201, answer="{}"
        )
        values: dict[str, Any] = {"move": move, "why": "", "outcome": move.value, "exchange": exchange, **changes}
        assert store.settle(claim, Verdict(**values), by="worker@test", attempt=store.touch(claim))
        return store.delivery(delivery.id)

    def deliver(self, destination: str = "x", **receipt: Any) -> Delivery:
        """Let the oldest delivery that is due on a destination end with a receipt."""
        proof = Receipt(**{"remote_id": "4711", "remote_url": "https://x.example/4711", **receipt})
        return self.settle(Move.RECEIPT, destination, outcome="receipt", receipt=proof)


def article(**changes: Any) -> dict[str, Any]:
    """An article in the API's shape."""
    return {
        "publication": "harbor-post",
        "title": "The Ferry Sails Again",
        "authors": ["Mika Hamada"],
        "published_at": "2026-03-01T09:00:00+09:00",
        "body_text": "The ferry left on time.\n\nNobody was surprised.",
        **changes,
    }


def error(room: Room, method: str, path: str, status: int, **more: object) -> str:
    """The one sentence an address refuses with."""
    answer = room.ask(method, path, **more)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert list(told) == ["error"]
    assert "\n" not in told["error"]
    return str(told["error"])


@contextmanager
def opened(home: Path, database: str, **settings: Any) -> Iterator[Room]:
    """A newsroom in `home` with its web up; `settings` go over those of [wireroom], None takes a key away."""
    room = {**ROOM, "database": database, **settings}
    data = {
        "wireroom": {key: value for key, value in room.items() if value is not None},
        "publications": OUTLETS,
        "destinations": DESTINATIONS,
    }
    app = Application(parse(data, home, {"TOKEN": TOKEN}, catalogue.kinds(), secrets=False))
    try:
        app.store.migrate()
        with _serving(app) as address, requests.Session() as client:
            client.trust_env = False
            yield Room(app, address, client)
    finally:
        app.close()


@contextmanager
def _serving(app: Application) -> Iterator[str]:
    """The socket listens before the server runs, so nobody has to wait for it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(create_app(app), log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


Opener = Callable[..., AbstractContextManager[Room]]


@pytest.fixture
def room(tmp_path: Path, database_url: str) -> Iterator[Room]:
    """A newsroom on either database."""
    with opened(tmp_path, database_url) as room:
        yield room


@pytest.fixture
def small(tmp_path: Path, sqlite_url: str) -> Iterator[Room]:
    """A newsroom on SQLite, for what has nothing to do with the database."""
    with opened(tmp_path, sqlite_url) as room:
        yield room


@pytest.fixture
def open_room(tmp_path: Path, sqlite_url: str) -> Opener:
    """Opens a newsroom on SQLite with other settings."""
    return lambda **settings: opened(tmp_path, sqlite_url, **settings)
