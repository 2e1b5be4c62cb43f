"""X's problem bodies, word for word as the platform sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wireroom.sandbox.answers import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TYPES = "https://api.twitter.com/2/problems"
_INVALID_DETAIL = "One or more parameters to your request was invalid."
_NAMES = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


def problem(
    status: int, title: str, detail: str, *, kind: str = "about:blank", why: str = "", **more: object
) -> Refusal:
    """A refusal with an RFC 9457 problem body; X leaves `status` out of most problems with a type of their own."""
    body: dict[str, object] = {"title": title, "detail": detail, "type": kind, **more}
    if kind == "about:blank" or kind.endswith("/unsupported-authentication"):
        body["status"] = status
    return Refusal(Answer(status, body, why=why or detail, media_type="application/problem+json"))


def invalid(messages: Sequence[str], parameters: Mapping[str, Sequence[str]] | None = None) -> Refusal:
    """400 Invalid Request: what is wrong with the body or with the query's parameters."""
    errors = [{"parameters": dict(parameters or {}), "message": message} for message in messages]
    body = {"errors": errors, "title": "Invalid Request", "detail": _INVALID_DETAIL, "type": f"{TYPES}/invalid-request"}
    return Refusal(Answer(400, body, why="; ".join(messages)))


def unauthorized(why: str) -> Refusal:
    """401 for keys, signatures or tokens that do not hold."""
    return problem(401, "Unauthorized", "Unauthorized", why=why)


def forbidden(detail: str, why: str = "") -> Refusal:
    """403 with X's own vague words; `why` says what the sandbox means by them."""
    return problem(403, "Forbidden", detail, why=why)


def not_permitted(why: str) -> Refusal:
    """403 for bad scope, a text too long, bad media: X gives one sentence for all of them."""
    return forbidden("You are not permitted to perform this action.", why)


def duplicate() -> Refusal:
    """403 for a text the account has posted already (seen on the wire 2026-02-12)."""
    return forbidden("You are not allowed to create a Tweet with duplicate content.")


def app_only() -> Refusal:
    """403 for an app's bearer token where a user's is needed."""
    detail = (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported authentication "
        "types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
    )
    kind = f"{TYPES}/unsupported-authentication"
    return problem(403, "Unsupported Authentication", detail, kind=kind)


def credits_depleted(account: str) -> Refusal:
    """402 when a pay-per-use account has no money left (since 2026)."""
    detail = f"Your enrolled account [{account}] does not have any credits to fulfill this request."
    return problem(402, "CreditsDepleted", detail, kind=f"{TYPES}/credits", account_id=account)


def usage_capped(account: str) -> Refusal:
    """429 when the month's posts are used up: waiting does not help."""
    detail = "Usage cap exceeded: Monthly product cap"
    more = {"account_id": account, "product_name": "pay-per-use", "period": "Monthly", "scope": "Product"}
    return problem(429, "UsageCapExceeded", detail, kind=f"{TYPES}/usage-capped", **more)


def too_many(why: str) -> Refusal:
    """429 of a rate-limit window."""
    return problem(429, "Too Many Requests", "Too Many Requests", why=why)


def not_found(name: str, value: str) -> dict[str, object]:
    """The entry X puts under `errors` of a 200 for a thing that is not there."""
    return {
        "value": value,
        "detail": f"Could not find {name} with id: [{value}].",
        "title": "Not Found Error",
        "resource_type": name,
        "parameter": "id",
        "resource_id": value,
        "type": f"{TYPES}/resource-not-found",
    }


def server_error(status: int) -> Refusal:
    """A 5xx of the API itself, in JSON."""
    title = _NAMES.get(status, "Service Unavailable")
    return problem(status, title, title)
