"""The API: articles in, deliveries out; a bearer token, JSON, and the shapes of the command line."""

from __future__ import annotations

import hmac
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from wireroom.dispatch import shapes
from wireroom.model.delivery import State
from wireroom.model.errors import ArticleError, NotFound, Refused, UsageError, WireroomError
from wireroom.sources import read_json
from wireroom.store import LogFilter
from wireroom.web.openapi import DESCRIPTION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from wireroom.app import Application
    from wireroom.model.delivery import Delivery

MOST = 4_000_000  # bytes one request may carry
_BY = "api"


def api_routes(app: Application) -> list[BaseRoute]:
    """Routes under /api/v1; everything but the description wants `Authorization: Bearer <api_token>`."""
    desk = _Desk(app)

    def guarded(path: str, work: Callable[[Request, bytes], Response], method: str) -> Route:
        return Route(path, _guard(app, work), methods=[method])

    def openapi(_: Request) -> Response:
        return JSONResponse(DESCRIPTION)

    return [
        Route("/api/v1/openapi.json", openapi),
        guarded("/api/v1/articles", desk.publish, "POST"),
        guarded("/api/v1/deliveries", desk.deliveries, "GET"),
        guarded("/api/v1/deliveries/{id}", desk.delivery, "GET"),
        guarded("/api/v1/deliveries/{id}/{move}", desk.move, "POST"),
        guarded("/api/v1/destinations", desk.destinations, "GET"),
    ]


class _Desk:
    """What the API's addresses do."""

    def __init__(self, app: Application) -> None:
        self._app = app

    def publish(self, _: Request, body: bytes) -> Response:
        app = self._app
        outlets, now = app.settings.publications, app.store.now()
        draft = read_json(_object(body), name="request", publications=outlets, now=now)
        taken = app.intake.take(draft)
        app.wake({delivery.destination: delivery.breaking for delivery in taken.fresh})
        return JSONResponse(shapes.taken_shape(taken), 201 if taken.new else 200)

    def deliveries(self, request: Request, _: bytes) -> Response:
        found = self._app.store.log(log_filter(dict(request.query_params)))
        return JSONResponse({"deliveries": [shapes.delivery_shape(delivery) for delivery in found]})

    def delivery(self, request: Request, _: bytes) -> Response:
        dossier = self._app.store.dossier(request.path_params["id"])
        return JSONResponse(shapes.dossier_shape(dossier))

    def move(self, request: Request, body: bytes) -> Response:
        moved = self._move(request.path_params["id"], request.path_params["move"], _object(body or b"{}"))
        self._app.wake({moved.destination: moved.breaking})
        return JSONResponse(shapes.delivery_shape(moved))

    def destinations(self, _: Request, __: bytes) -> Response:
        return JSONResponse({"destinations": [self._place(name) for name in self._app.destinations]})

    def _move(self, delivery_id: str, move: str, said: dict[str, Any]) -> Delivery:
        people = self._app.people
        if move == "confirm":
            return people.confirm(delivery_id, _BY, said.get("remote_id"), said.get("remote_url"))
        moves = {"retry": people.retry, "cancel": people.cancel, "release": people.release}
        if move not in moves:
            raise NotFound(f"no move {move!r}; there are confirm, retry, cancel, release")
        return moves[move](delivery_id, _BY)

    def _place(self, name: str) -> shapes.Shape:
        store, tally = self._app.store, self._app.store.tally()
        here = {state: number for (place, state), number in tally.items() if place == name}
        return shapes.destination_shape(
            self._app.destinations[name], store.standing(name), here, store.last_delivered(name), None
        )


def log_filter(query: dict[str, str]) -> LogFilter:
    """A filter of the log from a query's words. Raises `UsageError` with what is wrong."""
    try:
        states = tuple(State(word) for word in query.get("state", "").split(",") if word)
        since = datetime.fromisoformat(query["since"]) if "since" in query else None
        limit = min(1000, max(1, int(query.get("limit", "50"))))
    except ValueError as error:
        raise UsageError(f"the query does not read: {error}") from error
    if since is not None and since.tzinfo is None:
        raise UsageError("since: a time without an offset; say 2026-01-31T09:00:00+09:00")
    return LogFilter(
        article=query.get("article", ""),
        destination=query.get("destination", ""),
        states=states,
        since=since,
        limit=limit,
    )


def _guard(app: Application, work: Callable[[Request, bytes], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        refusal = _refusal(app.settings.api_token, request.headers.get("authorization", ""))
        if refusal is not None:
            return refusal
        body = await _body(request)
        if body is None:
            return _error(413, f"a request may carry {MOST:,} bytes")
        return await run_in_threadpool(_told, work, request, body)

    return answer


def _told(work: Callable[[Request, bytes], Response], request: Request, body: bytes) -> Response:
    """What the work answers, or its error as a sentence with the status that fits."""
    try:
        return work(request, body)
    except NotFound as error:
        return _error(404, str(error))
    except Refused as error:
        return _error(409, str(error))
    except (ArticleError, UsageError) as error:
        return _error(422, str(error))
    except WireroomError as error:
        return _error(503, str(error))


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST:
            return None
    return bytes(body)


def _refusal(token: str | None, header: str) -> Response | None:
    if not token:
        return _error(403, 'the API is off: set api_token = { env = "WIREROOM_API_TOKEN" } under [wireroom]')
    scheme, _, given = header.partition(" ")
    if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()):
        return None
    answer = _error(401, "the API wants `Authorization: Bearer <api_token>`")
    answer.headers["www-authenticate"] = 'Bearer realm="wireroom"'
    return answer


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise UsageError(f"the body is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise UsageError("the body is not a JSON object")
    return data


def _error(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status)
