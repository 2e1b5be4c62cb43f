"""`wireroom destinations` and `wireroom check`: how each place stands, and whether everything would work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wireroom.cli.options import application, home_option, json_option
from wireroom.cli.output import record, say, table

if TYPE_CHECKING:
    from datetime import datetime

    from wireroom.app import Application
    from wireroom.model.channel import Health
    from wireroom.model.destination import Destination


@click.command()
@json_option
@home_option
def destinations(as_json: bool) -> None:
    """List the destinations, each with its state, last delivery, quota, what is spent and left, and its token's end."""
    with application() as app:
        tally, healths = app.store.tally(), app.store.healths()
        shapes = [_shape(app, each, tally, healths.get(each.name)) for each in app.settings.destinations]
        zone, now = app.settings.timezone, app.store.now()
    if as_json:
        for shape in shapes:
            record(shape)
        return
    columns = ("destination", "channel", "state", "delivered", "waiting", "failed", "last", "left", "why")
    table(columns, [_row(shape, zone) for shape in shapes]) if shapes else say("no destinations")
    for shape in shapes:
        if notes := [*_money(shape), *_health(healths.get(shape["destination"]), now, zone)]:
            say(f"{shape['destination']}: {'; '.join(notes)}")


def _shape(
    app: Application, destination: Destination, counts: dict[tuple[str, str], int], health: Health | None
) -> dict[str, Any]:
    from wireroom.dispatch.budget import account
    from wireroom.dispatch.shapes import destination_shape

    name, store = destination.name, app.store
    tally = {str(state): number for (where, state), number in counts.items() if where == name}
    money = account(store, destination, store.now(), app.settings.timezone)
    return destination_shape(destination, store.standing(name), tally, store.last_delivered(name), money, health)


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
    """What is left of each quota the platform told, and of the budget."""
    parts = [
        f"{quota.get('name') or 'calls'} {quota.get('remaining')}/{quota.get('limit')}" for quota in shape["quota"]
    ]
    if shape["budget"]:
        parts.append(f"${shape['budget']['left']:.2f}")
    return ", ".join(parts)


def _money(shape: dict[str, Any]) -> list[str]:
    """What was spent, what the month comes to, what is left, and by which prices that is counted."""
    spending, budget = shape["spending"], shape["budget"]
    if spending is None:
        return []
    told = [
        f"{_usd(spending['today'])} spent today, {_usd(spending['this_month'])} this month",
        f"about ${spending['forecast']:.2f} by its end at ${spending['per_day']:.2f} a day",
    ]
    if budget is not None:
        bounds = [(budget["usd_per_day"], "a day"), (budget["usd_per_month"], "a month")]
        allowed = " and ".join(f"{_usd(usd)} {span}" for usd, span in bounds if usd is not None)
        reserve = f", and {_usd(budget['reserve_left'])} in reserve for breaking news" if budget["reserve"] else ""
        told.append(f"{_usd(budget['left'])} left of {allowed}{reserve}")
    prices = ", ".join(f"{name} {_usd(usd)}" for name, usd in spending["prices"].items())
    return [*told, *([f"prices: {prices}"] if prices else [])]


def _usd(dollars: float) -> str:
    from wireroom.dispatch.budget import micro, usd

    return usd(micro(dollars))


def _health(health: Health | None, now: datetime, zone: str) -> list[str]:
    from wireroom.dispatch.health import today

    warning = today(health, now, zone)
    return [warning] if warning else []


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
