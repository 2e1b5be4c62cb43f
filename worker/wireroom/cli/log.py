"""`wireroom log` and `wireroom show`: what was delivered, and all there is to know of one delivery."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from wireroom.cli.options import application, destination_names, home_option, json_option
from wireroom.cli.output import record, say, table

if TYPE_CHECKING:
    from wireroom.app import Application
    from wireroom.model.delivery import Attempt, Delivery, Entry
    from wireroom.store import Dossier, LogFilter

_STATES = ("held", "planned", "sending", "unconfirmed", "delivered", "failed", "cancelled")
_LOOK = 0.4  # seconds between two looks of --follow
_BATCH = 500
_LINES = 20  # of a body that `show` prints


@click.command()
@click.option("--article", metavar="TEXT", default="", help="Its uid, or how its title or address begins.")
@click.option("--destination", metavar="DEST", default="", shell_complete=destination_names, help="Only there.")
@click.option("--state", "states", multiple=True, type=click.Choice(_STATES), help="Only these; may be given again.")
@click.option("--since", metavar="AGE|TIME", help="Only what was made since: 24h, 2d, or a time.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="How many at most.")
@click.option("--follow", "-f", is_flag=True, help="Go on, and print every move as it happens, until Ctrl-C.")
@json_option
@home_option
def log(
    article: str,
    destination: str,
    states: tuple[str, ...],
    since: str | None,
    limit: int,
    follow: bool,
    as_json: bool,
) -> None:
    """List deliveries, newest first."""
    from wireroom.cli.moments import since as moment_since
    from wireroom.model.delivery import State
    from wireroom.store import LogFilter

    with application() as app:
        start = moment_since(since, "--since", app.settings.timezone, app.store.now()) if since else None
        wanted = LogFilter(
            article=article, destination=destination, states=tuple(map(State, states)), since=start, limit=limit
        )
        newest = app.store.newest_move() if follow else 0
        found = app.store.log(wanted)
        if destination and not found and not follow:
            _must_exist(app, destination)
        _list(found[::-1] if follow else found, app, as_json)
        if follow:
            with suppress(KeyboardInterrupt):
                _follow(app, wanted, newest, as_json)


def _must_exist(app: Application, destination: str) -> None:
    """A destination that is gone from the settings keeps its log; one that never was is a mistake."""
    if not any(name == destination for name, _ in app.store.tally()):
        app.settings.destination(destination)


def _list(found: list[Delivery], app: Application, as_json: bool) -> None:
    from wireroom.cli.moments import shown
    from wireroom.dispatch.shapes import delivery_shape
    from wireroom.dispatch.waits import explained

    found = list(explained(found, app.store.standings(), app.store.now()))
    if as_json:
        for delivery in found:
            record(delivery_shape(delivery))
        return
    zone = app.settings.timezone
    columns = ("id", "when", "destination", "action", "state", "tries", "title", "what")
    rows = [
        (
            d.id,
            shown(d.delivered or d.created, zone),
            d.destination,
            d.action,
            d.state,
            str(d.attempts),
            d.title,
            what(d),
        )
        for d in found
    ]
    table(columns, rows) if rows else say("no deliveries")


def what(delivery: Delivery) -> str:
    """What a person wants to know of a delivery beside its state: where it is, or why it is not."""
    if delivery.state == "delivered":
        return delivery.remote_url or delivery.remote_id or ""
    if delivery.error and delivery.state not in {"cancelled", "planned"}:
        return delivery.error.message
    return delivery.reason


def _follow(app: Application, wanted: LogFilter, newest: int, as_json: bool) -> None:
    while True:
        moves = app.store.moves_after(newest, _BATCH)
        for number, delivery, entry in moves:
            newest = number
            if _matches(delivery, wanted):
                _tell(delivery, entry, app, as_json)
        if len(moves) < _BATCH:
            time.sleep(_LOOK)


def _matches(delivery: Delivery, wanted: LogFilter) -> bool:
    if wanted.destination and delivery.destination != wanted.destination:
        return False
    if wanted.states and delivery.state not in wanted.states:
        return False
    words = (delivery.uid, delivery.title)
    return not wanted.article or any(word.casefold().startswith(wanted.article.casefold()) for word in words)


def _tell(delivery: Delivery, entry: Entry, app: Application, as_json: bool) -> None:
    from wireroom.cli.moments import shown
    from wireroom.dispatch.shapes import delivery_shape, entry_shape

    if as_json:
        record({**delivery_shape(delivery), "move": entry_shape(entry)})
        return
    at = shown(entry.at, app.settings.timezone)
    why = f": {entry.why}" if entry.why else ""
    say(f"{at}  {delivery.id}  {delivery.destination}  {entry.move} → {entry.to_state}  {delivery.title}{why}")


@click.command()
@click.argument("delivery", metavar="ID")
@json_option
@home_option
def show(delivery: str, as_json: bool) -> None:
    """Show one delivery: the exact post, every attempt, every move."""
    from wireroom.dispatch.shapes import dossier_shape
    from wireroom.dispatch.waits import explained

    with application() as app:
        dossier = app.store.dossier(delivery)
        (told,) = explained([dossier.delivery], app.store.standings(), app.store.now())
        dossier = replace(dossier, delivery=told)
        if as_json:
            record(dossier_shape(dossier))
        else:
            _show(dossier, app.settings.timezone)


def _show(dossier: Dossier, zone: str) -> None:
    from wireroom.cli.moments import shown
    from wireroom.holders import short

    delivery, post = dossier.delivery, dossier.post
    say(f"delivery {delivery.id}: {delivery.action} on {delivery.destination} ({delivery.channel})")
    say(f"article   {delivery.uid}, revision {delivery.revision}\n          {delivery.title}")
    say(f"state     {delivery.state}" + (f": {what(delivery)}" if what(delivery) else ""))
    say(f"due       {shown(delivery.due, zone)}   attempts {delivery.attempts}")
    bound = f" of {post.limit}" if post.limit else ""
    say(f"\nthe post, weight {post.weight}{bound}:\n\n{post.text}")
    if post.link not in post.text:
        say(f"link: {post.link}")
    if post.picture:
        say(f"picture: {post.picture.url or post.picture.path}")
    say()
    moves = [(shown(e.at, zone), e.move, e.to_state, short(e.by), e.why) for e in dossier.entries]
    table(("when", "move", "to", "by", "why"), moves)
    for attempt in dossier.attempts:
        _show_attempt(attempt, zone)


def _show_attempt(attempt: Attempt, zone: str) -> None:
    from wireroom.cli.moments import shown

    took = f" in {attempt.milliseconds} ms" if attempt.milliseconds is not None else ""
    ended = attempt.outcome or "on the wire"
    say(f"\nattempt {attempt.number}, {shown(attempt.started, zone)}: {ended}{took} {attempt.message}".rstrip())
    if attempt.exchange is None:
        return
    exchange = attempt.exchange
    say(f"  > {exchange.method} {exchange.url}")
    _indented(exchange.body)
    if exchange.status:
        say(f"  < {exchange.status}")
        _indented(exchange.answer)


def _indented(body: str) -> None:
    """A body, as JSON laid out where it is JSON; a long one only as far as it helps."""
    with suppress(ValueError):
        body = json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    lines = body.splitlines()
    for line in lines[:_LINES]:
        say(f"    {line}")
    if len(lines) > _LINES:
        say(f"    … {len(lines) - _LINES} lines more; --json has all of them")
