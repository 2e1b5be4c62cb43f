"""The watch over a real store: what it sees, keeps and has told, and which of several watchers looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.dispatch.conftest import Bench

from wireroom.dispatch.people import People
from wireroom.dispatch.telling import Teller
from wireroom.dispatch.watch import TICK, Rules, Watch
from wireroom.model.delivery import Move
from wireroom.model.errors import LockedOut, Rejected, Unsure
from wireroom.model.trouble import Address, Message, Trouble, TroubleKind

SILENCE, BACKLOG = timedelta(seconds=30), timedelta(minutes=15)


class Desk:
    """Where alerts come in."""

    def __init__(self) -> None:
        self.came: list[Message] = []

    def __call__(self, _: Address, message: Message) -> str:
        """Take a message."""
        self.came.append(message)
        return ""


class Room:
    """A newsroom of one destination, its parts alive unless said otherwise, and a watch over it."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.desk, self.broker = bench, Desk(), True
        self.alive = {"worker", "scheduler", TICK}
        self.watch = self.another("watch@test")

    def another(self, holder: str, visible: timedelta | None = timedelta(minutes=10)) -> Watch:
        """A watch in another process."""
        store = self.bench.store
        rules = Rules(silence=SILENCE, backlog=BACKLOG, visible=visible, zone="Asia/Tokyo", social=lambda _: True)
        teller = Teller(
            store,
            [Address("DESK", "json://127.0.0.1:9")],
            digest=timedelta(minutes=5),
            holder=holder,
            signature="From the quay.",
            post=self.desk,
        )
        return Watch(store, {"x": self.bench.place}, rules, teller, holder=holder, broker=lambda: self.broker)

    def pass_by(self, **span: float) -> None:
        """Let time pass: a sign of life of each living part and a look every twenty seconds."""
        left = timedelta(**span)
        while left > timedelta(0):
            step = min(left, timedelta(seconds=20))
            self.bench.clock.turn(seconds=step.total_seconds())
            self.show_life()
            self.watch.look()
            left -= step

    def show_life(self) -> None:
        """A sign of life of each part that lives."""
        store = self.bench.store
        if "worker" in self.alive:
            store.beat("worker", "worker@test")
        if "scheduler" in self.alive:
            facts = {TICK: store.now().isoformat()} if TICK in self.alive else {}
            store.beat("scheduler", "scheduler@test", facts)

    @property
    def wrong(self) -> list[tuple[str, str]]:
        """What is wrong now."""
        return [noted.trouble.key for noted in self.bench.store.open_troubles()]

    @property
    def told(self) -> list[str]:
        """The titles of the messages that came in."""
        return [message.title.removeprefix("Wireroom: ") for message in self.desk.came]


@pytest.fixture
def room(bench: Bench) -> Room:
    """A newsroom that has been watched for a minute, with nothing wrong."""
    room = Room(bench)
    room.pass_by(minutes=1)
    assert room.wrong == []
    return room


@pytest.mark.parametrize("part", ["worker", "scheduler"])
def test_a_part_that_dies_is_told_and_so_is_its_return(room: Room, part: str) -> None:
    """Half a minute after its last sign of life a part is told to be gone, once; and once that it is back."""
    room.alive -= {part}
    room.pass_by(minutes=8)
    assert room.wrong == [(part, part)]
    room.alive |= {part}
    room.pass_by(minutes=8)
    assert (room.wrong, room.told) == ([], ["1 wrong", "1 solved"])


def test_a_scheduler_that_does_not_tick_is_told(room: Room) -> None:
    """A scheduler that shows life and finishes no tick is a trouble."""
    room.alive -= {TICK}
    room.pass_by(minutes=1)
    room.bench.store.beat("scheduler", "scheduler@test", {TICK: "not a time"})
    room.pass_by(minutes=1)
    assert room.wrong == [("scheduler", "scheduler")]
    assert "finished no tick" in room.desk.came[0].body


def test_a_broker_that_is_gone_is_told(room: Room) -> None:
    """A broker that does not answer is a trouble after the time for which a part may be silent."""
    room.broker = False
    room.pass_by(seconds=30)
    assert room.wrong == []
    room.pass_by(seconds=10)
    assert room.wrong == [("broker", "broker")]


