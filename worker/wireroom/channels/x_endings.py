"""What X's answers mean, read from their bodies: a status alone says too little.

The table follows the API's problem types (last path segment only: the host in them differs), their titles, the
codes of the older API that still come through, and, where X says nothing else, the sentence itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from wireroom.compose.backoff import retry_after
from wireroom.model.errors import Duplicate, Ending, LockedOut, NotSent, RateLimited, Rejected, Unsure
from wireroom.model.post import Quota

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wireroom.channels.wire import Answer

LOCKED_KINDS = {
    "credits": "the X account has no credits left: buy some in the developer console",
    "usage-capped": "the X app has used up its plan or its spending limit: raise it in the developer console",
    "oauth1-permissions": "the X app may only read: allow it Read and Write in the developer console, make new tokens",
    "client-forbidden": "X does not let this app use the API: attach it to a project in the developer console",
    "unsupported-authentication": "X wants the account's own tokens (OAuth 1.0a) here: check the four keys",
}
LOCKED_CODES = {
    32: "X does not accept the keys: check all four",
    63: "X has suspended the account: sign in at x.com",
    64: "X has suspended the account: sign in at x.com",
    89: "X no longer accepts the access token: make a new one in the developer console",
    99: "X does not accept the app's keys: check consumer_key and consumer_secret",
    135: "X refuses the signature's time: set this machine's clock",
    215: "X does not accept the keys: check all four",
    220: "these keys may not do this at X: make new tokens with Read and Write",
    261: "X has taken the app's right to write: see the developer console",
    326: "X has locked the account for now: sign in at x.com and follow what it asks",
    416: "X has suspended the app: see the developer console",
    453: "the app's plan at X does not include this call: see the developer console",
}
LIMIT_CODES = frozenset({88, 185})
DUPLICATE_CODES = frozenset({187})
TITLES = {"creditsdepleted": "credits", "usagecapexceeded": "usage-capped"}
AGAIN = "; then `wireroom resume` the destination"
WINDOWS = (
    ("x-rate-limit", "15 minutes"),
    ("x-app-limit-24hour", "app, 24 hours"),
    ("x-user-limit-24hour", "account, 24 hours"),
)
LONGEST = timedelta(hours=24)  # no window of X is longer; a reset beyond it is a mistake


@dataclass(frozen=True, slots=True)
class Problem:
    """What an error body says: kinds (type and title), codes of the older API, all its sentences."""

    kinds: frozenset[str]
    codes: frozenset[int]
    said: str

    @property
    def genuine(self) -> bool:
        """Whether the API wrote it, and not something that stands in front of it."""
        return bool(self.kinds or self.codes or self.said)


def receipt_or_raise(answer: Answer, now: datetime, *, write: bool) -> Mapping[str, object]:
    """The answer's `data` object. Raises the ending that any other answer means; `write`: it must not happen twice."""
    found = answer.json().get("data")
    if answer.good and isinstance(found, dict):
        return found
    raise classify(answer, now, write=write)


def classify(answer: Answer, now: datetime, *, write: bool) -> Ending:
    """The ending that this answer, which is not the hoped-for one, means."""
    problem = understand(answer.json())
    code = code_of(problem, answer.status)
    if not 400 <= answer.status < 500 or answer.status == 408:
        return unclear(answer, problem, write=write)
    for advice in locked(problem, answer.status):
        return answer.end(LockedOut, f"{advice}{AGAIN}{said(answer, problem)}", code=code)
    if answer.status == 429 or problem.codes & LIMIT_CODES:
        return answer.end(
            RateLimited, f"X asks to wait{said(answer, problem)}", until=until(answer.headers, now), code=code
        )
    if problem.codes & DUPLICATE_CODES or "duplicate content" in problem.said.lower():
        return answer.end(Duplicate, "X says it has this post already", code=code)
    if not problem.genuine:
        return unclear(answer, problem, write=write)
    return answer.end(Rejected, f"X will not take it{said(answer, problem)}", code=code)


