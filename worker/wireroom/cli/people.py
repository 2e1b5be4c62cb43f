"""A person's moves: retry, cancel, confirm, release; pause and resume."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from wireroom.cli.options import application, destination_names, home_option, json_option, person
from wireroom.cli.output import complain, record, say

if TYPE_CHECKING:
    from wireroom.app import Application
    from wireroom.dispatch.triage import Triage
    from wireroom.model.delivery import Delivery

_IDS = click.argument("ids", metavar="ID...", nargs=-1, required=True)
_NAMES = click.argument("names", metavar="DEST...", nargs=-1, shell_complete=destination_names)


@click.command()
@_IDS
@json_option
@home_option
def retry(ids: tuple[str, ...], as_json: bool) -> int:
    """Try deliveries again: failed ones, ones in doubt that you know are not there, ones that wait for a later try."""
    return _each(ids, as_json, lambda app, each: app.people.retry(each, person()))


@click.command()
@_IDS
@json_option
@home_option
def cancel(ids: tuple[str, ...], as_json: bool) -> int:
    """Call deliveries off that have not gone out."""
    return _each(ids, as_json, lambda app, each: app.people.cancel(each, person()))


@click.command()
@_IDS
@json_option
@home_option
def release(ids: tuple[str, ...], as_json: bool) -> int:
    """Let held deliveries go."""
    return _each(ids, as_json, lambda app, each: app.people.release(each, person()))


@click.command()
@click.argument("delivery", metavar="ID")
@click.option("--remote-id", metavar="ID", help="The platform's id of the post, where you know it.")
@click.option("--remote-url", metavar="URL", help="The address of the post.")
@json_option
@home_option
def confirm(delivery: str, remote_id: str | None, remote_url: str | None, as_json: bool) -> int:
    """Say that an unconfirmed delivery is on the platform: you saw it there."""
    return _each(
        (delivery,),
        as_json,
        lambda app, each: app.people.confirm(each, person(), remote_id=remote_id, remote_url=remote_url),
    )


def _each(ids: tuple[str, ...], as_json: bool, move: Callable[[Application, str], Delivery]) -> int:
    """Make a move on each delivery; one that cannot be made stops no other. The worst exit code."""
    from wireroom.dispatch.shapes import delivery_shape
    from wireroom.model.errors import NotFound, Refused

    worst = 0
    with application() as app:
        for each in dict.fromkeys(ids):
            try:
                delivery = move(app, each)
            except (NotFound, Refused) as error:
                complain(str(error))
                worst = max(worst, error.exit_code)
                continue
            if delivery.state == "planned" and delivery.due <= app.store.now():
                app.wake({delivery.destination: delivery.breaking})
            if as_json:
                record(delivery_shape(delivery))
            else:
                say(f"{delivery.id}  {delivery.destination}  {delivery.state}  {delivery.title}")
    return worst


@click.command()
@_NAMES
@click.option("--all", "every", is_flag=True, help="Every destination.")
@click.option("--why", metavar="TEXT", default="", help="The reason, for the others.")
@json_option
@home_option
def pause(names: tuple[str, ...], every: bool, why: str, as_json: bool) -> None:
    """Stop a destination: what is on the wire ends, nothing new starts until it is resumed."""
    with application() as app:
        for name in _named(app, names, every):
            standing = app.people.pause(name, person(), why)
            if as_json:
                record({"destination": name, "state": standing.state, "reason": standing.reason})
            else:
                say(f"{name}: {standing.state}, {standing.reason}")


@click.command()
@_NAMES
@click.option("--all", "every", is_flag=True, help="Every destination.")
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("--yes", "-y", is_flag=True, help="Do it without asking.")
@json_option
@home_option
def resume(names: tuple[str, ...], every: bool, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Go on with a destination that was paused or locked. What waited is sorted first, not fired at once.

    What is too old expires, what is superseded is merged, what is late goes out spaced. At a terminal it shows what
    that comes to and asks; elsewhere it goes on at once where nothing of this is to be done, else --yes must say so.
    """
    with application() as app:
        wanted = _named(app, names, every)
        ask = not (yes or dry_run or as_json) and sys.stdin.isatty() and sys.stderr.isatty()
        found = [] if yes else [app.people.triage(name) for name in wanted]
        refused = not (yes or ask or dry_run) and any(each.to_decide for each in found)
        for each in found if ask or dry_run or refused else ():
            _say_triage(each, as_json, resumed=False)
        if dry_run:
            return 0
        if refused:
            complain("nothing was changed; add --yes to do it")
            return 1
        if ask and not _agreed():
            return 2
        for name in wanted:
            done = app.people.resume(name, person())
            app.wake({name: False})
            _say_triage(done, as_json, resumed=True)
    return 0


def _named(app: Application, names: tuple[str, ...], every: bool) -> list[str]:
    """The destinations meant, all of them there. Raises `UsageError`, `NotFound`."""
    from wireroom.model.errors import UsageError

    if every == bool(names):
        raise UsageError("name destinations, or give --all for every one")
    return [app.settings.destination(name).name for name in dict.fromkeys(names)] or list(app.destinations)


def _agreed() -> bool:
    if click.confirm("Go on?", err=True, default=False):
        return True
    complain("nothing was changed")
    return False


def _say_triage(found: Triage, as_json: bool, *, resumed: bool) -> None:
    if not as_json:
        say(f"{found.destination}: {'resumed: ' if resumed else ''}{found}")
        return
    shape = {"destination": found.destination, "posts": found.posts, "expire": found.expire}
    more = {"held": found.held, "late": found.late, "seconds": found.takes.total_seconds()}
    record({**shape, "superseded": found.superseded, "resumed": resumed, **more})
