"""What is done to a newsroom, and when: a list of strokes that a seed decides. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

KILLS = {"worker": 42, "daemon": 20, "broker": 18, "scheduler": 12, "supervisor": 8}
"""Who is killed with -9, and how often of a hundred: the whole daemon, or one process of it."""

HARMS = {"flush": 30, "database": 25, "clock": 25, "disk": 20}
"""What else befalls it: broker emptied, database restarted or locked, clock stepped, disk full."""

HARM = 0.2  # of the kills are followed by a harm
LOCKS = (0.5, 3.0)  # seconds a lock on the database lasts, mostly
LONG_LOCK, LONGEST = 0.1, 10.0  # how often it lasts longer, and how long
DISK_FULL = (0.3, 1.5)  # seconds
STEPS = (5.0, 240.0)  # seconds by which a step puts the clock off; X itself turns away who is off by five minutes
SOON, LATER = (0.05, 0.6), (0.0, 0.5)  # seconds between strokes: in the middle of a recovery, or after it


@dataclass(frozen=True, slots=True)
class Stroke:
    """One blow: its kind, and on which daemon (they are counted from 0).

    It falls `pause` seconds after the one before or, with `after_life`, after the newsroom is at work again.
    `seconds` is how long it lasts, `offset` what the clock then is ahead of the true time, in seconds.
    """

    number: int
    kind: str
    which: int
    pause: float
    after_life: bool
    seconds: float = 0.0
    offset: float = 0.0

    @property
    def kills(self) -> bool:
        """Whether it is a kill -9."""
        return self.kind in KILLS


def plan(seed: int, kills: int, *, daemons: int = 1) -> tuple[Stroke, ...]:
    """As many kills as asked for, in an order and at times that the seed decides, and harms between them.

    Of several daemons the last is the one that is struck, again and again, and the others see it come and go.
    """
    chance = Random(seed)
    strokes: list[Stroke] = []
    for _ in range(kills):
        strokes.append(_stroke(chance, len(strokes), _one_of(chance, KILLS), daemons - 1))
        if chance.random() < HARM:
            strokes.append(_stroke(chance, len(strokes), _one_of(chance, HARMS), daemons - 1))
    return tuple(strokes)


def counts(strokes: Sequence[Stroke]) -> dict[str, int]:
    """How often each kind of stroke falls."""
    return {kind: sum(stroke.kind == kind for stroke in strokes) for kind in (*KILLS, *HARMS)}


def furthest(strokes: Sequence[Stroke]) -> float:
    """The most the clock is ever ahead, in seconds."""
    return max((stroke.offset for stroke in strokes), default=0.0)


def _stroke(chance: Random, number: int, kind: str, which: int) -> Stroke:
    after_life = chance.random() < 0.7
    pause = round(chance.uniform(*(LATER if after_life else SOON)), 3)
    seconds = offset = 0.0
    if kind == "database":
        seconds = LONGEST if chance.random() < LONG_LOCK else round(chance.uniform(*LOCKS), 2)
    elif kind == "disk":
        seconds = round(chance.uniform(*DISK_FULL), 2)
    elif kind == "clock":
        low, high = STEPS
        offset = round(low * (high / low) ** chance.random() * chance.choice((1, -1)), 1)
    return Stroke(number, kind, which, pause, after_life, seconds, offset)


def _one_of(chance: Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]
