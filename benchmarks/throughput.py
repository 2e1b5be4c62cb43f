"""Deliveries per second, whole log and all, against one bare Celery task per POST.

Same Redis, same thread pool, same kind of session, same platform; both find their work queued when they start, and
the platform's own clock says how long it took from the first post to the last.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bare import QUEUE, bare_app
from benchmarks.newsroom import SECRETS, draft, folder, furnish, process, redis
from benchmarks.platform import Platform, platform
from wireroom.app import open_app

NUMBER = 1200
PLACES = 4
ROUNDS = 5


def run(number: int = NUMBER, rounds: int = ROUNDS, database: str = "") -> Iterator[str]:
    """Lines with the figures of both and their ratio, for Facebook (plain requests) and X (signed with OAuth 1.0a)."""
    yield f"{number} posts, {PLACES} destinations, {rounds} rounds of bare task and Wireroom in turn, medians"
    with platform() as there, folder() as run_home, redis(run_home) as broker:
        for channel in ("facebook", "x"):
            pairs = [
                (_bare(broker, there, channel, number), _lanes(broker, there, channel, number, database))
                for _ in range(rounds)
            ]
            theirs, ours = (statistics.median(figures) for figures in zip(*pairs, strict=True))
            ratios = sorted(lanes / bare for bare, lanes in pairs)
            yield (
                f"{channel:<9} Wireroom {ours:4.0f}/s   bare Celery task {theirs:4.0f}/s   "
                f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            )


def _bare(broker: str, there: Platform, channel: str, number: int) -> float:
    there.reset()
    app = bare_app(broker, there.url, channel)
    for each in range(number):
        app.send_task("bare.post", args=[each], queue=QUEUE)
    app.close()
    with process("benchmarks.bare", broker, there.url, channel, str(2 * PLACES + 4)):
        return _rate(there.wait(number))


def _lanes(broker: str, there: Platform, channel: str, number: int, database: str) -> float:
    there.reset()
    with folder() as home:
        furnish(home, broker=broker, url=there.url, channel=channel, places=PLACES, database=database)
        _queue(home, number // PLACES)
        with process("wireroom", "worker", "--home", str(home)):
            return _rate(there.wait(number // PLACES * PLACES))


def _queue(home: Path, articles: int) -> None:
    with open_app(home, env=SECRETS) as app:
        for number in range(articles):
            app.intake.take(draft(number, home.name))


def _rate(times: list[float]) -> float:
    return (len(times) - 1) / (max(times) - min(times))
