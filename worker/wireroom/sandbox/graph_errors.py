"""The Graph API's error objects, told apart by code and subcode."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from wireroom.sandbox.answers import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

SENTENCES = {
    1: "An unknown error occurred",
    2: "Service temporarily unavailable",
    4: "(#4) Application request limit reached",
    10: "(#10) This endpoint requires the 'pages_manage_posts' permission",
    17: "(#17) User request limit reached",
    32: "(#32) Page request limit reached",
    190: "Error validating access token: Session has expired",
    200: "(#200) The user hasn't authorized the application to perform this action",
    341: "(#341) Application limit reached",
    368: "The action attempted has been deemed abusive or is otherwise disallowed",
    613: "(#613) Calls to this api have exceeded the rate limit.",
    80001: "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
    1609005: "(#1609005) The link could not be scraped",
    1609008: "(#1609008) Links to facebook.com are not allowed",
}
TRANSIENT = {1, 2, 4, 17, 32, 341, 613, 80001, 1363047, 1609010}


def error(
    code: int,
    message: str = "",
    *,
    subcode: int | None = None,
    status: int = 400,
    kind: str = "OAuthException",
    user: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Refusal:
    """A refusal with Facebook's error object; `user` is a title and a sentence for the person."""
    body: dict[str, object] = {
        "message": message or SENTENCES.get(code, f"(#{code}) The request could not be completed"),
        "type": kind,
        "code": code,
    }
    if subcode is not None:
        body["error_subcode"] = subcode
    body["is_transient"] = code in TRANSIENT
    if user:
        body |= {"error_user_title": user[0], "error_user_msg": user[1]}
    return Refusal(Answer(status, {"error": body}, dict(headers or {}), why=str(body["message"])))


def parameter(message: str) -> Refusal:
    """Code 100: a parameter that does not hold."""
    return error(100, f"(#100) {message}")


def gone(identifier: str, method: str) -> Refusal:
    """Code 100, subcode 33: there is no such object, or not for this token."""
    sentence = (
        f"Unsupported {method.lower()} request. Object with ID '{identifier}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation. Please read the Graph API documentation at "
        "https://developers.facebook.com/docs/graph-api"
    )
    return error(100, sentence, subcode=33, kind="GraphMethodException")


def duplicate(code: int) -> Refusal:
    """The Page has posted this already: 506 for the post just before, or 368 with subcode 1404082."""
    if code == 368:
        user = ("Already Posted", "Looks like you already posted this. You can try posting something else.")
        return error(368, subcode=1404082, user=user)
    sentence = (
        "This status update is identical to the last one you posted. Try posting something different, or delete "
        "your previous update."
    )
    user = ("Duplicate Status Update", sentence)
    return error(506, "Duplicate status message", subcode=1455006, kind="FacebookApiException", user=user)


def photos_posted() -> Refusal:
    """Subcode 1366051: a photo can be shown by one post only."""
    return error(
        100, "(#100) Photos already posted", subcode=1366051, user=("Already Posted", "Photos already posted.")
    )


def no_token() -> Refusal:
    """Code 104: nothing in header, body or query."""
    return error(104, "An access token is required to request this resource.")


def bad_token() -> Refusal:
    """Code 190, subcode 467: a token that opens nothing here."""
    return error(190, "Invalid OAuth access token - Cannot parse access token", subcode=467)


def revoked_token() -> Refusal:
    """Code 190, subcode 458: the app was removed."""
    sentence = "Error validating access token: The user has not authorized application."
    return error(190, sentence, subcode=458)


def expired_token() -> Refusal:
    """Code 190, subcode 463: the token has ended."""
    return error(190, "Error validating access token: Session has expired.", subcode=463)


def proof_wrong() -> Refusal:
    """Code 100: an `appsecret_proof` that is not the HMAC of this token."""
    return error(100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException")


def proof_missing() -> Refusal:
    """Code 100: the app asks for a proof and none came."""
    sentence = "API calls from the server require an appsecret_proof argument"
    return error(100, sentence, kind="GraphMethodException")


def throttled(page: str, minutes: int) -> dict[str, str]:
    """The usage header of a Page that may call again only after so many minutes."""
    entry = {
        "type": "pages",
        "call_count": 100,
        "total_cputime": 0,
        "total_time": 0,
        "estimated_time_to_regain_access": minutes,
    }
    return {"x-business-use-case-usage": json.dumps({page: [entry]})}


def traced(answer: Answer, number: int) -> Answer:
    """The answer with `fbtrace_id` in its error object, and in the header that repeats it."""
    inner = answer.body.get("error")
    if not isinstance(inner, dict):
        return answer
    trace = base64.urlsafe_b64encode(sha256(str(number).encode()).digest()[:8]).decode().rstrip("=")
    challenge = {"www-authenticate": f'OAuth "Facebook Platform" "invalid_token" "{inner["message"]}"'}
    headers = {**answer.headers, "x-fb-trace-id": trace, **(challenge if inner.get("code") in {104, 190} else {})}
    return replace(answer, body={"error": {**inner, "fbtrace_id": f"A{trace}"}}, headers=headers)