def test_a_daemon_that_starts_calls_nobody(bench: Bench) -> None:
    """What has been silent or late since before the watch began is given the time that it has when it is watched."""
    bench.plan("a")
    bench.store.beat("worker", "worker@before")
    bench.clock.turn(days=3)
    room = Room(bench)
    room.alive = set()
    room.pass_by(seconds=30)
    assert room.wrong == []
    room.pass_by(minutes=1)
    assert sorted(room.wrong) == [("scheduler", "scheduler"), ("worker", "worker")]
    room.alive = {"worker", "scheduler", TICK}
    room.pass_by(minutes=12)
    assert room.wrong == []
    room.pass_by(minutes=3)
    assert room.wrong == [("backlog", "x")]


def test_whoever_watches_next_goes_on(room: Room) -> None:
    """When the process that watched is gone another takes over, sees the same, and tells nothing again."""
    room.alive -= {"worker"}
    room.pass_by(minutes=2)
    other = room.another("other@test")
    other.look()
    room.bench.clock.turn(minutes=1)
    room.watch = other
    room.pass_by(minutes=8)
    assert (room.wrong, room.told) == ([("worker", "worker")], ["1 wrong"])


def test_one_looks_at_a_time(room: Room) -> None:
    """While somebody holds the lease, others do not look."""
    room.alive = set()
    room.bench.clock.turn(minutes=1)
    assert room.bench.store.lease("watch", "another", timedelta(hours=1))
    room.pass_by(minutes=5)
    assert room.wrong == []


def test_a_failed_delivery_is_told_until_it_is_mended(room: Room) -> None:
    """A failure is told with what to type; when it was retried and came through, it is solved."""
    bench = room.bench
    bench.platform.script = [Rejected("X refuses it", code="403")]
    (delivery,) = bench.plan("a")
    bench.lane.run()
    room.pass_by(minutes=1)
    assert room.wrong == [("failed", f"x/{delivery.id}")]
    assert f"x: “a” has failed: X refuses it. `wireroom show {delivery.id}`" in room.desk.came[0].body
    People(bench.store, {"x": bench.place}).retry(delivery.id, "mika")
    bench.lane.run()
    room.pass_by(minutes=7)
    assert (room.wrong, room.told) == ([], ["1 wrong", "1 solved"])


def test_a_failure_becomes_history_without_a_word(room: Room) -> None:
    """After a day a failure that nobody mended is no trouble any more, and nobody is told that it was solved."""
    bench = room.bench
    bench.platform.script = [Rejected("no")]
    bench.plan("a")
    bench.lane.run()
    room.pass_by(minutes=1)
    bench.clock.turn(days=1)
    room.pass_by(minutes=7)
    assert (bench.store.troubles(), room.told) == ([], ["1 wrong"])


def test_a_second_failure_is_told_too(room: Room) -> None:
    """A failure that comes while another is open is told in a message of its own; many at once are one line."""
    bench = room.bench
    for names in (["a"], ["b", "c", "d"]):
        bench.platform.script = [Rejected("no") for _ in names]
        bench.plan(*names)
        bench.lane.run()
        room.pass_by(minutes=7)
    assert room.told == ["1 wrong", "1 wrong"]
    assert "And 2 more like it on x." in room.desk.came[1].body
    assert "“a”" not in room.desk.came[1].body


def test_a_lock_is_told_and_its_end(room: Room) -> None:
    """A destination that waits for a person is told with what to do; resumed it is solved; paused it is no trouble."""
    bench = room.bench
    bench.platform.script = [LockedOut("the token was revoked: make a new one")]
    bench.plan("a")
    bench.lane.run()
    room.pass_by(minutes=8)
    assert room.wrong == [("locked", "x")], "what waits with the lock is not late beside it"
    bench.store.set_standing("x", "paused", "by mika")
    room.pass_by(minutes=20)
    assert (room.wrong, room.told) == ([], ["1 wrong", "1 solved"])


def test_a_backlog_is_told_with_its_reason(room: Room) -> None:
    """What is due and not out for a quarter of an hour is told, on a resting destination too; once out it is solved."""
    bench = room.bench
    bench.plan("a", "b")
    bench.store.rest("x", bench.clock() + timedelta(hours=2), "X asks us to wait")
    room.pass_by(minutes=14)
    assert room.wrong == []
    room.pass_by(minutes=2)
    assert room.wrong == [("backlog", "x")]
    assert "2 posts are due and not out" in room.desk.came[0].body
    assert "X asks us to wait" in room.desk.came[0].body
    bench.store.wake("x")
    bench.lane.run()
    room.pass_by(minutes=7)
    assert (room.wrong, room.told) == ([], ["1 wrong", "1 solved"])


