"""The process that dies: forked from one that has everything loaded, so that a death costs no start-up.

`python -m tests.deaths.child` reads orders from standard input, a line of JSON each, and carries each out in a fork of
its own: no thread and no connection is there to be shared. What a fork says goes to standard output; after it comes
a line with the status it ended with.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.deaths.journeys import DOING
from tests.deaths.room import Clock, furnish, room
from tests.deaths.tape import Tape, install


def say(**words: object) -> None:
    """One line on standard output, whole."""
    os.write(1, json.dumps(words).encode() + b"\n")


def travel(order: dict[str, Any]) -> None:
    """Make a journey, to its end or to the point where this process dies."""
    doing = DOING[order["journey"]]
    tape = Tape(order["since"], order["until"], order["fatal"], order["number"])
    install(tape)
    with room(Path(order["home"]), Clock(datetime.fromisoformat(order["now"])), "worker") as found:
        doing.before(found)
        tape.start()
        if doing.command:
            doing.command(found)
            say(acknowledged=True)
            tape.passes("acknowledged")
        doing.work(found)
        tape.stop()
    say(passed=tape.passed)


def carry_out(order: dict[str, Any]) -> None:
    """A fork's whole life."""
    status = 1
    try:
        travel(order)
        status = 0
    except BaseException:  # noqa: BLE001  (whatever it was, a fork must never go on as its parent)
        traceback.print_exc()
    finally:
        os._exit(status)


def warm_up() -> None:
    """Load what a journey loads, by use, so that no fork has to."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        furnish(home, f"sqlite:///{home / 'wireroom.db'}", "127.0.0.1:1")
        with room(home, Clock(), "nursery") as found:
            found.app.store.migrate()
            for place in found.app.settings.destinations:
                found.take(place.name)
                found.app.channel(place)
    gc.freeze()


def main() -> None:
    """Fork for every order, one at a time."""
    warm_up()
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            carry_out(order)
        _, status = os.waitpid(pid, 0)
        say(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
