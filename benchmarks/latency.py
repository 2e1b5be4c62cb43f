"""From `publish` to the wire, at rest: one article at a time into a running daemon."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from benchmarks.newsroom import SECRETS, draft, folder, furnish, process, until
from benchmarks.platform import platform
from wireroom.app import open_app
from wireroom.daemon import supervisor

NUMBER = 60


def run(number: int = NUMBER) -> Iterator[str]:
    """Lines with p50, p90 and p99 in milliseconds: intake, commit, wake-up, claim, request on the wire."""
    with platform() as there, folder() as home:
        furnish(home, broker="embedded", url=there.url, channel="facebook", places=1)
        with process("wireroom", "run", "--home", str(home)), open_app(home, env=SECRETS) as app:
            until(lambda: {beat.name for beat in app.store.beats()} >= {"worker", "scheduler"})
            until(lambda: supervisor.pid(app.settings.run) is not None)
            waits = []
            for each in range(number + 5):
                there.reset()
                began = time.monotonic()
                taken = app.intake.take(draft(each, home.name))
                app.wake({delivery.destination: False for delivery in taken.fresh})
                waits.append((there.wait(1)[0] - began) * 1000)
                time.sleep(0.05)
    cuts = statistics.quantiles(waits[5:], n=100)
    yield f"{number} articles, one at a time: p50 {cuts[49]:.1f} ms, p90 {cuts[89]:.1f} ms, p99 {cuts[98]:.1f} ms"
