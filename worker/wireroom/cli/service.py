"""The daemon's commands: run, start, stop, status; worker, scheduler, web."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wireroom.cli.alert import say_troubles
from wireroom.cli.options import application, home_option, json_option, newsroom
from wireroom.cli.output import record, say, table

if TYPE_CHECKING:
    from wireroom.daemon.supervisor import Status


@click.command()
@home_option
def run() -> int:
    """Run the whole service in the foreground: broker, workers, scheduler, web.

    SIGTERM or Ctrl-C: finishes what is on the wire, starts nothing new, exits 0.
    """
    from wireroom.daemon import supervisor

    return supervisor.run(newsroom(secrets=True))


@click.command()
@click.option("--wait", metavar="SECONDS", type=click.FloatRange(0.1), default=15.0, show_default=True)
@home_option
def start(wait: float) -> None:
    """Start the service in the background and wait until it is up."""
    from wireroom.daemon import supervisor

    settings = newsroom(secrets=True)
    pid = supervisor.start(settings, wait=wait)
    say(f"the daemon is up, pid {pid}; feeds and dashboard: {settings.public_url}; log: {settings.log}")


@click.command()
@click.option("--wait", metavar="SECONDS", type=click.FloatRange(0.1), default=120.0, show_default=True)
@home_option
def stop(wait: float) -> None:
    """Stop the service: what is on the wire is finished first."""
    from wireroom.daemon import supervisor

    stopped = supervisor.stop(newsroom(), wait=wait)
    say("the daemon has stopped" if stopped else "no daemon was running")


@click.command()
@click.option("--strict", is_flag=True, help="Exit 1 also while anything is wrong.")
@json_option
@home_option
def status(strict: bool, as_json: bool) -> int:
    """Tell whether the service runs, which of its parts show signs of life, and what is wrong; exit 1 when it does not.

    With open troubles it still exits 0, unless --strict is given.
    """
    from wireroom.daemon import supervisor

    with application() as app:
        found = supervisor.status(app.settings, app.store)
        zone = app.settings.timezone
    if as_json:
        record(_shape(found))
    else:
        _say(found, zone)
    living = {beaten.part for beaten in found.parts if beaten.alive}
    runs = found.running or {"worker", "scheduler"} <= living
    return 0 if runs and not (strict and found.troubles) else 1


def _shape(found: Status) -> dict[str, object]:
    from wireroom.dispatch.shapes import moment, trouble_shape

    parts = [{"part": b.part, "by": b.by, "at": moment(b.at), "alive": b.alive} for b in found.parts]
    troubles = [trouble_shape(noted) for noted in found.troubles]
    return {"running": found.running, "pid": found.pid, "parts": parts, "troubles": troubles}


def _say(found: Status, zone: str) -> None:
    from wireroom.cli.moments import shown
    from wireroom.holders import short

    say(f"the daemon runs, pid {found.pid}" if found.running else "no daemon runs in this newsroom")
    rows = [(b.part, "running" if b.alive else "gone", short(b.by), shown(b.at, zone)) for b in found.parts]
    if rows:
        table(("part", "state", "where", "last sign of life"), rows)
    say_troubles(found.troubles, zone)


@click.command()
@home_option
def worker() -> int:
    """Run one worker alone: it carries deliveries. For a host per part, on a broker that is not embedded."""
    from wireroom.daemon import parts

    return parts.worker(newsroom(secrets=True))


@click.command()
@home_option
def scheduler() -> int:
    """Run the scheduler alone: it wakes what is due and settles what was lost. Safe to run twice."""
    from wireroom.daemon import parts

    return parts.scheduler(newsroom())


@click.command()
@home_option
def web() -> int:
    """Run the web server alone: feeds, dashboard, API."""
    from wireroom.daemon import parts

    return parts.web(newsroom())
