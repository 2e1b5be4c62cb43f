"""The ends that a cell of the fault matrix can state."""

from __future__ import annotations

from dataclasses import dataclass

from wireroom.model.delivery import State


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a delivery comes to rest by itself, and what a person then does so that it ends delivered, there once.

    `word` and `told` name and explain it on the page. `creates` is how often the platform was asked to post, `attempts`
    how many tries count; both as for a fault at the first attempt, None where they tell nothing.
    """

    word: str
    told: str
    state: State = State.DELIVERED
    creates: int | None = None
    attempts: int | None = None
    locked: bool = False
    person: str = ""


SENT = End(word="sent", told="The platform gives its receipt: delivered.", creates=1, attempts=1)
TRIED = End(word="tried again", told="It never left. Tried again after a pause: delivered.", creates=1, attempts=2)
FOUND = End(
    word="found",
    told="In doubt. A look finds the post: delivered. The platform was asked to post once.",
    creates=1,
    attempts=1,
)
AGAIN = End(
    word="sent again",
    told="In doubt. Two looks do not find the post: sent again, the same bytes, and delivered.",
    creates=2,
    attempts=2,
)
LOST = End(
    word="taken back",
    told="The lease runs out after the wire was touched: in doubt. Two looks do not find the post: sent, delivered.",
    creates=1,
    attempts=2,
)
FOUND_LATE = End(
    word="found later",
    told="In doubt. The looks do not find the post and, with `resend_absent = false`, nothing is sent: it is looked "
    "for every hour, and found: delivered.",
    creates=1,
    attempts=1,
)
REFUSED_THEN_FOUND = End(
    word="refused, found",
    told="In doubt. Two looks do not find the post: sent again, and refused as a duplicate, which proves that it is "
    "there: looked for until it is found, and delivered.",
    creates=2,
    attempts=2,
)
WAITED = End(
    word="waits",
    told="No call is made before the time that the platform named, and no attempt is lost. Then sent: delivered.",
    creates=2,
    attempts=1,
)
LOCKED = End(
    word="locked",
    told="The destination waits for a person and says what to do; its posts wait with it. Resumed: delivered.",
    state=State.PLANNED,
    creates=1,
    attempts=0,
    locked=True,
    person="resume",
)
LOCKED_IN_DOUBT = End(
    word="locked, in doubt",
    told="The destination waits for a person and says what to do; the post stays in doubt. Resumed: looked for, and "
    "found or sent again: delivered.",
    state=State.UNCONFIRMED,
    creates=1,
    attempts=1,
    locked=True,
    person="resume",
)
FAILED = End(
    word="failed",
    told="The platform will not take the post: failed, with its reason. Retried by a person once that is mended: "
    "delivered.",
    state=State.FAILED,
    creates=1,
    attempts=1,
    person="retry",
)
ASKS_IF_THERE = End(
    word="asks: there",
    told="In doubt. Sent again after two looks, refused as a duplicate, and shown nowhere: it is not sent a third "
    "time, it is looked for every hour, and a person is asked. `wireroom confirm`: delivered.",
    state=State.UNCONFIRMED,
    creates=2,
    attempts=2,
    person="confirm",
)
ASKS_IF_ABSENT = End(
    word="asks: absent",
    told="In doubt each time, until the attempts are used up: nothing more is sent, it is looked for every hour, and a "
    "person is asked. `wireroom retry`: delivered.",
    state=State.UNCONFIRMED,
    person="retry",
)
ENDS = (
    SENT, TRIED, FOUND, AGAIN, LOST, FOUND_LATE, REFUSED_THEN_FOUND, WAITED, LOCKED, LOCKED_IN_DOUBT, FAILED,
    ASKS_IF_THERE, ASKS_IF_ABSENT,
)  # fmt: skip
