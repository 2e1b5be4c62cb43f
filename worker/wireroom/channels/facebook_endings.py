"""What the Graph API's answers mean, read from error code and subcode: its HTTP status says little.

Some of the numbers come as a code in one answer and as a subcode in another; both are looked up, the subcode first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from wireroom.compose.backoff import retry_after
from wireroom.model.errors import Duplicate, Ending, LockedOut, NotSent, RateLimited, Rejected, Unsure
from wireroom.model.post import Quota

if TYPE_CHECKING:
    from wireroom.channels.wire import Answer

AGAIN = "; then `wireroom resume` the destination"
RENEW = "make a new Page token and put it into the settings"
LOCKED = {
    3: "this app may not do this at Facebook: see the app's dashboard",
    10: "the token lacks a permission: grant pages_manage_posts and pages_read_engagement, and make a new token",
    102: f"the session behind the token is over: {RENEW}",
    190: f"Facebook no longer accepts the token: {RENEW}",
    2635: "Facebook no longer serves this version: raise graph_version in the settings",
}
LOCKED_BY_SUBCODE = {
    458: f"the app was removed from the account: add it again, {RENEW}",
    459: "Facebook holds the account at a checkpoint: its owner must sign in at facebook.com",
    460: f"the owner's password was changed: {RENEW}",
    463: f"the token has expired: {RENEW}",
    464: "the account is not confirmed: its owner must sign in at facebook.com",
    467: f"the token is invalid: {RENEW}",
    490: f"the token has expired: {RENEW}",
    492: f"the token's owner has lost the role on this Page: restore it, {RENEW}",
    4854002: "Facebook wants the owner's identity confirmed: sign in at facebook.com",
    1404006: "Facebook asks for a security check: the Page's owner must sign in at facebook.com",
    1404078: "the Page needs publishing authorization: its owner must complete it at facebook.com",
    1404102: "Facebook blocked this for its community standards: see the Page's quality tab",
    1404112: "the account is limited for now: its owner must sign in at facebook.com",
    1346003: "Facebook blocked this as abusive: see the Page's quality tab",
}
LIMITS = frozenset({4, 17, 32, 341, 613, 80001})
DUPLICATES = frozenset({506, 1404082, 1366051})
DOUBTFUL = frozenset({1, 2, 1363047, 1609010})
REFUSED = frozenset({1609008, 1366046})
NO_PREVIEW = 1609005
GONE = (100, 33)
BLOCKED = 368
PREVIEW = timedelta(minutes=5)  # how long Facebook is given to fetch the linked page
COOLING = timedelta(hours=3)  # after "acting too fast", for which no time is told
WINDOW = timedelta(hours=1)  # the app's own budget is a rolling hour
LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error object: code and subcode (0 where there is none), its words, and whether it is one at all."""

    code: int
    subcode: int
    said: str
    genuine: bool
    passing: bool = False

    @property
    def numbers(self) -> frozenset[int]:
        """Code and subcode."""
        return frozenset({self.code, self.subcode} - {0})

    @property
    def gone(self) -> bool:
        """Whether what was asked for is not there, or not for this token."""
        return (self.code, self.subcode) == GONE

    @property
    def name(self) -> str:
        """Both numbers for the log: "190/463", or "506"."""
        return f"{self.code}/{self.subcode}" if self.subcode else str(self.code)


def body_or_raise(answer: Answer, now: datetime, *, write: bool) -> Mapping[str, object]:
    """The answer's object. Raises the ending that an error means; `write`: it must not happen twice."""
    body = answer.json()
    if answer.good and body and "error" not in body:
        return body
    raise classify(answer, now, write=write)


def classify(answer: Answer, now: datetime, *, write: bool) -> Ending:
    """The ending that this answer, which is not the hoped-for one, means."""
    trouble = understand(answer.json())
    quoted = answer.quote("Facebook", trouble.said)
    if not trouble.genuine:
        return _without_error(answer, now, write=write)
    if trouble.numbers & DUPLICATES:
        return answer.end(Duplicate, f"Facebook says it has this post already{quoted}", code=trouble.name)
    if trouble.numbers & DOUBTFUL:
        return unclear(answer, trouble.name, quoted, write=write)
    if advice := locked(trouble):
        return answer.end(LockedOut, f"{advice}{AGAIN}{quoted}", code=trouble.name)
    if trouble.code in LIMITS or trouble.code == BLOCKED:
        return _limited(answer, trouble, quoted, now)
    if NO_PREVIEW in trouble.numbers:
        said = f"Facebook could not read the linked page{quoted}; nothing was posted"
        return answer.end(NotSent, said, after=PREVIEW, code=trouble.name)
    if not trouble.numbers & REFUSED and trouble.code != 100 and (trouble.passing or answer.status >= 500):
        return unclear(answer, trouble.name, quoted, write=write)
    return answer.end(Rejected, f"Facebook will not take it{quoted}", code=trouble.name)


