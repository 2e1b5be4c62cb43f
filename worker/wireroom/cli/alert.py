"""`wireroom alert`: what is wrong, who is told, and whether a message gets through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wireroom.cli.options import application, home_option, json_option
from wireroom.cli.output import record, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wireroom.app import Application
    from wireroom.model.trouble import Address, Message, Noted

_NONE = "no alert goes anywhere: name an address in [alerts] to (docs/how-to/alerts.md says how)"


@click.command()
@click.option("--test", "try_it", is_flag=True, help="Send a test message to every address and say what came of it.")
@json_option
@home_option
def alert(try_it: bool, as_json: bool) -> int:
    """Show what is wrong and who is told of it; with --test, send every address a message.

    Exits 1 when a test message did not get through somewhere, or there is no address to send one to.
    """
    with application() as app:
        if try_it:
            return _test(app, as_json=as_json)
        troubles, addresses, zone = app.store.open_troubles(), app.settings.alerts.to, app.settings.timezone
    if as_json:
        from wireroom.dispatch.shapes import trouble_shape

        for noted in troubles:
            record(trouble_shape(noted))
        return 0
    say_troubles(troubles, zone)
    say(f"alerts go to {', '.join(address.name for address in addresses)}" if addresses else _NONE)
    return 0


def say_troubles(troubles: Sequence[Noted], zone: str) -> None:
    """List what is wrong, a line for each kind and place; one line when nothing is."""
    from wireroom.cli.moments import shown
    from wireroom.dispatch.troubles import lines

    found = lines(troubles)
    for line in found:
        click.secho("! ", fg="red", nl=False)
        say(f"{line} (noticed {shown(line.since, zone)})")
    if not found:
        say("no trouble is known")


def _test(app: Application, *, as_json: bool) -> int:
    from wireroom.model.trouble import Message

    message = Message("Wireroom: a test", f"This is how trouble would be told.\n\n{app.signature}", good=True)
    came = [(address, _sent(address, message)) for address in app.settings.alerts.to]
    for address, why in came:
        if as_json:
            record({"address": address.name, "ok": not why, "message": why or "sent"})
        else:
            click.secho("no  " if why else "ok  ", fg="red" if why else "green", nl=False)
            say(f"{address.name}: {why or 'its service took the message'}")
    if not came and not as_json:
        say(_NONE)
    return 0 if came and not any(why for _, why in came) else 1


def _sent(address: Address, message: Message) -> str:
    """What came of a message: "" when the service took it, else why not."""
    from wireroom.dispatch.telling import send

    return send(address, message) if address.url else "the address is not there: set the variable, or write the file"
