"""Keeps the daemon: starts its parts, restarts what dies, stops them in order; and start, stop, status."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wireroom import holders
from wireroom.daemon import embedded
from wireroom.daemon.address import listens, must_be_free
from wireroom.daemon.parts import PARENT
from wireroom.model.errors import Refused, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from wireroom.model.trouble import Noted
    from wireroom.settings import Settings
    from wireroom.store import Store

log = logging.getLogger(__name__)

PARTS = ("worker", "scheduler", "web")
GRACE = 120.0  # seconds what is on the wire may take to end, once we are told to stop
_POLL = 0.1
_AGAIN = 0.5  # seconds before a part that was killed starts anew
_LONGEST = 30.0  # seconds before one that keeps ending by itself does
_STEADY = 30.0  # a part that lived this long starts anew without a pause


@dataclass
class _Part:
    """One child process, and how often it has died lately."""

    name: str
    process: subprocess.Popen[bytes]
    started: float
    falls: int = 0
    again: float | None = None


@dataclass(frozen=True, slots=True)
class Beaten:
    """A part's last sign of life."""

    part: str
    by: str
    at: datetime
    alive: bool


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a daemon runs here, as which process, which parts (here or elsewhere) show life, and what is wrong."""

    running: bool
    pid: int | None
    parts: tuple[Beaten, ...]
    troubles: tuple[Noted, ...] = ()


class Supervisor:
    """One daemon: an embedded broker if no other is set, and the parts as children tied to it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._broker: subprocess.Popen[bytes] | None = None
        self._parts: dict[str, _Part] = {}
        self._stop = False

    def run(self) -> int:
        """Run in the foreground until SIGTERM or SIGINT. Raises `Refused` when a daemon runs here already."""
        for number in (signal.SIGTERM, signal.SIGINT):  # before the lock, by which others know that we are here
            signal.signal(number, self._told)
        with Lock(self._settings.run):
            must_be_free(self._settings)
            try:
                self._start_broker()
                self._parts = {name: self._launch(name) for name in PARTS}
                self._watch()
            finally:
                self._shut()
        return 0

    def _told(self, *_: object) -> None:
        self._stop = True

    def _watch(self) -> None:
        while not self._stop:
            time.sleep(_POLL)
            self._look_after_broker()
            for part in list(self._parts.values()):
                self._look_after(part)

    def _look_after(self, part: _Part) -> None:
        now = time.monotonic()
        if part.again is not None:
            if now >= part.again:
                self._parts[part.name] = self._launch(part.name, falls=part.falls)
            return
        if (code := part.process.poll()) is None:
            return
        part.falls, pause = rest(code, part.falls, lived=now - part.started)
        part.again = now + pause
        log.error("%s ended with code %s; starting it again in %.1f s", part.name, code, pause)

    def _look_after_broker(self) -> None:
        if self._broker is None or self._broker.poll() is None:
            return
        log.error("the embedded broker died; starting it again")
        try:
            self._start_broker()
        except (UsageError, OSError) as error:  # a full disk, say: what is in the database goes on without a broker
            log.error("%s", error)
            time.sleep(_AGAIN)

    def _start_broker(self) -> None:
        if self._settings.broker == "embedded":
            self._broker, _ = embedded.start(self._settings)

    def _launch(self, name: str, falls: int = 0) -> _Part:
        line = [sys.executable, "-m", "wireroom", name, "--home", str(self._settings.home)]
        environment = {**os.environ, PARENT: str(os.getpid())}
        process = subprocess.Popen(line, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
        return _Part(name, process, time.monotonic(), falls)

    def _shut(self) -> None:
        """End the parts, the broker last: it carries nothing that matters, but a worker would look for it."""
        living = [part.process for part in self._parts.values() if part.process.poll() is None]
        for process in living:
            process.terminate()
        _wait(living, GRACE)
        if self._broker is not None:
            self._broker.terminate()
            _wait([self._broker], 5.0)
            embedded.forget(self._settings)


def rest(code: int, falls: int, *, lived: float) -> tuple[int, float]:
    """How often a part has now fallen in a row, and the seconds until it starts anew.

    `code` is what it ended with, `lived` how many seconds it ran. What a signal ended (-9, the kernel out of memory)
    was no fault of its own and starts at once; what ended by itself so soon would do so again, and waits longer
    each time.
    """
    if code < 0:
        return falls, _AGAIN
    falls = 0 if lived > _STEADY else falls + 1
    return falls, min(_LONGEST, _AGAIN * 2**falls)


class Lock:
    """The newsroom's one daemon: a lock the kernel takes back however the daemon ends."""

    def __init__(self, run: Path) -> None:
        self._path = run / "daemon.pid"
        self._descriptor: int | None = None

    def __enter__(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        if not self._taken(self._descriptor):
            os.close(self._descriptor)
            self._descriptor = None
            raise Refused(f"a daemon runs in this newsroom already, pid {pid(self._path.parent)}")
        os.truncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def _taken(self, descriptor: int) -> bool:
        for _ in range(5):  # `pid` holds the lock for a moment while it looks
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                time.sleep(0.05)
            else:
                return True
        return False

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.truncate(self._descriptor, 0)
            os.close(self._descriptor)


def pid(run: Path) -> int | None:
    """The pid of the daemon that holds the newsroom's lock; None when none does."""
    try:
        descriptor = os.open(run / "daemon.pid", os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        written = os.read(descriptor, 32).decode().strip()
        return int(written) if written.isdigit() else None
    finally:
        os.close(descriptor)
    return None


def run(settings: Settings) -> int:
    """The whole service in the foreground; 0 when it was told to stop and did."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return Supervisor(settings).run()


def start(settings: Settings, wait: float = 15.0) -> int:
    """Start the service in the background and wait until its worker and scheduler show life; its pid.

    Raises `Refused` when one runs already, `UsageError` with the end of its log when it did not come up.
    """
    if (running := pid(settings.run)) is not None:
        raise Refused(f"a daemon runs in this newsroom already, pid {running}")
    settings.log.mkdir(parents=True, exist_ok=True)
    path = settings.log / "wireroom.log"
    line = [sys.executable, "-m", "wireroom", "run", "--home", str(settings.home)]
    with path.open("ab") as output:
        begin = output.tell()
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    if _comes_up(settings, process, wait):
        return process.pid
    with path.open("rb") as told:
        told.seek(begin)
        last = told.read().decode("utf-8", "replace").strip().splitlines()[-5:]
    raise UsageError(f"the daemon did not come up within {wait:.0f} s; its log {path} ends: " + " | ".join(last))


def stop(settings: Settings, wait: float = GRACE) -> bool:
    """Tell the daemon to finish what is on the wire and end; False when none was running.

    Raises `Refused` when it has not ended within `wait` seconds.
    """
    running = pid(settings.run)
    if running is None:
        return False
    os.kill(running, signal.SIGTERM)
    end = time.monotonic() + wait
    while time.monotonic() < end:
        if pid(settings.run) is None:
            return True
        time.sleep(_POLL)
    raise Refused(f"the daemon (pid {running}) is still finishing what is on the wire after {wait:.0f} s")


def status(settings: Settings, store: Store) -> Status:
    """What runs, by the lock and by the signs of life in the database; a process known to be gone shows none.

    The troubles are those the watch last found.
    """
    running, now = pid(settings.run), store.now()
    beats = tuple(
        Beaten(
            beat.name,
            beat.holder,
            beat.at,
            alive=now - beat.at < settings.alerts.silence and not holders.gone(beat.holder),
        )
        for beat in store.beats()
    )
    return Status(running is not None, running, beats, tuple(store.open_troubles()))


def _comes_up(settings: Settings, process: subprocess.Popen[bytes], wait: float) -> bool:
    from wireroom.store import Store

    end = time.monotonic() + wait
    with Store(settings.database) as store:
        store.migrate()
        since = store.now()
        while time.monotonic() < end and process.poll() is None:
            living = {beat.name for beat in store.beats() if beat.at >= since}
            if {"worker", "scheduler"} <= living and listens(settings):
                return True
            time.sleep(_POLL)
    return False


def _wait(processes: list[subprocess.Popen[bytes]], seconds: float) -> None:
    end = time.monotonic() + seconds
    for process in processes:
        try:
            process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("process %d did not end in time and is killed", process.pid)
            process.kill()
            process.wait()
