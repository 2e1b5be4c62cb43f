"""On the path of a chaos newsroom's processes: their clock is the true one plus the seconds that stand in a file.

Python imports this at its start wherever it stands on PYTHONPATH; Wireroom itself knows nothing of it. What waits
for a span of time, in Python or in C, goes by the monotonic clock and is not touched, as with a real step.
"""

import contextlib
import os
import threading
import time
from pathlib import Path

import time_machine

EVERY = 0.05  # seconds between two looks at the file
_sleep = time.sleep


def follow(file: Path) -> None:
    """Keep this process's clock as far from the true one as the file says, for as long as the process lives."""
    clock = time_machine.travel(time.time(), tick=True).start()
    known = 0.0
    while True:
        with contextlib.suppress(OSError, ValueError):
            wanted = float(file.read_text())
            if wanted != known:
                clock.move_to(time_machine.escape_hatch.time.time() + wanted)
                known = wanted
        ready.set()
        _sleep(EVERY)


ready = threading.Event()
if told := os.environ.get("CHAOS_CLOCK"):
    threading.Thread(target=follow, args=(Path(told),), daemon=True).start()
    ready.wait()