def unclear(answer: Answer, code: str, quoted: str, *, write: bool) -> Ending:
    """The ending of an answer that says neither yes nor no."""
    what = f"Facebook answered {answer.status}{quoted}"
    if write:
        return answer.end(Unsure, f"{what}; the post may be there", code=code)
    return answer.end(NotSent, f"{what}; asking again does no harm", code=code)


def locked(trouble: Trouble) -> str:
    """What a person must do; "" when no person is needed. A subcode says it better than its code."""
    if found := [LOCKED_BY_SUBCODE[number] for number in sorted(trouble.numbers & LOCKED_BY_SUBCODE.keys())]:
        return found[0]
    if 200 <= trouble.code <= 299:
        return LOCKED[10]
    return LOCKED.get(trouble.code, "")


def understand(body: Mapping[str, object]) -> Trouble:
    """Read an error object, whatever is missing in it."""
    error = body.get("error")
    if not isinstance(error, Mapping):
        return Trouble(0, 0, "", genuine=False)
    words = [str(error[key]) for key in ("message", "error_user_msg") if isinstance(error.get(key), str)]
    code, subcode = whole(error.get("code")), whole(error.get("error_subcode"))
    passing = error.get("is_transient") is True
    return Trouble(code, subcode, " ".join(words), genuine=bool(code or subcode), passing=passing)


def until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When Facebook takes calls again: the longest wait that its usage headers name; None if they name none."""
    waits = [timedelta(minutes=minutes) for _, _, minutes in businesses(headers)]
    if any(used >= 100 for _, used in usages(headers)):
        waits.append(WINDOW)
    if asked := retry_after(headers.get("retry-after", ""), now):
        waits.append(asked - now)
    longest = max(waits, default=timedelta(0))
    return now + min(longest, LONGEST) if longest > timedelta(0) else None


def quotas(headers: Mapping[str, str], now: datetime) -> tuple[Quota, ...]:
    """What is left, in percent of each budget that the headers name."""
    found = [
        Quota(limit=100, remaining=max(0, 100 - used), name=name, unit="percent") for name, used in usages(headers)
    ]
    for name, used, minutes in businesses(headers):
        reset = now + min(timedelta(minutes=minutes), LONGEST) if minutes else None
        found.append(Quota(limit=100, remaining=max(0, 100 - used), reset=reset, name=name, unit="percent"))
    return tuple(found)


def usages(headers: Mapping[str, str]) -> list[tuple[str, int]]:
    """The app's and the Page's own budgets: name, percent used (the highest of its numbers)."""
    found = []
    for header, name in (("x-app-usage", "app, percent"), ("x-page-usage", "page, percent")):
        if used := peak(parsed(headers.get(header))):
            found.append((name, used))
    return found


def businesses(headers: Mapping[str, str]) -> list[tuple[str, int, int]]:
    """The business use case budgets: name, percent used, minutes until calls are taken again (0: now)."""
    body = parsed(headers.get("x-business-use-case-usage"))
    entries = [entry for group in body.values() if isinstance(group, list) for entry in group]
    return [
        (f"{entry.get('type', 'pages')}, percent", peak(entry), whole(entry.get("estimated_time_to_regain_access")))
        for entry in entries
        if isinstance(entry, Mapping)
    ]


def peak(entry: Mapping[str, object]) -> int:
    """The highest percentage among calls, time and CPU time."""
    return max(whole(entry.get(key)) for key in ("call_count", "total_time", "total_cputime"))


def parsed(header: str | None) -> Mapping[str, object]:
    """A header's JSON object; empty when it is none."""
    try:
        found = json.loads(header or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def whole(value: object) -> int:
    """A number of an answer, also one in quotes or with a fraction; 0 for anything else, never below 0."""
    try:
        return max(0, int(float(value))) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0


def _without_error(answer: Answer, now: datetime, *, write: bool) -> Ending:
    status = str(answer.status)
    if answer.status == 401:
        return answer.end(LockedOut, f"{LOCKED[190]}{AGAIN}", code=status)
    if answer.status == 429:
        return answer.end(RateLimited, "Facebook asks to wait", until=until(answer.headers, now), code=status)
    more = " with nothing in it that could be understood" if answer.good else ""
    if 300 <= answer.status < 400:
        more = f", a redirect to {answer.headers.get('location', 'nowhere')}: check base_url"
    return unclear(answer, status, more, write=write)


def _limited(answer: Answer, trouble: Trouble, quoted: str, now: datetime) -> Ending:
    ends = until(answer.headers, now)
    if trouble.code == BLOCKED:
        ends = max(ends or now, now + COOLING)
    return answer.end(RateLimited, f"Facebook asks to wait{quoted}", until=ends, code=trouble.name)
