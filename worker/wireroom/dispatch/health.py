"""Credentials looked at once a day, and warned of 14, 7 and 2 days before they end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

from wireroom.model.channel import Health
from wireroom.model.errors import Ending, LockedOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wireroom.dispatch.lanes import Lanes
    from wireroom.model.destination import Standing
    from wireroom.store import Store

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
AGAIN = timedelta(hours=1)  # how long a look that gets no answer is not tried again
STEPS = (2, 7, 14)  # days before the end at which a person is told
THEN = "then `wireroom resume` the destination"


def due(health: Health | None, standing: Standing | None, now: datetime) -> bool:
    """Whether it is time to look: a day after the last look, or when a person has opened the destination since."""
    if health is None or now - health.checked >= DAY:
        return True
    opened = standing.since if standing is not None and standing.state == "open" else None
    return opened is not None and opened > health.checked


def look(store: Store, lanes: Lanes, name: str, zone: str) -> None:
    """Look at a destination's credentials if it is time, and by one process alone; what is dead locks it.

    A look that gets no answer is tried again by whoever is asked an hour later.
    """
    lease, myself = f"health:{name}", uuid4().hex
    if not store.lease(lease, myself, AGAIN):
        return
    if due(store.health(name), store.standing(name), store.now()):
        try:
            ask(store, lanes, name, zone)
        except LockedOut as ending:
            log.warning("%s waits for a person: %s", name, ending.message)
            store.note_health(name, Health(checked=store.now()))
            store.set_standing(name, "locked", ending.message)
        except Ending as ending:
            log.warning("%s: %s", name, ending.message)
            return
    store.release(lease, myself)


def ask(store: Store, lanes: Lanes, name: str, zone: str) -> tuple[str, Health]:
    """Ask the platform now: who we are there, and how the credentials are. Raises the channel's `Ending`."""
    who, found = lanes.check(name), lanes.health(name)
    now = store.now()
    health = found or Health(checked=now)
    health = replace(health, warning=warning(health, now, zone))
    store.note_health(name, health)
    return who, health


def keep_in_step(store: Store, zone: str) -> None:
    """Word each warning as the time has it: between two looks a step may come, and no platform is asked for that."""
    now = store.now()
    for name, health in store.healths().items():
        words = warning(health, now, zone)
        if words != health.warning:
            store.note_health(name, replace(health, warning=words), instead_of=health)


def warning(health: Health, now: datetime, zone: str) -> str:
    """One sentence on what a person must do and by when; "" while all is well.

    It stays the same from one of the STEPS to the next: who tells a person whenever it changes tells it three times.
    """
    return _sentence(health, now, zone, lambda left: f"in {next(step for step in STEPS if left <= step)} days or less")


def today(health: Health | None, now: datetime, zone: str) -> str:
    """The same for a person who is looking just now: with the days that are left."""
    return "" if health is None else _sentence(health, now, zone, _days)


def _days(left: float) -> str:
    return "in less than a day" if left < 1 else "in 1 day" if left < 2 else f"in {int(left)} days"


def _sentence(health: Health, now: datetime, zone: str, words: Callable[[float], str]) -> str:
    return "; ".join([*_lacks(health), *_ends(health, now, zone, words)])


def _lacks(health: Health) -> Iterator[str]:
    if health.missing_scopes:
        yield f"the token lacks {' and '.join(health.missing_scopes)}: grant that, make a new token, {THEN}"


def _ends(health: Health, now: datetime, zone: str, words: Callable[[float], str]) -> Iterator[str]:
    token, consent = "the token", "the owner's consent"
    renewed = {token: "make a new one, put it where the settings say", consent: "let the owner allow the app again"}
    for what, end in ((token, health.expires), (consent, health.data_access_expires)):
        left = (end - now) / DAY if end else STEPS[-1] + 1.0
        if end is None or left > STEPS[-1]:
            continue
        when = "ended on" if left <= 0 else "ends on"
        more = "" if left <= 0 else f", {words(left)}"
        yield f"{what} {when} {end.astimezone(ZoneInfo(zone)):%Y-%m-%d}{more}: {renewed[what]}, {THEN}"
