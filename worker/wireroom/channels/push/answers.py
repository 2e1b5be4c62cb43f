"""What a web server's or an object storage's answer means when it is not a yes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wireroom.compose.backoff import retry_after
from wireroom.model.errors import Ending, LockedOut, NotSent, RateLimited, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wireroom.channels.wire import Answer

RESUME = "then `wireroom resume` the destination"
_AGAIN = frozenset({207, 408, 409, 421, 423, 425})  # a moment later the same may go through
_CODE = re.compile(rb"<Code>\s*([A-Za-z0-9.]{1,80})\s*</Code>")
_WORDS = re.compile(rb"<(?:Message|[a-zA-Z]+:responsedescription)>\s*([^<]{1,300})")

_REMEDIES: Mapping[int, str] = {
    401: "it does not take the credentials: correct `username` and `password`, or `key`",
    403: "it does not let these credentials do that: give them the right to write there",
    404: "there is no such place: make it there, or correct `to`",
    405: "it does not take files at this address: switch on PUT and DELETE (WebDAV) there, or correct `to`",
    407: "a proxy stands before it and wants credentials: let Wireroom reach it without one",
    413: "it takes no file that large: raise its limit",
    501: "it does not take files at this address: switch on PUT and DELETE (WebDAV) there, or correct `to`",
}
_CODES: Mapping[str, str] = {
    "NoSuchBucket": "there is no such bucket: make it, or correct `to`",
    "InvalidAccessKeyId": "it does not know the access key: correct `username`",
    "SignatureDoesNotMatch": "the secret key is another one: correct `password`",
    "InvalidClientTokenId": "it does not know the access key: correct `username`",
    "ExpiredToken": "the credentials have ended: give it new ones",
    "AccessDenied": "these credentials may not do that: allow them s3:GetObject, s3:PutObject and s3:DeleteObject",
    "RequestTimeTooSkewed": "this host's clock is wrong: set it (NTP)",
    "AuthorizationHeaderMalformed": "the bucket is in another region: set `region`",
    "PermanentRedirect": "the bucket is in another region: set `region` and `endpoint`",
    "EntityTooLarge": "it takes no file that large: raise its limit",
}


def code(answer: Answer) -> str:
    """The storage's own code where its XML has one, else the status."""
    found = _CODE.search(answer.body)
    return found[1].decode() if found else str(answer.status)


def refused(answer: Answer, who: str, what: str, now: datetime) -> Ending:
    """The ending for an answer that is no yes. `who` answered, to `what` ("PUT rss.xml")."""
    own = code(answer)
    words = _WORDS.search(answer.body)
    told = f"{who} answered {answer.status} to {what}"
    quoted = answer.quote(who, words[1].decode("utf-8", "replace") if words else "")
    until = retry_after(answer.headers.get("retry-after", ""), now)
    if answer.status in (429, 503) and (until or answer.status == 429):
        return answer.end(RateLimited, f"{told}: it asks to wait{quoted}", until=until, code=own)
    if answer.status == 507:
        return answer.end(NotSent, f"{told}: its disk is full, or the quota used up. Free some space there", code=own)
    if remedy := _CODES.get(own) or _REMEDIES.get(answer.status):
        return answer.end(LockedOut, f"{told}: {remedy}, {RESUME}{quoted}", code=own)
    if 300 <= answer.status < 400:
        elsewhere = answer.headers.get("location", "somewhere else")[:200]
        return answer.end(LockedOut, f"{told}: it is at {elsewhere}. Write that into `to`, {RESUME}", code=own)
    if answer.status >= 500 or answer.status in _AGAIN:
        return answer.end(NotSent, f"{told}; asking again does no harm{quoted}", code=own)
    return answer.end(Rejected, f"{told}: it will not take the file{quoted}", code=own)
