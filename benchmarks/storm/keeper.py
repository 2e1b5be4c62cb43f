"""Keeps a daemon running as an init system does: started as `wireroom run`, and again whenever it has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.storm.processes import MARK, Process, Signs, family, gone, kill
from wireroom.daemon import tether

AGAIN = 0.3  # seconds between a daemon's end and its next start
GRACE = 90.0  # seconds a daemon may take to stop in good order
_STEPPED = Path(__file__).parent / "stepped"


class Keeper:
    """One daemon on one home, kept running; its processes carry `mark`."""

    def __init__(self, home: Path, mark: str, clock: Path) -> None:
        self.home, self.signs, self.starts = home, Signs(mark, home), 0
        paths = [str(_STEPPED), *filter(None, [os.environ.get("PYTHONPATH", "")])]
        self._env = {**os.environ, MARK: mark, "CHAOS_CLOCK": str(clock), "PYTHONPATH": os.pathsep.join(paths)}
        self._process: subprocess.Popen[bytes] | None = None
        self._ended: float | None = 0.0

    @property
    def log(self) -> Path:
        """Where its words go; outside var/, whose disk may be full."""
        return self.home / "daemon.log"

    def start(self) -> None:
        """Start it now."""
        line = tether.command(signal.SIGKILL, [sys.executable, "-m", "wireroom", "run", "--home", str(self.home)])
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                line, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.starts, self._ended = self.starts + 1, None

    def tend(self) -> None:
        """Start it again if it has ended for long enough; to be called often."""
        if self._process is not None and self._process.poll() is not None:
            if self._ended is None:
                self._ended = time.monotonic()
            elif time.monotonic() - self._ended >= AGAIN:
                self.start()

    def family(self) -> list[Process]:
        """Its processes as they are now, the supervisor first."""
        return sorted(family(self.signs), key=lambda each: each.role != "run")

    def stop(self) -> tuple[int, list[Process]]:
        """Stop it in good order; its exit code and what it left behind."""
        if self._process is None:
            return 0, []
        self._process.terminate()
        try:
            code = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            code = -1
        left = gone(self.signs, 5.0)
        self._process = None
        return code, left

    def end(self) -> None:
        """End whatever is left of it, at once."""
        kill(self.family())
        if self._process is not None:
            self._process.wait()
