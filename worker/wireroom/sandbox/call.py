"""One request on its way to a handler, and the handler's answer on its way back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.responses import Response

from wireroom.sandbox.answers import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.requests import Request

    from wireroom.sandbox.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, read whole. `origin` is scheme and host as the client called them.

    `late` and `lag` are what a fault adds to the post this call makes.
    """

    state: State
    method: str
    origin: str
    path: str
    query: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    late: timedelta
    lag: timedelta
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> dict[str, str]:
        """The query's parameters."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def content_type(self) -> str:
        """The body's type as the client named it."""
        return self.headers.get("content-type", "")


Work = Callable[[Call], Answer]
_NOT_IN_HEADERS = re.compile(r"[^ -~]")


def endpoint(work: Work) -> Callable[[Request], Awaitable[Response]]:
    """A Starlette endpoint that runs a handler under the state's lock and gives its answer or refusal."""

    async def run(request: Request) -> Response:
        call = await _read(request)
        with call.state.lock:
            try:
                answer = work(call)
            except Refusal as refusal:
                answer = refusal.answer
        request.scope["sandbox.account"] = call.notes.get("account", "")
        request.scope["sandbox.why"] = answer.why
        return response(answer)

    return run


def response(answer: Answer) -> Response:
    """An answer as it goes over the wire; a 204 has no body."""
    headers = dict(answer.headers)
    if answer.why:
        headers["x-sandbox-why"] = _NOT_IN_HEADERS.sub("?", " ".join(answer.why.split()))
    content = b"" if answer.status == 204 else answer.encoded()
    return Response(content, answer.status, headers, media_type=answer.media_type)


async def _read(request: Request) -> Call:
    scope = request.scope
    return Call(
        state=request.app.state.sandbox,
        method=request.method,
        origin=f"{scope['scheme']}://{request.headers.get('host', '')}",
        path=scope.get("raw_path", scope["path"].encode()).partition(b"?")[0].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        params=request.path_params,
        headers=request.headers,
        body=await request.body(),
        late=timedelta(seconds=scope.get("sandbox.late", 0.0)),
        lag=timedelta(seconds=scope.get("sandbox.lag", 0.0)),
    )


async def wait(seconds: float, *, until: asyncio.Event) -> bool:
    """Wait so long, or until the event; True when the event came."""
    try:
        await asyncio.wait_for(until.wait(), seconds)
    except TimeoutError:
        return False
    return True
