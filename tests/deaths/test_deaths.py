"""A process dies at every named point of the deliver path in turn, and the daemon that goes on brings it to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.deaths.journeys import DOING
from tests.deaths.points import JOURNEYS, End, Journey, Point
from tests.deaths.room import EVERYTHING, Room, room
from tests.deaths.tape import KILLED
from tests.newsrooms import until

from wireroom.broker import DRAIN, QUEUE, Waker, redis_client
from wireroom.model.delivery import PENDING, fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.deaths.conftest import Stage

    Setting = Callable[[str, str], Stage]

POINTS = [point for journey in JOURNEYS for point in journey.points]
TELLING = [point for point in POINTS if point.telling and not point.label.endswith(": flush")]
ROUNDS = 40
"""Minutes of the daemon's life after which everything must have ended: a rate limit's quarter of an hour, and looks."""


def go_on(found: Room, journey: str, told: dict[str, Any]) -> None:
    """What people and the daemon do after a death, until nothing is still to come."""
    doing = DOING[journey]
    if doing.command and "acknowledged" not in told:
        doing.command(found)
    for minute in range(ROUNDS):
        found.tick()
        if not any(each.state in PENDING for each in found.app.store.log(EVERYTHING)):
            return
        if minute == 1:
            doing.after(found)
        found.clock.turn(minutes=1)


def came_to(stage: Stage, journey: Journey, told: dict[str, Any]) -> End:
    """How a journey ends; what must be true of every end is required here."""
    with room(stage.home, stage.clock, "scheduler") as found:
        left = found.newest()
        place = left.destination if left else "x"
        posts = len(stage.posts(place))
        assert left or "acknowledged" not in told, "acknowledged, and not there"
        go_on(found, journey.name, told)
        for each in found.app.store.log(EVERYTHING):
            dossier = found.app.store.dossier(each.id)
            assert each.state not in PENDING
            assert fold(dossier.entries) is each.state
            assert all(attempt.ended for attempt in dossier.attempts)
        newest = found.newest()
        assert newest is not None
        dossier = found.app.store.dossier(newest.id)
        assert stage.posts(place) == [dossier.post.title if place == "feed" else dossier.post.text]
        log = " ".join(entry.move for entry in dossier.entries)
        return End(left.state if left else None, posts, log, " ".join(attempt.outcome for attempt in dossier.attempts))


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_death_on_sqlite(point: Point, stage: Setting) -> None:
    """Whoever dies here leaves what the table says, and the daemon that goes on brings it to the end it names."""
    held = stage(point.journey.name, "sqlite")
    told = held.travel(point.journey, point.label, point.number)
    assert told["ended"] == KILLED
    assert came_to(held, point.journey, told) == point.end


@pytest.mark.parametrize("point", TELLING, ids=str)
def test_a_death_on_postgres(point: Point, stage: Setting) -> None:
    """On Postgres it is the same, on both sides of each change from one end to the next."""
    held = stage(point.journey.name, "postgres")
    told = held.travel(point.journey, point.label, point.number)
    assert told["ended"] == KILLED
    assert came_to(held, point.journey, told) == point.end


def test_a_wake_up_that_was_never_sent_is_sent_later(stage: Setting, redis_url: str) -> None:
    """Whoever dies between the mark "one lies unread" and the message keeps nobody from waking for long."""
    (journey,) = (journey for journey in JOURNEYS if journey.name == "wake")
    held = stage(journey.name, "sqlite")
    held.travel(journey, "wake: marked as unread")
    with redis_client(redis_url) as client:
        assert (client.llen(QUEUE), client.keys("wireroom:unread:*")) == (0, ["wireroom:unread:wireroom.drain:x"])
        assert 0 < int(str(client.ttl("wireroom:unread:wireroom.drain:x"))) <= 10
        client.pexpire("wireroom:unread:wireroom.drain:x", 1)
        until(lambda: not client.keys("wireroom:unread:*"), "the mark is gone")
        waker = Waker(redis_url)
        assert waker.wake(DRAIN, "x")
        waker.close()
        assert client.llen(QUEUE) == 1


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name)
def test_every_point_has_its_name(journey: Journey, database: str, stage: Setting) -> None:
    """A journey without a death passes the points the table names, each once and in their order, and no other."""
    held = stage(journey.name, database)
    told = held.travel(journey)
    named = [point.label for point in journey.points]
    if database == "postgres":  # there COMMIT itself waits for the disk
        named = [label for label in named if not label.endswith(": flush")]
    assert told["passed"] == named, told["passed"]
    came_to(held, journey, told)
