"""Runs a server as another user and ends it when its parent dies, however that comes: guard.py PARENT USER COMMAND…

A death signal does not survive a change of user, and that user may not even read this Python: so this stays between.
SIGTERM, SIGINT and SIGQUIT reach the server as Postgres understands them: a stop in good order, and a crash.
"""

from __future__ import annotations

import signal
import subprocess
import sys

from wireroom.daemon import tether


def main(parent: str, user: str, *line: str) -> int:
    """Start it, pass signals on, and end as it ends. "" is the user who runs this."""
    server = subprocess.Popen(line, user=user or None)
    passed = {signal.SIGTERM: signal.SIGINT, signal.SIGINT: signal.SIGINT, signal.SIGQUIT: signal.SIGQUIT}
    for told, meant in passed.items():
        signal.signal(told, lambda *_, meant=meant: server.send_signal(meant))
    tether.tie(signal.SIGTERM, int(parent))
    return server.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
