"""What Facebook tells of a Page token (`debug_token`): until when it is good, and what it may do."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wireroom.channels.facebook_endings import AGAIN, LOCKED, Trouble, classify, locked, understand, whole
from wireroom.model.channel import Health
from wireroom.model.errors import LockedOut, NotSent, RateLimited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wireroom.channels.wire import Answer

log = logging.getLogger(__name__)

NEEDED = ("pages_manage_posts", "pages_read_engagement")  # to post, and to look for what was posted


def health_or_raise(answer: Answer, page: str, now: datetime) -> Health:
    """What the answer tells of the token of this Page.

    Raises `LockedOut` for a token that is no longer valid, `NotSent` or `RateLimited` for what may pass. Facebook may
    refuse to tell, say to a token that is not of the app's developer: then nothing is known, and nobody is locked out.
    """
    data = answer.json().get("data")
    if not answer.good or not isinstance(data, Mapping):
        return _untold(answer, now)
    if data.get("is_valid") is False:
        trouble = _trouble(data.get("error"))
        advice = f"{locked(trouble) or LOCKED[190]}{AGAIN}"
        raise answer.end(LockedOut, f"{advice}{answer.quote('Facebook', trouble.said)}", code=trouble.name)
    return Health(
        checked=now,
        expires=moment(data.get("expires_at")),
        data_access_expires=moment(data.get("data_access_expires_at")),
        missing_scopes=tuple(missing(data, page)),
    )


def missing(data: Mapping[str, object], page: str) -> Iterator[str]:
    """The needed permissions that the token lacks, or has for other Pages alone; none where it is not told."""
    scopes, granular = data.get("scopes"), data.get("granular_scopes")
    targets: dict[object, object] = {
        entry.get("scope"): entry.get("target_ids")
        for entry in (granular if isinstance(granular, list) else [])
        if isinstance(entry, Mapping)
    }
    if not isinstance(scopes, list):
        return
    for scope in NEEDED:
        pages = targets.get(scope)
        if scope not in scopes or (isinstance(pages, list) and pages and page not in map(str, pages)):
            yield scope


def moment(value: object) -> datetime | None:
    """The time that so many seconds since 1970 stand for; None for 0, which is never, and for what is no time."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if (seconds := whole(value)) else None
    except (ValueError, OverflowError, OSError):
        return None


def _untold(answer: Answer, now: datetime) -> Health:
    ending = classify(answer, now, write=False)
    if isinstance(ending, NotSent | RateLimited):
        raise ending
    log.warning("Facebook does not tell how long the Page's token is good for: %s", ending.message)
    return Health(checked=now)


def _trouble(error: object) -> Trouble:
    """The error inside the answer, which calls its subcode otherwise."""
    found = dict(error) if isinstance(error, Mapping) else {}
    found.setdefault("error_subcode", found.get("subcode"))
    return understand({"error": found})
