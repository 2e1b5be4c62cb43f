"""The scheduler's jobs: wake what is due, take back what was lost, look for what is in doubt, keep house.

Every job may run twice, late, or in two schedulers at once without harm; a leader's lease keeps that rare.
"""

from __future__ import annotations

import logging
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.triggers.interval import IntervalTrigger

from wireroom.broker import CALL_BACK, CHECK, DRAIN, LOOK, OVERTAKE, REFRESH, SEE
from wireroom.dispatch import budget, health
from wireroom.dispatch.looks import take_back_lost
from wireroom.dispatch.sight import pause, to_see
from wireroom.dispatch.watch import TICK
from wireroom.holders import gone
from wireroom.model.destination import Rest, Standing

if TYPE_CHECKING:
    from apscheduler.schedulers.base import BaseScheduler

    from wireroom.app import Application
    from wireroom.broker import Waker

log = logging.getLogger(__name__)

LEADER = timedelta(seconds=6)  # how long a leader may be silent before another takes over
LEADING = BEAT = "scheduler"


class Jobs:
    """What the scheduler does, bound to one application."""

    def __init__(self, app: Application, waker: Waker) -> None:
        self._app, self._waker = app, waker
        self._ticked: datetime | None = None

    def tick(self) -> None:
        """Every second: wake the lanes with something due or in doubt, take back what lost workers held."""
        if not self._leads():
            return
        store = self._app.store
        self._take_back()
        standings = store.standings()
        for name, urgent in {**self._late_lanes(), **store.lanes_due(self._app.follows)}.items():
            standing = standings.get(name, Standing(name=name))
            if name not in self._app.destinations or standing.state != "open":
                continue
            resting = standing.rests_until is not None
            if not resting:
                self._waker.wake(DRAIN, name)
            if urgent and (not resting or standing.rest is Rest.SLOW):
                self._waker.wake(OVERTAKE, name)
        for name in store.lanes_in_doubt():
            if self._may_look(standings.get(name, Standing(name=name))):
                self._waker.wake(LOOK, name)
        self._ticked = store.now()

    def beat(self) -> None:
        """Every few seconds: say that the scheduler is alive, and when it last came to the end of a tick."""
        facts = {TICK: self._ticked.isoformat()} if self._ticked else {}
        self._app.store.beat(BEAT, self._app.holder, facts)

    def see(self) -> None:
        """Every few seconds: have what was delivered a while ago looked for where its readers would see it.

        The lease that nobody gives back keeps the next look at a destination at a distance.
        """
        store, after = self._app.store, self._app.settings.alerts.visible
        if after is None or not self._leads():
            return
        standings = store.standings()
        for name in self._app.destinations:
            standing = standings.get(name, Standing(name=name))
            if (
                standing.state != "open"
                or not self._may_look(standing)
                or not to_see(store, name, after, social=self._app.social(name), limit=1)
            ):
                continue
            if store.lease(f"see:{name}", f"{self._app.holder}/{uuid.uuid4()}", pause(after)):
                self._waker.wake(SEE, name)

    def check_platforms(self) -> None:
        """Hourly: have the credentials tried that nobody has looked at for a day, and word the warnings anew."""
        if not self._leads():
            return
        store = self._app.store
        health.keep_in_step(store, self._app.settings.timezone)
        known, standings, now = store.healths(), store.standings(), store.now()
        for name in self._app.destinations:
            if health.due(known.get(name), standings.get(name), now):
                self._waker.wake(CHECK, name)

    def call_back(self) -> None:
        """Every half minute: where something waits for money, have it seen whether there is room again."""
        if not self._leads():
            return
        for name in self._app.destinations:
            if self._app.store.waiting(name, budget.WAITS, limit=1):
                self._waker.wake(CALL_BACK, name)

    def renew(self) -> None:
        """Hourly: have the feeds written anew, for time passes in them too: a month ends, news is two days old."""
        if not self._leads():
            return
        for name, place in self._app.destinations.items():
            if place.channel == "feed":
                self._waker.wake(REFRESH, name)

    def retire(self) -> None:
        """Daily: remove what ended longer ago than the newsroom keeps, a thousand rows at a time."""
        if not self._leads():
            return
        store = self._app.store
        now = store.now()
        this_month, _ = budget.month(now, self._app.settings.timezone)  # its budget is counted from the log
        before = min(now - self._app.settings.retention, this_month)
        while store.retire(before, 1000, keep=self._items()):
            pass
        store.forget_expired()
        store.forget_beats(store.now() - timedelta(days=1))

    def _items(self) -> dict[str, int]:
        """What feeds still hold must stay in the log, however old it is: a feed is written from it."""
        places = self._app.destinations.values()
        return {
            place.name: int(str(place.options.get("items") or 0)) for place in places if self._repeatable(place.name)
        }

    def _late_lanes(self) -> dict[str, bool]:
        """The lanes with something late whose turn it is; the others would be woken for nothing."""
        store, places = self._app.store, self._app.destinations
        late = store.lanes_late(list(places))
        return {name: False for name in late if store.turn_in(name, places[name].gap.every) <= timedelta(0)}

    def _leads(self) -> bool:
        """Whether this scheduler leads; one that is known to be dead is not waited for."""
        store, mine = self._app.store, self._app.holder
        if store.lease(LEADING, mine, LEADER):
            return True
        other = store.leader(LEADING)
        if other is None or not gone(other):
            return False
        store.release(LEADING, other)
        return store.lease(LEADING, mine, LEADER)

    def _take_back(self) -> None:
        taken = take_back_lost(
            self._app.store, self._app.destinations, self._repeatable, by=self._app.holder, gone=gone
        )
        if taken:
            log.warning("took back %d deliveries whose worker was lost", taken)

    def _repeatable(self, name: str) -> bool:
        return not self._app.social(name)

    def _may_look(self, standing: Standing) -> bool:
        """A platform that asked us to wait, fails, or takes no keys is not asked either, until that is over."""
        resting = standing.rests_until is not None and standing.rest is not Rest.SLOW
        return standing.state != "locked" and not resting


