"""How much of a platform's windows is left, and who may call: arithmetic on values, with the time as an argument.

Windows that count calls are told by the platform: so many of so many left until a reset. Those that tell percent say
only how much of a budget is used. Whoever calls takes from the ration first, so that all workers together cannot pass a
wall they know of; what the answers tell corrects it, since others may use the same account.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wireroom.model.post import Quota

RESERVED = 20  # one call in so many of a window is kept for breaking news
SCARCE = 5  # less than one call in so many left: those that are left are spread over the rest of the window
SAME = 2.0  # seconds by which two resets may differ and still be one window's
BUSY = 75  # percent used from which on calls are spaced
FIRST_GAP, LAST_GAP, DOUBLES = 5.0, 1800.0, 3.0  # seconds between calls at BUSY, at most; doubled each so many percent
MEMORY = 3600.0  # seconds for which a percentage without a reset is believed: the app's budget is a rolling hour
WALL = "asked to wait"


@dataclass(frozen=True, slots=True)
class Window:
    """A window: `remaining` of `limit` until `reset`, in seconds since 1970; `percent` where it counts no calls."""

    name: str
    limit: int
    remaining: int
    reset: float
    percent: bool = False

    @property
    def reserve(self) -> int:
        """Calls kept for breaking news."""
        return 0 if self.percent or self.limit < 2 else max(1, self.limit // RESERVED)

    @property
    def scarce(self) -> bool:
        """Whether so little is left that calls are spread out."""
        if self.percent:
            return 100 - self.remaining >= BUSY
        return self.limit >= 2 * SCARCE and self.remaining < self.limit // SCARCE

    def gap(self, now: float) -> float:
        """Seconds between two ordinary calls while it is scarce."""
        if self.percent:
            return min(FIRST_GAP * 2 ** ((100 - self.remaining - BUSY) / DOUBLES), LAST_GAP)
        return (self.reset - now) / max(1, self.remaining - self.reserve)


@dataclass(frozen=True, slots=True)
class Ration:
    """What all who use one account have left; no ordinary call before `paced`, in seconds since 1970.

    `opened` is when a person last said that calls may be made.
    """

    windows: tuple[Window, ...] = ()
    paced: float = 0.0
    opened: float = 0.0


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave for so many calls; for none, when to ask again (seconds since 1970) and why.

    `windows` are those the calls were taken from, by name and reset: only there can they be given back.
    """

    calls: int
    until: float = 0.0
    why: str = ""
    windows: tuple[tuple[str, float], ...] = ()


def take(ration: Ration, wanted: int, now: float, *, breaking: bool) -> tuple[Ration, Grant]:
    """Take up to `wanted` calls from the ration; breaking news may use the reserve and does not wait for its turn.

    Near a wall calls are granted one by one, and before it in blocks of a quarter of what is left at most, so that
    several workers share it.
    """
    live = tuple(window for window in ration.windows if window.reset > now)
    ration = replace(ration, windows=live)
    for window in live:
        if window.remaining <= (0 if breaking else window.reserve):
            return ration, Grant(0, window.reset, _told(window))
    scarce = [window for window in live if window.scarce]
    if scarce and not breaking:
        if ration.paced > now:
            return ration, Grant(0, ration.paced, f"slowed down: {_told(scarce[0])}")
        ration = replace(ration, paced=now + max(window.gap(now) for window in scarce))
    calls = 1 if scarce else min([wanted, *_shares(live)])
    taken_from = tuple((window.name, window.reset) for window in live)
    return replace(ration, windows=tuple(_less(window, calls) for window in live)), Grant(calls, windows=taken_from)


def learn(ration: Ration, quotas: Iterable[Quota], now: float) -> Ration:
    """The ration corrected by what an answer told. An answer that comes late never opens a window again."""
    known = {window.name: window for window in ration.windows}
    for quota in quotas:
        told = _window(quota, now)
        if told is None:
            continue
        had = known.get(told.name)
        if had is not None and had.percent and not had.remaining and had.reset > now:
            continue
        if had is None or had.percent or told.reset > had.reset + SAME:
            known[told.name] = told
        elif told.reset >= had.reset - SAME:
            known[told.name] = replace(had, remaining=min(had.remaining, told.remaining))
    return replace(ration, windows=tuple(known.values()))


def close(ration: Ration, until: float) -> Ration:
    """The ration after the platform said no: nothing goes before `until`, breaking news neither."""
    others = tuple(window for window in ration.windows if window.name != WALL)
    had = max((window.reset for window in ration.windows if window.name == WALL), default=0.0)
    return replace(ration, windows=(*others, Window(WALL, 0, 0, max(until, had))))


def reopen(ration: Ration, opened: float) -> Ration:
    """The ration after a person said, at `opened`, to go on: a wall met before is no more; what was counted stays."""
    if opened <= ration.opened:
        return ration
    others = tuple(window for window in ration.windows if window.name != WALL)
    return replace(ration, windows=others, opened=opened)


def give_back(ration: Ration, grant: Grant) -> Ration:
    """The ration with the calls of a grant put back that were taken and not made."""
    windows = (
        _less(window, -grant.calls) if (window.name, window.reset) in grant.windows else window
        for window in ration.windows
    )
    return replace(ration, windows=tuple(windows))


def scarce(quotas: Iterable[Quota]) -> bool:
    """Whether an answer told that little is left."""
    return any(
        Window(quota.name, quota.limit, quota.remaining, 0.0, percent=quota.unit == "percent").scarce
        or not quota.remaining
        for quota in quotas
    )


def write(ration: Ration) -> str:
    """The ration as JSON."""
    return json.dumps(asdict(ration), separators=(",", ":"))


def read(text: str | None) -> Ration:
    """The ration from JSON; an empty one for nothing, or for what another version wrote."""
    try:
        data = json.loads(text or "{}")
        windows = tuple(Window(**window) for window in data.get("windows", ()))
        return Ration(windows, float(data.get("paced", 0.0)), float(data.get("opened", 0.0)))
    except (ValueError, TypeError, AttributeError):
        return Ration()


def _shares(windows: Iterable[Window]) -> Iterator[int]:
    return (max(1, (window.remaining - window.reserve) // 4) for window in windows if not window.percent)


def _less(window: Window, calls: int) -> Window:
    if window.percent or window.name == WALL:
        return window
    return replace(window, remaining=max(0, min(window.limit, window.remaining - calls)))


def _window(quota: Quota, now: float) -> Window | None:
    reset = quota.reset.timestamp() if quota.reset else 0.0
    if quota.unit == "percent":  # a reset is only told while calls are refused
        remaining = 0 if reset > now else quota.remaining
        return Window(quota.name, 100, remaining, reset or now + MEMORY, percent=True)
    return Window(quota.name, quota.limit, quota.remaining, reset) if reset > now else None


def _told(window: Window) -> str:
    if window.name == WALL:
        return "the platform asked to wait"
    if window.percent:
        return f"{100 - window.remaining} % of the budget is used ({window.name})"
    return f"{window.remaining} of {window.limit} calls left ({window.name})"
