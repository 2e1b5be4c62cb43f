"""The control address: tells the sandbox to misbehave, and tells what it has seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wireroom.model.sandbox import SANDBOX_FACEBOOK, SANDBOX_X
from wireroom.sandbox.answers import Answer
from wireroom.sandbox.call import Call, endpoint
from wireroom.sandbox.faults import KINDS, ROUTES
from wireroom.sandbox.forms import json_object
from wireroom.sandbox.gate import seen_described
from wireroom.sandbox.limits import REAL, UNLIMITED, PageLimits, Quota, XLimits
from wireroom.sandbox.misbehave import TRANSPORT
from wireroom.sandbox.rules import changed
from wireroom.sandbox.values import Card, Page, XAccount

if TYPE_CHECKING:
    from starlette.requests import Request

ControlWork = Callable[[Call], Mapping[str, object]]


def _control(work: ControlWork) -> Callable[[Call], Answer]:
    def run(call: Call) -> Answer:
        try:
            return Answer(200, work(call))
        except (ValueError, TypeError) as error:
            return Answer(400, {"error": str(error)})

    return run


def summary(call: Call) -> Mapping[str, object]:
    """GET /_control: what is in force, how much was seen, and what can be asked for."""
    state = call.state
    posts = state.posts()
    return {
        "posts": {name: sum(post["platform"] == name for post in posts) for name in ("x", "facebook")},
        "requests": state.request_count,
        "faults": [plan.described() for plan in state.faults.plans],
        "faulted_requests": state.fault_count,
        "rules": get_rules(call),
        "limits": get_limits(call),
        "kinds_of_fault": dict(KINDS),
        "named_routes": dict(ROUTES),
    }


def get_faults(call: Call) -> Mapping[str, object]:
    """GET /_control/faults."""
    return {"faults": [plan.described() for plan in call.state.faults.plans]}


def add_faults(call: Call) -> Mapping[str, object]:
    """POST /_control/faults: one plan, or several as {"faults": [...]}."""
    order = _body(call)
    orders = order.get("faults", [order])
    if not isinstance(orders, list) or not all(isinstance(entry, dict) for entry in orders):
        raise ValueError("`faults` is a list of objects")
    return {"added": [call.state.faults.add(entry).described() for entry in orders]}


def clear_faults(call: Call) -> Mapping[str, object]:
    """DELETE /_control/faults, or one of them by its id."""
    return {"cleared": call.state.faults.clear(call.params.get("id", ""))}


def get_posts(call: Call) -> Mapping[str, object]:
    """GET /_control/posts?platform=&account=."""
    wanted = {key: value for key, value in call.arguments.items() if key in {"platform", "account", "link"}}
    posts = call.state.posts()
    return {"posts": [post for post in posts if all(post[key] == value for key, value in wanted.items())]}


def get_requests(call: Call) -> Mapping[str, object]:
    """GET /_control/requests?platform=&limit=: the newest last."""
    platform, limit = call.arguments.get("platform", ""), int(call.arguments.get("limit", "2000"))
    seen = [one for one in call.state.requests if platform in {"", one.platform}]
    return {"requests": [seen_described(one) for one in seen[-limit:]], "count": call.state.request_count}


def reset(call: Call) -> Mapping[str, object]:
    """POST /_control/reset: everything but the accounts is forgotten."""
    call.state.reset()
    return {"reset": True}


def get_rules(call: Call) -> Mapping[str, object]:
    """GET /_control/rules."""
    return {"x": asdict(call.state.x_rules), "facebook": asdict(call.state.facebook_rules)}


def set_rules(call: Call) -> Mapping[str, object]:
    """POST /_control/rules: {"x": {...}, "facebook": {...}}; what is not named stays."""
    body, state = _body(call), call.state
    _only(body, "x", "facebook")
    new_x = changed(state.x_rules, _part(body, "x"))
    new_facebook = changed(state.facebook_rules, _part(body, "facebook"))
    state.x_rules, state.facebook_rules = new_x, new_facebook
    return get_rules(call)


def get_limits(call: Call) -> Mapping[str, object]:
    """GET /_control/limits."""
    state = call.state
    return {
        "x": {route: asdict(quota) for route, quota in state.x_limits.quotas.items()},
        "day_headers": state.x_limits.day_headers,
        "facebook": {"calls_per_day": state.page_limits.calls_per_day},
    }


def set_limits(call: Call) -> Mapping[str, object]:
    """POST /_control/limits: "real", "unlimited" or numbers, for each platform; counts start anew."""
    body, state = _body(call), call.state
    _only(body, "x", "facebook", "day_headers")
    if "x" in body or "day_headers" in body:
        quotas = _quotas(body.get("x", {}), state.x_limits.quotas)
        state.x_limits = XLimits(quotas, day_headers=bool(body.get("day_headers", state.x_limits.day_headers)))
    if "facebook" in body:
        state.page_limits = PageLimits(_calls_per_day(body["facebook"]))
    return get_limits(call)


def _quotas(order: object, present: Mapping[str, Quota]) -> Mapping[str, Quota]:
    if order in ("real", "unlimited"):
        return REAL if order == "real" else UNLIMITED
    if not isinstance(order, dict) or not set(order) <= set(REAL):
        raise ValueError(f'`x` is "real", "unlimited", or quotas for {", ".join(REAL)}')
    return {**present, **{route: Quota(**values) for route, values in order.items()}}


def _calls_per_day(order: object) -> int | None:
    if order in ("real", "unlimited"):
        return 48_000 if order == "real" else None
    if not isinstance(order, dict) or not isinstance(order.get("calls_per_day"), int):
        raise ValueError('`facebook` is "real", "unlimited", or {"calls_per_day": number}')  # noqa: TRY004
    return int(order["calls_per_day"])


def get_accounts(call: Call) -> Mapping[str, object]:
    """GET /_control/accounts: who is there; keys are not shown."""
    state = call.state
    x = [
        {"user_id": one.user_id, "name": one.name, "username": one.username, "revoked": one.revoked}
        for one in state.accounts.values()
    ]
    pages = [{"page_id": one.page_id, "name": one.name, "revoked": one.revoked} for one in state.pages.values()]
    return {"x": x, "facebook": pages}


def add_account(call: Call) -> Mapping[str, object]:
    """POST /_control/accounts: {"platform": "x" or "facebook", …}; keys left out are the well-known ones."""
    body = _body(call)
    platform = body.pop("platform", "")
    if not all(isinstance(value, str) for value in body.values()):
        raise ValueError("every value of an account is a text")
    values: dict[str, Any] = body
    if platform == "x":
        call.state.add_account(XAccount(**{**SANDBOX_X, **values}))
    elif platform == "facebook":
        call.state.add_page(Page(**{**SANDBOX_FACEBOOK, **values}))
    else:
        raise ValueError(f"`platform` is {platform!r}; allowed are 'x' and 'facebook'")
    return get_accounts(call)


def revoke(call: Call) -> Mapping[str, object]:
    """POST /_control/revoke: {"account": id, "revoked": true}: its token works no more (or again)."""
    body, state = _body(call), call.state
    _only(body, "account", "revoked")
    identifier, revoked = str(body.get("account", "")), bool(body.get("revoked", True))
    if not state.revoke(identifier, revoked=revoked):
        raise ValueError(f"there is no account {identifier!r}; GET /_control/accounts lists them")
    return get_accounts(call)


def set_token(call: Call) -> Mapping[str, object]:
    """POST /_control/token: {"account": page id, "expires_at", "data_access_expires_at", "scopes"}; the rest stays."""
    body, state = _body(call), call.state
    _only(body, "account", "expires_at", "data_access_expires_at", "scopes")
    page = state.pages.get(str(body.get("account", "")))
    if page is None:
        raise ValueError(f"there is no Page {body.get('account')!r}; GET /_control/accounts lists them")
    state.tokens[page.access_token] = changed_token = state.token(page.access_token).changed(body)
    return changed_token.described()


def add_card(call: Call) -> Mapping[str, object]:
    """POST /_control/cards: {"url", "title", "description"}: what link cards show for an address."""
    body = _body(call)
    _only(body, "url", "title", "description")
    card = Card(str(body["url"]), str(body.get("title", "")), str(body.get("description", "")))
    call.state.cards[card.url] = card
    return {"cards": len(call.state.cards)}


def grant(call: Call) -> Mapping[str, object]:
    """POST /_control/oauth2: {"account": user id}: a first pair of OAuth 2.0 tokens, as after a person's consent."""
    user_id = str(_body(call).get("account", ""))
    if user_id not in call.state.accounts:
        raise ValueError(f"there is no X account {user_id!r}")
    return call.state.grants.issue(user_id, call.state.now().timestamp()).described()


