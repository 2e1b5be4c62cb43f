"""The scheduler's jobs: wake what is due, take back what was lost, look for what is in doubt, keep house.

Every job may run twice, late, or in two schedulers at once without harm; a leader's lease keeps that rare.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from wireroom.broker import CHECK, DRAIN, LOOK, OVERTAKE
from wireroom.dispatch.looks import take_back_lost
from wireroom.holders import gone

if TYPE_CHECKING:
    from apscheduler.schedulers.base import BaseScheduler

    from wireroom.app import Application
    from wireroom.broker import Waker
    from wireroom.model.destination import Standing

log = logging.getLogger(__name__)

LEADER = timedelta(seconds=6)  # how long a leader may be silent before another takes over
BEAT = "scheduler"


class Jobs:
    """What the scheduler does, bound to one application."""

    def __init__(self, app: Application, waker: Waker) -> None:
        self._app, self._waker = app, waker

    def tick(self) -> None:
        """Every second: wake the lanes with something due or in doubt, take back what lost workers held."""
        if not self._leads():
            return
        store = self._app.store
        self._take_back()
        closed = {name for name, standing in store.standings().items() if self._closed(standing)}
        for name, urgent in {**self._late_lanes(), **store.lanes_due()}.items():
            if name in closed or name not in self._app.destinations:
                continue
            self._waker.wake(DRAIN, name)
            if urgent:
                self._waker.wake(OVERTAKE, name)
        for name in store.lanes_in_doubt():
            self._waker.wake(LOOK, name)

    def beat(self) -> None:
        """Every few seconds: say that the scheduler is alive."""
        self._app.store.beat(BEAT, self._app.holder, {})

    def check_platforms(self) -> None:
        """Daily: have every destination's credentials tried."""
        if self._leads():
            for name in self._app.destinations:
                self._waker.wake(CHECK, name)

    def retire(self) -> None:
        """Daily: remove what ended longer ago than the newsroom keeps, a thousand rows at a time."""
        if not self._leads():
            return
        store = self._app.store
        before = store.now() - self._app.settings.retention
        while store.retire(before, 1000, keep=self._items()):
            pass
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
        return self._app.store.lease("scheduler", self._app.holder, LEADER)

    def _take_back(self) -> None:
        taken = take_back_lost(
            self._app.store, self._app.destinations, self._repeatable, by=self._app.holder, gone=gone
        )
        if taken:
            log.warning("took back %d deliveries whose worker was lost", taken)

    def _repeatable(self, name: str) -> bool:
        return not self._app.kinds[self._app.destinations[name].channel].social

    def _closed(self, standing: Standing) -> bool:
        resting = standing.rests_until is not None and standing.rests_until > self._app.store.now()
        return standing.state != "open" or resting


def schedule(scheduler: BaseScheduler, jobs: Jobs) -> None:
    """Put the jobs on a scheduler: late runs are merged, and a job never runs beside itself."""
    rules = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler.add_job(jobs.tick, "interval", seconds=1, **rules)
    scheduler.add_job(jobs.beat, "interval", seconds=5, **rules)
    soon = datetime.now(UTC) + timedelta(minutes=1)  # a daemon that is started anew each day looks too
    scheduler.add_job(jobs.check_platforms, "interval", days=1, next_run_time=soon, **rules)
    scheduler.add_job(jobs.retire, "interval", days=1, next_run_time=soon, **rules)
