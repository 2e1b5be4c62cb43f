"""Puts the sandbox together and serves it: for good, or in a thread for as long as a `with` block lasts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.routing import Route
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from wireroom.sandbox import control, graph_errors, graph_posts, page, problems, x, xmedia, xread
from wireroom.sandbox import facebook as graph_api
from wireroom.sandbox.call import Call, endpoint
from wireroom.sandbox.gate import Gate
from wireroom.sandbox.misbehave import CLOSING, TRANSPORT
from wireroom.sandbox.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from starlette.types import Receive, Scope, Send

    from wireroom.sandbox.answers import Answer
    from wireroom.sandbox.call import Work
    from wireroom.sandbox.values import Page, XAccount

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class _Word(Convertor[str]):
    """A piece of a path that fits a pattern."""

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _Version(_Word):
    """A version of the Graph API."""

    regex = r"v\d+\.\d+"


class _Node(_Word):
    """The id of a Page, a post or a photo."""

    regex = r"me|\d+(?:_\d+)?"


class _Edge(_Word):
    """A list of a Page's posts."""

    regex = r"feed|posts|published_posts"


register_url_convertor("graph_version", _Version())
register_url_convertor("graph_id", _Node())
register_url_convertor("graph_edge", _Edge())

_X: tuple[tuple[str, str, Work], ...] = (
    ("POST", "/2/tweets", x.signed("POST /2/tweets", x.create_post)),
    ("GET", "/2/tweets/{id}", x.signed("GET /2/tweets", x.get_post, app_only=True)),
    ("DELETE", "/2/tweets/{id}", x.signed("DELETE /2/tweets", x.delete_post)),
    ("GET", "/2/users/me", x.signed("GET /2/users/me", x.get_me)),
    ("GET", "/2/users/{id}/tweets", x.signed("GET /2/users/tweets", xread.timeline, app_only=True)),
    ("POST", "/2/media/upload", x.signed("POST /2/media/upload", xmedia.upload)),
    ("GET", "/2/media/upload", x.signed("GET /2/media/upload", xmedia.status)),
    ("POST", "/2/media/upload/initialize", x.signed("POST /2/media/chunks", xmedia.initialize)),
    ("POST", "/2/media/upload/{id}/append", x.signed("POST /2/media/chunks", xmedia.append)),
    ("POST", "/2/media/upload/{id}/finalize", x.signed("POST /2/media/chunks", xmedia.finalize)),
    ("POST", "/2/media/metadata", x.signed("POST /2/media/metadata", xmedia.metadata)),
    ("POST", "/2/oauth2/token", x.refresh_token),
    ("POST", "/2/oauth2/revoke", x.revoke_token),
)
_GRAPH: tuple[tuple[str, str, graph_api.GraphWork], ...] = (
    ("GET", "/debug_token", graph_api.debug_token),
    ("POST", "/{id:graph_id}/feed", graph_posts.create_post),
    ("POST", "/{id:graph_id}/photos", graph_posts.create_photo),
    ("GET", "/{id:graph_id}/{edge:graph_edge}", graph_posts.list_posts),
    ("GET", "/{id:graph_id}", graph_api.get_node),
    ("POST", "/{id:graph_id}", graph_posts.edit_post),
    ("DELETE", "/{id:graph_id}", graph_posts.delete_post),
    ("POST", "/", graph_api.scrape),
)


def _no_such_x_call(call: Call) -> Answer:
    raise problems.problem(404, "Not Found", "Not Found", why=f"the sandbox has no {call.method} {call.path}")


def _no_such_graph_call(call: Call) -> Answer:
    refusal = graph_errors.error(2500, f"Unknown path components: {call.path}")
    return graph_errors.traced(refusal.answer, call.state.next())


