"""Files that appear whole or not at all, and survive a power cut once they have appeared."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; on leaving, what was written is on the disk under `path`.

    It takes the place of a file that is there. After an error nothing of it is left. Raises OSError.
    """
    half = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}.part")
    half.unlink(missing_ok=True)
    try:
        yield half
        _sync(half)
        half.replace(path)
        sync_folder(path.parent)
    except BaseException:
        for beside in ("", "-journal", "-wal", "-shm"):  # what SQLite keeps beside a file it could not finish
            half.with_name(half.name + beside).unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: without it a power cut may leave a file that no name leads to."""
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
