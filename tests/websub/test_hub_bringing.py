"""What the newsroom's own hub brings its subscribers: whole documents, signed, once, and in spite of one another."""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.websub.conftest import FEED, FeedFolder, Hub, Reader, reading

from wireroom.channels import catalogue
from wireroom.channels.websub import hub
from wireroom.channels.websub.hub import HubChannel
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination
from wireroom.model.errors import NotSent
from wireroom.model.post import Receipt
from wireroom.model.subscription import Subscription
from wireroom.testing import ChannelContract, HangUp, Reply, a_destination, a_post, closed_port

POST = a_post(channel="hub")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Book:
    """Subscriptions in memory, and a clock the test turns."""

    kept: list[Subscription] = field(default_factory=list)
    time: datetime = NOON

    def subscribers(self, feed: str) -> list[Subscription]:
        """Everybody."""
        return [one for one in self.kept if one.feed == feed]

    def keep_subscribers(self, changed: Sequence[Subscription]) -> None:
        """Remember them."""
        for new in changed:
            self.kept = [new if one.callback == new.callback and one.file == new.file else one for one in self.kept]

    def drop_subscribers(self, gone: Sequence[Subscription]) -> None:
        """Forget them."""
        self.kept = [one for one in self.kept if one not in gone]

    def add(self, callback: str, file: str = "rss.xml", **more: str) -> None:
        """One more subscriber."""
        one = Subscription(feed=FEED, file=file, callback=callback, host="127.0.0.1", until=NOON + 30 * DAY)
        self.kept.append(replace(one, **more))  # type: ignore[arg-type]


@dataclass
class Desk:
    """The hub over a book in memory."""

    folder: FeedFolder
    book: Book = field(default_factory=Book)

    def __post_init__(self) -> None:
        self.channel = made(self.folder, self.book)

    def publish(self, words: str) -> Receipt:
        """Let the feed change and the hub bring it."""
        self.folder.publish(words)
        return self.channel.send(POST)


def made(folder: FeedFolder, book: Book) -> HubChannel:
    """The channel of the feed's hub."""
    around = replace(folder.surroundings, now=lambda: book.time, subscriptions=book, hub_private=True)
    return HubChannel(replace(a_destination(catalogue.HUB, {}, {}), follows=FEED), around)


@pytest.fixture
def desk(folder: FeedFolder) -> Desk:
    """A hub without subscribers."""
    return Desk(folder)


def test_a_subscriber_is_brought_the_whole_document(desk: Desk, reader: Reader) -> None:
    """It comes by POST to the callback as it was given, with type, hub and topic of the document, and a signature."""
    desk.book.add(reader.callback, secret="quiet-secret")
    receipt = desk.publish("first news")
    (asked,) = reader.brought
    assert asked.query == {"key": "s/esame"}
    assert asked.body == b"rss.xml: first news"
    assert asked.headers["content-type"] == "application/rss+xml; charset=utf-8"
    hub_url, topic = f"{desk.folder.surroundings.public_url}/hub", desk.folder.topic()
    assert asked.headers["link"] == f'<{hub_url}>; rel="hub", <{topic}>; rel="self"'
    method, _, given = asked.headers["x-hub-signature"].partition("=")
    assert method == "sha256"
    assert hmac.compare_digest(given, hmac.new(b"quiet-secret", asked.body, hashlib.sha256).hexdigest())
    assert receipt.exchange is not None
    assert "quiet-secret" not in repr(receipt.exchange)
    assert "esame" not in repr(receipt.exchange)


def test_each_document_comes_once(desk: Desk, reader: Reader) -> None:
    """Every subscriber is brought the document it asked for, anew when it has changed, and not a second time."""
    desk.book.add(reader.callback)
    desk.book.add(reader.callback + "&json", "feed.json")
    desk.publish("first")
    desk.channel.send(replace(POST, uid="tag:2"))
    desk.folder.publish("second", "feed.json")
    desk.channel.amend(desk.channel.send(POST), POST)
    assert sorted(asked.body for asked in reader.brought) == [
        b"feed.json: first",
        b"feed.json: second",
        b"rss.xml: first",
    ]
    assert "x-hub-signature" not in reader.brought[0].headers


def test_a_retraction_is_brought(desk: Desk, reader: Reader) -> None:
    """The feed without an article is news to whoever holds the feed with it."""
    desk.book.add(reader.callback)
    first = desk.publish("with it")
    desk.folder.publish("without it")
    assert desk.channel.retract(first, POST).remote_id == first.remote_id
    assert [asked.body for asked in reader.brought] == [b"rss.xml: with it", b"rss.xml: without it"]


@pytest.mark.parametrize(
    "reply", [Reply(500, b""), Reply(404, b""), Reply(302, b"", headers={"Location": "/else"}), HangUp()]
)
def test_who_fails_is_tried_again(desk: Desk, reader: Reader, reply: Reply | HangUp) -> None:
    """Anything but a 2xx, a redirect too, is a failure: not followed, tried again when it is time, then forgiven."""
    reader.says = [reply]
    desk.book.add(reader.callback)
    with pytest.raises(NotSent, match="1 of 1 subscribers") as caught:
        desk.publish("first")
    assert caught.value.after == hub.FIRST
    assert desk.book.kept[0].failures == 1
    desk.channel.send(POST)
    assert len(reader.brought) == 1
    desk.book.time += hub.FIRST
    desk.channel.send(POST)
    assert len(reader.brought) == 2
    assert (desk.book.kept[0].failures, desk.book.kept[0].failed_since) == (0, None)


