"""The web: feeds for readers, health for machines, an API for other programs, a dashboard for people."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from wireroom.compose.feeds.options import hubs_of
from wireroom.web.api import api_routes
from wireroom.web.dashboard import dashboard_routes
from wireroom.web.feeds import Feeds, Front, media_route
from wireroom.web.health import health_routes
from wireroom.web.hub import hub_routes
from wireroom.web.problems import broken, no_such

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.app import Application
    from wireroom.settings import Settings

__all__ = ["create_app"]


def _links(settings: Settings) -> Callable[[str, str], str]:
    """The Link header of each feed's documents: their own address, and for its main documents the hubs."""
    hubs = {place.name: hubs_of(place, settings.public_url) for place in settings.destinations}

    def link(destination: str, below: str) -> str:
        address = f"{settings.public_url}/feeds/{quote(destination, safe='')}/{quote(below)}"
        told = [f'<{address}>; rel="self"']
        told += [f'<{hub}>; rel="hub"' for hub in hubs.get(destination, ()) if "/" not in below]
        return ", ".join(told)

    return link


def create_app(app: Application) -> Starlette:
    """The web application of one newsroom."""
    settings = app.settings
    feeds = Feeds(settings.feeds, links=_links(settings))
    web = Starlette(
        routes=[
            media_route(settings.media),
            *health_routes(app),
            *hub_routes(app),
            *api_routes(app),
            *dashboard_routes(app),
        ],
        middleware=[Middleware(Front, feeds=feeds)],
        exception_handlers={HTTPException: no_such, Exception: broken},
    )
    web.router.redirect_slashes = False  # it would send callers to whatever name their Host header says
    return web
