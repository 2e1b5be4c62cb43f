"""Which kind of place an address is, loaded when it is asked for."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from wireroom.channels.push.extras import NotInstalled

if TYPE_CHECKING:
    from wireroom.channels.push.place import Place, Way


def place(way: Way) -> Place:
    """The place at `way.to`, which the settings have found to be right: a folder's path, or file, http(s), sftp, s3."""
    scheme = urlsplit(way.to).scheme
    if scheme in ("http", "https"):
        from wireroom.channels.push.webdav import WebPlace

        return WebPlace(way)
    if scheme == "sftp":
        return _sftp(way)
    if scheme == "s3":
        return _storage(way)
    from wireroom.channels.push.directory import DirectoryPlace

    return DirectoryPlace(way, unquote(urlsplit(way.to).path) if scheme == "file" else way.to)


def _sftp(way: Way) -> Place:
    if find_spec("paramiko") is None:
        return NotInstalled(way.to, "sftp")
    from wireroom.channels.push.sftp import SftpPlace

    return SftpPlace(way)


def _storage(way: Way) -> Place:
    if find_spec("requests_aws4auth") is None:
        return NotInstalled(way.to, "s3")
    from wireroom.channels.push.storage import StoragePlace

    return StoragePlace(way)
