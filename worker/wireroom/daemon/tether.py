"""Ties a process to its parent's life: however the parent goes, the child is told to go too.

Run as a program, `python tether.py SIGNAL PARENT COMMAND…` ties itself and becomes COMMAND; that works for any server
we start. Standard library only, since it is started for each of them.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import subprocess
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1  # prctl(2), Linux: the signal this process gets when the thread that made it dies
_LINUX = platform.system() == "Linux"


def tie(number: signal.Signals, parent: int) -> None:
    """Have this process sent `number` when `parent` dies; at once if it is dead already."""
    if _LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(number, parent), daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), number)


def command(number: signal.Signals, line: list[str]) -> list[str]:
    """The command line that runs `line` tied to this process."""
    return [sys.executable, "-I", "-S", __file__, str(int(number)), str(os.getpid()), *line]


def _watch(number: signal.Signals, parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), number)


def main(number: str, parent: str, *line: str) -> None:
    """Tie, then become the command; where death signals do not survive that, stay and watch over it instead."""
    tie(signal.Signals(int(number)), int(parent))
    if _LINUX:
        os.execvp(line[0], line)
    child = subprocess.Popen(line)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    signal.signal(signal.SIGINT, lambda *_: child.terminate())
    sys.exit(child.wait())


if __name__ == "__main__":
    main(*sys.argv[1:])