def create_app(state: State) -> Starlette:
    """The sandbox as a Starlette application.

    Faults of the connection itself (close, reset, length) need the server below, which lends them its transport.
    """
    routes = [*page.routes(), *control.routes()]
    routes += [Route(path, endpoint(work), methods=[method]) for method, path, work in _X]
    routes.append(Route("/2/{rest:path}", endpoint(_no_such_x_call), methods=METHODS))
    for prefix in ("/{version:graph_version}", ""):
        routes += [
            Route(f"{prefix}{path}", endpoint(graph_api.graph(work)), methods=[method]) for method, path, work in _GRAPH
        ]
    routes.append(Route("/{rest:path}", endpoint(_no_such_graph_call), methods=METHODS))
    app = Starlette(routes=routes, middleware=[Middleware(Gate, state=state)])
    app.state.sandbox = state
    return app


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it listens, and when it is about to end."""

    def __init__(self, config: uvicorn.Config, let_go: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready, self._let_go = threading.Event(), let_go

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._let_go()
        await super().shutdown(sockets)


class Listener:
    """One sandbox on one socket; knows how to cut connections and to refuse new ones."""

    def __init__(self, state: State, wire: socket.socket) -> None:
        app = create_app(state)
        app.state.listener = self
        self._wire, self._address, self._family = wire, wire.getsockname(), wire.family
        self._closing = asyncio.Event()
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

    def refuse(self, seconds: float, spare: asyncio.BaseTransport) -> None:
        """Stop listening for so long, as if the machine were down, and cut all connections but `spare`."""
        for server in self._server.servers:
            server.close()
        for connection in list(self._server.server_state.connections):
            transport = connection.transport
            if transport is not None and transport is not spare:
                transport.abort()
        self._reopening = asyncio.ensure_future(self._reopen(seconds))

    async def _reopen(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        wire = bound(self._address[0], self._address[1], self._family)
        loop = asyncio.get_running_loop()
        self._server.servers = [await loop.create_server(self._again, sock=wire, backlog=self._config.backlog)]

    def _let_go(self) -> None:
        self._closing.set()
        if self._reopening is not None:
            self._reopening.cancel()

    def _again(self) -> asyncio.Protocol:
        return self._protocol(config=self._config, server_state=self._server.server_state, app_state={})

    def _protocol(self, **arguments: Any) -> asyncio.Protocol:
        """uvicorn's protocol, whose requests carry the transport they came by."""
        make: Any = AutoHTTPProtocol
        protocol: Any = make(**arguments)
        inner, closing = protocol.app, self._closing

        async def carrying(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT], scope[CLOSING] = protocol.transport, closing
            await inner(scope, receive, send)

        protocol.app = carrying
        result: asyncio.Protocol = protocol
        return result


def bound(host: str, port: int, family: int = 0) -> socket.socket:
    """A listening socket. Raises OSError, with the address in its text, where it cannot be had."""
    kind = family or (socket.AF_INET6 if ":" in host else socket.AF_INET)
    wire = socket.socket(kind, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, else asyncio leaves Nagle on
    try:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wire.bind((host, port))
        wire.listen(2048)
    except OSError as error:
        wire.close()
        raise OSError(error.errno, f"{error.strerror}: the sandbox cannot listen on {host}:{port}") from None
    wire.setblocking(False)
    return wire


def serve(
    host: str = "127.0.0.1",
    port: int = 8099,
    accounts: Sequence[XAccount] = (),
    pages: Sequence[Page] = (),
    *,
    verify: bool = True,
    limited: bool = True,
) -> int:
    """Serve a sandbox until SIGINT or SIGTERM; 0 when Ctrl-C ended it. Raises OSError if the address cannot be had."""
    listener = Listener(State(accounts, pages, verify=verify, limited=limited), bound(host, port))
    with contextlib.suppress(KeyboardInterrupt):
        listener.run()
    return 0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: where it is, and what it remembers."""

    url: str
    port: int
    state: State

    def posts(self, platform: str = "") -> list[dict[str, object]]:
        """What was posted and still stands, oldest first; see `State.posts`."""
        return [post for post in self.state.posts() if platform in {"", post["platform"]}]

    def fault(self, **order: object) -> None:
        """Put a fault in force: the keys of POST /_control/faults. Raises ValueError for what makes no sense."""
        with self.state.lock:
            self.state.faults.add(order)


@contextlib.contextmanager
def running(state: State | None = None, *, host: str = "127.0.0.1", port: int = 0, **options: Any) -> Iterator[Sandbox]:
    """A sandbox in a thread for as long as the block lasts; port 0 takes a free one.

    `options` go to `State` where none is given. Raises OSError if the address cannot be had.
    """
    wire = bound(host, port)
    kept = state or State(**options)
    listener = Listener(kept, wire)
    taken = wire.getsockname()[1]
    thread = threading.Thread(target=listener.run, name=f"sandbox-{taken}", daemon=True)
    thread.start()
    try:
        listener.wait_until_ready()
        yield Sandbox(f"http://{f'[{host}]' if ':' in host else host}:{taken}", taken, kept)
    finally:
        listener.stop()
        thread.join()
