"""The dashboard: what goes out, where it stands, and every word of why."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from wireroom.model.errors import NotFound, UsageError, WireroomError
from wireroom.web.access import may_look
from wireroom.web.query import log_filter
from wireroom.web.views import clock, front, one, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from wireroom.app import Application
    from wireroom.settings import Settings

    Work = Callable[[Request], Response]

PAGES = Path(__file__).with_name("pages")
SECURITY = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_SHOWN = "120"  # deliveries on the first page
_ASSETS = {"style.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
_CHALLENGE = {"www-authenticate": 'Basic realm="wireroom", charset="UTF-8"'}


def dashboard_routes(app: Application) -> list[BaseRoute]:
    """`/` and `/deliveries/<id>`, to look at and not to change anything; `may_look` says for whom."""
    zone = app.settings.timezone

    def first(request: Request) -> Response:
        pairs = [("limit", _SHOWN), *((name, value) for name, value in request.query_params.multi_items() if value)]
        return _page("front.html", **front(app, log_filter(pairs, zone, app.store.now())))

    def delivery(request: Request) -> Response:
        return _page("delivery.html", **one(app, request.path_params["id"]))

    return [
        Route("/", _guard(app.settings, first), methods=["GET"]),
        Route("/deliveries/{id}", _guard(app.settings, delivery), methods=["GET"]),
        *(_asset(name, media_type) for name, media_type in _ASSETS.items()),
    ]


def _guard(settings: Settings, work: Work) -> Work:
    def answer(request: Request) -> Response:
        refusal = _refusal(settings, request)
        return _told(work, request) if refusal is None else refusal

    return answer


def _refusal(settings: Settings, request: Request) -> Response | None:
    if may_look(request, settings):
        return None
    if settings.api_token:
        return _page("message.html", 401, _CHALLENGE, why="This page wants the API's token as password, with any name.")
    return _page(
        "message.html",
        403,
        why="Without an api_token in the settings this page is only for people at this machine, who open it at "
        f"http://127.0.0.1:{settings.listen_port}/ and not through a proxy.",
    )


def _told(work: Work, request: Request) -> Response:
    """What the work answers, or its error on a page."""
    try:
        return work(request)
    except NotFound as error:
        return _page("message.html", 404, why=str(error))
    except UsageError as error:
        return _page("message.html", 422, why=str(error))
    except WireroomError as error:
        return _page("message.html", 503, why=str(error))


def _page(template: str, status: int = 200, headers: dict[str, str] | None = None, /, **values: object) -> Response:
    text = _templates().get_template(template).render(**values)
    return HTMLResponse(text.encode("utf-8", "replace"), status, {**SECURITY, **(headers or {})})


def _asset(name: str, media_type: str) -> Route:
    """The pages' own style sheet, script and icon: they tell nothing, so anybody may have them."""

    def give(_: Request) -> Response:
        headers = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
        return FileResponse(PAGES / name, media_type=media_type, headers=headers)

    return Route(f"/_page/{name}", give, methods=["GET"])


@lru_cache(maxsize=1)
def _templates() -> Environment:
    pages = Environment(loader=FileSystemLoader(PAGES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters |= {"clock": clock, "told": told}
    return pages
