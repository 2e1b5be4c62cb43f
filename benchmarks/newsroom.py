"""Throw-away newsrooms for benchmarks: settings, articles, an outside broker and a worker process."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests import servers

from wireroom.daemon import embedded
from wireroom.model.article import Draft
from wireroom.settings import Settings

SECRETS = {
    "BENCH_TOKEN": "token",
    "BENCH_A": "consumer-key",
    "BENCH_B": "consumer-secret",
    "BENCH_C": "access-token",
    "BENCH_D": "access-token-secret",
}

_HEAD = """
[wireroom]
database = "{database}"
broker = "{broker}"
listen = "127.0.0.1:{port}"
[publications.bench]
name = "Bench"
url = "https://bench.example.org"
"""
_FACEBOOK = """
[destinations.facebook-{number}]
channel = "facebook"
base_url = "{url}"
lanes = {lanes}
page_id = "1"
access_token = {{ env = "BENCH_TOKEN" }}
"""
_X = """
[destinations.x-{number}]
channel = "x"
base_url = "{url}"
lanes = {lanes}
consumer_key = {{ env = "BENCH_A" }}
consumer_secret = {{ env = "BENCH_B" }}
access_token = {{ env = "BENCH_C" }}
access_token_secret = {{ env = "BENCH_D" }}
"""
_PLACES = {"facebook": _FACEBOOK, "x": _X}


def furnish(
    home: Path, *, broker: str, url: str, channel: str, places: int, database: str = "", lanes: int = 1
) -> None:
    """A newsroom in `home` with `places` destinations of one channel at `url`, each with so many lanes."""
    database = database or "sqlite:///var/wireroom.db"
    text = _HEAD.format(database=database, broker=broker, port=free_port())
    text += "".join(_PLACES[channel].format(number=number, url=url, lanes=lanes) for number in range(places))
    (home / "config").mkdir(parents=True)
    (home / "config" / "wireroom.toml").write_text(text)


def draft(number: int, tag: str = "") -> Draft:
    """The n-th article."""
    text = f"The harbor's {number}th ferry {tag} left on time, said the harbor master. " * 4
    return Draft(
        publication="bench",
        title=f"Ferry number {number} {tag} leaves the harbor on time",
        published_at=datetime.now(UTC),
        html=f"<p>{text}</p>",
        text=text,
        summary="It left on time.",
        tags=("harbor", "ferries"),
        source="-",
    )


@contextlib.contextmanager
def folder(*, memory: bool = False) -> Iterator[Path]:
    """An empty folder, gone afterwards; in `memory`, where there is such a place, so that no disk is measured."""
    where = "/dev/shm" if memory and Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix="wireroom-bench-", dir=where, ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextlib.contextmanager
def redis(run: Path) -> Iterator[str]:
    """A Redis on a private socket; its broker URL."""
    process, url = embedded.start(Settings(home=run))
    try:
        yield url
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def postgres() -> Iterator[servers.Postgres]:
    """A Postgres that waits for the disk as one in earnest does."""
    with folder() as home:
        home.chmod(0o755)  # it never runs as root, and must get in
        with servers.postgres(home / "postgres", fsync=True) as server:
            yield server


@contextlib.contextmanager
def process(*line: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child process with the benchmark's secrets, ended with SIGTERM."""
    child = subprocess.Popen(
        [sys.executable, "-m", *line],
        env={**os.environ, **SECRETS},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(60)


def free_port() -> int:
    """A port nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: object, seconds: float = 30.0) -> None:
    """Wait until `condition()` holds."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come about")
        time.sleep(0.05)
