"""What can go wrong, as a tree.

WireroomError                 every error Wireroom raises on purpose
├── SettingsError             the settings are wrong: one line for each mistake       (exit 2)
├── ArticleError              an article cannot be read: file, line, what was expected (exit 2)
├── UsageError                a command or a request that makes no sense              (exit 2)
├── NotFound                  no such delivery, destination or article                (exit 3)
├── Refused                   a move that the delivery's state does not allow         (exit 1)
├── StoreError                the database cannot be used                             (exit 2)
└── Ending                    a send that did not end in a receipt; channels raise these and nothing else
    ├── NotSent               nothing reached the platform; safe to try again
    ├── RateLimited           the platform asks us to wait; nothing was posted
    ├── Rejected              the platform will never take this post
    │   └── Duplicate         … because it says it has it already
    ├── LockedOut             credentials, billing or permissions: a person is needed
    └── Unsure                it was sent and no clear answer came back
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wireroom.model.post import Exchange, Quota


class WireroomError(Exception):
    """Something Wireroom can explain to a person; `exit_code` is what a command ends with."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the settings: where it stands, what was found, what is allowed, the nearest right key."""

    path: str
    found: str
    allowed: str
    nearest: str | None = None

    def __str__(self) -> str:
        hint = f" Did you mean `{self.nearest}`?" if self.nearest else ""
        return f"{self.path}: {self.found}; {self.allowed}.{hint}"


class SettingsError(WireroomError):
    """The settings are wrong; `problems` holds one entry for each mistake."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ArticleError(WireroomError):
    """An article that cannot be read, in one line: `file:line: what was found; what was expected`."""

    def __init__(self, source: str, expected: str, line: int | None = None) -> None:
        self.source, self.expected, self.line = source, expected, line
        where = source if line is None else f"{source}:{line}"
        super().__init__(f"{where}: {expected}")


class UsageError(WireroomError):
    """A command or request that makes no sense as it was given."""


class NotFound(WireroomError):
    """There is no such delivery, destination, publication or article."""

    exit_code = 3


class Refused(WireroomError):
    """The move is not allowed from the state the delivery is in."""

    exit_code = 1


class StoreError(WireroomError):
    """The database cannot be opened, is newer than this program, or refuses to work."""


class Ending(WireroomError):
    """A send that did not end in a receipt. `code` is the platform's own, `exchange` what went over the wire.

    `quota` is what the answer said is left, where it said so.
    """

    kind = "ending"
    exit_code = 1

    def __init__(self, message: str, *, code: str | None = None, exchange: Exchange | None = None) -> None:
        self.message, self.code, self.exchange = message, code, exchange
        self.quota: tuple[Quota, ...] = ()
        super().__init__(message)


class NotSent(Ending):
    """Nothing reached the platform (no route, no connection, refused before it was read): safe to try again."""

    kind = "not-sent"

    def __init__(
        self,
        message: str,
        *,
        after: timedelta | None = None,
        code: str | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self.after = after
        super().__init__(message, code=code, exchange=exchange)


class RateLimited(Ending):
    """The platform asks us to wait until `until` (aware), or for a time we choose when it names none."""

    kind = "rate-limited"

    def __init__(
        self,
        message: str,
        *,
        until: datetime | None = None,
        code: str | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self.until = until
        super().__init__(message, code=code, exchange=exchange)


class Rejected(Ending):
    """The platform will never take this post as it is."""

    kind = "rejected"


class Duplicate(Rejected):
    """The platform says it has this post already: on a first try a content problem, after a doubt good news."""

    kind = "duplicate"


class LockedOut(Ending):
    """Credentials, billing or permissions: the destination waits for a person; the message says what to do."""

    kind = "locked-out"


class Unsure(Ending):
    """It was sent and no clear answer came: never sent again before it was looked for."""

    kind = "unsure"
