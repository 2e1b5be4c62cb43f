"""The processes of a storm, told by a mark in their environment that every child inherits; finding and killing them."""

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
class Process:
    """One process: its pid and what it is: run (the supervisor), worker, scheduler, web, broker, or its command."""

    pid: int
    role: str


def family(mark: str) -> list[Process]:
    """Every living process that carries this mark."""
    wanted = f"{MARK}={mark}".encode()
    return [found for pid in _pids() if pid != os.getpid() and (found := _look(pid, wanted))]


def kill(processes: list[Process]) -> list[Process]:
    """End them as a power cut would, all at one moment as far as that goes; those that were still there."""
    struck = []
    for each in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGKILL)
            struck.append(each)
    return struck


def gone(mark: str, seconds: float) -> list[Process]:
    """Wait until no process carries the mark; those left when the time is up."""
    end = time.monotonic() + seconds
    while (left := family(mark)) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def _pids() -> Iterator[int]:
    for name in os.listdir("/proc"):  # noqa: PTH208  (hundreds of times a minute: names are enough)
        if name.isdigit():
            yield int(name)


def _look(pid: int, wanted: bytes) -> Process | None:
    """The process if it carries the mark; a zombie has no environment any more, so it does not."""
    place = Path(f"/proc/{pid}")
    try:
        if wanted not in (place / "environ").read_bytes().split(b"\0"):
            return None
        words = (place / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return None
    return Process(pid, _role(words))


def _role(words: list[str]) -> str:
    if "tether.py" in " ".join(words[:6]):
        return "starting"
    if words[1:3] == ["-m", "wireroom"] and words[3] in PARTS:
        return words[3]
    return "broker" if any(name in words[0] for name in ("redis-server", "valkey-server")) else words[0]
