"""Puts the sandbox together and serves it: for good, or in a thread for as long as a `with` block lasts."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.routing import Route

from wireroom.sandbox import control, graph_errors, graph_posts, page, problems, x, xmedia, xread
from wireroom.sandbox import facebook as graph_api
from wireroom.sandbox.call import Call, endpoint
from wireroom.sandbox.gate import Gate
from wireroom.sandbox.listener import Listener, bound
from wireroom.sandbox.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

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
    listener = Listener(create_app(State(accounts, pages, verify=verify, limited=limited)), bound(host, port))
    with contextlib.suppress(KeyboardInterrupt):
        listener.run()
    return 0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: where it is, and what it remembers."""

    url: str
    port: int
    state: State
    listener: Listener = field(repr=False)

    def outage(self) -> AbstractContextManager[None]:
        """For as long as the block lasts connections are refused; open ones are cut."""
        return self.listener.down()

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
    listener = Listener(create_app(kept), wire)
    taken = wire.getsockname()[1]
    thread = threading.Thread(target=listener.run, name=f"sandbox-{taken}", daemon=True)
    thread.start()
    try:
        listener.wait_until_ready()
        yield Sandbox(f"http://{f'[{host}]' if ':' in host else host}:{taken}", taken, kept, listener)
    finally:
        listener.stop()
        thread.join()
