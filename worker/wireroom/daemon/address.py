"""The address the web part listens on: whether it is free, and whether anybody answers there."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from wireroom.model.errors import UsageError

if TYPE_CHECKING:
    from wireroom.settings import Settings

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # where a server on all addresses is reached
_PATIENCE = 1.0  # seconds


def must_be_free(settings: Settings) -> None:
    """Nothing, when one can listen there. Raises `UsageError` with what is in the way and which setting to change."""
    host, port = settings.listen_host, settings.listen_port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        refused = [error for family, _, _, _, address in found if (error := _refused(family, address))]
    except socket.gaierror as error:
        found, refused = [], [error]
    telling = [error for error in refused if error.errno != errno.EADDRNOTAVAIL]  # "localhost" where there is no IPv6
    if telling or len(refused) == len(found):
        why = (telling or refused)[0].strerror
        raise UsageError(
            f"wireroom.listen: {host}:{port} cannot be used: {why}; set another address in config/wireroom.toml"
        )


def listens(settings: Settings) -> bool:
    """Whether a connection to the address is taken."""
    host = _EVERYWHERE.get(settings.listen_host, settings.listen_host)
    try:
        socket.create_connection((host, settings.listen_port), timeout=_PATIENCE).close()
    except OSError:
        return False
    return True


def _refused(family: int, address: object) -> OSError | None:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)  # type: ignore[arg-type]
        except OSError as error:
            return error
    return None
