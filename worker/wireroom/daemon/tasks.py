"""The Celery tasks: a few lines each, for what they do is in dispatch."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from wireroom.broker import CALL_BACK, CHECK, DRAIN, LOOK, OVERTAKE, REFRESH, SEE, celery_app
from wireroom.dispatch import health
from wireroom.model.errors import Ending

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery

    from wireroom.app import Application
    from wireroom.broker import Waker
    from wireroom.dispatch.lane import Carried


log = logging.getLogger(__name__)


def worker_app(url: str, app: Application, waker: Waker) -> Celery:
    """The Celery app of a worker: its tasks bound to one application."""
    celery = celery_app(url)

    def drain(destination: str) -> None:
        waker.taken(DRAIN, destination)
        carried = app.lanes.drain(destination)
        go_on(app, waker, DRAIN, destination, carried)

    def overtake(destination: str) -> None:
        waker.taken(OVERTAKE, destination)
        carried = app.lanes.overtake(destination)
        go_on(app, waker, OVERTAKE, destination, carried)

    def look(destination: str) -> None:
        waker.taken(LOOK, destination)
        _drain(waker, destination, app.lanes.look(destination))

    def call_back(destination: str) -> None:
        waker.taken(CALL_BACK, destination)
        _drain(waker, destination, app.lanes.call_back(destination))

    def publish(article: dict[str, Any]) -> dict[str, Any]:
        return take_in(app, article)

    see = _heeding(waker, SEE, lambda name: app.lanes.see(name, app.settings.alerts.visible))
    check = _heeding(waker, CHECK, lambda name: check_health(app, name))
    renew = _heeding(waker, REFRESH, lambda name: refresh(app, name))
    lanes = ((DRAIN, drain), (OVERTAKE, overtake), (LOOK, look), (CALL_BACK, call_back))
    for name, task in (*lanes, (SEE, see), (CHECK, check), (REFRESH, renew)):
        celery.task(task, name=name)
    # an article is no hint: its message stays until it is in the database; taken twice, it is the same article
    celery.task(publish, name="wireroom.publish", acks_late=True)
    return celery


def _heeding(waker: Waker, task: str, work: Callable[[str], None]) -> Callable[[str], None]:
    """A task that takes its wake-up and does its work for the destination."""

    def run(destination: str) -> None:
        waker.taken(task, destination)
        work(destination)

    return run


def go_on(app: Application, waker: Waker, task: str, destination: str, carried: Carried) -> None:
    """Wake the lane again where more is due in it, and those who waited for what it has carried."""
    if carried.more:
        waker.wake(task, destination)
    if carried.number:
        for follower in app.followers(destination):
            waker.wake(task, follower)


def _drain(waker: Waker, destination: str, number: int) -> None:
    """Wake a lane for so many deliveries that may be due in it now."""
    if number:
        waker.wake(DRAIN, destination)


def refresh(app: Application, name: str) -> None:
    """Bring up to date what a destination keeps for its readers; what stands in the way is told, and tried again."""
    try:
        if name in app.destinations:
            app.lanes.refresh(name)
    except Ending as ending:
        log.warning("%s: %s", name, ending.message)


def check_health(app: Application, name: str) -> None:
    """Look at a destination's credentials; a lock that a person must open is noted before a post runs into it."""
    if name in app.destinations:
        health.look(app.store, app.lanes, name, app.settings.timezone)


def take_in(app: Application, article: dict[str, Any]) -> dict[str, Any]:
    """Take in an article another program sent; the shape of `publish --json`."""
    from wireroom.dispatch.shapes import taken_shape
    from wireroom.sources import read_json

    draft = read_json(article, name="wireroom.publish", publications=app.settings.publications, now=app.store.now())
    taken = app.intake.take(draft)
    app.wake({delivery.destination: delivery.breaking for delivery in taken.fresh})
    return taken_shape(taken)
