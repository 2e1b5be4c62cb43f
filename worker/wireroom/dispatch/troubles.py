"""From what the watch sees to what is wrong: one pure function, and the lines people are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wireroom.model.trouble import Trouble, TroubleKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from wireroom.model.delivery import Delivery
    from wireroom.model.destination import Destination, Settle, Standing
    from wireroom.model.trouble import Noted

PATIENCE = timedelta(minutes=5)  # beyond the time its looks take, before a delivery in doubt is a trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the watch sees of one destination: how it stands, and deliveries that are not as they should be.

    `late` is how many should be out and are not, `oldest` the first of them; `warning` what its credentials tell.
    """

    destination: Destination
    standing: Standing
    social: bool = True
    failed: Sequence[Delivery] = ()
    unseen: Sequence[Delivery] = ()
    late: int = 0
    oldest: Delivery | None = None
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """All that the watch sees at one moment.

    `began` is when it began to look, so that nothing counts as silent that it has not listened to for long enough.
    `signs` are the last signs of life: of "worker", "scheduler", "tick" and "broker". `doubtful` are deliveries in
    doubt with the time they got there, `settles` the rules of their destinations. `zone` is for the times in sentences.
    """

    now: datetime
    began: datetime
    silence: timedelta
    zone: str
    signs: Mapping[str, datetime]
    sights: Sequence[Sight]
    doubtful: Sequence[tuple[Delivery, datetime]]
    settles: Mapping[str, Settle]
    usual: Settle


@dataclass(frozen=True, slots=True)
class Line:
    """Troubles of one kind on one place, as people read them: what the first says, and how many more are like it."""

    kind: TroubleKind
    place: str
    said: str
    since: datetime
    number: int = 1

    def __str__(self) -> str:
        return self.said if self.number == 1 else f"{self.said} And {self.number - 1} more like it on {self.place}."


def troubles(seen: Observations) -> list[Trouble]:
    """What is wrong, in the order in which people should hear of it."""
    return [*_parts(seen), *(trouble for sight in seen.sights for trouble in _place(seen, sight)), *_doubts(seen)]


def lines(noted: Iterable[Noted]) -> list[Line]:
    """Troubles as lines: those of one kind on one place are one line with a count and an example."""
    found: dict[tuple[TroubleKind, str], Line] = {}
    for each in noted:
        trouble = each.trouble
        key = trouble.kind, trouble.place
        first = found.get(key) or Line(trouble.kind, trouble.place, trouble.said, each.since, number=0)
        found[key] = Line(first.kind, first.place, first.said, min(first.since, each.since), first.number + 1)
    return list(found.values())


def clock(at: datetime, now: datetime, zone: str) -> str:
    """A time in a sentence: the hour, and the day where it is not today."""
    here, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    return f"{here:%H:%M}" if here.date() == today else f"{here:%H:%M} on {here.day} {here:%B}"


def _parts(seen: Observations) -> Iterator[Trouble]:
    def silent(part: str) -> str:
        """Since when a part has been silent for too long; "" when it has not."""
        last = max(seen.signs.get(part, seen.began), seen.began)
        return clock(last, seen.now, seen.zone) if seen.now - last > seen.silence else ""

    start = "`wireroom status` shows the parts and the log why it ended; `wireroom start` begins anew."
    if since := silent("worker"):
        said = f"No worker has shown life since {since}: nothing goes out, what is published waits. {start}"
        yield Trouble(TroubleKind.WORKER, "worker", said)
    if since := silent("scheduler"):
        said = f"No scheduler has shown life since {since}: what is late, lost or in doubt stays so. {start}"
        yield Trouble(TroubleKind.SCHEDULER, "scheduler", said)
    elif since := silent("tick"):
        said = f"The scheduler has finished no tick since {since}: what is late stays so. Its log says what stops it."
        yield Trouble(TroubleKind.SCHEDULER, "scheduler", said)
    if since := silent("broker"):
        said = f"The broker has not answered since {since}: posts go out late or not at all. Is Redis running?"
        yield Trouble(TroubleKind.BROKER, "broker", said)


