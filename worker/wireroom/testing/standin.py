"""A real server on 127.0.0.1 that answers as it is told: what a platform is in a test."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from types import TracebackType


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived. `url` is the whole address it came to; header names are in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The parameters behind the question mark."""
        return dict(parse_qsl(urlsplit(self.url).query))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form in the body."""
        return dict(parse_qsl(self.body.decode()))

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object in the body; empty where there is none."""
        return dict(json.loads(self.body)) if self.body else {}


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer: a body that is JSON unless it is text or bytes, and how to misbehave while answering.

    `cut` ends the connection after so many bytes of the body. `drip` sends one byte at a time, so many seconds apart.
    """

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0.0

    def encoded(self) -> tuple[bytes, str]:
        """The body's bytes and their media type."""
        if isinstance(self.body, bytes):
            return self.body, "application/octet-stream"
        if isinstance(self.body, str):
            return self.body.encode(), "text/html; charset=utf-8"
        return json.dumps(self.body).encode(), "application/json"


class HangUp:
    """The reply of a server that reads the request and then closes the connection without a word."""


class Silence:
    """The reply of a server that reads the request and then says nothing until it is closed."""


Answering = Callable[[Asked], "Reply | HangUp | Silence"]


class StandIn(ThreadingHTTPServer):
    """A platform's place taken: `answer` decides on every request; `asked` keeps them all, `accepted` the
    port of every connection that was made. A context manager."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, answer: Answering) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.asked = answer, list[Asked]()
        self.closing = threading.Event()
        self.accepted: list[int] = []
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def address(self) -> str:
        """What goes into `base_url`."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> StandIn:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop, hang up on everybody, and wait until every thread has gone."""
        self.closing.set()
        self.shutdown()
        self._thread.join()
        for connection in list(self._open):
            hang_up(connection)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.accepted.append(client_address[1])
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are part of the game."""


class _Handler(BaseHTTPRequestHandler):
    server: StandIn
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        self._serve()
        return False  # it has been answered: no do_GET and the like

    def handle(self) -> None:
        self.close_connection = False
        while not self.close_connection:
            self.close_connection = True
            self.handle_one_request()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Log nothing."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, f"http://{headers['host']}{self.path}", headers, body)
        self.server.asked.append(asked)
        reply = self.server.answer(asked)
        if isinstance(reply, Silence):
            self.server.closing.wait()
        if not isinstance(reply, Reply):
            self.close_connection = True
            return
        self._reply(reply)

    def _reply(self, reply: Reply) -> None:
        body, media_type = reply.encoded()
        self.send_response(reply.status)
        for name, value in {"Content-Type": media_type, "Content-Length": str(len(body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self._body(body if reply.cut is None else body[: reply.cut], reply.drip)
        self.close_connection = self.close_connection or reply.cut is not None

    def _body(self, body: bytes, drip: float) -> None:
        if not drip:
            self.wfile.write(body)
        for byte in body if drip else b"":
            if self.server.closing.is_set():
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(drip)
        self.wfile.flush()


def hang_up(connection: socket.socket) -> None:
    """Close a connection in both directions, however it stands."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def closed_port() -> str:
    """An address on this machine where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
