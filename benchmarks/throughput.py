"""Deliveries per second, whole log and all, against one bare Celery task per POST, on SQLite and on Postgres.

Same Redis, same thread pool, same kind of session, same platform; both find their work queued when they start, and
the platform's own clock says how long it took from the first post to the last.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.servers import Postgres

from benchmarks.bare import QUEUE, bare_app
from benchmarks.newsroom import SECRETS, draft, folder, furnish, postgres, process, redis
from benchmarks.platform import Platform, platform
from wireroom.app import open_app

NUMBER = 1200
PLACES = 4
ROUNDS = 5
SLOW = 0.02
"""Seconds a platform far away takes here. Real ones take ten times as long; the proportions are the same."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a figure is taken: the servers, the channel, the number of posts."""

    broker: str
    there: Platform
    server: Postgres
    channel: str
    number: int


def run(number: int = NUMBER, rounds: int = ROUNDS) -> Iterator[str]:
    """Lines with the figures of both and their ratio, for Facebook (plain requests) and X (signed with OAuth 1.0a).

    Then how Wireroom grows with a second worker process on one Postgres: where the processors are the limit, and
    where the platform is.
    """
    yield f"{number} posts, {PLACES} destinations, {rounds} rounds of bare task and Wireroom in turn, medians"
    with folder() as home, redis(home) as broker, postgres() as server:
        with platform() as there:
            for channel in ("facebook", "x"):
                yield from _against_bare(Ground(broker, there, server, channel, number), rounds)
            yield from _growth(Ground(broker, there, server, "facebook", 3 * number), rounds, "at once")
        with platform(SLOW) as there:
            far = Ground(broker, there, server, "facebook", number)
            yield from _growth(far, rounds, f"after {SLOW * 1000:.0f} ms")


def _against_bare(ground: Ground, rounds: int) -> Iterator[str]:
    table = [(_bare(ground), _on_sqlite(ground), _on_postgres(ground)) for _ in range(rounds)]
    for figure, where in ((1, ""), (2, "   on Postgres")):
        pairs = [(row[0], row[figure]) for row in table]
        theirs, ours = (statistics.median(figures) for figures in zip(*pairs, strict=True))
        yield (
            f"{ground.channel:<9} Wireroom {ours:4.0f}/s   bare Celery task {theirs:4.0f}/s   "
            f"ratio {_spread([lanes / bare for bare, lanes in pairs])}{where}"
        )


def _growth(ground: Ground, rounds: int, answers: str) -> Iterator[str]:
    ways: list[Callable[[], float]] = [
        partial(_in_earnest, ground),
        partial(_in_earnest, ground, lanes=2),
        partial(_in_earnest, ground, workers=2),
    ]
    table = [[way() for way in ways] for _ in range(rounds)]
    one, lanes, two = (statistics.median(figures) for figures in zip(*table, strict=True))
    yield (
        f"Postgres, a platform that answers {answers}: one worker process {one:.0f}/s, "
        f"with two lanes for each destination {lanes:.0f}/s, two worker processes {two:.0f}/s   "
        f"growth {_spread([row[2] / row[0] for row in table])}"
    )


def _spread(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _bare(ground: Ground) -> float:
    there, broker, number = ground.there, ground.broker, ground.number
    there.reset()
    app = bare_app(broker, there.url, ground.channel)
    for each in range(number):
        app.send_task("bare.post", args=[each], queue=QUEUE)
    app.close()
    with process("benchmarks.bare", broker, there.url, ground.channel, str(2 * PLACES + 4)):
        return _rate(there.wait(number))


def _on_sqlite(ground: Ground) -> float:
    with queued(ground) as home, process("wireroom", "worker", "--home", str(home)):
        return _rate(ground.there.wait(ground.number // PLACES * PLACES))


def _on_postgres(ground: Ground) -> float:
    with (
        ground.server.database() as database,
        queued(ground, database=database) as home,
        process("wireroom", "worker", "--home", str(home)),
    ):
        return _rate(ground.there.wait(ground.number // PLACES * PLACES))


def _in_earnest(ground: Ground, *, lanes: int = 1, workers: int = 1) -> float:
    """With a scheduler, whose tick finds work for those who came late; from the middle on, when all are at work."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(ground.server.database())
        home = stack.enter_context(queued(ground, database=database, lanes=lanes))
        for part in ("scheduler", *["worker"] * workers):
            stack.enter_context(process("wireroom", part, "--home", str(home)))
        times = sorted(ground.there.wait(ground.number // PLACES * PLACES))
        return _rate(times[len(times) // 2 : -len(times) // 10])


@contextlib.contextmanager
def queued(ground: Ground, *, database: str = "", lanes: int = 1) -> Iterator[Path]:
    """A newsroom with all its work queued, and nobody at work yet."""
    ground.there.reset()
    with folder() as home:
        furnish(
            home,
            broker=ground.broker,
            url=ground.there.url,
            channel=ground.channel,
            places=PLACES,
            database=database,
            lanes=lanes,
        )
        with open_app(home, env=SECRETS) as app:
            for number in range(ground.number // PLACES):
                app.intake.take(draft(number, home.name))
        yield home


def _rate(times: list[float]) -> float:
    return (len(times) - 1) / (max(times) - min(times))
