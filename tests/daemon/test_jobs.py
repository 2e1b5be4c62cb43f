"""The scheduler's jobs over a real database and a real Redis: hints sent once, one leader, nothing kept back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.newsrooms import SETTINGS
from tests.servers import Redis

from wireroom.app import Application
from wireroom.broker import BREAKING, DRAIN, OVERTAKE, QUEUE, Waker, redis_client
from wireroom.channels import catalogue
from wireroom.daemon.jobs import Jobs, schedule
from wireroom.model.article import Draft
from wireroom.model.delivery import State
from wireroom.settings import load
from wireroom.store import LogFilter


@dataclass
class Watch:
    """A scheduler's jobs, and the queues they fill."""

    app: Application
    waker: Waker
    jobs: Jobs

    def queued(self, queue: str) -> int:
        """How many messages lie in a queue."""
        with redis_client(self.waker.url) as client:
            length = client.llen(queue)
            assert isinstance(length, int)
            return length

    def publish(self, name: str = "a", *, breaking: bool = False) -> None:
        """Take an article in without waking anybody."""
        now = self.app.store.now()
        text = f"The {name} left on time."
        self.app.intake.take(
            Draft(
                publication="harbor-post",
                title=name,
                published_at=now,
                html=f"<p>{text}</p>",
                text=text,
                breaking=breaking,
            )
        )


@pytest.fixture
def watch(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Watch]:
    """One scheduler's jobs in a newsroom with a feed, an X account and a Page."""
    text = SETTINGS.format(database=database_url, broker=redis_url, port=1, sandbox="127.0.0.1:1")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "wireroom.toml").write_text(text)
    app = Application(load(tmp_path, {}, catalogue.kinds(), secrets=False), part="scheduler")
    app.store.migrate()
    assert app.waker is not None
    yield Watch(app, app.waker, Jobs(app, app.waker))
    app.close()


def test_what_is_due_wakes_its_lanes_once(watch: Watch) -> None:
    """Each lane with something due gets one message, and no second one while that lies unread."""
    watch.publish()
    watch.jobs.tick()
    watch.jobs.tick()
    assert watch.queued(QUEUE) == 3
    watch.waker.taken(DRAIN, "x")
    watch.jobs.tick()
    assert watch.queued(QUEUE) == 4


def test_breaking_news_has_a_queue_of_its_own(watch: Watch) -> None:
    """Breaking news wakes its lanes on the breaking queue too."""
    watch.publish(breaking=True)
    watch.jobs.tick()
    assert watch.queued(BREAKING) == 3


def test_closed_destinations_are_left_alone(watch: Watch) -> None:
    """A paused destination and one that rests are not woken."""
    watch.publish()
    watch.app.store.set_standing("x", "paused", "by hand")
    watch.app.store.rest("page", watch.app.store.now() + timedelta(minutes=5), "rate limit")
    watch.jobs.tick()
    assert watch.queued(QUEUE) == 1


def test_one_scheduler_leads(watch: Watch) -> None:
    """Of two schedulers one does the work; the other takes over once the first has let go."""
    watch.publish()
    assert watch.app.store.lease("scheduler", "another", timedelta(seconds=60))
    watch.jobs.tick()
    assert watch.queued(QUEUE) == 0
    watch.app.store.release("scheduler", "another")
    watch.jobs.tick()
    assert watch.queued(QUEUE) == 3


def test_what_a_dead_process_held_is_taken_back_at_once(watch: Watch) -> None:
    """A delivery held by a process of this machine that no longer lives goes back before its lease has run out."""
    watch.publish()
    (due,) = watch.app.store.due("x", limit=1)
    dead = watch.app.holder.rpartition("/")[0] + "/not-this-start"
    assert watch.app.store.claim(due, holder=dead, lease=timedelta(hours=1)) is not None
    watch.jobs.tick()
    (back,) = watch.app.store.log(LogFilter(destination="x"))
    assert (back.state, back.reason) == (State.PLANNED, "its worker was lost before anything was sent")


def test_a_broker_that_is_gone_harms_nothing(watch: Watch, redis_server: Redis) -> None:
    """While the broker is away waking says so instead of failing, and afterwards it works again."""
    watch.publish()
    redis_server.kill()
    try:
        assert not watch.waker.wake(DRAIN, "x")
        assert not watch.waker.alive()
        watch.jobs.tick()
    finally:
        redis_server.start()
    assert watch.waker.wake(OVERTAKE, "x")
    assert watch.queued(BREAKING) == 1


def test_the_schedule_is_complete_and_never_beside_itself(watch: Watch) -> None:
    """Every job is on the schedule, merged when late, and never run twice at once."""
    from apscheduler.schedulers.background import BackgroundScheduler

    clock = BackgroundScheduler(timezone="UTC")
    schedule(clock, watch.jobs)
    clock.start(paused=True)
    try:
        found = clock.get_jobs()
        assert {job.func.__name__ for job in found} == {"tick", "beat", "call_back", "check_platforms", "retire"}
        assert all(job.coalesce and job.max_instances == 1 for job in found)
    finally:
        clock.shutdown()
