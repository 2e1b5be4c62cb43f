"""The scheduler's jobs over a real database and a real Redis: hints sent once, one leader, nothing kept back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.newsrooms import SETTINGS
from tests.servers import Redis

from wireroom.app import Application
from wireroom.broker import BREAKING, DRAIN, OVERTAKE, QUEUE, SEE, Waker, redis_client
from wireroom.channels import catalogue
from wireroom.daemon.jobs import Jobs, catch_up, schedule
from wireroom.daemon.parts import greet
from wireroom.dispatch.watch import TICK
from wireroom.model.article import Draft
from wireroom.model.delivery import Move, State, Verdict
from wireroom.model.post import Receipt
from wireroom.settings import load
from wireroom.store import LogFilter

if TYPE_CHECKING:
    from apscheduler.schedulers.base import BaseScheduler


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


def test_a_new_worker_does_not_wait_for_what_a_dead_one_took(watch: Watch) -> None:
    """A worker that starts wakes what is due, though wake-ups that a killed worker had taken still count as unread."""
    watch.publish()
    watch.jobs.tick()
    with redis_client(watch.waker.url) as client:
        client.delete(QUEUE)
    watch.jobs.tick()
    assert watch.queued(QUEUE) == 0
    greet(watch.app, watch.waker)
    assert watch.queued(QUEUE) == 3


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


def test_a_late_post_wakes_its_lane_when_it_is_its_turn(watch: Watch) -> None:
    """A destination with nothing but late posts is woken for the next one's turn, and left alone until then."""
    watch.publish()
    store, gap = watch.app.store, watch.app.destinations["x"].gap
    assert store.mark_late("x", store.now() + timedelta(seconds=1), "late", 10) == 1
    assert store.take_turn("x", gap.every)
    watch.jobs.tick()
    assert watch.queued(QUEUE) == 2
    with store._database.writing() as session:
        session.raw.execute("UPDATE destinations SET spaced_until = 1 WHERE name = 'x'")
    watch.jobs.tick()
    assert watch.queued(QUEUE) == 3


def test_one_scheduler_leads(watch: Watch) -> None:
    """Of two schedulers one does the work; the other takes over once the first has let go."""
    watch.publish()
    assert watch.app.store.lease("scheduler", "another", timedelta(seconds=60))
    watch.jobs.tick()
    assert watch.queued(QUEUE) == 0
    watch.app.store.release("scheduler", "another")
    watch.jobs.tick()
    assert watch.queued(QUEUE) == 3


def test_a_dead_leader_is_not_waited_for(watch: Watch) -> None:
    """A leader of this machine that no longer lives is followed at once, however long its lease still runs."""
    watch.publish()
    dead = watch.app.holder.rpartition("/")[0] + "/not-this-start"
    assert watch.app.store.lease("scheduler", dead, timedelta(hours=1))
    watch.jobs.tick()
    assert watch.queued(QUEUE) == 3
    assert watch.app.store.leader("scheduler") == watch.app.holder


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
        assert {job.func.__name__ for job in found} == {
            "tick",
            "beat",
            "see",
            "call_back",
            "check_platforms",
            "renew",
            "retire",
        }
        assert all(job.coalesce and job.max_instances == 1 for job in found)
    finally:
        clock.shutdown()


@pytest.fixture
def paused() -> Iterator[BaseScheduler]:
    """A scheduler that runs nothing by itself."""
    from apscheduler.schedulers.background import BackgroundScheduler

    clock = BackgroundScheduler(timezone="UTC")
    clock.start(paused=True)
    yield clock
    clock.shutdown()


def test_a_clock_that_is_stepped_back_stops_no_job(watch: Watch, paused: BaseScheduler) -> None:
    """After a step back each job runs within its interval; without one, nothing is moved."""
    schedule(paused, watch.jobs)
    before = {job.func.__name__: job.next_run_time for job in paused.get_jobs()}
    catch_up(paused, datetime.now(UTC))
    assert {job.func.__name__: job.next_run_time for job in paused.get_jobs()} == before
    now = datetime.now(UTC) - timedelta(days=400)
    catch_up(paused, now)
    late = {job.func.__name__: job.next_run_time - now for job in paused.get_jobs()}
    assert late == {
        "tick": timedelta(seconds=1),
        "beat": timedelta(seconds=5),
        "see": timedelta(seconds=5),
        "call_back": timedelta(seconds=30),
        "check_platforms": timedelta(hours=1),
        "renew": timedelta(hours=1),
        "retire": timedelta(days=1),
    }


@pytest.mark.timeout(20)
def test_a_clock_that_is_stepped_far_ahead_runs_a_job_once(watch: Watch, paused: BaseScheduler) -> None:
    """A step of fifty years ahead, as of a host that wakes without a battery, counts as one late run."""
    schedule(paused, watch.jobs)
    for job in paused.get_jobs():
        now = job.next_run_time + timedelta(days=50 * 365)
        runs = job._get_run_times(now)
        assert len(runs) == 1
        assert job.trigger.get_next_fire_time(runs[-1], now) == now + job.trigger.interval


def test_on_time_a_job_keeps_its_beat(watch: Watch, paused: BaseScheduler) -> None:
    """A run that comes a little late does not shift the ones after it."""
    schedule(paused, watch.jobs)
    tick = next(job for job in paused.get_jobs() if job.func.__name__ == "tick")
    planned, second = tick.next_run_time, timedelta(seconds=1)
    assert tick.trigger.get_next_fire_time(planned, planned + second / 20) == planned + second


def test_what_was_delivered_is_looked_for_later(watch: Watch) -> None:
    """Ten minutes after a delivery its destination is woken for a look, once in two minutes; not while it is closed."""
    watch.publish()
    store = watch.app.store
    (due,) = store.due("x", limit=1)
    held = store.claim_and_touch(due, holder="worker@test", lease=timedelta(minutes=1))
    assert held is not None
    sent = Verdict(move=Move.RECEIPT, why="", outcome="receipt", receipt=Receipt(remote_id="1"))
    assert store.settle(held[0], sent, by="worker@test", attempt=held[1])
    watch.jobs.see()
    assert watch.queued(QUEUE) == 0
    visible = replace(watch.app.settings.alerts, visible=timedelta(milliseconds=1))
    watch.app.settings = replace(watch.app.settings, alerts=visible)
    store.set_standing("x", "paused", "by hand")
    watch.jobs.see()
    assert watch.queued(QUEUE) == 0
    store.set_standing("x", "open", "")
    watch.jobs.see()
    assert watch.queued(QUEUE) == 1
    watch.app.settings = replace(watch.app.settings, alerts=replace(visible, visible=None))
    watch.waker.taken(SEE, "x")
    watch.jobs.see()
    assert watch.queued(QUEUE) == 1


def test_a_look_keeps_its_distance(watch: Watch) -> None:
    """However often the job runs, in however many schedulers, a destination is woken for one look in two minutes."""
    taken = [watch.app.store.lease("see:x", f"one/{number}", timedelta(minutes=2)) for number in range(3)]
    assert taken == [True, False, False]


def test_a_sign_of_life_tells_of_the_last_tick(watch: Watch) -> None:
    """The scheduler's beat says when it last came to the end of a tick; one that does not lead ticks nothing."""
    watch.jobs.beat()
    assert watch.app.store.beats()[0].facts == {}
    before = watch.app.store.now()
    watch.jobs.tick()
    watch.jobs.beat()
    (beat,) = watch.app.store.beats()
    assert before <= datetime.fromisoformat(beat.facts[TICK]) <= watch.app.store.now()
