"""Watches a process pass the points of the deliver path: every write, every commit, every step on the wire.

A point is known by the public method of the store at work and what it wrote (`settle: UPDATE deliveries`), by the
request and how far it has come (`POST /2/tweets: request written`), or by the file and what became of it.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wireroom import store
from wireroom.broker import Waker
from wireroom.channels.connection import Plain
from wireroom.channels.feed import folder
from wireroom.channels.wire import Answer, Ask, Wire
from wireroom.model.errors import Ending
from wireroom.store.database import Database
from wireroom.store.engine import WriteAheadLog

if TYPE_CHECKING:
    from collections.abc import Iterator

KILLED = 137
"""The exit status of a process that was killed with -9, as a shell tells it."""

_STORE = str(Path(store.__file__).parent)
_WRITE = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) (\w+)")
_NUMBER = re.compile(r"\d{6,}|[0-9a-f]{32}")


@dataclass
class Tape:
    """The points passed so far; the process ends, as by kill -9, at passage `number` of `fatal`.

    Noted is what comes between `start` and `stop`; where `since` and `until` name points, what comes after the first
    passage of the one and up to that of the other.
    """

    since: str = ""
    until: str = ""
    fatal: str = ""
    number: int = 1
    passed: list[str] = field(default_factory=list)
    running: bool = False
    begun: bool = False

    def start(self) -> None:
        """Watch from now on."""
        self.running = True

    def stop(self) -> None:
        """Watch no longer."""
        self.running = False

    def passes(self, point: str) -> None:
        """Note that a point was passed; do not return if it is the fatal one."""
        if not self.running:
            return
        if self.since and not self.begun:
            self.begun = point == self.since
            return
        self.passed.append(point)
        if point == self.fatal and Counter(self.passed)[point] == self.number:
            os._exit(KILLED)
        if point == self.until:
            self.stop()


def install(tape: Tape) -> None:
    """Have everything this process does from now on run past the tape."""
    _watch_statements(tape)
    _watch_wire(tape)
    _watch_files(tape)
    _watch_wakes(tape)


class _Raw:
    """A driver's connection whose writes are told."""

    def __init__(self, raw: Any, tape: Tape) -> None:
        self._raw, self._tape, self._wrote = raw, tape, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def execute(self, text: str, *values: Any) -> Any:
        """Execute, then tell."""
        result = self._raw.execute(text, *values)
        if found := _WRITE.match(text):
            self._wrote = True
            self._tape.passes(f"{_method()}: {found[1].split()[0]} {found[2]}")
        elif text == "COMMIT" and self._wrote:
            self._tape.passes(f"{_method()}: COMMIT")
        return result


@dataclass
class _Connection:
    driver_connection: _Raw


def _method() -> str:
    """The public method of the store at work: the outermost function on the stack that is the store's."""
    frame, name = sys._getframe(1), ""
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_filename.startswith(_STORE):
            name = frame.f_code.co_name
    return name


def _watch_statements(tape: Tape) -> None:
    connect, flush = Database._connection, WriteAheadLog.flush

    @contextmanager
    def connected(self: Database) -> Iterator[_Connection]:
        with connect(self) as connection:
            yield _Connection(_Raw(connection.driver_connection, tape))

    def flushed(self: WriteAheadLog) -> None:
        flush(self)
        tape.passes(f"{_method()}: flush")

    Database._connection = connected  # type: ignore[method-assign]
    WriteAheadLog.flush = flushed  # type: ignore[method-assign]


def _watch_wire(tape: Tape) -> None:
    call, response = Wire.call, Plain.getresponse
    asking: list[str] = [""]

    def called(self: Wire, ask: Ask) -> Answer:
        asking[0] = f"{ask.method} {_NUMBER.sub('N', ask.path)}"
        tape.passes(f"{asking[0]}: before the socket")
        try:
            answer = call(self, ask)
        except Ending:
            tape.passes(f"{asking[0]}: no answer")
            raise
        tape.passes(f"{asking[0]}: answer read")
        return answer

    def responded(self: Plain) -> Any:
        select.select([self.sock], [], [], 10)  # answered, and not read: so it is certain what the platform has done
        tape.passes(f"{asking[0]}: request written")
        return response(self)

    Wire.call = called  # type: ignore[method-assign]
    Plain.getresponse = responded  # type: ignore[method-assign,assignment]


def _watch_files(tape: Tape) -> None:
    replace, copy, stage = Path.replace, shutil.copyfile, folder.Folder._stage

    def replaced(self: Path, target: Any) -> Path:
        result = replace(self, target)
        tape.passes(f"{_NUMBER.sub('N', Path(target).name)}: in place")
        return result

    def copied(source: Any, target: Any) -> Any:
        result = copy(source, target)
        tape.passes("picture: copied")
        return result

    def staged(self: folder.Folder, name: str, data: bytes) -> None:
        stage(self, name, data)
        tape.passes(f"{name}: written beside")

    Path.replace = replaced  # type: ignore[method-assign,assignment]
    shutil.copyfile = copied  # type: ignore[assignment]
    folder.Folder._stage = staged  # type: ignore[method-assign]


def _watch_wakes(tape: Tape) -> None:
    app, wake = Waker._app, Waker.wake

    def about_to_send(self: Waker) -> Any:
        tape.passes("wake: marked as unread")
        return app(self)

    def woken(self: Waker, task: str, name: str) -> bool:
        result = wake(self, task, name)
        tape.passes("wake: sent")
        return result

    Waker._app = about_to_send  # type: ignore[method-assign]
    Waker.wake = woken  # type: ignore[method-assign]
