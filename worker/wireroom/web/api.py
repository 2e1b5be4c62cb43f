"""The API: articles in, deliveries out; a bearer token, JSON, and the shapes of the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from wireroom.dispatch import shapes
from wireroom.dispatch.budget import account
from wireroom.dispatch.waits import explained
from wireroom.model.delivery import State
from wireroom.model.errors import ArticleError, NotFound, Refused, UsageError, WireroomError
from wireroom.sources import read_json
from wireroom.sources.outlets import is_address
from wireroom.web.access import bears
from wireroom.web.openapi import DESCRIPTION, MOST, MOVES
from wireroom.web.problems import CLOSED, problem
from wireroom.web.query import log_filter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from wireroom.app import Application
    from wireroom.model.delivery import Delivery
    from wireroom.model.destination import Standing

    Work = Callable[[Request, bytes], Response]

_BY = "api"
_LONGEST = 2000  # characters of an id or address a person may hand in


def api_routes(app: Application) -> list[BaseRoute]:
    """Routes under /api/v1; everything but the description wants `Authorization: Bearer <api_token>`."""
    desk = _Desk(app)

    def guarded(path: str, work: Work, method: str) -> Route:
        return Route(path, _guard(app.settings.api_token, work), methods=[method])

    def openapi(_: Request) -> Response:
        return JSONResponse(DESCRIPTION, headers={"x-content-type-options": "nosniff"})

    return [
        Route("/api/v1/openapi.json", openapi, methods=["GET"]),
        guarded("/api/v1/articles", desk.publish, "POST"),
        guarded("/api/v1/articles/retract", desk.retract, "POST"),
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
        """Take an article in. A picture comes as an address or as its bytes, never as a path of this machine."""
        app = self._app
        outlets, now = app.settings.publications, app.store.now()
        draft = read_json(_object(body), name="request", publications=outlets, now=now, media=app.settings.media)
        taken = app.intake.take(draft)
        app.wake({delivery.destination: delivery.breaking for delivery in taken.fresh})
        return _json(shapes.taken_shape(taken), 201 if taken.new else 200)

    def retract(self, _: Request, body: bytes) -> Response:
        """Take an article back, named by its uid or its address."""
        said = _object(body)
        if rest := [key for key in said if key != "article"]:
            raise UsageError(f"found the key {rest[0][:40]!r}; allowed: article")
        name = _word(said, "article")
        if name is None:
            raise UsageError("`article` is missing; expected is a uid or an address")
        found = self._app.retraction.take_back(name, _BY)
        self._app.wake({each.destination: True for each in found.deliveries})
        return _json(shapes.retracted_shape(found, done=True))

    def deliveries(self, request: Request, _: bytes) -> Response:
        store, settings = self._app.store, self._app.settings
        wanted = log_filter(request.query_params.multi_items(), settings.timezone, store.now())
        found = store.log(wanted)
        if wanted.destination and not found and not any(name == wanted.destination for name, _ in store.tally()):
            settings.destination(wanted.destination)  # one that is gone from the settings keeps its log
        told = explained(found, store.standings(), store.now())
        return _json({"deliveries": [shapes.delivery_shape(delivery) for delivery in told]})

    def delivery(self, request: Request, _: bytes) -> Response:
        dossier = self._app.store.dossier(request.path_params["id"])
        (told,) = explained([dossier.delivery], self._app.store.standings(), self._app.store.now())
        return _json(shapes.dossier_shape(replace(dossier, delivery=told)))

    def move(self, request: Request, body: bytes) -> Response:
        said = _object(body) if body.strip() else {}
        moved = self._move(request.path_params["id"], request.path_params["move"], said)
        if moved.state is State.PLANNED and moved.destination in self._app.destinations:
            self._app.wake({moved.destination: moved.breaking})
        return _json(shapes.delivery_shape(moved))

    def destinations(self, _: Request, __: bytes) -> Response:
        store = self._app.store
        tally, standings = store.tally(), store.standings()
        return _json({"destinations": [self._place(name, tally, standings) for name in self._app.destinations]})

    def _move(self, delivery_id: str, move: str, said: dict[str, Any]) -> Delivery:
        people = self._app.people
        if move not in MOVES:
            raise NotFound(f"there is no move {move[:40]!r}; there are {', '.join(MOVES)}")
        if rest := [key for key in said if move != "confirm" or key not in {"remote_id", "remote_url"}]:
            allowed = "remote_id and remote_url" if move == "confirm" else "no key"
            raise UsageError(f"{move}: found the key {rest[0][:40]!r}; allowed: {allowed}")
        if move == "confirm":
            return people.confirm(delivery_id, _BY, _word(said, "remote_id"), _address(said, "remote_url"))
        moves = {"retry": people.retry, "cancel": people.cancel, "release": people.release}
        return moves[move](delivery_id, _BY)

    def _place(self, name: str, tally: dict[tuple[str, str], int], standings: dict[str, Standing]) -> shapes.Shape:
        store, place = self._app.store, self._app.destinations[name]
        here = {str(state): number for (where, state), number in tally.items() if where == name}
        money = account(store, place, store.now(), self._app.settings.timezone)
        standing = standings.get(name) or store.standing(name)
        last, health = store.last_delivered(name), store.health(name)
        return shapes.destination_shape(place, standing, here, last, money, health)


def _guard(token: str | None, work: Work) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        refusal = _refusal(token, request.headers.get("authorization", ""))
        if refusal is not None:
            return refusal
        try:
            body = await _body(request)
        except ClientDisconnect:
            return problem(400, "the request broke off")  # nobody is there to read it
        if body is None:
            return problem(413, f"a request may carry {MOST:,} bytes; this one has more", {"connection": "close"})
        return await run_in_threadpool(_told, work, request, body)

    return answer


def _told(work: Work, request: Request, body: bytes) -> Response:
    """What the work answers, or its error as a sentence with the status that fits."""
    try:
        return work(request, body)
    except NotFound as error:
        return problem(404, str(error))
    except Refused as error:
        return problem(409, str(error))
    except (ArticleError, UsageError) as error:
        return problem(422, str(error))
    except WireroomError as error:
        return problem(503, str(error))


async def _body(request: Request) -> bytes | None:
    """The whole body, None for one that is too large, which is then not read to its end."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:20]) > MOST:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST:
            return None
    return bytes(body)


def _refusal(token: str | None, header: str) -> Response | None:
    if not token:
        return problem(403, 'the API is off: set api_token = { env = "WIREROOM_API_TOKEN" } under [wireroom]')
    if bears(token, header):
        return None
    challenge = {"www-authenticate": 'Bearer realm="wireroom"'}
    return problem(401, "the API wants the header `Authorization: Bearer <api_token>`", challenge)


def _json(shape: shapes.Shape, status: int = 200) -> Response:
    return JSONResponse(shape, status, headers=CLOSED)


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except RecursionError:
        raise UsageError("the body is JSON nested too deeply to be an article") from None
    except ValueError as error:
        raise UsageError(f"the body is not JSON ({error}); expected one object") from None
    if not isinstance(data, dict):
        raise UsageError("the body is JSON, and not an object; expected one object")
    return data


def _word(said: dict[str, Any], key: str) -> str | None:
    value = said.get(key)
    if value is None or (isinstance(value, str) and len(value) <= _LONGEST and value.isprintable()):
        return value
    raise UsageError(f"{key}: expected one line of text, at most {_LONGEST} characters")


def _address(said: dict[str, Any], key: str) -> str | None:
    value = _word(said, key)
    if value and not is_address(value):
        raise UsageError(f"{key}: expected a web address that begins with https://")
    return value