def _place(seen: Observations, sight: Sight) -> Iterator[Trouble]:
    name, standing = sight.destination.name, sight.standing
    if standing.state == "locked":
        said = f"{name} waits for a person{_because(standing.reason)} When that is done: `wireroom resume {name}`."
        yield Trouble(TroubleKind.LOCKED, name, said)
    if warning := _sentence(sight.warning):
        yield Trouble(TroubleKind.CREDENTIALS, name, f"{name}: {warning}")
    if sight.oldest and standing.state == "open":
        yield Trouble(TroubleKind.BACKLOG, name, _backlog(seen, sight, sight.oldest))
    for delivery in sight.failed:
        said = (
            f"{name}: {_called(delivery)} has failed{_because(_why(delivery))} "
            f"`wireroom show {delivery.id}` has it all; when that is mended, `wireroom retry {delivery.id}`."
        )
        yield _of(TroubleKind.FAILED, delivery, said)
    for delivery in sight.unseen:
        yield _of(TroubleKind.UNSEEN, delivery, _not_seen(seen, sight, delivery))


def _backlog(seen: Observations, sight: Sight, oldest: Delivery) -> str:
    name, standing = sight.destination.name, sight.standing
    waiting = "A post is due and not out" if sight.late == 1 else f"{sight.late} posts are due and not out"
    since = clock(min(oldest.due, oldest.first_touched or oldest.due), seen.now, seen.zone)
    told = f"{name}: {waiting}, since {since}: {_called(oldest)}."
    if standing.rests_until and standing.rests_until > seen.now:
        until = clock(standing.rests_until, seen.now, seen.zone)
        return f"{told} It rests until {until}{_because(standing.rests_why)}"
    if why := _sentence(_why(oldest)):
        return f"{told} {why}"
    return f"{told} `wireroom status` says whether a worker is there, `wireroom log --destination {name}` what it does."


def _not_seen(seen: Observations, sight: Sight, delivery: Delivery) -> str:
    name, where = sight.destination.name, delivery.remote_url or sight.destination.name
    at = clock(delivery.delivered or delivery.due, seen.now, seen.zone)
    if not sight.social:
        return (
            f"{name}: {_called(delivery)} was written into the feed at {at}, and readers do not get it at {where}. "
            "Open that address: is the web part running there, and the proxy in front of it?"
        )
    return (
        f"{name}: {_called(delivery)} was delivered at {at}, and is not to be seen there ({where}). "
        "Open it: where it is missing, the platform or somebody has taken it away."
    )


def _doubts(seen: Observations) -> Iterator[Trouble]:
    for delivery, lost in seen.doubtful:
        settle = seen.settles.get(delivery.destination, seen.usual)
        if seen.now - lost <= settle.after * settle.looks + PATIENCE:
            continue
        said = (
            f"{delivery.destination}: {_called(delivery)} has been unconfirmed since "
            f"{clock(lost, seen.now, seen.zone)}{_because(delivery.reason)} Look whether it is there: "
            f"`wireroom confirm {delivery.id}` if so, `wireroom retry {delivery.id}` if not."
        )
        yield _of(TroubleKind.UNCONFIRMED, delivery, said)


def _of(kind: TroubleKind, delivery: Delivery, said: str) -> Trouble:
    return Trouble(kind, f"{delivery.destination}/{delivery.id}", said)


def _called(delivery: Delivery) -> str:
    """A delivery as people know it: its headline, and what was to be done where that is not the first post."""
    title = " ".join(delivery.title.split())
    title = title if len(title) <= 80 else title[:79].rstrip() + "…"
    named = f"“{title}”" if title else f"delivery {delivery.id}"
    return named if delivery.action.value == "create" else f"the {delivery.action.value} of {named}"


def _why(delivery: Delivery) -> str:
    return delivery.reason or (delivery.error.message if delivery.error else "")


def _because(said: str) -> str:
    """How a sentence ends on what somebody said: with it, or without where there is nothing."""
    return f": {_sentence(said)}" if said.strip() else "."


def _sentence(said: str) -> str:
    """What somebody said, on one line and with its full stop; "" where it is nothing."""
    said = " ".join(said.split())
    return said if not said or said[-1] in ".!?…" else f"{said}."
