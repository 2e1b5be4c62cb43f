"""The web: feeds for readers, health for machines, an API for other programs, a dashboard for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from wireroom.web.api import api_routes
from wireroom.web.dashboard import dashboard_routes
from wireroom.web.feeds import Feeds, Front, media_route
from wireroom.web.health import health_routes
from wireroom.web.hub import hub_routes
from wireroom.web.links import link_headers
from wireroom.web.problems import broken, no_such

if TYPE_CHECKING:
    from wireroom.app import Application

__all__ = ["create_app"]


def create_app(app: Application) -> Starlette:
    """The web application of one newsroom."""
    settings = app.settings
    feeds = Feeds(settings.feeds, links=link_headers(settings))
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
