"""Where the processor's time of one post goes: a worker under load, sampled by py-spy, bare and on each database.

Samples of threads that run are shared out among the parts of the program by the innermost frame that is somebody's;
the worker's own processor time, by the kernel's account, says how much that is.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bare import QUEUE, bare_app
from benchmarks.newsroom import folder, postgres, process, redis
from benchmarks.platform import platform
from benchmarks.throughput import PLACES, Ground, queued

NUMBER = 4000
RATE = 200
"""Samples a second."""

CLIENT, CHANNEL, LANE = "client library (requests, urllib3, http.client)", "channel and its log entry", "lane and rules"
SETTLE, CLAIM, BOTH = "SQL: settle", "SQL: claim and touch", "SQL: both in one statement"
TURN, DUE, MESSAGE, REST = "transaction, connection, disk", "what is due, standing", "Celery and Redis", "the rest"
TOGETHER = "together"

_HOMES = {
    **dict.fromkeys(("requests/", "urllib3/", "http/client", "oauthlib/", "requests_oauthlib/", "tweepy/"), CLIENT),
    **dict.fromkeys(("wireroom/channels/", "benchmarks/bare"), CHANNEL),
    **dict.fromkeys(("wireroom/store/", "psycopg", "sqlalchemy/"), TURN),
    **dict.fromkeys(("wireroom/dispatch/", "wireroom/compose/", "wireroom/limits"), LANE),
    **dict.fromkeys(("celery/", "kombu/", "redis/", "billiard/", "vine/"), MESSAGE),
}
_WAITING = (
    "_worker (concurrent",
    "wait (threading",
    "readinto (socket",
    "wait (psycopg",
    "poll (",
    "flush (wireroom",
    "_turn (wireroom",
)
_STEPS = {
    "_settle (wireroom/store": SETTLE,
    "_take (wireroom/store": CLAIM,
    "_hand_over (wireroom/store": BOTH,
    "due (wireroom/store": DUE,
    "standing (wireroom/store": DUE,
}


def run(number: int = NUMBER) -> Iterator[str]:
    """A table of milliseconds of processor time per post and part, for the bare task, SQLite and Postgres."""
    with folder() as home, redis(home) as broker, postgres() as server, platform() as there:
        for channel in ("facebook", "x"):
            ground = Ground(broker, there, server, channel, number)
            columns = {"bare": _bare(ground), "SQLite": _wireroom(ground), "Postgres": _wireroom(ground, on=server)}
            yield f"{channel}: milliseconds of the worker's processor time per post, {number} posts, {RATE} samples/s"
            yield f"{'':<50}" + "".join(f"{column:>10}" for column in columns)
            for name in (CLIENT, CHANNEL, SETTLE, CLAIM, BOTH, TURN, DUE, LANE, MESSAGE, REST, TOGETHER):
                yield f"{name:<50}" + "".join(f"{column.get(name, 0.0):10.2f}" for column in columns.values())


def part(frames: list[str]) -> str:
    """Whose a stack is, outermost frame first, each "function (file)"; "" for a thread that waits."""
    if any(sign in frames[-1] for sign in _WAITING):
        return ""
    for frame in reversed(frames):
        name = next((name for path, name in _HOMES.items() if path in frame), "")
        if name:
            return next((step for sign, step in _STEPS.items() if _has(frames, sign)), name) if name == TURN else name
    return REST


def _has(frames: list[str], sign: str) -> bool:
    return any(sign in frame for frame in frames)


def _bare(ground: Ground) -> dict[str, float]:
    ground.there.reset()
    app = bare_app(ground.broker, ground.there.url, ground.channel)
    for each in range(ground.number):
        app.send_task("bare.post", args=[each], queue=QUEUE)
    app.close()
    return _sampled(ground, "benchmarks.bare", ground.broker, ground.there.url, ground.channel, str(2 * PLACES + 4))


def _wireroom(ground: Ground, on: object = None) -> dict[str, float]:
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(ground.server.database()) if on else ""
        home = stack.enter_context(queued(ground, database=database))
        return _sampled(ground, "wireroom", "worker", "--home", str(home))


def _sampled(ground: Ground, *line: str) -> dict[str, float]:
    """Milliseconds per post and part of a worker, sampled from a quarter of its work to nine tenths."""
    with folder() as home, process(*line) as worker:
        samples, there = home / "samples", ground.there
        there.wait(ground.number // 4)
        with _spy(worker.pid, samples):
            first, used = len(there.times()), _used(worker.pid)
            last = len(there.wait(ground.number * 9 // 10))
            used = _used(worker.pid) - used
        there.wait(ground.number)
        return _shares(samples.read_text(), used * 1000 / (last - first))


@contextlib.contextmanager
def _spy(pid: int, samples: Path) -> Iterator[None]:
    program = Path(sys.executable).with_name("py-spy")
    line = [str(program), "record", "--pid", str(pid), "--output", str(samples), "--rate", str(RATE), "--function"]
    spy = subprocess.Popen([*line, "--format", "raw", "--duration", "600"], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        spy.send_signal(signal.SIGINT)
        spy.wait(60)


def _shares(samples: str, together: float) -> dict[str, float]:
    counted: Counter[str] = Counter()
    for line in samples.splitlines():
        stack, _, number = line.rpartition(" ")
        counted[part(stack.split(";"))] += int(number)
    del counted[""]
    whole = counted.total()
    return {name: number / whole * together for name, number in counted.items()} | {TOGETHER: together}


def _used(pid: int) -> float:
    """Seconds of processor time a process has used, its own and the kernel's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
