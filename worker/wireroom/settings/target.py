"""Where files can be put: a folder of this host, or the address of one somewhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

from wireroom.settings.values import Wrong

_ALLOWED = (
    'allowed is a folder such as "/srv/www/feeds", or https://host/path, sftp://user@host/path, s3://bucket/path; a'
    " password never stands in it: `password` says where that is"
)
_USERS = frozenset({"http", "https", "sftp"})
_SCHEMES = _USERS | {"s3", "file"}


def target(value: object) -> str:
    """A folder's whole path, or an address: file, http(s), sftp with or without a user, s3. No password, no query."""
    if not isinstance(value, str) or not value.isprintable() or value != value.strip():
        raise Wrong(_ALLOWED)
    if value.startswith("/"):
        return value
    if not _right(value):
        hidden = "found an address with an @ or a ? in it" if set(value) & {"@", "?"} else None
        raise Wrong(_ALLOWED, found=hidden)
    return value


def _right(value: str) -> bool:
    try:
        parts = urlsplit(value)
        host, port, password = parts.hostname, parts.port, parts.password
    except ValueError:
        return False
    if parts.scheme not in _SCHEMES or set(value) & {"?", "#"} or ".." in parts.path.split("/"):
        return False
    if password is not None or port == 0 or ("@" in parts.netloc and parts.scheme not in _USERS):
        return False
    if parts.scheme == "file":
        return not parts.netloc and parts.path.startswith("/")
    return bool(host) and not (parts.scheme == "s3" and port is not None)
