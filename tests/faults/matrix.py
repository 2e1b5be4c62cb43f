"""The fault matrix as data: what goes wrong, at which moment, on which platform, and what the end must be.

docs/reliability.md shows it (`make docs`), test_matrix.py plays every cell of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.faults.ends import (
    AGAIN,
    ASKS_IF_ABSENT,
    ASKS_IF_THERE,
    FAILED,
    FOUND,
    FOUND_LATE,
    LOCKED,
    LOCKED_IN_DOUBT,
    LOST,
    REFUSED_THEN_FOUND,
    SENT,
    TRIED,
    WAITED,
    End,
)


class Platform(StrEnum):
    """Where the post goes."""

    X = "x"
    FACEBOOK = "facebook"
    FEED = "feed"


class Moment(StrEnum):
    """When the fault strikes."""

    FIRST = "first attempt"  # the first time the post is sent
    RETRY = "retry"  # the second time, after a failure that did no harm
    LOOK = "look-up"  # as the post is looked for, after its answer was lost; for a feed: after its worker was lost


class Way(StrEnum):
    """How the fault is brought about."""

    ORDER = "order"  # the sandbox is told to misbehave
    OUTAGE = "outage"  # nothing listens
    TLS = "tls"  # TLS is spoken to a platform that cannot
    WORKER = "worker"  # whoever sends, or looks, is never heard of again
    FILE = "file"  # a file stands where the feed's folder should be
    FOLDER = "folder"  # a folder stands where the feed's document should be
    FULL = "full"  # the kernel says ENOSPC as a document is written
    READ_ONLY = "read-only"  # the file system takes no files


Ends = tuple[End | None, End | None, End | None]
"""The end at the first attempt, at a retry, at a look-up; None where the fault cannot strike then."""
Order = Mapping[str, object]
SOCIAL = (Platform.X, Platform.FACEBOOK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault, with the post made in spite of it or not, and its ends on each platform.

    `order` is what the sandbox is told, `at_look` what it is told instead when the fault is to strike at the look-up,
    `lost` how the answer was lost before that. `rules` are the stand-in's, `resend_absent` the destination's. `wait` is
    how many seconds the platform asks to be left alone.
    """

    fault: str
    made: bool
    ends: Mapping[Platform, Ends]
    way: Way = Way.ORDER
    order: Order = field(default_factory=dict)
    at_look: Order | None = None
    lost: Order = field(default_factory=lambda: {"fault": "close"})
    rules: Order = field(default_factory=dict)
    resend_absent: bool = True
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one moment on one platform."""

    row: Row
    platform: Platform
    moment: Moment
    end: End

    def __str__(self) -> str:
        made = "made" if self.row.made else "not-made"
        words = f"{self.platform} {self.moment} {self.row.fault} {made}"
        return "-".join("".join(sign if sign.isalnum() else " " for sign in words).split())


def both(first: End | None, retry: End | None, look: End | None) -> Mapping[Platform, Ends]:
    """The same ends on X and on Facebook."""
    return dict.fromkeys(SOCIAL, (first, retry, look))


_SERVER = (500, 502, 503, 504)
_DUPLICATE_RULES: tuple[tuple[str, Order], ...] = (
    ("connection reset; duplicates never refused", {"duplicates": "off"}),
    ("connection reset; last post not taken twice", {"duplicates": "last"}),
    ("connection reset; none twice in 24 hours", {"duplicates": "window"}),
    ("connection reset; none twice in 20 seconds", {"duplicates": "window", "duplicate_window": 20}),
)


def _lost() -> Iterator[Row]:
    """The answer gets lost: only a look can tell whether there is a post, and it does."""
    html = [(f"{status} in HTML", {"fault": "status", "status": status, "format": "html"}) for status in _SERVER]
    faults: list[tuple[str, Order]] = [
        ("no answer before the timeout", {"fault": "hold", "seconds": 60}),
        ("connection closed", {"fault": "close"}),
        ("connection reset", {"fault": "reset"}),
        *((f"{status} in JSON", {"fault": "status", "status": status}) for status in _SERVER),
        *html,
        ("200 or 201 and no body", {"fault": "empty"}),
        ("half of the JSON", {"fault": "truncate"}),
        ("content-length too large", {"fault": "length", "extra": 64}),
        ("content-length too small", {"fault": "length", "extra": -5}),
        ("302 to elsewhere", {"fault": "redirect"}),
        ("answer drips past the timeout", {"fault": "drip", "seconds": 0.1}),
        ("200 that says OK and no more", {"fault": "answer", "body": "OK"}),
        ("403 of a machine in front", {"fault": "status", "status": 403, "format": "html"}),
    ]
    for name, order in faults:
        yield Row(fault=name, made=False, ends=both(AGAIN, AGAIN, AGAIN), order=order)
        yield Row(fault=name, made=True, ends=both(FOUND, FOUND, FOUND), order=order)
    for name, rules in _DUPLICATE_RULES:
        lost: Order = {"fault": "reset"}
        yield Row(fault=name, made=False, ends=both(AGAIN, AGAIN, AGAIN), order=lost, rules=rules)
        yield Row(fault=name, made=True, ends=both(FOUND, FOUND, FOUND), order=lost, rules=rules)
    name, ranked = "connection reset; lists in no order", {"ranked": True}
    for made, end in ((False, AGAIN), (True, FOUND)):
        ends = {Platform.FACEBOOK: (end, end, end)}
        yield Row(fault=name, made=made, ends=ends, order={"fault": "reset"}, rules=ranked)
    yield Row(
        fault="503 in JSON, every time",
        made=False,
        ends=both(ASKS_IF_ABSENT, ASKS_IF_ABSENT, None),
        order={"fault": "status", "status": 503, "count": None},
    )


@dataclass(frozen=True, slots=True)
class _Refusal:
    """The ends of a refusal at the three moments; a look-up has two: the post was not made, or made."""

    first: End
    retry: End
    look: End
    look_made: End


_LOCK = _Refusal(LOCKED, LOCKED, LOCKED_IN_DOUBT, LOCKED_IN_DOUBT)


def _refused() -> Iterator[Row]:
    """Nothing was posted, and the answer, or that there is none, says so."""
    for name, way in (("connection refused", Way.OUTAGE), ("TLS fails", Way.TLS)):
        yield Row(fault=name, made=False, way=way, ends=both(TRIED, TRIED, AGAIN))
        yield Row(fault=name, made=True, way=way, ends=both(None, None, FOUND))
    yield from _refusal("400, invalid", "invalid", _Refusal(FAILED, FAILED, AGAIN, FOUND))
    yield from _refusal("401", "unauthorized", _LOCK)
    yield from _refusal("402, no credits", "credits", _LOCK)
    yield from _refusal("403", "forbidden", _Refusal(FAILED, FAILED, AGAIN, FOUND), on_facebook=_LOCK)
    duplicate = both(FAILED, FAILED, None)
    yield Row(fault="refused as a duplicate", made=False, ends=duplicate, order={"fault": "duplicate"})
    limit = _Refusal(WAITED, WAITED, AGAIN, FOUND)
    yield from _refusal("429, 15 minutes", "rate-limit", limit, wait=900)
    yield from _refusal("429, 24 hours", "day-limit", limit, wait=86_400)
    yield from _refusal("429, usage cap", "usage-cap", _LOCK, on_facebook=limit)
    revoked: Order = {"fault": "revoke"}
    yield Row(fault="token revoked", made=False, ends=both(LOCKED, LOCKED, LOCKED_IN_DOUBT), order=revoked)
    yield Row(fault="token revoked", made=True, ends=both(SENT, SENT, LOCKED_IN_DOUBT), order=revoked)


def _refusal(
    fault: str, kind: str, on_x: _Refusal, *, on_facebook: _Refusal | None = None, wait: float = 0.0
) -> Iterator[Row]:
    each = {Platform.X: on_x, Platform.FACEBOOK: on_facebook or on_x}
    order: Order = {"fault": kind}
    unmade = {platform: (ends.first, ends.retry, ends.look) for platform, ends in each.items()}
    made = {platform: (None, None, ends.look_made) for platform, ends in each.items()}
    yield Row(fault=fault, made=False, ends=unmade, order=order, wait=wait)
    yield Row(fault=fault, made=True, ends=made, order=order, wait=wait)


def _late() -> Iterator[Row]:
    """The post, or the sight of it, comes after the answer; or the way to look is shut."""
    error: Order = {"fault": "status", "status": 503}
    for name, seconds in (("made 20 seconds after the error", 20), ("made 45 seconds after the error", 45)):
        yield _made_late(name, seconds, FOUND)
    yield _made_late("made 10 minutes after the error", 600, FOUND_LATE, resend_absent=False)
    yield _unseen("lists miss it for 45 seconds", 45, FOUND)
    yield _unseen("lists miss it for 10 minutes", 600, REFUSED_THEN_FOUND)
    off: Order = {"duplicates": "off"}
    name = "lists miss it for 10 minutes; duplicates never refused"
    yield _unseen(name, 600, FOUND_LATE, rules=off, resend_absent=False)
    yield _unseen("lists never show it", 10**8, ASKS_IF_THERE)
    missing = {Platform.FACEBOOK: (SENT, SENT, ASKS_IF_THERE)}
    yield Row(fault="lists leave it out", made=True, ends=missing, at_look={}, rules={"missing": 1.0})
    down: Order = {**error, "route": "read", "count": 6}
    yield Row(fault="reading back is down", made=False, ends=both(None, None, AGAIN), order=down)
    yield Row(fault="reading back is down", made=True, ends=both(SENT, SENT, FOUND), order=down)
    yield Row(fault="worker lost", made=False, way=Way.WORKER, ends=both(LOST, LOST, AGAIN))
    yield Row(fault="worker lost", made=True, way=Way.WORKER, ends=both(FOUND, FOUND, FOUND))


def _made_late(fault: str, seconds: float, end: End, *, resend_absent: bool = True) -> Row:
    return Row(
        fault=fault,
        made=True,
        ends=both(end, end, end),
        order={"fault": "status", "status": 503, "late": seconds},
        at_look={},
        lost={"fault": "close", "late": seconds},
        resend_absent=resend_absent,
    )


def _unseen(fault: str, seconds: float, end: End, *, rules: Order | None = None, resend_absent: bool = True) -> Row:
    return Row(
        fault=fault,
        made=True,
        ends=both(SENT, SENT, end),
        order={"fault": "lag", "seconds": seconds},
        at_look={},
        lost={"fault": "close", "lag": seconds},
        rules=rules or {},
        resend_absent=resend_absent,
    )


def _unwritable() -> Iterator[Row]:
    """The feed's documents cannot be written; a feed is never in doubt, since writing it again does no harm."""
    ways = (
        ("a file stands where the folder should be", Way.FILE),
        ("a folder stands where a document should be", Way.FOLDER),
        ("disk full", Way.FULL),
        ("file system read-only", Way.READ_ONLY),
    )
    for name, way in ways:
        yield Row(fault=name, made=False, way=way, ends={Platform.FEED: (TRIED, TRIED, TRIED)})
        made = SENT if way is Way.FULL else TRIED  # the documents are as they should be, so nothing is written
        yield Row(fault=name, made=True, way=way, ends={Platform.FEED: (None, None, made)})


@dataclass(frozen=True, slots=True)
class Group:
    """Faults of one kind, as the page shows them: a heading, a sentence or two, a row each."""

    heading: str
    said: str
    rows: tuple[Row, ...]


GROUPS = (
    Group(
        "The answer is lost",
        "Nobody can know from here whether there is a post. Only a look at the platform tells, and until one has told, "
        "nothing is sent.",
        tuple(_lost()),
    ),
    Group(
        "The answer is no",
        "Nothing was posted, and that is known: because no connection came about, or because the platform says so.",
        tuple(_refused()),
    ),
    Group(
        "The post comes late, or is seen late",
        "The platform makes the post after it has answered, or makes it and does not show it, or shows nothing at all.",
        tuple(_late()),
    ),
    Group(
        "The feed cannot be written",
        "A feed is never in doubt: its documents are written from all that stands, and writing them again does no "
        "harm. Every document is replaced whole or stays as it was.",
        tuple(_unwritable()),
    ),
)
CELLS = tuple(
    Cell(row, platform, moment, end)
    for group in GROUPS
    for row in group.rows
    for platform, ends in row.ends.items()
    for moment, end in zip(Moment, ends, strict=True)
    if end is not None
)
