"""What a hub remembers of its subscribers: leases, renewals, what was brought, who is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.store.making import MINUTE, START, Clock

from wireroom.model.subscription import Subscription
from wireroom.store import Store

READER = Subscription(
    feed="mtt-feed",
    file="rss.xml",
    callback="https://reader.example/in?key=1",
    host="reader.example",
    secret="quiet",
    until=START + timedelta(days=10),
    digest="a",
)


@pytest.fixture
def clock() -> Clock:
    """The time, for the test to move."""
    return Clock()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    """An empty store on either database."""
    with Store(database_url, clock=clock) as opened:
        opened.migrate()
        yield opened


def test_a_subscription_lasts_as_long_as_its_lease(store: Store, clock: Clock) -> None:
    """Who has subscribed to a document of a feed is among its subscribers until the lease ends, and not after."""
    store.subscribe(READER)
    store.subscribe(replace(READER, feed="other"))
    assert store.subscribers("mtt-feed") == [READER]
    assert store.subscribed("reader.example") == (2, 2)
    clock.on(timedelta(days=10))
    assert store.subscribers("mtt-feed") == []
    assert store.subscribed("reader.example") == (0, 0)


def test_a_renewal_takes_the_place_of_what_was(store: Store) -> None:
    """Subscribing again sets lease and secret anew, forgets failures, and is no second subscription."""
    store.subscribe(READER)
    store.keep_subscribers([replace(READER, failures=3, failed_since=START, due=START + MINUTE, digest="b")])
    longer = replace(READER, until=READER.until + MINUTE, secret="new")
    store.subscribe(longer)
    assert store.subscribers("mtt-feed") == [replace(longer, digest="b")]


def test_what_was_read_before_a_renewal_changes_nothing(store: Store) -> None:
    """A worker that still holds the old lease neither drops nor overwrites the renewed one."""
    store.subscribe(READER)
    longer = replace(READER, until=READER.until + MINUTE)
    store.subscribe(longer)
    store.keep_subscribers([replace(READER, failures=9)])
    store.drop_subscribers([READER])
    assert store.subscribers("mtt-feed") == [longer]
    store.drop_subscribers([longer])
    assert store.subscribers("mtt-feed") == []


def test_unsubscribing_ends_one_subscription(store: Store) -> None:
    """Who unsubscribes from one document keeps the others; who has none ends none."""
    store.subscribe(READER)
    store.subscribe(replace(READER, file="atom.xml"))
    assert store.unsubscribe("mtt-feed", "rss.xml", READER.callback)
    assert not store.unsubscribe("mtt-feed", "rss.xml", READER.callback)
    assert not store.is_subscriber("mtt-feed", "rss.xml", READER.callback)
    assert [one.file for one in store.subscribers("mtt-feed")] == ["atom.xml"]


def test_a_secret_is_never_shown(store: Store) -> None:
    """A subscription printed, as a log would, shows neither secret nor callback."""
    store.subscribe(READER)
    shown = repr(store.subscribers("mtt-feed"))
    assert "quiet" not in shown
    assert "key=1" not in shown
