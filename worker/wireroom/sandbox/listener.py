"""The sandbox's socket: takes connections, and can be down as a machine is, for a while or until told otherwise."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from wireroom.sandbox.misbehave import CLOSING, TRANSPORT

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from starlette.applications import Starlette
    from starlette.types import Receive, Scope, Send


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it listens, and when it is about to end."""

    def __init__(self, config: uvicorn.Config, let_go: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready, self._let_go = threading.Event(), let_go
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._let_go()
        await super().shutdown(sockets)


class Listener:
    """One sandbox on one socket; knows how to cut connections and to refuse new ones."""

    def __init__(self, app: Starlette, wire: socket.socket) -> None:
        app.state.listener = self
        self._wire, self._address, self._family = wire, wire.getsockname(), wire.family
        self._closing = asyncio.Event()
        self._reserved: socket.socket | None = None
        self._reopening: asyncio.Task[None] | None = None
        self._config = uvicorn.Config(
            app,
            http=self._protocol,  # type: ignore[arg-type]
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(self._config, self._let_go)

    def run(self) -> None:
        """Serve until stopped; in the main thread SIGINT and SIGTERM stop it too."""
        try:
            self._server.run(sockets=[self._wire])
        finally:
            self._wire.close()
            self._server.ready.set()

    def wait_until_ready(self) -> None:
        """Return when connections are taken. Raises RuntimeError if the server ended before that."""
        self._server.ready.wait()
        if not self._server.started:
            raise RuntimeError("the sandbox's server did not come up")

    def stop(self) -> None:
        """Let `run` return: what is held is let go, open connections are closed. May be called from any thread."""
        self._server.should_exit = True

    def refuse(self, seconds: float | None, *, spare: asyncio.BaseTransport | None = None) -> None:
        """Stop listening for so long (None: until `reopen`), as if down, and cut all connections but `spare`.

        The port stays ours meanwhile, so that nobody else can take it.
        """
        for server in self._server.servers:
            server.close()
        if self._reserved is None:
            self._reserved = bound(self._address[0], self._address[1], self._family, listening=False)
        for connection in list(self._server.server_state.connections):
            transport = connection.transport
            if transport is not None and transport is not spare:
                transport.abort()
        self._reconsider(seconds)

    async def reopen(self, seconds: float = 0.0) -> None:
        """Listen again, in so many seconds."""
        await asyncio.sleep(seconds)
        wire, self._reserved = self._reserved, None
        if wire is not None:
            loop = asyncio.get_running_loop()
            self._server.servers = [await loop.create_server(self._again, sock=wire, backlog=self._config.backlog)]

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Nothing listens for as long as the block lasts; for other threads than the server's."""
        self._do(self._refuse_for_good())
        try:
            yield
        finally:
            self._do(self.reopen())

    async def _refuse_for_good(self) -> None:
        self.refuse(None)

    def _do(self, work: Coroutine[None, None, None]) -> None:
        assert self._server.loop is not None  # noqa: S101  (it listens)
        asyncio.run_coroutine_threadsafe(work, self._server.loop).result(10)

    def _reconsider(self, seconds: float | None) -> None:
        if self._reopening is not None:
            self._reopening.cancel()
        self._reopening = None if seconds is None else asyncio.ensure_future(self.reopen(seconds))

    def _let_go(self) -> None:
        self._closing.set()
        self._reconsider(None)
        if self._reserved is not None:
            self._reserved.close()

    def _again(self) -> asyncio.Protocol:
        return self._protocol(config=self._config, server_state=self._server.server_state, app_state={})

    def _protocol(self, **arguments: Any) -> asyncio.Protocol:
        """uvicorn's protocol, whose requests carry the transport they came by."""
        make: Any = H11Protocol
        protocol: Any = make(**arguments)
        inner, closing = protocol.app, self._closing

        async def carrying(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT], scope[CLOSING] = protocol.transport, closing
            await inner(scope, receive, send)

        protocol.app = carrying
        result: asyncio.Protocol = protocol
        return result


def bound(host: str, port: int, family: int = 0, *, listening: bool = True) -> socket.socket:
    """A listening socket, or one that only holds the port. Raises OSError, with the address in its text."""
    kind = family or (socket.AF_INET6 if ":" in host else socket.AF_INET)
    wire = socket.socket(kind, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, else asyncio leaves Nagle on
    try:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wire.bind((host, port))
        if listening:
            wire.listen(2048)
    except OSError as error:
        wire.close()
        raise OSError(error.errno, f"{error.strerror}: the sandbox cannot listen on {host}:{port}") from None
    wire.setblocking(False)
    return wire
