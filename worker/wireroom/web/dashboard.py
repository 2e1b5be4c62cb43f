"""The dashboard: what goes out, where it stands, and every word of why."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from wireroom.dispatch import shapes
from wireroom.model.delivery import State
from wireroom.model.errors import NotFound
from wireroom.store import LogFilter
from wireroom.web.health import readiness

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from wireroom.app import Application

_SHOWN = 100  # deliveries on the first page


def dashboard_routes(app: Application) -> list[BaseRoute]:
    """`/` and `/deliveries/<id>`. From this machine without a word; from elsewhere with the API's token as password."""

    def front(request: Request) -> Response:
        wanted = request.query_params.get("state", "")
        states = (State(wanted),) if wanted in set(State) else ()
        name = request.query_params.get("destination", "")
        found = app.store.log(LogFilter(states=states, destination=name, limit=_SHOWN))
        return _page(
            "front.html", deliveries=found, places=_places(app), parts=readiness(app), wanted=wanted, name=name
        )

    def one(request: Request) -> Response:
        try:
            dossier = app.store.dossier(request.path_params["id"])
        except NotFound as error:
            return HTMLResponse(_pages().get_template("missing.html").render(why=str(error)), 404)
        return _page("delivery.html", told=shapes.dossier_shape(dossier))

    return [
        Route("/", _guard(app.settings.api_token, front)),
        Route("/deliveries/{id}", _guard(app.settings.api_token, one)),
    ]


def _guard(token: str | None, work: Callable[[Request], Response]) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        if _local(request) or (token and _knows(token, request.headers.get("authorization", ""))):
            return work(request)
        words = "The dashboard wants the API's token as password (any name)." if token else "Only from this machine."
        challenge = {"www-authenticate": 'Basic realm="wireroom", charset="UTF-8"'} if token else {}
        return HTMLResponse(words, 401 if token else 403, challenge)

    return answer


def _local(request: Request) -> bool:
    """Whether the caller sits at this machine; what a proxy passes on does not count as such."""
    if request.client is None or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _knows(token: str, header: str) -> bool:
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        _, _, password = base64.b64decode(given).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return hmac.compare_digest(password.encode(), token.encode())


def _places(app: Application) -> list[dict[str, Any]]:
    tally = app.store.tally()
    return [
        {
            "name": name,
            "channel": place.channel,
            "standing": app.store.standing(name),
            "last": app.store.last_delivered(name),
            "tally": {state.value: tally.get((name, state.value), 0) for state in State},
        }
        for name, place in app.destinations.items()
    ]


def _page(template: str, **values: object) -> Response:
    return HTMLResponse(_pages().get_template(template).render(**values), headers={"cache-control": "no-store"})


@lru_cache(maxsize=1)
def _pages() -> Environment:
    return Environment(loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True)
