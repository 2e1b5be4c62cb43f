"""Every point of the deliver path at which a process can die, and what must come of it. Data only.

A point is called as tape.py calls it. A new write, or a new call to a platform, is a new point and belongs here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from wireroom.model.delivery import State


@dataclass(frozen=True, slots=True)
class End:
    """What a death comes to. It leaves the newest delivery in a state (None: there is none yet) and so many posts.

    `log` is every move of that delivery, `attempts` what each of its tries and looks came to, once the daemon has gone
    on and nothing is still to come. One post is there then, always.
    """

    left: State | None
    posts: int
    log: str
    attempts: str


@dataclass(frozen=True, slots=True)
class Journey:
    """A way through the path, its points in the order in which they are passed, each with its end.

    `since` and `until` are the points between which it is looked at, where that is not all of it.
    """

    name: str
    title: str
    ends: tuple[tuple[End, tuple[str, ...]], ...]
    since: str = ""
    until: str = ""

    @property
    def points(self) -> list[Point]:
        """The points in order."""
        seen: Counter[str] = Counter()
        found = []
        for end, labels in self.ends:
            for place, label in enumerate(labels):
                seen[label] += 1
                found.append(Point(self, label, seen[label], end, telling=place in {0, len(labels) - 1}))
        return found


@dataclass(frozen=True, slots=True)
class Point:
    """The process dies when it has passed `label` for the `number`th time; `telling` where the next end begins."""

    journey: Journey
    label: str
    number: int
    end: End
    telling: bool

    def __str__(self) -> str:
        again = f" {self.number}" if self.number > 1 else ""
        return f"{self.journey.name}: {self.label}{again}"


def on_the_way(call: str) -> tuple[str, str]:
    """The points of a call that a platform answers, once a socket is asked for."""
    return f"{call}: request written", f"{call}: answer read"


def whole(call: str) -> tuple[str, str, str]:
    """All points of a call."""
    return f"{call}: before the socket", *on_the_way(call)


POST, PAGE, AMEND = "POST /2/tweets", "POST /v26.0/N/feed", "POST /v26.0/N_N"
ALIAS = "save_article: INSERT aliases"
SAVED = ("save_article: INSERT articles", ALIAS)
OPENED = ("open: INSERT deliveries", "open: INSERT posts", "open: INSERT moves")
STORED = ("transaction: COMMIT",)  # which waits for the disk itself: it is what `publish` acknowledges
CLAIMING = ("claim_and_touch: UPDATE deliveries", "claim_and_touch: INSERT moves", "claim_and_touch: INSERT attempts")
CLAIMED = ("claim_and_touch: COMMIT", "claim_and_touch: flush")
SETTLING = ("settle: UPDATE deliveries", "settle: UPDATE attempts", "settle: INSERT moves")
SETTLED = "settle: COMMIT"
MENDED = ("mend: UPDATE destinations", "mend: COMMIT")
NOTED = ("note_quota: INSERT destinations", "note_quota: COMMIT")
LOOKING, OPENING = "claim_look: UPDATE deliveries", ("claim_look: COMMIT", "open_look: INSERT attempts")
LOOKED = ("open_look: COMMIT",)
ME, TIMELINE = whole("GET /2/users/me"), whole("GET /2/users/N/tweets")
MOVING, MOVED = ("move: UPDATE deliveries", "move: INSERT moves"), ("move: COMMIT",)
STANDING = ("set_standing: INSERT destinations", "set_standing: COMMIT")
RESUMING = ("move_all: UPDATE deliveries", "move_all: INSERT moves", "move_all: COMMIT")
DOCUMENTS = ("rss.xml", "atom.xml", "feed.json")

ONCE = "plan claim receipt"
FOUND = "plan claim lose confirm"
FOUND_ANEW = "plan claim lose postpone confirm"  # whoever looked first was lost
ABSENT = "plan claim lose postpone absent"
RESENT = f"{ABSENT} claim receipt"
RESENT_ANEW = "plan claim lose postpone postpone absent claim receipt"
LOOKS = "unsure absent absent"
TWICE = "plan claim retry claim receipt"

NOWHERE = End(None, 0, ONCE, "receipt")
WAITS = End(State.PLANNED, 0, ONCE, "receipt")
UNSENT = End(State.SENDING, 0, RESENT, f"{LOOKS} receipt")
UNHEARD = End(State.SENDING, 1, FOUND, "unsure found")
PROVEN = End(State.DELIVERED, 1, ONCE, "receipt")

TAKEN_BACK = End(State.UNCONFIRMED, 0, RESENT, f"{LOOKS} receipt")
DOUBTED = End(State.UNCONFIRMED, 1, FOUND, "unsure found")
SAID = End(State.UNCONFIRMED, 1, FOUND, "unsure")
REPEATED = End(State.SENDING, 1, TWICE, "unsure receipt")
LIMITED = End(State.PLANNED, 0, "plan claim postpone claim receipt", "rate-limited receipt")
LOCKED = End(State.PLANNED, 0, "plan claim postpone claim receipt", "locked-out receipt")
RESUMED = End(State.PLANNED, 0, "plan claim postpone postpone claim receipt", "rate-limited receipt")
TRIED_ANEW = "plan claim reject retry claim receipt"
CANCELLED = "plan claim lose cancel"

JOURNEYS: tuple[Journey, ...] = (
    Journey(
        "publish",
        "An article is published and posted on X. An editor who was not told that it is in publishes it again.",
        (
            (NOWHERE, (*SAVED, ALIAS, ALIAS, *OPENED)),
            (WAITS, (*STORED, "acknowledged", *CLAIMING)),
            (UNSENT, (*CLAIMED, f"{POST}: before the socket")),
            (UNHEARD, (*on_the_way(POST), *SETTLING)),
            (PROVEN, (SETTLED, *NOTED)),
        ),
    ),
    Journey(
        "picture",
        "An article with a picture is published: the picture is kept before anything is written.",
        ((NOWHERE, ("picture: copied", "N.png: in place", "save_article: INSERT articles")),),
        until="save_article: INSERT articles",
    ),
    Journey(
        "upload",
        "Its picture goes to X before its post: what was uploaded is not a post yet.",
        (
            (
                UNSENT,
                (
                    "claim_and_touch: flush",
                    *whole("POST /2/media/upload"),
                    *whole("POST /2/media/metadata"),
                    f"{POST}: before the socket",
                ),
            ),
        ),
        since="claim_and_touch: COMMIT",
        until=f"{POST}: before the socket",
    ),
    Journey(
        "page",
        "An article is posted on a Facebook Page.",
        (
            (UNSENT, ("claim_and_touch: flush", f"{PAGE}: before the socket")),
            (UNHEARD, (*on_the_way(PAGE), *SETTLING)),
            (PROVEN, (SETTLED, *NOTED)),
        ),
        since="claim_and_touch: COMMIT",
    ),
    Journey(
        "feed",
        "An article is put into a feed: written anew as often as need be, each document whole or not at all.",
        (
            (
                End(State.SENDING, 0, TWICE, "unsure receipt"),
                ("claim_and_touch: flush", *(f"{name}: written beside" for name in DOCUMENTS)),
            ),
            (REPEATED, (*(f"{name}: in place" for name in DOCUMENTS), *SETTLING)),
            (PROVEN, (SETTLED,)),
        ),
        since="claim_and_touch: COMMIT",
    ),
    Journey(
        "wake",
        "The lane is woken, on Redis: losing the message loses nothing.",
        ((WAITS, ("wake: marked as unread", "wake: sent")),),
    ),
    Journey(
        "revise",
        "A revision takes the place of a post that has not gone yet: one of the two goes out, and it is the newer.",
        ((WAITS, (*SAVED, *MOVING, *OPENED, *STORED, "acknowledged")),),
    ),
    Journey(
        "amend",
        "A revision changes what stands on the Page already: done again, it does no harm.",
        (
            (REPEATED, ("claim_and_touch: flush", *whole(AMEND), *SETTLING)),
            (PROVEN, (SETTLED, *NOTED)),
        ),
        since="claim_and_touch: COMMIT",
    ),
    Journey(
        "doubt",
        "X takes the post and its answer is lost; half a minute later it is looked for, and found.",
        (
            (UNHEARD, SETTLING),
            (DOUBTED, (SETTLED, "fall: INSERT destinations", "fall: COMMIT", LOOKING)),
            (End(State.UNCONFIRMED, 1, FOUND_ANEW, "unsure found"), OPENING),
            (End(State.UNCONFIRMED, 1, FOUND_ANEW, "unsure unsure found"), (*LOOKED, *ME, *TIMELINE, *SETTLING)),
            (End(State.DELIVERED, 1, FOUND, "unsure found"), (SETTLED,)),
        ),
        since=f"{POST}: no answer",
    ),
    Journey(
        "absent",
        "The post was lost on its way to X; it is looked for the second and last time.",
        (
            (TAKEN_BACK, (LOOKING,)),
            (End(State.UNCONFIRMED, 0, RESENT_ANEW, f"{LOOKS} receipt"), OPENING),
            (
                End(State.UNCONFIRMED, 0, RESENT_ANEW, "unsure absent unsure absent receipt"),
                (*LOOKED, *TIMELINE, *SETTLING[:2], SETTLING[1], SETTLING[2]),
            ),
            (End(State.PLANNED, 0, RESENT, f"{LOOKS} receipt"), (SETTLED,)),
        ),
    ),
    Journey(
        "again",
        "What was absent twice is sent again: whoever dies now leaves a new doubt.",
        (
            (End(State.PLANNED, 0, RESENT, f"{LOOKS} receipt"), CLAIMING),
            (
                End(State.SENDING, 0, f"{ABSENT} claim lose postpone absent claim receipt", f"{LOOKS} {LOOKS} receipt"),
                (*CLAIMED, f"{POST}: before the socket"),
            ),
            (
                End(State.SENDING, 1, f"{ABSENT} claim lose confirm", f"{LOOKS} unsure found"),
                (*on_the_way(POST), *SETTLING),
            ),
            (End(State.DELIVERED, 1, RESENT, f"{LOOKS} receipt"), (SETTLED, *NOTED, *MENDED)),
        ),
    ),
    Journey(
        "limit",
        "X answers that its rate limit is reached: nothing was posted, and the destination rests.",
        (
            (UNSENT, SETTLING),
            (LIMITED, (SETTLED, *NOTED, "rest: INSERT destinations", "rest: COMMIT")),
        ),
        since=f"{POST}: answer read",
    ),
    Journey(
        "lock",
        "X does not take the keys: the destination is locked until a person has put it right.",
        (
            (UNSENT, SETTLING),
            (LOCKED, (SETTLED, *STANDING)),
        ),
        since=f"{POST}: answer read",
    ),
    Journey(
        "late",
        "The answer comes when the lease has run out and was taken back: it is the proof that was missing.",
        (
            (DOUBTED, (SETTLING[0], SETTLED, *MOVING)),
            (End(State.DELIVERED, 1, FOUND, "unsure"), (*MOVED, *NOTED)),
        ),
        since="move: COMMIT",
    ),
    Journey(
        "sweep",
        "The scheduler takes back what a lost worker held.",
        (
            (UNSENT, ("move: UPDATE deliveries", "move: UPDATE attempts", "move: INSERT moves")),
            (TAKEN_BACK, MOVED),
        ),
    ),
    Journey(
        "retry",
        "A person tries a failed delivery again, and again if nobody said that it was done.",
        (
            (End(State.FAILED, 0, TRIED_ANEW, "rejected receipt"), MOVING),
            (End(State.PLANNED, 0, "plan claim reject retry postpone claim receipt", "rejected receipt"), MOVED),
            (End(State.PLANNED, 0, TRIED_ANEW, "rejected receipt"), ("acknowledged",)),
        ),
    ),
    Journey(
        "confirm",
        "A person says that an unconfirmed post is there.",
        (
            (SAID, MOVING),
            (End(State.DELIVERED, 1, FOUND, "unsure"), (*MOVED, "acknowledged")),
        ),
    ),
    Journey(
        "cancel",
        "A person calls an unconfirmed delivery off; the post that is there in truth stays.",
        (
            (End(State.UNCONFIRMED, 1, CANCELLED, "unsure"), MOVING),
            (End(State.CANCELLED, 1, CANCELLED, "unsure"), (*MOVED, "acknowledged")),
        ),
    ),
    Journey("pause", "A person pauses the destination, and resumes it later.", ((WAITS, (*STANDING, "acknowledged")),)),
    Journey(
        "resume",
        "A person opens a destination that rests: what waits is due now.",
        ((RESUMED, (*RESUMING, "wake: UPDATE destinations", "wake: COMMIT", *STANDING, "acknowledged")),),
    ),
)
