"""A feed's files as they are to be pushed: which there are, in which order, of what media type."""

from __future__ import annotations

import errno
import hashlib
import mimetypes
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wireroom.compose.feeds.formats import ARCHIVE, FILES, of_file
from wireroom.model.errors import NotSent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def media_type(name: str) -> str:
    """The media type of a file: by its whole name, in an archive by its ending, else as the rest of the world says."""
    *folders, base = name.split("/")
    kind = of_file(base)
    if kind is not None and (base in FILES or ARCHIVE in folders):
        return kind.media_type
    guessed = mimetypes.guess_type(base)[0] or "application/octet-stream"
    return f"{guessed}; charset=utf-8" if guessed.endswith(("xml", "json")) or guessed.startswith("text/") else guessed


@dataclass(frozen=True)
class Page:
    """A file as it was read at one moment: its name below the feed's folder, with slashes, and its bytes."""

    name: str
    body: bytes

    @property
    def media_type(self) -> str:
        """What it is served as."""
        return media_type(self.name)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.body).hexdigest()


Stamp = tuple[int, int, int]  # inode, time of change in ns, size: a document is replaced, so one of them differs


class Files:
    """The folder of one feed. Unchanged files are known by their stamps and not read again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, tuple[Stamp, str]] = {}

    def names(self) -> list[str]:
        """Every file there is now: regular, no part of its name begins with a dot. Raises `NotSent`."""
        with _explained(self.folder):
            return sorted(_walk(self.folder, ""))

    def folders(self) -> list[str]:
        """The folders that hold documents, each below another before that other, the feed's own ("") last."""
        owners = {_owner(name) for name in self.names()}
        return sorted(owners, key=lambda owner: (-len(owner.split("/")) if owner else 0, owner))

    def documents(self, owner: str) -> list[str]:
        """The documents that stand in a folder now; they link to its archive, so read them before you list that."""
        above = f"{owner}/" if owner else ""
        with _explained(self.folder / owner):
            return [above + path.name for path in _entries(self.folder / owner) if _kind(path) == stat.S_IFREG]

    def archive(self, owner: str) -> list[str]:
        """What stands in a folder's archive now, oldest names first."""
        above = f"{owner}/{ARCHIVE}" if owner else ARCHIVE
        with _explained(self.folder / above):
            return sorted(_walk(self.folder / above, f"{above}/"))

    def read(self, name: str) -> Page | None:
        """The file's bytes, None when it has gone meanwhile. Raises `NotSent`."""
        path = self.folder / name
        with _explained(path), suppress(FileNotFoundError), path.open("rb") as file:
            stamp = _stamp(os.fstat(file.fileno()))
            page = Page(name, file.read())
            self._known[name] = (stamp, page.digest)
            return page
        return None

    def digest(self, name: str) -> str:
        """SHA-256 of the file, from memory while its stamp is the same; "" when it has gone. Raises `NotSent`."""
        path = self.folder / name
        with _explained(path), suppress(FileNotFoundError):
            stamp, digest = self._known.get(name, (None, ""))
            if stamp == _stamp(path.stat()):
                return digest
            page = self.read(name)
            return page.digest if page else ""
        return ""


def _owner(name: str) -> str:
    """The folder whose documents a file belongs to: its own, or the one whose archive it is in."""
    folders = name.split("/")[:-1]
    return "/".join(folders[: folders.index(ARCHIVE)] if ARCHIVE in folders else folders)


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_ino, found.st_mtime_ns, found.st_size


def _entries(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return []


def _kind(path: Path) -> int:
    """What stands there, links not followed; 0 for nothing (any more)."""
    with suppress(FileNotFoundError):
        return stat.S_IFMT(path.lstat().st_mode)
    return 0


def _walk(folder: Path, above: str) -> Iterator[str]:
    for path in _entries(folder):
        kind = _kind(path)
        if kind == stat.S_IFREG:
            yield above + path.name
        elif kind == stat.S_IFDIR:
            yield from _walk(path, f"{above}{path.name}/")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn an error of our own disk into `NotSent`."""
    try:
        yield
    except OSError as error:
        message = f"{path} could not be read: {error.strerror or error}. Look at that disk"
        raise NotSent(message, code=errno.errorcode.get(error.errno or 0)) from error
