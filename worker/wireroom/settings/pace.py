"""How fast a destination may be called: caps of our own, and the breaker."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from wireroom.model.destination import Breaker, Cap
from wireroom.settings import values
from wireroom.settings.values import Wrong

if TYPE_CHECKING:
    from wireroom.settings.table import Table

_CAP = re.compile(r"([1-9][0-9]{0,8})/(\S+)")


def caps(value: object) -> tuple[Cap, ...]:
    """At most so many calls in so long, such as ["300/3h", "10000/1d"]; an empty list is no cap."""
    if not isinstance(value, list):
        raise Wrong('allowed is a list such as ["300/3h"], or [] for no cap')
    return tuple(_cap(item) for item in value)


def _cap(value: object) -> Cap:
    match = _CAP.fullmatch(value) if isinstance(value, str) else None
    try:
        if match and (span := values.duration(match[2])) >= timedelta(seconds=1):
            return Cap(int(match[1]), span)
    except Wrong:
        pass
    raise Wrong('allowed are calls and a duration, such as "300/3h"', found=f"in the list {values.describe(value)}")


def breaker(table: Table) -> Breaker:
    """After how many failures in a row a destination is left alone, and the shortest and the longest spell."""
    usual = Breaker()
    failures = table.get("failures", values.whole(1, 1000), usual.failures)
    found = Breaker(failures, *growing(table, usual.first, usual.longest))
    table.close()
    return found


def growing(table: Table, first: timedelta, longest: timedelta) -> tuple[timedelta, timedelta]:
    """The bounds of waits that grow, `first` and `longest`, with what they are where the settings do not say."""
    least = table.get("first", values.some_time, first)
    most = table.get("longest", values.some_time, longest)
    if least > most and "longest" in table:
        table.report("longest", "shorter than `first`", "allowed is a duration at least as long as `first`")
    return least, max(least, most)
