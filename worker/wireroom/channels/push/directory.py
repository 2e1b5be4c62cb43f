"""A folder of this host, or one that is mounted here: files are replaced whole, and last through a power cut."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wireroom.channels.disk import explained, settle
from wireroom.model.errors import LockedOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wireroom.channels.push.files import Page
    from wireroom.channels.push.place import Way
    from wireroom.model.post import Exchange


class DirectoryPlace:
    """A folder that is there already: one that is not may be a disk that is not mounted, and is never made."""

    tells = True

    def __init__(self, way: Way, path: str) -> None:
        self._way, self._path = way, Path(path)
        self.address = self._path.as_uri()

    @contextmanager
    def open(self) -> Iterator[_Folder]:
        """The folder. Raises `LockedOut` where there is none."""
        with explained(self._path):
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
        with explained(path), suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return path.stat().st_size == len(page.body) and path.read_bytes() == page.body
        return False

    def put(self, page: Page) -> None:
        path, staged = self._path / page.name, self._path / self._way.staged(page.name)
        with explained(path):
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
            settle(path.parent)

    def _make(self, folder: Path) -> None:
        """Make what is missing of a folder below ours."""
        missing = [each for each in (folder, *folder.parents) if each.is_relative_to(self._path) and not each.exists()]
        for each in reversed(missing):
            each.mkdir(exist_ok=True)
            _show(each, stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)

    def remove(self, name: str) -> None:
        with explained(self._path / name), suppress(FileNotFoundError, NotADirectoryError):
            (self._path / name).unlink()

    def probe(self) -> None:
        path = self._path / self._way.staged("probe")
        with explained(self._path):
            path.write_bytes(b"Wireroom can write here.\n")
            path.unlink()


def _show(path: Path, rights: int) -> None:
    """Let everybody read what is public, whatever umask the service has; not every file system knows of rights."""
    with suppress(OSError):
        path.chmod(path.stat().st_mode | rights)
