"""The settings of the watch: whom alerts go to, and after what time something counts as wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from wireroom.model.trouble import Address
from wireroom.settings import values
from wireroom.settings.newsroom import Ground
from wireroom.settings.secret import Place, place
from wireroom.settings.table import Table
from wireroom.settings.values import Wrong

_LEAST_SILENCE = timedelta(seconds=6)  # a part shows life every five


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """The [alerts] table.

    `backlog` is how long a post may be due and not out, `visible` how long after its delivery it may be unseen (None:
    nobody looks). `digest` is the least time between two messages, `silence` how long a part may show no life.
    `feeds` is where feeds are fetched to see them, "" for the newsroom's `public_url`.
    """

    to: tuple[Address, ...] = field(default=(), repr=False)
    backlog: timedelta | None = timedelta(minutes=15)
    visible: timedelta | None = timedelta(minutes=10)
    digest: timedelta = timedelta(minutes=5)
    silence: timedelta = timedelta(seconds=30)
    feeds: str = ""


def alerts(table: Table, ground: Ground) -> Alerts:
    """Read the [alerts] table; mistakes are noted in it."""
    usual = Alerts()
    read = Alerts(
        to=tuple(_address(table, ground, each) for each in table.get("to", _places, ())),
        backlog=table.get("backlog", _or_none("to watch no backlog"), usual.backlog),
        visible=table.get("visible", _or_none("to look for nothing"), usual.visible),
        digest=table.get("digest", values.some_time, usual.digest),
        silence=table.get("silence", _silence, usual.silence),
        feeds=table.get("feeds", values.base, usual.feeds),
    )
    table.close()
    return read


def _address(table: Table, ground: Ground, where: Place) -> Address:
    return Address(where.env or where.file, ground.own(table, "to", where) or "")


def _places(value: object) -> tuple[Place, ...]:
    allowed = 'allowed is a list of places where Apprise addresses are: [{ env = "ALERT_MAIL" }, { file = "…" }]'
    if not isinstance(value, list):
        literal = "://" in value if isinstance(value, str) else False
        raise Wrong(allowed, found="found a literal address, which may hold a password" if literal else None)
    return tuple(dict.fromkeys(place(each) for each in value))


def _or_none(meaning: str) -> Callable[[object], timedelta | None]:
    def parse(value: object) -> timedelta | None:
        if value == "none":
            return None
        try:
            return values.some_time(value)
        except Wrong:
            raise Wrong(f'allowed is a duration such as "10m", or "none" {meaning}') from None

    return parse


def _silence(value: object) -> timedelta:
    length = values.duration(value)
    if length < _LEAST_SILENCE:
        raise Wrong('allowed is a duration of at least "6s": parts show life every five seconds')
    return length