def test_who_is_gone_is_forgotten(desk: Desk, reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    """410 ends a subscription, which is no failure of the delivery, and the log says so without the callback."""
    caplog.set_level(logging.WARNING)
    reader.says = [Reply(410, b"")]
    desk.book.add(reader.callback)
    desk.publish("first")
    assert desk.book.kept == []
    assert "127.0.0.1 is forgotten: it is gone (410)" in caplog.text
    assert "esame" not in caplog.text


def test_a_dead_subscriber_keeps_nobody_waiting(desk: Desk, reader: Reader) -> None:
    """The others are brought everything at once, deliveries end, and the dead one is forgotten after hours."""
    desk.book.add(closed_port())
    desk.book.add(reader.callback)
    waits: list[datetime] = []
    for number in range(48):
        try:
            desk.publish(f"news {number}")
        except NotSent:
            waits.append(desk.book.time)
        assert len(reader.brought) == number + 1
        desk.book.time += timedelta(minutes=15)
    assert waits == [NOON]
    assert [one.callback for one in desk.book.kept] == [reader.callback]


def test_a_delivery_ends_though_a_subscriber_does_not_answer(desk: Desk) -> None:
    """Tried again whenever it asks to be, a delivery has its receipt within a quarter of an hour."""
    desk.book.add(closed_port())
    desk.folder.publish("first")
    tries, pause = 0, timedelta(0)
    while tries == 0 or pause:
        tries, pause = tries + 1, _pause(desk)
        desk.book.time += pause
    assert desk.book.time - NOON < timedelta(minutes=15)
    assert 5 <= tries < 12


def _pause(desk: Desk) -> timedelta:
    """Send, and say after how long to try again; zero when all is done."""
    try:
        desk.channel.send(POST)
    except NotSent as ending:
        return ending.after or timedelta(seconds=1)
    return timedelta(0)


def test_subscribers_are_served_side_by_side(desk: Desk) -> None:
    """As many as may be brought it at once are: nobody waits for a slow one before it."""
    meet = threading.Barrier(hub.AT_ONCE, timeout=20)
    with ExitStack() as stack:
        for _ in range(hub.AT_ONCE):
            one = stack.enter_context(reading())
            one.platform.answer = lambda _: (meet.wait(), Reply(200, b""))[1]
            desk.book.add(one.callback)
        desk.publish("first")
    assert not meet.broken
    assert {one.failures for one in desk.book.kept} == {0}


def test_a_round_ends_before_the_lease_does(desk: Desk, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """What there was no time for is brought in the next round, which begins at once."""
    monkeypatch.setattr(hub, "ROUND", timedelta(seconds=-1))
    desk.book.add(reader.callback)
    with pytest.raises(NotSent, match="still to be brought") as caught:
        desk.publish("first")
    assert caught.value.after == timedelta(0)
    monkeypatch.undo()
    desk.channel.send(POST)
    assert len(reader.brought) == 1


def test_a_check_counts(desk: Desk, reader: Reader) -> None:
    """A check says how many subscribe, and calls none of them."""
    assert desk.channel.check().startswith("0 subscribers of rss.xml")
    desk.book.add(reader.callback)
    assert desk.channel.check().startswith("1 subscriber of rss.xml")
    assert reader.platform.asked == []


@settings(max_examples=20, deadline=None)
@given(script=st.lists(st.lists(st.booleans(), min_size=2, max_size=2), max_size=8))
def test_in_the_end_everybody_has_the_newest(
    script: list[list[bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However two subscribers fail, each that answers again ends with the newest document, and no other changes it."""
    with reading() as first, reading() as second:
        desk = Desk(FeedFolder(tmp_path_factory.mktemp("feed")))
        for one in (first, second):
            desk.book.add(one.callback)
        for number, works in enumerate(script):
            for one, well in zip((first, second), works, strict=True):
                one.says = [] if well else [Reply(500, b"")] * 9
            with suppress(NotSent):
                desk.publish(f"news {number}")
            desk.book.time += timedelta(seconds=7)
        first.says, second.says = [], []
        desk.book.time += hub.LONGEST
        desk.publish("the last")
        assert {one.brought[-1].body for one in (first, second)} == {b"rss.xml: the last"}
        bodies = [asked.body for asked in first.brought]
        assert len([body for body in bodies if body == b"rss.xml: the last"]) == 1


def contract(destination: Destination, surroundings: Surroundings) -> HubChannel:
    """The channel of the contract: it follows a feed that is there."""
    folder = FeedFolder(surroundings.feeds)
    folder.publish("first")
    return HubChannel(replace(destination, follows=FEED), folder.surroundings)


class TestHubContract(ChannelContract):
    """The contract on the hub; its subscribers are not a platform."""

    kind = catalogue.HUB
    factory = staticmethod(contract)
    networked = False


def test_the_feed_names_its_hub(hub: Hub) -> None:
    """`own` among a feed's hubs is the address of the newsroom's hub in its documents."""
    hub.publish("The ferry sails")
    text = (hub.app.settings.feeds / "news" / "rss.xml").read_text()
    assert 'href="https://feeds.example.org/hub"' in text
    assert [place.name for place in hub.app.settings.destinations] == ["news", "other", "news@own"]
    assert hub.app.lanes.check("news@own").startswith("0 subscribers")
