"""The sandbox's web page: both timelines side by side, as a reader would see them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from wireroom.sandbox.sights import facebook_sight, overview, x_sight

if TYPE_CHECKING:
    from starlette.requests import Request

    from wireroom.sandbox.state import State

PAGES = Path(__file__).with_name("pages")
SECURITY = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(PAGES), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def home(request: Request) -> Response:
    """GET /: both timelines."""
    state: State = request.app.state.sandbox
    with state.lock:
        return _html("home.html", overview=overview(state))


def x_post(request: Request) -> Response:
    """GET /{username}/status/{id}: one X post, where a permalink leads."""
    state: State = request.app.state.sandbox
    with state.lock:
        tweet = state.x.get(request.path_params["id"], state.now())
        return _one(x_sight(state, tweet) if tweet else None)


def page_post(request: Request) -> Response:
    """GET /{page}/posts/{number}: one Page post, where a permalink leads."""
    state: State = request.app.state.sandbox
    identifier = f"{request.path_params['page']}_{request.path_params['number']}"
    with state.lock:
        post = state.facebook.get(identifier, state.now())
        return _one(facebook_sight(state, post) if post else None)


def x_picture(request: Request) -> Response:
    """GET /_media/x/{id}: an uploaded picture."""
    state: State = request.app.state.sandbox
    medium = state.media.get(request.path_params["id"])
    return _picture(medium.data if medium else b"", medium.media_type if medium else "")


def facebook_picture(request: Request) -> Response:
    """GET /_media/facebook/{id}: an uploaded photo."""
    state: State = request.app.state.sandbox
    photo = state.facebook.photo(request.path_params["id"])
    return _picture(photo.data if photo else b"", photo.media_type if photo else "")


def asset(name: str, media_type: str) -> Route:
    """The page's own style sheet, script or icon."""

    def give(_request: Request) -> Response:
        return FileResponse(PAGES / name, media_type=media_type, headers={"cache-control": "no-cache"})

    return Route(f"/_page/{name}", give, methods=["GET"])


def _html(template: str, status: int = 200, **values: object) -> Response:
    return HTMLResponse(_templates.get_template(template).render(**values), status, SECURITY)


def _one(sight: object) -> Response:
    return _html("one.html", 200 if sight else 404, post=sight)


def _picture(data: bytes, media_type: str) -> Response:
    if not data or not media_type.startswith("image/"):
        return Response("There is no such picture.\n", 404, media_type="text/plain")
    return Response(data, 200, {"x-content-type-options": "nosniff"}, media_type)


def routes() -> list[Route]:
    """The addresses of the page and of what it shows."""
    return [
        Route("/", home, methods=["GET"]),
        Route("/i/web/status/{id}", x_post, methods=["GET"]),
        Route("/{username}/status/{id}", x_post, methods=["GET"]),
        Route("/{page:int}/posts/{number:int}", page_post, methods=["GET"]),
        Route("/_media/x/{id}", x_picture, methods=["GET"]),
        Route("/_media/facebook/{id}", facebook_picture, methods=["GET"]),
        asset("style.css", "text/css"),
        asset("page.js", "text/javascript"),
        asset("icon.svg", "image/svg+xml"),
    ]
