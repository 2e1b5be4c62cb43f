"""The comparison at the end: what was published, what stands on platforms and in feeds, what the log says. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Spot = tuple[str, str]
"""A destination's name and an article's address: where a post belongs."""

PENDING = ("planned", "sending", "unconfirmed", "held")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A post that publishing has promised: where, at which address, in which words, and its delivery's id."""

    destination: str
    link: str
    text: str
    delivery: str

    @property
    def spot(self) -> Spot:
        """Where it belongs."""
        return self.destination, self.link


@dataclass(frozen=True, slots=True)
class Seen:
    """A post as a reader sees it; `id` is the platform's, "" where it gives none."""

    destination: str
    link: str
    text: str
    id: str = ""

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return self.destination, self.link


@dataclass(frozen=True, slots=True)
class Logged:
    """What the log says of a delivery, and whether its moves, one by one, lead to that."""

    delivery: str
    state: str
    reason: str
    remote_id: str
    folds: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many posts were expected and seen once, and a line for each that was lost, twice, wrong or stuck."""

    expected: int
    once: int
    lost: tuple[str, ...]
    twice: tuple[str, ...]
    wrong: tuple[str, ...]
    stuck: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether there is nothing to complain of."""
        return not (self.lost or self.twice or self.wrong or self.stuck)


def compare(wanted: Sequence[Wanted], log: Iterable[Logged], views: Mapping[str, Sequence[Sequence[Seen]]]) -> Verdict:
    """Compare. `views` are the places where a destination is read: one timeline, or each document of a feed.

    A post is lost when a view lacks it, and twice when a view has it more than once. It is wrong when the log says
    something else than what is there (state, id, moves that do not add up), when its words are not what was to be
    sent, and when nobody has published it.
    """
    counted = [(wants, *_counted(wants, views)) for wants in wanted]
    lines = {line.delivery: line for line in log}
    wrong = [told for wants in wanted for told in _wrong(wants, lines.get(wants.delivery), views)]
    return Verdict(
        expected=len(wanted),
        once=sum(least == most == 1 for _, least, most in counted),
        lost=tuple(_told(wants, "is not there") for wants, least, _ in counted if not least),
        twice=tuple(_told(wants, f"is there {most} times") for wants, _, most in counted if most > 1),
        wrong=(*wrong, *_strangers(wanted, views)),
        stuck=tuple(_stuck(wanted, lines)),
    )


def _counted(wants: Wanted, views: Mapping[str, Sequence[Sequence[Seen]]]) -> tuple[int, int]:
    numbers = [sum(seen.spot == wants.spot for seen in view) for view in views.get(wants.destination, ())]
    return (min(numbers), max(numbers)) if numbers else (0, 0)


def _wrong(wants: Wanted, line: Logged | None, views: Mapping[str, Sequence[Sequence[Seen]]]) -> Iterable[str]:
    if line is None:
        yield _told(wants, "is not in the log")
        return
    if not line.folds:
        yield _told(wants, f"is {line.state}, and its moves do not lead there")
    for view in views.get(wants.destination, ()):
        found = [seen for seen in view if seen.spot == wants.spot]
        if line.state == "delivered" and not found:
            yield _told(wants, "is delivered, says the log, and is not there")
        if line.state in ("failed", "cancelled") and found:
            yield _told(wants, f"is {line.state}, says the log ({line.reason}), and is there")
        if line.state == "delivered" and found and found[0].id and line.remote_id not in {seen.id for seen in found}:
            yield _told(wants, f"is {line.remote_id}, says the log, and {found[0].id} in truth")
        if any(seen.text != wants.text for seen in found):
            yield _told(wants, "reads otherwise than it was to be sent")


def _strangers(wanted: Sequence[Wanted], views: Mapping[str, Sequence[Sequence[Seen]]]) -> Iterable[str]:
    spots = {wants.spot for wants in wanted}
    strangers = Counter(seen.spot for shown in views.values() for view in shown for seen in view) - Counter(
        dict.fromkeys(spots, 1 << 30)
    )
    for destination, link in strangers:
        yield f"{destination} {link} is there, and nobody has published it"


def _stuck(wanted: Sequence[Wanted], lines: Mapping[str, Logged]) -> Iterable[str]:
    for wants in wanted:
        line = lines.get(wants.delivery)
        if line is not None and line.state in PENDING:
            yield _told(wants, f"is still {line.state}: {line.reason or 'no reason is given'}")


def _told(wants: Wanted, what: str) -> str:
    return f"{wants.destination} {wants.link} (delivery {wants.delivery}) {what}"
