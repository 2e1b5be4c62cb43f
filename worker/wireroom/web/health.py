"""Alive, able to work, and how much: /healthz, /readyz, /metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from wireroom.dispatch.shapes import trouble_shape
from wireroom.model.delivery import State
from wireroom.model.errors import WireroomError
from wireroom.model.trouble import TroubleKind
from wireroom.web.access import may_look
from wireroom.web.problems import CLOSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from starlette.requests import Request

    from wireroom.app import Application
    from wireroom.model.trouble import Noted

PARTS = ("database", "broker", "worker", "scheduler")
_PATIENCE = 1.0  # seconds that a liveness probe waits for the database
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"  # Prometheus text exposition format 0.0.4


def health_routes(app: Application) -> list[BaseRoute]:
    """`/healthz` answers while the web lives, `/readyz` while everything a delivery needs does.

    Both tell of the open troubles, `null` while the database is away; what they say of articles only those read who
    may see the dashboard. A database that keeps us waiting makes nobody believe that the web is dead.
    """

    async def healthz(_: Request) -> Response:
        open_ones = None
        with anyio.move_on_after(_PATIENCE):
            open_ones = await anyio.to_thread.run_sync(troubles, app, abandon_on_cancel=True)
        number = None if open_ones is None else len(open_ones)
        return JSONResponse({"status": "alive", "troubles": number}, headers=CLOSED)

    def readyz(request: Request) -> Response:
        parts, open_ones = readiness(app), troubles(app)
        ready = all(parts.values())
        told: dict[str, object] = {name: "ok" if fine else "down" for name, fine in parts.items()}
        whole = may_look(request, app.settings)
        told["troubles"] = None if open_ones is None else [_told(noted, whole=whole) for noted in open_ones]
        return JSONResponse({"status": "ready" if ready else "not ready", **told}, 200 if ready else 503, CLOSED)

    def metrics(_: Request) -> Response:
        return Response("\n".join(measures(app)) + "\n", headers={**CLOSED, "content-type": PROMETHEUS})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def troubles(app: Application) -> list[Noted] | None:
    """What is wrong now, as the watch last found it; None while the database is away."""
    try:
        return app.store.open_troubles()
    except WireroomError:
        return None


def _told(noted: Noted, *, whole: bool) -> dict[str, object]:
    shape = trouble_shape(noted)
    return shape if whole else {name: shape[name] for name in ("kind", "subject", "since")}


def readiness(app: Application) -> dict[str, bool]:
    """Which of database, broker, worker and scheduler are there."""
    broker = app.broker_answers()
    try:
        now = app.store.now()
        living = {beat.name for beat in app.store.beats() if now - beat.at < app.settings.alerts.silence}
    except WireroomError:
        return {**dict.fromkeys(PARTS, False), "broker": broker}
    return {"database": True, "broker": broker, "worker": "worker" in living, "scheduler": "scheduler" in living}


def measures(app: Application) -> Iterator[str]:
    """The metrics, line by line. While the database is away only the parts are told, so that a scrape still says so."""
    parts = readiness(app)
    yield from _family("wireroom_part_up", "Whether a part of the daemon is there.")
    for part, fine in parts.items():
        yield _line("wireroom_part_up", int(fine), part=part)
    if parts["database"]:
        try:
            yield from list(_from_the_store(app))
        except WireroomError:
            return  # gone between two questions; the next scrape will say so


def _from_the_store(app: Application) -> Iterator[str]:
    """Deliveries by state, also of destinations no longer in the settings; destinations open or not; signs of life."""
    store = app.store
    tally, standings, now = store.tally(), store.standings(), store.now()
    yield from _family("wireroom_deliveries", "Deliveries in the log, by destination and state.")
    for name in dict.fromkeys([*app.destinations, *sorted(name for name, _ in tally)]):
        for state in State:
            yield _line("wireroom_deliveries", tally.get((name, state.value), 0), destination=name, state=state.value)
    yield from _family("wireroom_destination_open", "Whether a destination takes posts (0: paused or locked).")
    for name in app.destinations:
        standing = standings.get(name)
        yield _line("wireroom_destination_open", int(standing is None or standing.state == "open"), destination=name)
    yield from _family("wireroom_troubles", "What is wrong now, by kind.")
    kinds = [noted.trouble.kind for noted in store.open_troubles()]
    for kind in TroubleKind:
        yield _line("wireroom_troubles", kinds.count(kind), kind=kind.value)
    yield from _family("wireroom_sign_of_life_seconds", "Seconds since a part last gave a sign of life.")
    newest = {beat.name: beat.at for beat in sorted(store.beats(), key=lambda beat: beat.at)}
    for part, at in newest.items():
        yield _line("wireroom_sign_of_life_seconds", max(0.0, round((now - at).total_seconds(), 3)), part=part)


def _family(name: str, help: str) -> Iterable[str]:  # noqa: A002  (the format's own word)
    return f"# HELP {name} {help}", f"# TYPE {name} gauge"


def _line(name: str, value: float, **labels: str) -> str:
    told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{told}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
