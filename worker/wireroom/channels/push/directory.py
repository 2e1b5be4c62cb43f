"""A folder of this host, or one that is mounted here: files are replaced whole, and last through a power cut."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wireroom.model.errors import LockedOut, NotSent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wireroom.channels.push.files import Page
    from wireroom.channels.push.place import Way
    from wireroom.model.post import Exchange

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


class DirectoryPlace:
    """A folder that is there already: one that is not may be a disk that is not mounted, and is never made."""

    tells = True

    def __init__(self, way: Way, path: str) -> None:
        self._way, self._path = way, Path(path)
        self.address = self._path.as_uri()

    @contextmanager
    def open(self) -> Iterator[_Folder]:
        """The folder. Raises `LockedOut` where there is none."""
        with _explained(self._path):
            if not self._path.is_dir():
                message = f"{self._path} is no folder: mount or make it, then `wireroom resume` the destination"
                raise LockedOut(message, code="ENOENT")
        yield _Folder(self._way, self._path)


class _Folder:
    exchange: Exchange | None = None

    def __init__(self, way: Way, path: Path) -> None:
        self._way, self._path = way, path

    def holds(self, page: Page, *, left: bool) -> bool:  # noqa: ARG002 the bytes themselves are at hand
        path = self._path / page.name
        with _explained(path), suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return path.stat().st_size == len(page.body) and path.read_bytes() == page.body
        return False

    def put(self, page: Page) -> None:
        path, staged = self._path / page.name, self._path / self._way.staged(page.name)
        with _explained(path):
            self._make(path.parent)
            try:
                with staged.open("wb") as file:
                    _show(staged, stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH)
                    file.write(page.body)
                    file.flush()
                    os.fsync(file.fileno())
                staged.replace(path)
            except OSError:
                with suppress(OSError):
                    staged.unlink(missing_ok=True)
                raise
            _settle(path.parent)

    def _make(self, folder: Path) -> None:
        """Make what is missing of a folder below ours."""
        missing = [each for each in (folder, *folder.parents) if each.is_relative_to(self._path) and not each.exists()]
        for each in reversed(missing):
            each.mkdir(exist_ok=True)
            _show(each, stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)

    def remove(self, name: str) -> None:
        with _explained(self._path / name), suppress(FileNotFoundError, NotADirectoryError):
            (self._path / name).unlink()

    def probe(self) -> None:
        path = self._path / self._way.staged("probe")
        with _explained(self._path):
            path.write_bytes(b"Wireroom can write here.\n")
            path.unlink()


def _show(path: Path, rights: int) -> None:
    """Let everybody read what is public, whatever umask the service has; not every file system knows of rights."""
    with suppress(OSError):
        path.chmod(path.stat().st_mode | rights)


def _settle(folder: Path) -> None:
    """Make a folder's names last through a power cut."""
    held = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(held)
    finally:
        os.close(held)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn an error of the disk into `NotSent`: which path, what is wrong, what to do."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}. Look at that disk")
        message = f"{path} cannot be used: {remedy}; Wireroom tries again by itself."
        raise NotSent(message, code=errno.errorcode.get(error.errno or 0)) from error
