"""The daemon's parts, each a process: worker, scheduler, web."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wireroom.broker import DRAIN
from wireroom.daemon import tether
from wireroom.daemon.address import must_be_free
from wireroom.daemon.watcher import watching
from wireroom.model.errors import UsageError

if TYPE_CHECKING:
    from wireroom.app import Application
    from wireroom.broker import Waker
    from wireroom.settings import Settings

log = logging.getLogger(__name__)

PARENT = "WIREROOM_SUPERVISOR"  # the pid of the supervisor that started this part
_BEAT = 5.0  # seconds between two signs of life
_SPARE = 4  # threads beyond two for each lane: one carries, one lets breaking news overtake


def worker(settings: Settings) -> int:
    """Carry deliveries until SIGTERM: what is on the wire is finished, nothing new is started."""
    from wireroom.app import Application

    _prepare(signal.SIGTERM)
    stopping = threading.Event()
    app = Application(settings, part="worker", env=os.environ, stopping=stopping.is_set)
    app.store.migrate()
    try:
        return _consume(app, _waker(app), stopping)
    finally:
        stopping.set()
        app.close()


def scheduler(settings: Settings) -> int:
    """Wake, take back, look and keep house until SIGTERM."""
    from apscheduler.schedulers.background import BackgroundScheduler

    from wireroom.app import Application
    from wireroom.daemon.jobs import LEADING, Jobs, catch_up, schedule

    _prepare(signal.SIGTERM)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    app = Application(settings, part="scheduler")
    app.store.migrate()
    try:
        jobs = Jobs(app, _waker(app))
        jobs.beat()
        clock = BackgroundScheduler(timezone="UTC")
        schedule(clock, jobs)
        clock.start()
        with watching(app, done):
            while not done.wait(1.0):
                catch_up(clock, datetime.now(UTC))
        clock.shutdown()
    finally:
        app.store.release(LEADING, app.holder)
        app.close()
    return 0


def web(settings: Settings) -> int:
    """Serve feeds, health, API and dashboard until SIGTERM."""
    import uvicorn

    from wireroom.app import Application
    from wireroom.web import create_app

    _prepare(signal.SIGTERM)
    must_be_free(settings)
    app = Application(settings, part="web")
    app.store.migrate()
    try:
        config = uvicorn.Config(
            create_app(app),
            host=settings.listen_host,
            port=settings.listen_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
            server_header=False,
            proxy_headers=False,
        )
        with watching(app, threading.Event()):
            uvicorn.Server(config).run()
    finally:
        app.close()
    return 0


def _prepare(number: signal.Signals) -> None:
    """Log to standard error, and go when the supervisor goes."""
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    for noisy in ("apscheduler", "uvicorn.error", "celery.worker.strategy", "celery.app.trace", "httpx", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if parent := os.environ.get(PARENT):
        tether.tie(number, int(parent))


def _waker(app: Application) -> Waker:
    if app.waker is None:
        raise UsageError(
            'broker = "embedded" lives inside `wireroom run`; for parts of their own set broker = "redis://…"'
        )
    return app.waker


def _consume(app: Application, waker: Waker, stopping: threading.Event) -> int:
    from celery import signals
    from celery.exceptions import CPendingDeprecationWarning, SecurityWarning

    from wireroom.broker import BREAKING, QUEUE, UNNAMED
    from wireroom.daemon.tasks import worker_app

    celery = worker_app(waker.url, app, waker)
    threads = 2 * sum(place.lanes for place in app.destinations.values()) + _SPARE

    def ready(**_: object) -> None:
        gc.collect()
        # Celery, which turns this on as it sets up its log, warns whoever loses the broker of a default to come
        warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)
        gc.freeze()  # what has been imported stays for good: the collector need not walk through it again
        threading.Thread(target=_beat, args=(app, stopping), daemon=True).start()
        greet(app, waker)

    signals.worker_ready.connect(ready, weak=False)
    signals.worker_shutting_down.connect(lambda **_: stopping.set(), weak=False)
    # Celery warns whoever runs as root about pickled tasks; ours are JSON, and any other content is refused
    warnings.filterwarnings("ignore", category=SecurityWarning)
    consumer = celery.Worker(
        hostname=f"wireroom@{os.uname().nodename}.{os.getpid()}",
        pool_cls="threads",
        concurrency=threads,
        queues=[BREAKING, QUEUE, UNNAMED],
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel="WARNING",
        quiet=True,
    )
    with watching(app, stopping):
        consumer.start()
    return int(consumer.exitcode or 0)


def greet(app: Application, waker: Waker) -> None:
    """What was queued while nobody was here goes out now, and feeds are there before their first item."""
    from wireroom.daemon.tasks import refresh

    for name in app.destinations:
        if not app.kinds[app.destinations[name].channel].social:
            refresh(app, name)
        app.lanes.call_back(name)  # a budget may have been raised
    for name in app.store.lanes_due(app.follows):
        waker.taken(DRAIN, name)  # a worker that was killed may have taken its wake-up and had no time to say so
        waker.wake(DRAIN, name)


def _beat(app: Application, stopping: threading.Event) -> None:
    while True:
        try:
            app.store.beat("worker", app.holder, {})
        except Exception:  # a sign of life that could not be written must not end the life
            log.exception("no sign of life could be written")
        if stopping.wait(_BEAT):
            return
