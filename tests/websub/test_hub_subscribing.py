"""Subscribing at the newsroom's own hub over HTTP: verified, denied, renewed, ended, and refused where it is wrong."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from tests.newsrooms import until
from tests.websub.conftest import Hub, Reader, opened

from wireroom.model.subscription import Subscription
from wireroom.testing import Reply
from wireroom.web import hub as room
from wireroom.web.hub import ASKED, OF_HOST

DAY = timedelta(days=1)


def test_a_subscription_is_taken_and_then_verified(hub: Hub, reader: Reader) -> None:
    """A request is answered 202; then the callback, its query kept, is asked for a challenge and the lease told."""
    assert hub.ask(reader, secret="quiet-secret").status_code == 202
    until(lambda: len(hub.subscribers) == 1, "the subscription is confirmed")
    (asked,) = reader.verified
    assert asked["key"] == "s/esame"
    assert (asked["hub.mode"], asked["hub.topic"]) == ("subscribe", hub.topic())
    assert len(asked["hub.challenge"]) > 30
    assert asked["hub.lease_seconds"] == str(10 * 86400)
    (one,) = hub.subscribers
    assert (one.feed, one.file, one.callback, one.secret) == ("news", "rss.xml", reader.callback, "quiet-secret")


@pytest.mark.parametrize(("seconds", "lease"), [("7200", "7200"), ("1", "3600"), ("99999999999", "2592000")])
def test_leases_have_bounds(hub: Hub, reader: Reader, seconds: str, lease: str) -> None:
    """A lease that was asked for is given between an hour and thirty days, and the subscriber is told which."""
    hub.ask(reader, lease_seconds=seconds)
    until(lambda: len(hub.subscribers) == 1, "the subscription is confirmed")
    assert reader.verified[0]["hub.lease_seconds"] == lease
    assert abs(hub.subscribers[0].until - hub.app.store.now() - timedelta(seconds=int(lease))) < timedelta(minutes=1)


def test_who_does_not_say_the_challenge_back_is_not_subscribed(hub: Hub, reader: Reader) -> None:
    """A callback that answers anything but the challenge has not asked; a renewal it denies changes nothing."""
    reader.confirms = False
    hub.ask(reader)
    until(lambda: len(reader.verified) == 1, "the callback is asked")
    reader.confirms = True
    hub.ask(reader, secret="first")
    until(lambda: len(hub.subscribers) == 1, "the second is confirmed")
    reader.confirms = False
    hub.ask(reader, secret="second")
    until(lambda: len(reader.verified) == 3, "the callback is asked again")
    hub.ask(reader, topic="https://feeds.example.org/nothing")
    until(lambda: len(reader.verified) == 4, "what came behind it is settled")
    assert [one.secret for one in hub.subscribers] == ["first"]
    challenges = [asked["hub.challenge"] for asked in reader.verified[:3]]
    assert len(set(challenges)) == 3


@pytest.mark.parametrize(
    "topic",
    [
        "https://feeds.example.org/feeds/other/rss.xml",
        "https://feeds.example.org/feeds/news/../../etc/passwd",
        "https://elsewhere.example/feeds/news/rss.xml",
        "https://feeds.example.org/feeds/news/rss.xml?a=1",
    ],
)
def test_topics_that_are_not_ours_are_denied(hub: Hub, reader: Reader, topic: str) -> None:
    """Whoever asks for a topic that this hub does not bring is told so at the callback, with the reason."""
    assert hub.ask(reader, topic=topic).status_code == 202
    until(lambda: len(reader.verified) == 1, "the denial is told")
    asked = reader.verified[0]
    assert (asked["hub.mode"], asked["hub.topic"]) == ("denied", topic)
    assert asked["hub.reason"] == "there is no such topic here"
    assert hub.subscribers == []


def test_unsubscribing_is_verified_too(hub: Hub, reader: Reader) -> None:
    """A subscription ends once its own callback has confirmed it, and not because a stranger asks."""
    hub.ask(reader)
    until(lambda: len(hub.subscribers) == 1, "the subscription is confirmed")
    reader.confirms = False
    hub.ask(reader, "unsubscribe")
    until(lambda: len(reader.verified) == 2, "the callback is asked")
    assert len(hub.subscribers) == 1
    reader.confirms = True
    hub.ask(reader, "unsubscribe")
    until(lambda: hub.subscribers == [], "the subscription has ended")
    assert reader.verified[2]["hub.mode"] == "unsubscribe"
    assert "hub.lease_seconds" not in reader.verified[2]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mode": "publish"}, "hub.mode"),
        ({"mode": ""}, "hub.mode"),
        ({"topic": ""}, "hub.topic"),
        ({"callback": ""}, "hub.callback"),
        ({"callback": "ftp://reader.example/"}, "hub.callback"),
        ({"callback": "https://me:hunter2@reader.example/"}, "hub.callback"),
        ({"callback": "https://reader.example/#here"}, "hub.callback"),
        ({"callback": "https://reader.example/\r\nX-Injected: 1"}, "hub.callback"),
        ({"callback": "https://reader.example:99999/"}, "hub.callback"),
        ({"callback": "https://reader.example/" + "a" * 2000}, "hub.callback"),
        ({"secret": "s" * 200}, "hub.secret"),
        ({"secret": "é" * 100}, "hub.secret"),
        ({"lease_seconds": "ten"}, "hub.lease_seconds"),
        ({"lease_seconds": "-1"}, "hub.lease_seconds"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(hub: Hub, reader: Reader, changes: dict[str, str], said: str) -> None:
    """What is missing or malformed is told at once in a line of text, and nobody is called."""
    answer = hub.ask(reader, **changes)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert said in answer.text
    assert "hunter2" not in answer.text
    assert reader.platform.asked == []


def test_a_long_secret_below_the_bound_is_taken(hub: Hub, reader: Reader) -> None:
    """A secret of 199 bytes is one that the specification allows."""
    assert hub.ask(reader, secret="s" * 199).status_code == 202
    until(lambda: len(hub.subscribers) == 1, "the subscription is confirmed")


def test_one_host_has_so_many_and_no_more(hub: Hub, reader: Reader) -> None:
    """Requests about one host are taken at a bounded pace, and its subscriptions at a bounded number."""
    now = hub.app.store.now()
    for number in range(OF_HOST):
        callback = f"http://127.0.0.1/{number}"
        hub.app.store.subscribe(
            Subscription(feed="news", file="rss.xml", callback=callback, host="127.0.0.1", until=now + DAY)
        )
    hub.ask(reader)
    until(lambda: len(reader.verified) == 1, "the callback is told")
    assert reader.verified[0]["hub.reason"] == "too many subscriptions"
    answers = [hub.ask(reader, topic="https://nowhere.example/").status_code for _ in range(ASKED)]
    assert answers == [202] * (ASKED - 1) + [429]


def test_slow_callbacks_are_not_gathered_without_end(hub: Hub, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """While as many callbacks as may wait are waited for, others are asked to come back; then they are taken again."""
    go_on = threading.Event()
    monkeypatch.setattr(room, "PENDING", 2)
    reader.platform.answer = lambda asked: (go_on.wait(30), Reply(200, asked.query.get("hub.challenge", "")))[1]
    assert [hub.ask(reader).status_code for _ in range(2)] == [202, 202]
    until(lambda: len(reader.verified) == 2, "both callbacks are asked")
    answer = hub.ask(reader)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    go_on.set()
    until(lambda: hub.ask(reader).status_code == 202, "there is room again")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"])
def test_callbacks_in_our_own_network_are_not_called(
    tmp_path: Path, sqlite_url: str, reader: Reader, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    """However an address of this machine is written, nothing is sent there unless the settings allow it."""
    caplog.set_level(logging.INFO)
    with opened(tmp_path / "room", sqlite_url, hub_private=False) as hub:
        port = reader.platform.server_address[1]
        assert hub.ask(f"http://{host}:{port}/in").status_code == 202
        until(lambda: "not on the public internet" in caplog.text, "the refusal is in the log")
        assert hub.subscribers == []
    assert reader.platform.accepted == []


def test_a_secret_reaches_no_log(hub: Hub, reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a subscriber's secret nor the query of its callback is in the log, at its most talkative."""
    caplog.set_level("DEBUG")
    hub.ask(reader, secret="quiet-secret")
    until(lambda: len(hub.subscribers) == 1, "the subscription is confirmed")
    reader.platform.close()
    hub.ask(reader, secret="quiet-secret")
    until(lambda: "came to nothing" in caplog.text, "the failure is in the log")
    assert "quiet-secret" not in caplog.text
    assert "esame" not in "".join(each.getMessage() for each in caplog.records if each.name.startswith("wireroom"))
