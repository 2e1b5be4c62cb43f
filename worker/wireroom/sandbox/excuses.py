"""The answers that faults give in place of the true one."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from wireroom.sandbox import graph_errors, problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.sandbox.answers import Answer, Refusal
    from wireroom.sandbox.faults import Fault
    from wireroom.sandbox.state import State

_HTML = (
    "<!DOCTYPE html>\n<html><head><title>{status} {name}</title></head>\n"
    "<body><center><h1>{status} {name}</h1></center><hr></body></html>\n"
)
_NAMES = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
_GRAPH_CODES = {
    "invalid": 100,
    "credits": 10,
    "forbidden": 200,
    "rate-limit": 32,
    "day-limit": 80001,
    "usage-cap": 80001,
}


def excuse(fault: Fault, platform: str, account: str, state: State) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a fault's answer on a platform."""
    if fault.fault in {"status", "late"} and fault.format != "json":
        return _from_the_edge(fault)
    if platform == "x":
        answer = _x(fault, account, state.now().timestamp())
    else:
        answer = graph_errors.traced(_graph(fault, account), state.next())
    return answer.status, {**answer.headers, "content-type": answer.media_type}, answer.encoded()


def _from_the_edge(fault: Fault) -> tuple[int, dict[str, str], bytes]:
    """An answer of a machine in front of the API, which knows no JSON."""
    name = _NAMES.get(fault.status, "Error")
    if fault.format == "html":
        return fault.status, {"content-type": "text/html"}, _HTML.format(status=fault.status, name=name).encode()
    if fault.format == "plain":
        return fault.status, {"content-type": "text/plain"}, f"{name}\n".encode()
    return fault.status, {}, b""


def _x(fault: Fault, account: str, now: float) -> Answer:
    makers: dict[str, Callable[[], Refusal]] = {
        "invalid": lambda: problems.invalid(["a fault was asked for"]),
        "unauthorized": lambda: problems.unauthorized("a fault was asked for"),
        "revoke": lambda: problems.unauthorized("the token was revoked"),
        "credits": lambda: problems.credits_depleted(account),
        "forbidden": lambda: problems.not_permitted("a fault was asked for"),
        "duplicate": problems.duplicate,
        "usage-cap": lambda: problems.usage_capped(account),
    }
    if fault.fault in makers:
        return makers[fault.fault]().answer
    if fault.fault in {"rate-limit", "day-limit"}:
        return _limited(fault, now)
    return problems.server_error(fault.status).answer


def _limited(fault: Fault, now: float) -> Answer:
    """429; that of the day has 15-minute headers with calls left, and says so only in the 24-hour ones."""
    answer = problems.too_many("a fault was asked for").answer
    if fault.fault == "rate-limit":
        headers = _window("x-rate-limit", 100, 0, now + fault.seconds)
    else:
        headers = _window("x-rate-limit", 100, 57, now + 900)
        headers |= _window("x-app-limit-24hour", 10_000, 0, now + fault.seconds)
        headers |= _window("x-user-limit-24hour", 100, 0, now + fault.seconds)
    return replace(answer, headers=headers)


def _window(prefix: str, limit: int, remaining: int, reset: float) -> dict[str, str]:
    return {f"{prefix}-limit": str(limit), f"{prefix}-remaining": str(remaining), f"{prefix}-reset": str(ceil(reset))}


def _graph(fault: Fault, page: str) -> Answer:
    if fault.fault == "duplicate":
        return graph_errors.duplicate(fault.code or 506).answer
    if fault.fault == "unauthorized":
        return graph_errors.error(190, subcode=fault.subcode or 467, status=401).answer
    if fault.fault == "revoke":
        return graph_errors.revoked_token().answer
    if fault.fault in _GRAPH_CODES:
        code = fault.code or _GRAPH_CODES[fault.fault]
        headers = graph_errors.throttled(page, ceil(fault.seconds / 60)) if fault.seconds else None
        return graph_errors.error(code, subcode=fault.subcode or None, headers=headers).answer
    code = fault.code or (2 if fault.fault != "graph" and fault.status != 500 else 1)
    return graph_errors.error(code, subcode=fault.subcode or None, status=fault.status).answer
