"""Publishes articles all the while, as an editor who tries again until it is acknowledged."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.storm.newsroom import draft
from wireroom.app import Application, open_app
from wireroom.model.errors import StoreError
from wireroom.store import Store

MOST = 120  # posts under way, at which the publisher waits for the newsroom


@dataclass(frozen=True, slots=True)
class Promise:
    """One delivery that publishing has acknowledged."""

    delivery: str
    destination: str
    link: str
    title: str


class Publisher:
    """Takes articles in, `rate` a second, in a thread of its own; `promises` is what was acknowledged."""

    def __init__(self, home: Path, clock: Path, rate: float) -> None:
        self._home, self._clock, self._rate = home, clock, rate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher")
        self.promises: list[Promise] = []
        self.articles = self.tries = 0
        self.failure: BaseException | None = None

    def __enter__(self) -> Publisher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Finish the article at hand, and publish no more."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            with self._opened() as app:
                while not self._stop.is_set():
                    began = time.monotonic()
                    if self._under_way(app) < MOST:
                        self._publish(app, self.articles + 1)
                    self._stop.wait(max(0.0, 1 / self._rate - (time.monotonic() - began)))
        except BaseException as error:  # noqa: BLE001  (the storm must not go on as if articles were published)
            self.failure = error

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Application]:
        """The newsroom, its host's clock the stepped one; a Postgres has a clock of its own."""
        with open_app(self._home, env={}) as app:
            if app.settings.database.startswith("sqlite"):
                app.store.close()
                app.store = Store(app.settings.database, clock=self._now())
            yield app

    def _now(self) -> Callable[[], datetime]:
        def now() -> datetime:
            return datetime.now(UTC) + timedelta(seconds=float(self._clock.read_text()))

        return now

    def _under_way(self, app: Application) -> int:
        try:
            tally = app.store.tally()
        except StoreError:
            return 0
        return sum(number for (_, state), number in tally.items() if state in ("planned", "sending", "unconfirmed"))

    def _publish(self, app: Application, number: int) -> None:
        """Take one article in, however often that takes: what was refused or unclear is tried again, as people do."""
        while True:
            self.tries += 1
            try:
                taken = app.intake.take(draft(number))
            except StoreError:
                time.sleep(0.2)
            else:
                break
        self.articles = number
        article = taken.article
        for each in taken.deliveries:
            self.promises.append(Promise(each.id, each.destination, article.url, article.title))
        app.wake({each.destination: each.breaking for each in taken.fresh})
