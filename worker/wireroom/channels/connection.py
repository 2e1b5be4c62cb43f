"""Connections that know whether a request was written yet, and that read an answer against one deadline."""

from __future__ import annotations

import http.client
import io
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping
    from typing import Protocol

    from typing_extensions import Buffer

    class _Readable(Protocol):
        def readinto(self, buffer: Buffer, /) -> int | None: ...
        def close(self) -> None: ...


@dataclass(slots=True)
class Call:
    """One request under way: when it must be over, and whether its first byte may have left.

    `deadline` and `clock` are in monotonic seconds. `written` is set before the first byte is handed to the kernel,
    so it is never false for a request that a server may have seen.
    """

    deadline: float
    clock: Callable[[], float]
    written: bool = False

    def remaining(self) -> float:
        """Seconds that are left; raises TimeoutError when there are none."""
        left = self.deadline - self.clock()
        if left <= 0:
            raise TimeoutError("the answer was not complete in time")
        return left


CALL: ContextVar[Call] = ContextVar("call")


class _Clocked(io.RawIOBase):
    """The raw end of a socket, given only as long as the whole call has left: a slow drip cannot stretch it."""

    def __init__(self, raw: _Readable, sock: socket.socket, call: Call) -> None:
        super().__init__()
        self._raw, self._sock, self._call = raw, sock, call

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int | None:
        self._sock.settimeout(self._call.remaining())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        if (call := CALL.get(None)) is not None:
            self.fp = io.BufferedReader(_Clocked(self.fp.detach(), sock, call))


def _about_to_write(connection: HTTPConnection) -> None:
    if connection.sock is None:
        connection.connect()
    if (call := CALL.get(None)) is not None and connection.sock is not None:
        connection.sock.settimeout(call.remaining())
        call.written = True


class Plain(HTTPConnection):
    """A connection without TLS."""

    response_class = _Response

    def send(self, data: Any) -> None:
        _about_to_write(self)
        super().send(data)


class Secure(HTTPSConnection):
    """A connection with TLS."""

    response_class = _Response

    def send(self, data: Any) -> None:
        _about_to_write(self)
        super().send(data)


class PlainPool(HTTPConnectionPool):
    """Connections to one host without TLS."""

    ConnectionCls = Plain


class SecurePool(HTTPSConnectionPool):
    """Connections to one host with TLS."""

    ConnectionCls = Secure


class Adapter(HTTPAdapter):
    """An adapter of requests whose connections keep the account of the `Call` under way; it never retries."""

    pools: ClassVar[Mapping[str, type[HTTPConnectionPool]]] = {"http": PlainPool, "https": SecurePool}

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = dict(self.pools)
