"""What of a feed was left at a place: kept beside the feeds, shared by a host's processes, held by one at a time."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wireroom.model.errors import NotSent, RateLimited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

FOLDER = ".pushed"
UNKNOWN = ""  # as a digest: something may have been left, nobody knows what
POLL = 0.1  # seconds between two looks at a lock that somebody else holds
SOON = timedelta(seconds=5)


class Record:
    """Digests by name of what was left at `place`; of another place, or spoiled, it is empty.

    It is a memory, not the truth: what is lost with it is a comparison or a push too many.
    """

    def __init__(self, feeds: Path, destination: str, place: str) -> None:
        self._path = feeds / FOLDER / f"{destination}.json"
        self._place = place
        self.digests: dict[str, str] = {}

    @contextmanager
    def held(self, patience: float, now: Callable[[], datetime]) -> Iterator[None]:
        """Hold it against every other process and thread, and read it. Waits `patience` seconds at most.

        Raises `RateLimited` while another pushes, which is no failure, and `NotSent` for a disk that cannot be used.
        """
        with self._explained():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            end = time.monotonic() + patience
            while not self._taken(lock):
                if time.monotonic() > end:
                    raise RateLimited("another worker is pushing this feed", until=now() + SOON)
                time.sleep(POLL)
            self.digests = self._read()
            yield
        finally:
            os.close(lock)

    def keep(self) -> None:
        """Write it. Raises `NotSent`."""
        text = json.dumps({"place": self._place, "files": self.digests}, ensure_ascii=True)
        staged = self._path.with_suffix(".new")
        with self._explained():
            staged.write_text(text, encoding="ascii")
            staged.replace(self._path)

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._path.read_text(encoding="ascii"))
            files = dict(found["files"]) if found["place"] == self._place else {}
        except (OSError, ValueError, LookupError, TypeError):
            return {}
        return {name: digest for name, digest in files.items() if isinstance(digest, str) and _ours(name)}

    def _taken(self, lock: int) -> bool:
        with self._explained(), suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = f"{self._path} cannot be used: {error.strerror or error}. Look at that disk"
            raise NotSent(message, code=errno.errorcode.get(error.errno or 0)) from error


def _ours(name: object) -> bool:
    """Whether a name is one that a push can have left: relative, and no part of it begins with a dot."""
    if not isinstance(name, str) or not name:
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and not any(part.startswith(".") for part in path.parts) and str(path) == name
