"""A platform that does what it likes with a post: takes it, hides it, takes it late, refuses it, or says nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.dispatch.workers import Worker, Wrong

from wireroom.model.errors import Duplicate, Ending, LockedOut, NotSent, RateLimited, Rejected, Unsure
from wireroom.model.post import Post, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dispatch.witness import Witness

APPLIED = ("yes", "hidden", "unheard", "unheard and hidden", "broken")
REFUSED: dict[str, Callable[[datetime], Ending]] = {
    "not sent": lambda now: NotSent("no route"),
    "limited": lambda now: RateLimited("slow down", until=now + timedelta(minutes=10)),
    "limited, until whenever": lambda now: RateLimited("slow down"),
    "locked": lambda now: LockedOut("renew the token"),
    "rejected": lambda now: Rejected("too rude"),
    "duplicate": lambda now: Duplicate("we have that"),
}
ANSWERS = (*APPLIED, "lost", "late", *REFUSED)
"""What may become of a post: it is there (and seen at once or later; and the answer a receipt, silence, or one that
breaks the channel), it is lost, it comes to be there later, or it is refused."""


@dataclass(frozen=True)
class Posted:
    """A post that is there from `at` on, and seen from `seen` on."""

    key: str
    remote_id: str
    at: datetime
    seen: datetime
    revision: int


@dataclass
class Platform:
    """All that was posted, and what is still on its way there."""

    clock: Callable[[], datetime]
    hides: timedelta = timedelta(seconds=100)
    posts: list[Posted] = field(default_factory=list)
    coming: list[Posted] = field(default_factory=list)

    def apply(self, post: Post, hidden: timedelta = timedelta(0), late: timedelta = timedelta(0)) -> Posted:
        """Put a post there: seen only after `hidden`, and only after `late` there at all."""
        at = self.clock() + late
        made = Posted(post.key, str(len(self.posts) + len(self.coming) + 1), at, at + hidden, post.revision)
        (self.coming if late else self.posts).append(made)
        return made

    def arrive(self) -> list[Posted]:
        """What has come to be there since; time has passed."""
        now = self.clock()
        arrived = [post for post in self.coming if post.at <= now]
        self.coming = [post for post in self.coming if post.at > now]
        self.posts += arrived
        return arrived

    def of(self, key: str) -> list[Posted]:
        """The posts of one delivery."""
        return [post for post in self.posts if post.key == key]

    def visible(self, key: str) -> list[Posted]:
        """What somebody who looks for a post can see of it."""
        return [post for post in self.of(key) if post.seen <= self.clock()]


class Blind:
    """One worker's way to a platform that cannot be asked whether a post is there."""

    repeatable = False

    def __init__(self, platform: Platform, worker: Worker, witness: Witness) -> None:
        self._platform, self._worker, self._witness = platform, worker, witness

    def send(self, post: Post) -> Receipt:
        """Whatever the worker's answer says."""
        self._witness.sends(self._worker, post)
        self._worker.at("on the wire")
        return self._answered(post, self._worker.answer, self._act)

    def amend(self, receipt: Receipt, post: Post) -> Receipt:
        """The same for a change of what is there."""
        self._witness.amends(self._worker, receipt)
        self._worker.at("on the wire")
        return self._answered(post, self._worker.answer, lambda *_: receipt)

    def _answered(self, post: Post, answer: str, act: Callable[[Post, str], Receipt | None]) -> Receipt:
        now = self._platform.clock()
        refused = REFUSED.get(answer)
        receipt = None if refused else act(post, answer)
        self._witness.acted(self._worker, post, refused=refused is not None)
        self._worker.at("answered")
        if refused:
            raise refused(now)
        if answer == "broken":
            raise RuntimeError("a bug in the channel")
        if receipt is None or answer not in {"yes", "hidden"}:
            raise Unsure("silence")
        self._witness.proven(self._worker, post)
        return receipt

    def _act(self, post: Post, answer: str) -> Receipt | None:
        hides = self._platform.hides
        if answer == "late":
            self._platform.apply(post, late=hides)
        if answer not in APPLIED:
            return None
        posted = self._platform.apply(post, hidden=hides if "hidden" in answer else timedelta(0))
        return Receipt(remote_id=posted.remote_id)


class Social(Blind):
    """A way to a platform that can be asked."""

    def find(self, post: Post, since: datetime) -> Receipt | None:
        """What can be seen, unless the worker's answer is that nobody can look."""
        self._worker.at("on the wire")
        if refused := REFUSED.get(self._worker.answer):
            raise refused(self._platform.clock())
        if self._worker.answer == "broken":
            raise RuntimeError("a bug in the channel")
        found = self._platform.visible(post.key)
        if any(each.at < since for each in found):
            raise Wrong("looked for where it cannot be seen")
        self._witness.looked(post, seen=bool(found))
        self._worker.at("answered")
        return Receipt(remote_id=found[0].remote_id) if found else None


class Repeatable(Social):
    """A way to a feed: what is written twice is there once."""

    repeatable = True

    def _act(self, post: Post, answer: str) -> Receipt | None:
        self._platform.posts = [each for each in self._platform.posts if each.key != post.key]
        return super()._act(post, answer)
