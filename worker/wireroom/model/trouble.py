"""What is wrong with the service itself: a trouble, told to people once and once more when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class TroubleKind(StrEnum):
    """What can be wrong."""

    FAILED = "failed"  # a delivery has failed
    UNCONFIRMED = "unconfirmed"  # a delivery is in doubt for longer than its looks should take
    UNSEEN = "unseen"  # a delivered post is not to be seen where it belongs
    LOCKED = "locked"  # a destination waits for a person
    BACKLOG = "backlog"  # posts are due on a destination and not out
    CREDENTIALS = "credentials"  # a destination's keys end soon, or lack a right
    WORKER = "worker"  # no worker shows life
    SCHEDULER = "scheduler"  # the scheduler does not tick
    BROKER = "broker"  # the broker does not answer
    ALERTS = "alerts"  # an address takes no alerts


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: its kind, its subject, and a sentence that says what, where, and what to do.

    `subject` is a destination's name or a part's, or "destination/delivery" for what is wrong with one delivery.
    """

    kind: TroubleKind
    subject: str
    said: str

    @property
    def key(self) -> tuple[str, str]:
        """What tells one trouble from another."""
        return self.kind.value, self.subject

    @property
    def place(self) -> str:
        """The destination or part it is about."""
        return self.subject.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Noted:
    """A trouble as it is kept: since when, last found when, when people were told, when it was over.

    Open while `solved` is None. One that is over and was never told is forgotten at once.
    """

    trouble: Trouble
    since: datetime
    noted: datetime
    told: datetime | None = None
    solved: datetime | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where alerts go: `name` is where its Apprise address is kept and may be shown, `url` the address, a secret.

    `url` is "" where it is not there: a part that needs no secrets runs without.
    """

    name: str
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """What an address is sent; `good` where it brings nothing but good news."""

    title: str
    body: str
    good: bool = False