def unclear(answer: Answer, problem: Problem, *, write: bool) -> Ending:
    """The ending of an answer that says neither yes nor no."""
    what = f"X answered {answer.status}{said(answer, problem)}"
    if answer.good:
        what += " with nothing in it that could be understood"
    if 300 <= answer.status < 400:
        what += f", a redirect to {answer.headers.get('location', 'nowhere')}: check base_url"
    code = code_of(problem, answer.status)
    if write:
        return answer.end(Unsure, f"{what}; the post may be there", code=code)
    return answer.end(NotSent, f"{what}; asking again does no harm", code=code)


def locked(problem: Problem, status: int) -> Iterator[str]:
    """What a person must do, when a person is needed."""
    yield from (LOCKED_KINDS[kind] for kind in sorted(problem.kinds & LOCKED_KINDS.keys()))
    yield from (LOCKED_CODES[code] for code in sorted(problem.codes & LOCKED_CODES.keys()))
    if status == 401:
        yield LOCKED_CODES[32]
    if status == 402:
        yield LOCKED_KINDS["credits"]


def missing(answer: Answer) -> bool:
    """Whether the API says that what was asked for is not there, by a 404 or by an error inside a 200."""
    problem = understand(answer.json())
    return "resource-not-found" in problem.kinds or (answer.status == 404 and problem.genuine)


def understand(body: Mapping[str, object]) -> Problem:
    """Read an error body: a problem document, a list of legacy errors, or both in one."""
    kinds: set[str] = set()
    codes: set[int] = set()
    sentences: list[str] = []
    for part in parts(body):
        kinds |= kinds_of(part)
        if isinstance(code := part.get("code"), int):
            codes.add(code)
        sentences += [words for key in ("detail", "message", "error") if isinstance(words := part.get(key), str)]
    return Problem(frozenset(kinds), frozenset(codes), " ".join(dict.fromkeys(sentences)))


def parts(body: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The body itself and the errors inside it, whatever their shape."""
    yield body
    inside = body.get("errors")
    for error in inside if isinstance(inside, list) else [inside]:
        if isinstance(error, Mapping):
            yield error
        elif isinstance(error, str):
            yield {"message": error}


def kinds_of(part: Mapping[str, object]) -> set[str]:
    """A problem's type and title as slugs; "about:blank" says nothing."""
    kind, title = part.get("type"), part.get("title")
    found = set()
    if isinstance(kind, str) and kind != "about:blank":
        found.add(kind.rstrip("/").rpartition("/")[2])
    if isinstance(title, str):
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        found.add(TITLES.get(slug, slug))
    if part.get("reason") in ("client-not-enrolled", "official-client-forbidden"):
        found.add("client-forbidden")
    return found


def said(answer: Answer, problem: Problem) -> str:
    """X's own sentence, to stand behind ours."""
    return answer.quote("X", problem.said)


def code_of(problem: Problem, status: int) -> str:
    """The most telling name the answer has: a kind that we know, an old code, or the status."""
    known = sorted(problem.kinds & LOCKED_KINDS.keys())
    return known[0] if known else str(min(problem.codes, default=status))


def until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When X takes calls again: the last of all windows that are empty, and of Retry-After; None if it is not said.

    A refusal by the 24-hour window still carries the 15-minute one, which then looks fine: only windows with nothing
    left count.
    """
    ends = [quota.reset for quota in quotas(headers) if quota.remaining <= 0 and quota.reset]
    if (after := retry_after(headers.get("retry-after", ""), now)) is not None:
        ends.append(after)
    latest = max(ends, default=None)
    return min(latest, now + LONGEST) if latest is not None and latest > now else None


def quotas(headers: Mapping[str, str]) -> tuple[Quota, ...]:
    """What is left in each window that the answer's headers name; a window that does not say is taken as empty."""
    found = []
    for prefix, name in WINDOWS:
        reset = number(headers.get(f"{prefix}-reset"))
        limit = number(headers.get(f"{prefix}-limit"))
        if reset is None and limit is None:
            continue
        remaining = number(headers.get(f"{prefix}-remaining")) or 0
        found.append(Quota(limit=limit or 0, remaining=remaining, reset=moment(reset), name=name))
    return tuple(found)


def number(value: str | None) -> int | None:
    """A header's whole number; None when it is missing or is none."""
    return int(value) if value and re.fullmatch(r"\s*[0-9]{1,12}\s*", value) else None


def moment(seconds: int | None) -> datetime | None:
    """A moment from seconds since 1970; None for what no calendar holds."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