async def outage(request: Request) -> Response:
    """POST /_control/outage: {"seconds": 3}: for so long connections are refused; open ones are cut."""
    listener = getattr(request.app.state, "listener", None)
    try:
        seconds = float(str(json_object(await request.body()).get("seconds", 1)))
    except ValueError as error:
        return JSONResponse({"error": str(error)}, 400)
    if listener is None:
        return JSONResponse({"error": "an outage needs the sandbox's own server (serve, running)"}, 501)
    listener.refuse(seconds, spare=request.scope[TRANSPORT])
    return JSONResponse({"seconds": seconds}, headers={"connection": "close"})


def _body(call: Call) -> dict[str, object]:
    return json_object(call.body) if call.body.strip() else {}


def _part(body: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = body.get(name, {})
    if not isinstance(part, dict):
        raise ValueError(f"`{name}` is an object")  # noqa: TRY004
    return part


def _only(body: Mapping[str, object], *allowed: str) -> None:
    rest = [key for key in body if key not in allowed]
    if rest:
        raise ValueError(f"`{rest[0]}` is not known; allowed are {', '.join(allowed)}")


_TABLE: tuple[tuple[str, str, ControlWork], ...] = (
    ("GET", "/_control", summary),
    ("GET", "/_control/faults", get_faults),
    ("POST", "/_control/faults", add_faults),
    ("DELETE", "/_control/faults", clear_faults),
    ("DELETE", "/_control/faults/{id}", clear_faults),
    ("GET", "/_control/posts", get_posts),
    ("GET", "/_control/requests", get_requests),
    ("POST", "/_control/reset", reset),
    ("GET", "/_control/rules", get_rules),
    ("POST", "/_control/rules", set_rules),
    ("GET", "/_control/limits", get_limits),
    ("POST", "/_control/limits", set_limits),
    ("GET", "/_control/accounts", get_accounts),
    ("POST", "/_control/accounts", add_account),
    ("POST", "/_control/revoke", revoke),
    ("POST", "/_control/token", set_token),
    ("POST", "/_control/cards", add_card),
    ("POST", "/_control/oauth2", grant),
)


def routes() -> list[Route]:
    """The addresses under /_control."""
    return [Route(path, endpoint(_control(work)), methods=[method]) for method, path, work in _TABLE] + [
        Route("/_control/outage", outage, methods=["POST"])
    ]