class Every(IntervalTrigger):  # type: ignore[misc]  # apscheduler has no types
    """A trigger for every so often, whatever the host's clock does: what is late is run once, not once for each time.

    The usual one counts all runs that a clock stepped forward has skipped: after a step of years it never ends.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The next time: never in the past, as far as `now` tells."""
        following: datetime | None = super().get_next_fire_time(previous_fire_time, now)
        return following if following is None or following > now else now + self.interval


def schedule(scheduler: BaseScheduler, jobs: Jobs) -> None:
    """Put the jobs on a scheduler: late runs are merged, and a job never runs beside itself."""
    rules = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler.add_job(jobs.tick, Every(seconds=1, timezone=UTC), **rules)
    scheduler.add_job(jobs.beat, Every(seconds=5, timezone=UTC), **rules)
    scheduler.add_job(jobs.see, Every(seconds=5, timezone=UTC), **rules)
    soon = datetime.now(UTC) + timedelta(minutes=1)  # a daemon that is started anew each day looks too
    scheduler.add_job(jobs.call_back, Every(seconds=30, timezone=UTC), **rules)
    scheduler.add_job(jobs.check_platforms, Every(hours=1, timezone=UTC), next_run_time=soon, **rules)
    scheduler.add_job(jobs.renew, Every(hours=1, timezone=UTC), **rules)
    scheduler.add_job(jobs.retire, Every(days=1, timezone=UTC), next_run_time=soon, **rules)


def catch_up(scheduler: BaseScheduler, now: datetime) -> None:
    """Bring nearer what is further off than its interval, as after the host's clock was stepped back.

    The scheduler keeps its times by that clock, so without this nothing would be woken until it has caught up.
    """
    for job in scheduler.get_jobs():
        if job.next_run_time is not None and job.next_run_time > now + job.trigger.interval:
            job.modify(next_run_time=now + job.trigger.interval)
