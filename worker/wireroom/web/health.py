"""Alive, able to work, and how much: /healthz, /readyz, /metrics."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from wireroom.model.delivery import State
from wireroom.model.errors import WireroomError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from wireroom.app import Application

ALIVE = timedelta(seconds=30)  # without a sign of life for longer, a part counts as gone
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"  # Prometheus text exposition format 0.0.4


def health_routes(app: Application) -> list[BaseRoute]:
    """`/healthz` answers while the web lives, `/readyz` while everything a delivery needs does."""

    def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    def readyz(_: Request) -> Response:
        parts = readiness(app)
        ready = all(parts.values())
        told = {name: "ok" if fine else "down" for name, fine in parts.items()}
        return JSONResponse({"status": "ready" if ready else "not ready", **told}, 200 if ready else 503)

    def metrics(_: Request) -> Response:
        return PlainTextResponse("\n".join(measures(app)) + "\n", media_type=PROMETHEUS)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def readiness(app: Application) -> dict[str, bool]:
    """Which of database, broker, worker and scheduler are there."""
    try:
        now = app.store.now()
        living = {beat.name for beat in app.store.beats() if now - beat.at < ALIVE}
    except WireroomError:
        return {"database": False, "broker": False, "worker": False, "scheduler": False}
    broker = app.waker is not None and app.waker.alive()
    return {"database": True, "broker": broker, "worker": "worker" in living, "scheduler": "scheduler" in living}


def measures(app: Application) -> Iterator[str]:
    """The metrics, line by line: deliveries by state, destinations open or not, parts alive, signs of life."""
    yield "# HELP wireroom_deliveries Deliveries in the log, by destination and state."
    yield "# TYPE wireroom_deliveries gauge"
    tally = app.store.tally()
    for name in app.destinations:
        for state in State:
            yield _line("wireroom_deliveries", tally.get((name, state.value), 0), destination=name, state=state.value)
    yield "# HELP wireroom_destination_open Whether a destination takes posts (0: paused or locked)."
    yield "# TYPE wireroom_destination_open gauge"
    for name in app.destinations:
        yield _line("wireroom_destination_open", int(app.store.standing(name).state == "open"), destination=name)
    yield "# HELP wireroom_part_up Whether a part of the daemon is there."
    yield "# TYPE wireroom_part_up gauge"
    for part, fine in readiness(app).items():
        yield _line("wireroom_part_up", int(fine), part=part)
    yield "# HELP wireroom_sign_of_life_seconds Seconds since the last sign of life."
    yield "# TYPE wireroom_sign_of_life_seconds gauge"
    now = app.store.now()
    newest = {beat.name: beat.at for beat in sorted(app.store.beats(), key=lambda beat: beat.at)}
    for part, at in newest.items():
        yield _line("wireroom_sign_of_life_seconds", round((now - at).total_seconds(), 3), part=part)


def _line(name: str, value: float, **labels: str) -> str:
    told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{told}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
