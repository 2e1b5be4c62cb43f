"""What it costs that an acknowledged article survives a power cut: intake with and without waiting for the disk."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks.newsroom import SECRETS, draft, folder, furnish
from wireroom.app import Application, open_app
from wireroom.store import Transaction

NUMBER = 150
ROUNDS = 5
WAYS: dict[str, dict[str, bool]] = {
    "FULL": {"acknowledged": True},  # what intake does: SQLite waits within the commit
    "flush": {"durable": True},  # what the lane's touch does: we wait after the commit
    "NORMAL": {},  # nobody waits: a power cut may take the last articles back
}


def run(number: int = NUMBER, rounds: int = ROUNDS) -> Iterator[str]:
    """Lines with articles per second and milliseconds per article, for one writer and for four at once."""
    yield f"{number} articles with three posts each, {rounds} rounds of the ways in turn, SQLite"
    for threads in (1, 4):
        waits: dict[str, list[float]] = {way: [] for way in WAYS}
        rates: dict[str, list[float]] = {way: [] for way in WAYS}
        for each in range(rounds):
            for way in WAYS:
                rate, took = _takes(way, number, threads, str(each))
                rates[way].append(rate)
                waits[way] += took
        for way in WAYS:
            cuts = statistics.quantiles(waits[way], n=100)
            told = f"{statistics.median(rates[way]):5.0f} articles/s   p50 {cuts[49]:5.1f} ms   p99 {cuts[98]:5.1f} ms"
            yield f"{threads} writer{'s' if threads > 1 else ' '}  {way:<7}{told}"


def _takes(way: str, number: int, threads: int, tag: str) -> tuple[float, list[float]]:
    """Articles per second, and the milliseconds each took."""
    with folder() as home:
        furnish(home, broker="embedded", url="http://127.0.0.1:1", channel="facebook", places=3)
        with open_app(home, env=SECRETS) as app, ThreadPoolExecutor(threads) as pool:
            _write(app, way)
            drafts = [draft(each, f"{way} {tag}") for each in range(number + threads)]
            list(pool.map(app.intake.take, drafts[number:]))  # templates read, connections open

            def take(each: int) -> float:
                began = time.monotonic()
                app.intake.take(drafts[each])
                return (time.monotonic() - began) * 1000

            began = time.monotonic()
            waits = list(pool.map(take, range(number)))
            return number / (time.monotonic() - began), waits


def _write(app: Application, way: str) -> None:
    """Have intake's transactions written one way or another."""
    database = app.store._database

    @contextmanager
    def transaction(*, durable: bool = False) -> Iterator[Transaction]:
        with database.writing(**(WAYS[way] if durable else {})) as session:
            yield Transaction(database, session)

    app.store.transaction = transaction  # type: ignore[method-assign]
