"""The watch in each part of the daemon: a thread beside its work, so that no part's death goes unseen."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wireroom.app import Application

log = logging.getLogger(__name__)

_GRACE = 5.0  # seconds a look, or a message on its way, may take to end


@contextmanager
def watching(app: Application, done: threading.Event) -> Iterator[None]:
    """Watch until the block ends or `done` is set, whichever comes first."""
    thread = threading.Thread(target=_watch, args=(app, done), name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(_GRACE)


def _watch(app: Application, done: threading.Event) -> None:
    """Whatever goes wrong here stops neither the watch nor the part it runs in."""
    while True:
        try:
            watch = app.watch
            if done.wait(watch.every.total_seconds()):
                return
            watch.look()
        except Exception:
            log.exception("the watch could not look")
            if done.wait(5.0):
                return
