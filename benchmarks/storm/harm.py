"""Does what a stroke says: kills, flushes, restarts, locks, fills, steps the clock. What lasts ends by itself."""

from __future__ import annotations

import contextlib
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.storm.keeper import Keeper
from benchmarks.storm.plan import Stroke
from benchmarks.storm.processes import Process, kill
from benchmarks.storm.servers import Postgres, Redis
from wireroom.broker import redis_client
from wireroom.daemon import tether

PATIENCE = 60.0  # seconds the one who is to be struck may take to appear
_LOCK = (
    "import sqlite3, sys, time\n"
    "held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)\n"
    "held.execute('BEGIN IMMEDIATE')\n"
    "time.sleep(float(sys.argv[2]))\n"
    "held.execute('ROLLBACK')\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who and what can be struck. `broker` and `database` are None where the daemon has its own: Redis, a file."""

    keepers: Sequence[Keeper]
    clock: Path
    broker: Redis | None
    database: Postgres | None
    file: Path


class Harm:
    """Strikes, and remembers what still lasts. `chance` decides how a Postgres goes down."""

    def __init__(self, scene: Scene, chance: Random) -> None:
        self._scene, self._chance = scene, chance
        self._locks: list[subprocess.Popen[bytes]] = []
        self._restarts: list[threading.Thread] = []

    def strike(self, stroke: Stroke) -> bool:
        """Do it; False when a kill found nobody to kill."""
        keeper = self._scene.keepers[stroke.which]
        if stroke.kills:
            return self._kill(stroke.kind, keeper)
        done: dict[str, Callable[[], None]] = {
            "flush": lambda: self._flush(keeper),
            "database": lambda: self._trouble_database(stroke.seconds),
            "disk": lambda: self._fill_disk(keeper, stroke.seconds),
            "clock": lambda: self.step(stroke.offset),
        }
        done[stroke.kind]()
        return True

    def step(self, offset: float) -> None:
        """Put the newsroom's clock so many seconds ahead of the true one."""
        staged = self._scene.clock.with_suffix(".new")
        staged.write_text(str(offset))
        staged.replace(self._scene.clock)

    def calm(self) -> None:
        """Let everything that lasts come to its end."""
        for lock in self._locks:
            lock.wait()
        for restart in self._restarts:
            restart.join()
        self._locks.clear()
        self._restarts.clear()

    def _kill(self, kind: str, keeper: Keeper) -> bool:
        if kind == "broker" and self._scene.broker is not None:
            self._scene.broker.kill()
            self._scene.broker.start()
            return True
        return bool(kill(self._found(kind, keeper)))

    def _found(self, kind: str, keeper: Keeper) -> list[Process]:
        """Those to be killed, once they are there."""
        role = {"daemon": "run", "supervisor": "run"}.get(kind, kind)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            there = keeper.family()
            if any(each.role == role for each in there):
                return there if kind == "daemon" else [each for each in there if each.role == role]
            keeper.tend()
            time.sleep(0.02)
        return []

    def _flush(self, keeper: Keeper) -> None:
        url = self._scene.broker.url if self._scene.broker else f"redis+socket://{keeper.home}/var/run/redis.sock"
        with contextlib.suppress(Exception), contextlib.closing(redis_client(url)) as client:  # it may be down just now
            client.flushall()

    def _trouble_database(self, seconds: float) -> None:
        """Restart a Postgres beside what else goes on; keep a SQLite file locked for so long."""
        if self._scene.database is not None:
            self.calm()
            self._scene.database.restart(self._chance)
            return
        line = tether.command(signal.SIGKILL, [sys.executable, "-c", _LOCK, str(self._scene.file), str(seconds)])
        self._locks = [lock for lock in self._locks if lock.poll() is None]
        self._locks.append(subprocess.Popen(line, stdin=subprocess.DEVNULL))

    def _fill_disk(self, keeper: Keeper, seconds: float) -> None:
        """No file grows for the newsroom's processes; its Redis, which keeps nothing on disk, is left out."""
        struck = [each.pid for each in keeper.family() if each.role != "broker"]
        try:
            for pid in struck:
                _may_write(pid, 0)
            time.sleep(seconds)
        finally:
            for each in keeper.family():
                _may_write(each.pid, resource.RLIM_INFINITY)


def _may_write(pid: int, most: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if most == resource.RLIM_INFINITY else most, hard))
