"""The processes of a storm: finding them by what they cannot shed, and killing them.

Each inherits a mark in its environment. Redis and Postgres write their titles over theirs, but they work in a folder
of the storm's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MARK = "WIREROOM_STORM"
PARTS = ("run", "worker", "scheduler", "web")


@dataclass(frozen=True, slots=True)
class Signs:
    """By which processes are told: the mark in their environment, and the folder they work in."""

    mark: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its pid and what it is: run (the supervisor), worker, scheduler, web, broker, or its command."""

    pid: int
    role: str


def family(signs: Signs) -> list[Process]:
    """Every living process that bears one of the signs."""
    return [found for pid in _pids() if pid != os.getpid() and (found := _look(pid, signs))]


def kill(processes: list[Process]) -> list[Process]:
    """End them as a power cut would, all at one moment as far as that goes; those that were still there."""
    struck = []
    for each in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGKILL)
            struck.append(each)
    return struck


def gone(signs: Signs, seconds: float) -> list[Process]:
    """Wait until no process bears the signs; those left when the time is up."""
    end = time.monotonic() + seconds
    while (left := family(signs)) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def _pids() -> Iterator[int]:
    for name in os.listdir("/proc"):  # noqa: PTH208  (hundreds of times a minute: names are enough)
        if name.isdigit():
            yield int(name)


def _look(pid: int, signs: Signs) -> Process | None:
    """The process if it is one of ours; a zombie has neither environment nor folder any more, so it is none."""
    place = Path(f"/proc/{pid}")
    try:
        if not _bears(place, signs):
            return None
        words = (place / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return None
    return Process(pid, _role(words))


def _bears(place: Path, signs: Signs) -> bool:
    if (place / "cwd").readlink().is_relative_to(signs.folder):
        return True
    wanted = f"{MARK}={signs.mark}".encode()
    return any(each.startswith(wanted) for each in (place / "environ").read_bytes().split(b"\0"))


def _role(words: list[str]) -> str:
    if words[1:3] == ["-m", "wireroom"] and words[3] in PARTS:
        return words[3]
    return "broker" if any(name in words[0] for name in ("redis-server", "valkey-server")) else words[0]
