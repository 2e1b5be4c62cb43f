"""Whole newsrooms for tests: a home on the sandbox, its commands as processes, its daemon ended whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wireroom.daemon import supervisor
from wireroom.dispatch.shapes import delivery_shape
from wireroom.store import LogFilter, Store

SETTINGS = """
[wireroom]
timezone = "Asia/Tokyo"
database = "{database}"
broker = "{broker}"
listen = "127.0.0.1:{port}"
sandbox = "{sandbox}"

[publications.harbor-post]
name = "Harbor Post"
url = "https://harbor.example.org"
timezone = "Asia/Tokyo"

[destinations.feed]
channel = "feed"

[destinations.x]
channel = "x"
base_url = "sandbox"
max_age = "none"
timeout = "5s"
settle = {{ after = "1s", looks = 2 }}
retry = {{ attempts = 8, first = "1s", longest = "2s" }}

[destinations.page]
channel = "facebook"
base_url = "sandbox"
max_age = "none"
timeout = "5s"
settle = {{ after = "1s", looks = 2 }}
retry = {{ attempts = 8, first = "1s", longest = "2s" }}
"""

WIRE = """date 2026-01-10 {title}

Mika Hamada

Harbor Post

{body}

http://harbor.example.org Harbor Post – News from the quay
"""


@dataclass(frozen=True)
class Newsroom:
    """A home, and the means to work in it as a person would."""

    home: Path
    port: int
    database: str

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `wireroom` with these words; fails the test when it does, unless `check` is off."""
        line = [sys.executable, "-m", "wireroom", *words, "--home", str(self.home)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=90, check=False)
        if check and done.returncode:
            raise AssertionError(f"wireroom {' '.join(words)} ended {done.returncode}: {done.stderr}{done.stdout}")
        return done

    def told(self, *words: str) -> list[dict[str, Any]]:
        """What a command says with --json."""
        return [json.loads(line) for line in self.command(*words, "--json").stdout.splitlines()]

    def log(self) -> list[dict[str, Any]]:
        """The log, read where the commands read it."""
        with Store(self.database.replace("///var/", f"///{self.home}/var/")) as store:
            return [delivery_shape(delivery) for delivery in store.log(LogFilter(limit=10_000))]

    def article(self, name: str, body: str = "The ferry left on time.") -> Path:
        """A file of wire text with this headline."""
        path = self.home / f"{name}.txt"
        path.write_text(WIRE.format(title=name.replace("-", " ").capitalize(), body=body))
        return path

    def articles(self, number: int) -> list[str]:
        """Paths of so many articles."""
        return [str(self.article(f"ferry-number-{each}", f"Ferry {each} left on time.")) for each in range(number)]

    def pid(self) -> int | None:
        """The daemon's pid."""
        return supervisor.pid(self.home / "var" / "run")

    def family(self) -> list[int]:
        """Every process of this newsroom: the supervisor, its parts, its broker."""
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
                if str(self.home).encode() in line and int(entry.name) != os.getpid():
                    found.append(int(entry.name))
        return found

    def kill_all(self) -> None:
        """End every process of this newsroom as a power cut would."""
        for pid in self.family():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: not self.family(), "the daemon's processes are gone")

    def settled(self, seconds: float = 60.0) -> list[dict[str, Any]]:
        """The log, once nothing in it is still to come."""
        pending = {"planned", "sending", "unconfirmed"}
        until(lambda: not any(row["state"] in pending for row in self.log()), "every delivery has ended", seconds)
        return self.log()


@contextlib.contextmanager
def newsroom(
    home: Path, sandbox: str, *, database: str = "sqlite:///var/wireroom.db", broker: str = "embedded"
) -> Iterator[Newsroom]:
    """A newsroom in `home` on the sandbox at "host:port"; nothing of it is left running."""
    port = free_port()
    (home / "config").mkdir(parents=True)
    text = SETTINGS.format(database=database, broker=broker, port=port, sandbox=sandbox)
    (home / "config" / "wireroom.toml").write_text(text)
    room = Newsroom(home, port, database)
    try:
        yield room
    finally:
        room.kill_all()


def until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait until a condition holds; fails the test, saying what did not come about."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
