"""`wireroom destinations` and `wireroom check`: how each place stands, and whether everything would work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from wireroom.cli.options import application, home_option, json_option
from wireroom.cli.output import record, say, table

if TYPE_CHECKING:
    from wireroom.app import Application
    from wireroom.model.destination import Destination


@click.command()
@json_option
@home_option
def destinations(as_json: bool) -> None:
    """List the destinations, each with its state, last delivery, quota and budget left."""
    with application() as app:
        tally = app.store.tally()
        shapes = [_shape(app, each, tally) for each in app.settings.destinations]
        zone = app.settings.timezone
    if as_json:
        for shape in shapes:
            record(shape)
        return
    columns = ("destination", "channel", "state", "delivered", "waiting", "failed", "last", "left", "why")
    table(columns, [_row(shape, zone) for shape in shapes]) if shapes else say("no destinations")


def _shape(app: Application, destination: Destination, counts: dict[tuple[str, str], int]) -> dict[str, Any]:
    from wireroom.dispatch.shapes import destination_shape

    name = destination.name
    tally = {str(state): number for (where, state), number in counts.items() if where == name}
    now = app.store.now().astimezone(ZoneInfo(app.settings.timezone))
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spent = app.store.spent(name, today) if destination.budget.usd_per_day is not None else None
    return destination_shape(destination, app.store.standing(name), tally, app.store.last_delivered(name), spent)


def _row(shape: dict[str, Any], zone: str) -> tuple[str, ...]:
    tally = shape["deliveries"]
    waiting = sum(tally.get(state, 0) for state in ("held", "planned", "sending", "unconfirmed"))
    return (
        shape["destination"],
        shape["channel"],
        shape["state"],
        str(tally.get("delivered", 0)),
        str(waiting),
        str(tally.get("failed", 0)),
        _local(shape["last_delivered"], zone),
        _left(shape),
        _why(shape, zone),
    )


def _why(shape: dict[str, Any], zone: str) -> str:
    """Why nothing goes out there now; "" where it does."""
    if shape["state"] != "open":
        return str(shape["reason"])
    rests = f"rests until {_local(shape['rests_until'], zone)}" if shape["rests_until"] else ""
    return f"{rests}: {shape['rests_why']}" if rests and shape["rests_why"] else rests


def _local(at: str | None, zone: str) -> str:
    from datetime import datetime

    from wireroom.cli.moments import shown

    return shown(datetime.fromisoformat(at), zone) if at else ""


def _left(shape: dict[str, Any]) -> str:
    """What is left of each quota the platform told, and of the day's budget."""
    parts = [
        f"{quota.get('name') or 'calls'} {quota.get('remaining')}/{quota.get('limit')}" for quota in shape["quota"]
    ]
    if shape["budget"]:
        parts.append(f"${shape['budget']['left']:.2f} today")
    return ", ".join(parts)


@click.command()
@json_option
@home_option
def check(as_json: bool) -> int:
    """Check settings, templates, database and broker, and make a live, harmless call to each platform."""
    ok = True
    with application(secrets=True) as app:
        for found in app.check():
            ok = ok and found.ok
            if as_json:
                record({"check": found.name, "ok": found.ok, "message": found.message})
            else:
                click.secho("ok  " if found.ok else "no  ", fg="green" if found.ok else "red", nl=False)
                say(f"{found.name}: {found.message}")
    return 0 if ok else 1
