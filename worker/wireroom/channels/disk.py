"""The disk: what is wrong with it in words for people, and what makes files last through a power cut."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wireroom.model.errors import NotSent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REMEDIES = {
    errno.ENOSPC: "the disk is full. Free some space there",
    errno.EDQUOT: "the disk quota is used up. Free some space there, or raise the quota",
    errno.EROFS: "the file system is read-only. Mount it for writing",
    errno.EACCES: "Wireroom has no right to write there. Give that right to the user it runs as (chown, chmod)",
    errno.EPERM: "Wireroom has no right to write there. Give that right to the user it runs as (chown, chmod)",
    errno.ENOTDIR: "a file stands where a folder is needed. Move that file away",
    errno.EEXIST: "a file stands where a folder is needed. Move that file away",
    errno.EISDIR: "a folder stands where a file is needed. Move that folder away",
}


def settle(path: Path) -> None:
    """Make a file's bytes, or a folder's names, last through a power cut. Raises `NotSent`."""
    with explained(path):
        held = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(held)
        finally:
            os.close(held)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an error of the disk into `NotSent`: which path, what is wrong, what to do."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}. Look at that disk")
        message = f"{path} cannot be used: {remedy}; Wireroom tries again by itself."
        raise NotSent(message, code=errno.errorcode.get(error.errno or 0)) from error