def test_a_resumed_destination_has_time_to_catch_up(room: Room) -> None:
    """What waited while a destination was paused is late only when it still waits a quarter of an hour after."""
    bench = room.bench
    bench.store.set_standing("x", "paused", "by mika")
    bench.plan("a")
    room.pass_by(minutes=20)
    bench.store.set_standing("x", "open", "resumed")
    room.pass_by(minutes=14)
    assert room.wrong == []
    room.pass_by(minutes=2)
    assert room.wrong == [("backlog", "x")]


def test_what_goes_out_one_by_one_is_not_late(room: Room) -> None:
    """Late posts that a destination sends with a gap between them are waiting for their turn; without a turn, late."""
    bench = room.bench
    bench.store.set_standing("x", "open", "resumed")
    bench.plan("a")
    for _ in range(4):
        with bench.store._database.engine.begin() as connection:
            soon = int((bench.clock() + timedelta(minutes=5)).timestamp() * 1_000_000)
            connection.execute(text("UPDATE destinations SET spaced_until = :soon"), {"soon": soon})
        room.pass_by(minutes=6)
    assert room.wrong == []
    room.pass_by(minutes=15)
    assert room.wrong == [("backlog", "x")]


def test_doubt_that_lasts_is_told(room: Room) -> None:
    """An unconfirmed delivery that no look settles is told five minutes after its looks should have."""
    bench = room.bench
    bench.platform.script = [Unsure("silence")]
    bench.platform.blind = Rejected("unreadable")
    (delivery,) = bench.plan("a")
    bench.lane.run()
    room.pass_by(minutes=5)
    assert room.wrong == []
    room.pass_by(minutes=2)
    assert room.wrong == [("unconfirmed", f"x/{delivery.id}")]
    bench.store.move(bench.now(), Move.CONFIRM, by="mika", why="it is there")
    room.pass_by(minutes=7)
    assert (room.wrong, room.told) == ([], ["1 wrong", "1 solved"])


def test_credentials_that_end_soon_are_told(room: Room) -> None:
    """The warning that a look at the credentials left in the database is a trouble until it is gone."""
    store = room.bench.store
    store.set_standing("x", "open", "")

    def health(said: str) -> None:
        with store._database.engine.begin() as connection:
            connection.execute(text("UPDATE destinations SET health = :health"), {"health": said})

    health('{"checked": "2026-01-10T03:00:00+00:00", "warning": "the token ends in 7 days: renew it"}')
    room.pass_by(minutes=1)
    assert room.wrong == [("credentials", "x")]
    assert "x: the token ends in 7 days: renew it." in room.desk.came[0].body
    health("{}")
    room.pass_by(minutes=7)
    assert room.told == ["1 wrong", "1 solved"]


def test_a_post_that_nobody_sees_is_told(room: Room) -> None:
    """Three looks that did not find a delivered post are a trouble; one that finds it later solves it."""
    bench = room.bench
    (delivery,) = bench.plan("a")
    bench.lane.run()
    for _ in range(3):
        bench.store.note_sight([], [delivery])
    room.pass_by(minutes=1)
    assert room.wrong == [("unseen", f"x/{delivery.id}")]
    blind = room.another("blind@test", visible=None)
    assert [sight.unseen for sight in blind.observe().sights] == [()]
    bench.store.note_sight([delivery], [])
    room.pass_by(minutes=7)
    assert (room.wrong, room.told) == ([], ["1 wrong", "1 solved"])


def test_an_address_that_is_deaf_stays_a_trouble(room: Room) -> None:
    """Whether an address takes alerts only a message shows; one that the settings no longer name is forgotten."""
    deaf, gone = (Trouble(TroubleKind.ALERTS, name, f"Alerts do not reach {name}.") for name in ("DESK", "OLD"))
    room.bench.store.note([deaf, gone])
    room.watch._note()
    assert room.wrong == [deaf.key]


def test_what_follows_a_feed_that_is_closed_is_not_late(bench: Bench) -> None:
    """What waits for a paused feed is nobody's trouble; it is once the feed has been open for long enough."""
    bench.place = replace(bench.place, follows="feed", max_age=None)
    room = Room(bench)
    room.pass_by(minutes=1)
    bench.store.set_standing("feed", "paused", "by hand")
    bench.plan("a")
    room.pass_by(minutes=17)
    assert room.wrong == []
    bench.store.set_standing("feed", "open", "")
    room.pass_by(minutes=14)
    assert room.wrong == []
    room.pass_by(minutes=3)
    assert [kind for kind, _ in room.wrong] == [TroubleKind.BACKLOG.value]
