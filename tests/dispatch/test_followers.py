"""Lanes of what follows a feed: they carry what the feed has carried, and are woken when it has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dispatch.conftest import Bench, Platform, bench_on
from tests.store.making import article, new, put

from wireroom.broker import DRAIN, OVERTAKE, Waker
from wireroom.daemon.tasks import go_on
from wireroom.dispatch.lanes import Lanes
from wireroom.model.channel import Channel
from wireroom.model.destination import Destination
from wireroom.model.errors import NotSent, Rejected
from wireroom.model.post import Post, Receipt

if TYPE_CHECKING:
    from wireroom.app import Application


@dataclass
class Told(Platform):
    """A platform that writes down in a book shared by several what it has taken."""

    name: str = ""
    book: list[tuple[str, str]] = field(default_factory=list)

    def send(self, post: Post) -> Receipt:
        """Take the post as the script says, and note it."""
        receipt = super().send(post)
        self.book.append((self.name, post.title))
        return receipt


@dataclass
class Pair:
    """A feed and its follower over one store."""

    feed: Bench
    hub: Bench
    book: list[tuple[str, str]]
    number: int = 0

    def plan(self, *names: str, breaking: bool = False) -> None:
        """Queue an article of each name for both."""
        now = self.feed.clock()
        for name in names:
            self.number += 1
            subject = article(self.number, title=name, published_at=now)
            both = [new(subject, each, due=now, breaking=breaking) for each in ("feed", "hub")]
            put(self.feed.store, subject, *both)


def paired(bench: Bench) -> Pair:
    """The bench's destination as a feed, and one that follows it."""
    book: list[tuple[str, str]] = []
    feed = replace(bench, platform=Told(name="feed", book=book, repeatable=True), place=place("feed"))
    hub = replace(bench, platform=Told(name="hub", book=book, repeatable=True), place=place("hub", "feed"))
    return Pair(feed, hub, book)


def place(name: str, follows: str = "") -> Destination:
    """A destination that may follow a feed."""
    return Destination(name=name, channel="feed", follows=follows)


@pytest.fixture
def pair(bench: Bench) -> Pair:
    """A feed and its follower, on either database."""
    return paired(bench)


def test_a_follower_carries_what_its_feed_has_carried(pair: Pair) -> None:
    """A follower's lane finds nothing before the feed's lane has run, and everything after."""
    pair.plan("a", "b")
    assert pair.hub.lane.run().number == 0
    assert pair.feed.lane.run().number == 2
    assert pair.hub.lane.run().number == 2
    assert [name for name, _ in pair.book] == ["feed", "feed", "hub", "hub"]


def test_a_follower_waits_for_a_retry_of_its_feed(pair: Pair) -> None:
    """Where the feed's own delivery is to be tried again the follower waits, and goes on with the others."""
    pair.feed.platform.script = [NotSent("no disk"), Receipt(remote_id="2")]
    pair.plan("a", "b")
    pair.feed.lane.run()
    assert pair.hub.lane.run().number == 1
    pair.feed.clock.turn(minutes=5)
    pair.feed.lane.run()
    assert pair.hub.lane.run().number == 1
    assert [title for name, title in pair.book if name == "hub"] == ["b", "a"]


def test_a_feed_that_failed_for_good_keeps_nobody_waiting(pair: Pair) -> None:
    """A rejected delivery of the feed has ended as well: its follower goes."""
    pair.feed.platform.script = [Rejected("never")]
    pair.plan("a")
    pair.feed.lane.run()
    assert pair.hub.lane.run().number == 1


@dataclass
class Wakes:
    """Remembers who was woken."""

    woken: list[tuple[str, str]] = field(default_factory=list)

    def wake(self, task: str, name: str) -> bool:
        """Note the wake-up."""
        self.woken.append((task, name))
        return True


@dataclass
class House:
    """As much of an application as the tasks of the lanes use."""

    lanes: Lanes

    def followers(self, name: str) -> list[str]:
        """The feed's follower."""
        return ["hub"] if name == "feed" else []


@pytest.mark.parametrize(("task", "breaking"), [(DRAIN, False), (OVERTAKE, True)])
def test_a_feed_that_has_carried_something_wakes_its_followers(pair: Pair, task: str, breaking: bool) -> None:
    """Once a feed's lane has carried something its followers are woken in the same queue; not for nothing."""
    places = {each.place.name: each for each in (pair.feed, pair.hub)}

    def build(destination: Destination) -> Channel:
        return places[destination.name].platform

    lanes = Lanes({name: each.place for name, each in places.items()}, build, pair.feed.hands)
    wakes, house = Wakes(), cast("Application", House(lanes))

    def run(name: str) -> None:
        carried = lanes.overtake(name) if breaking else lanes.drain(name)
        go_on(house, cast("Waker", wakes), task, name, carried)

    run("feed")
    assert wakes.woken == []
    pair.plan("a", breaking=breaking)
    run("hub")
    run("feed")
    assert wakes.woken == [(task, "hub")]
    run("hub")
    assert pair.book == [("feed", "a"), ("hub", "a")]


_STEPS = st.lists(st.sampled_from(["plan", "hot", "fail", "reject", "feed", "hub", "later"]), max_size=25)


@settings(max_examples=15, deadline=None)
@given(steps=_STEPS)
def test_a_hub_never_hears_of_what_the_feed_does_not_have(
    steps: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In whatever order lanes run, and however the feed fails, each article is with the feed before the hub hears."""
    with bench_on(f"sqlite:///{tmp_path_factory.mktemp('pair') / 'w.db'}") as bench:
        pair, rejected = paired(bench), set[str]()
        for number, step in enumerate(steps):
            if step in {"plan", "hot"}:
                pair.plan(f"a{number}", breaking=step == "hot")
            elif step == "later":
                bench.clock.turn(seconds=20)
            elif step in {"fail", "reject"}:
                pair.feed.platform.script.append(NotSent("no disk") if step == "fail" else Rejected("never"))
            else:
                (pair.feed if step == "feed" else pair.hub).lane.run()
        for at, (name, title) in enumerate(pair.book):
            if name == "hub" and ("feed", title) not in pair.book[:at]:
                rejected.add(title)
        assert {each.title for each in bench.store.failed("feed", bench.clock.time.replace(year=2025), 99)} >= rejected
