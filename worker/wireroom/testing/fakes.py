"""Stand-ins without a network: a channel that follows a script, the surroundings of one, and a post to send."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wireroom.model.channel import Kind, Surroundings
from wireroom.model.destination import Destination
from wireroom.model.errors import Ending, Unsure
from wireroom.model.post import Post, Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping

Step = Receipt | Ending | Callable[[Post], Receipt]


class FakeChannel:
    """A channel that follows its script: a receipt is given, an ending raised, a function asked; then it is all well.

    `sent` keeps every post in order, `there` what stands on the platform, by idempotency key. Its
    methods `accept` and `lose` are steps too: `channel.then(channel.lose)` posts and then says nothing.
    """

    def __init__(self, *script: Step, repeatable: bool = False, name: str = "@fake") -> None:
        self.repeatable, self.name = repeatable, name
        self.sent: list[Post] = []
        self.there: dict[str, Receipt] = {}
        self._script = list(script)
        self._number = 0

    def send(self, post: Post) -> Receipt:
        """Do the next step of the script."""
        self.sent.append(post)
        step = self._script.pop(0) if self._script else self.accept
        if isinstance(step, Ending):
            raise step
        receipt = step if isinstance(step, Receipt) else step(post)
        self.there[post.key] = receipt
        return receipt

    def accept(self, post: Post) -> Receipt:
        """Take the post, as a step of the script."""
        self._number += 1
        receipt = Receipt(remote_id=str(self._number), remote_url=f"https://fake.example/{self._number}")
        self.there[post.key] = receipt
        return receipt

    def lose(self, post: Post) -> Receipt:
        """Take the post and say nothing, as a step of the script (`channel.then(channel.lose)`)."""
        self.accept(post)
        raise Unsure("the fake took the post and hung up")

    def then(self, *steps: Step) -> FakeChannel:
        """The same channel with more steps at the end of its script."""
        self._script.extend(steps)
        return self

    def find(self, post: Post, since: datetime) -> Receipt | None:  # noqa: ARG002 - the fake forgets no post
        """What stands there of this post."""
        return self.there.get(post.key)

    def amend(self, receipt: Receipt, post: Post) -> Receipt:
        """Note the newer post."""
        self.sent.append(post)
        self.there[post.key] = receipt
        return receipt

    def retract(self, receipt: Receipt, post: Post) -> Receipt:
        """Take it away."""
        self.there = {key: one for key, one in self.there.items() if one.remote_id != receipt.remote_id}
        self.there.pop(post.key, None)
        return receipt

    def check(self) -> str:
        """The fake's name."""
        return self.name


def a_post(**changes: object) -> Post:
    """A post to send; name what should be different."""
    link = "https://example.com/2026/11/harbour-lights/"
    plain: dict[str, object] = {
        "key": "tag:example.com,2026:1/x/create/1",
        "uid": "tag:example.com,2026:1",
        "revision": 1,
        "destination": "here",
        "channel": "x",
        "title": "Harbour lights return",
        "text": f"Harbour lights return after nine dark winters\n\n{link}",
        "link": link,
    }
    return Post(**{**plain, **changes})  # type: ignore[arg-type]


def surroundings(
    feeds: Path = Path("feeds"),
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    posts: Iterable[Post] = (),
) -> Surroundings:
    """What a channel is given beside its destination."""
    standing = tuple(posts)
    return Surroundings(feeds=feeds, public_url="https://feeds.example.com", now=now, recent=lambda n: standing[:n])


def a_destination(
    kind: Kind, options: Mapping[str, object], secrets: Mapping[str, str], *, timeout: float = 5.0
) -> Destination:
    """A destination of this kind as the settings would make it: every option that is left out has its default."""
    filled = {name: option.default for name, option in kind.options.items() if option.type != "secret"}
    return Destination(
        name="here", channel=kind.name, timeout=timeout, options={**filled, **options}, secrets=dict(secrets)
    )
