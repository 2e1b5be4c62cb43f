"""A running service with hubs: readers are brought news at once, and no hub hears of what the feed does not have.

The cases of websub.rocks for hubs (100 to 104) are played by a subscriber of our own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
import requests
from tests.newsrooms import Newsroom, newsroom, until
from tests.websub.conftest import Reader, reading

from wireroom.model.subscription import Subscription
from wireroom.store import Store
from wireroom.testing import Asked, Reply, StandIn

pytestmark = pytest.mark.timeout(180)
SECRET = "a-secret-of-the-reader"


@dataclass
class Fetching:
    """Somebody else's hub: fetches what it is told of at once, and keeps what it found."""

    platform: StandIn = field(init=False)
    found: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        """Fetch the topic."""
        if asked.method == "POST":
            topic = asked.form["hub.url"]
            self.found.append((topic, requests.get(topic, timeout=10).text))
        return Reply(204, b"")


@dataclass
class Running:
    """A newsroom at work, with a hub of its own and another's."""

    room: Newsroom
    hub: Fetching

    def ask(self, reader: Reader, mode: str, **more: str) -> requests.Response:
        """A subscriber's request for the RSS feed."""
        topic = f"http://127.0.0.1:{self.room.port}/feeds/feed/rss.xml"
        form = {"hub.mode": mode, "hub.topic": topic, "hub.callback": reader.callback, **more}
        return requests.post(f"http://127.0.0.1:{self.room.port}/hub", data=form, timeout=10)

    def subscribers(self) -> list[Subscription]:
        """Who has subscribed."""
        with Store(self.room.database.replace("///var/", f"///{self.room.home}/var/")) as store:
            return store.subscribers("feed")

    def publish(self, name: str) -> dict[str, datetime]:
        """Publish an article; when each destination had it."""
        self.room.command("publish", str(self.room.article(name)), "--to", "feed")
        self.room.settled()
        title = name.replace("-", " ").capitalize()
        rows = [row for row in self.room.log() if row["title"] == title]
        assert {row["state"] for row in rows} == {"delivered"}, rows
        return {row["destination"]: datetime.fromisoformat(row["delivered"]) for row in rows}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """The service, up."""
    hub = Fetching()
    with StandIn(hub.answer) as hub.platform, newsroom(tmp_path / "home", "127.0.0.1:1") as room:
        path = room.home / "config" / "wireroom.toml"
        text = path.read_text().replace(
            'channel = "feed"', f'channel = "feed"\nhubs = ["own", "{hub.platform.address}"]'
        )
        path.write_text(text.replace("[wireroom]", "[wireroom]\nhub_private = true", 1))
        room.command("start")
        yield Running(room, hub)


def test_a_reader_is_told_at_once(running: Running) -> None:
    """Subscribed, told, renewed and unsubscribed as websub.rocks has it, and never told before the feed has the news.

    100: a plain subscription, with a secret here. 101: unknown parameters are ignored. 102: subscribing again before
    the end goes on as one subscription. 103: an unsubscribed callback is left in peace. 104: the content is brought
    whole and with the topic's own type. From the feed's receipt to the hub's it takes less than a second, most times.
    """
    other = "feed@127.0.0.1"
    with reading() as reader:
        asked = {"hub.secret": SECRET, "hub.lease_seconds": "86400"}
        assert running.ask(reader, "subscribe", **asked, foo="bar", **{"hub.other": "x"}).status_code == 202
        until(lambda: len(reader.verified) == 1, "the subscription is verified")
        assert "foo" not in reader.verified[0]
        first = running.publish("the-ferry-sails")
        _told(running, reader, "The ferry sails", 1)
        assert first["feed"] <= first["feed@own"]
        assert first["feed"] <= first[other]
        assert all("The ferry sails" in page for _, page in running.hub.found)
        assert {topic.rpartition("/")[2] for topic, _ in running.hub.found} == {"rss.xml", "atom.xml", "feed.json"}

        assert running.ask(reader, "subscribe", **asked).status_code == 202
        until(lambda: len(reader.verified) == 2, "the renewal is verified")
        second = running.publish("the-ferry-lands")
        _told(running, reader, "The ferry lands", 2)

        assert running.ask(reader, "unsubscribe").status_code == 202
        until(lambda: len(reader.verified) == 3, "the end is verified")
        until(lambda: not running.subscribers(), "the end is written down")
        last = running.publish("the-ferry-rests")
        assert "feed@own" in last
        assert len(reader.brought) == 2
    spans = [(told["feed@own"] - told["feed"]).total_seconds() for told in (first, second, last)]
    assert 0 <= sorted(spans)[1] < 1.0
    checked = running.room.command("check", check=False).stdout
    assert "feed@own" in checked
    assert other in checked
    running.room.command("pause", other)
    assert other in running.room.command("destinations").stdout


def _told(running: Running, reader: Reader, title: str, number: int) -> None:
    """The subscriber was brought the whole feed, signed."""
    assert len(reader.brought) == number
    asked = reader.brought[-1]
    page = requests.get(f"http://127.0.0.1:{running.room.port}/feeds/feed/rss.xml", timeout=10)
    assert asked.body == page.content
    assert title in page.text
    assert asked.headers["content-type"] == page.headers["content-type"]
    signed = hmac.new(SECRET.encode(), asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["x-hub-signature"] == f"sha256={signed}"
    assert f'<http://127.0.0.1:{running.room.port}/hub>; rel="hub"' in asked.headers["link"]
