"""The Graph API stand-in: who calls, how much is left, and the calls on Pages, posts and photos."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wireroom.sandbox import graph_errors
from wireroom.sandbox.answers import Answer, Refusal
from wireroom.sandbox.forms import Form, form
from wireroom.sandbox.graph_fields import Fields, page_json, parse, photo_json, post_json
from wireroom.sandbox.tokens import PUBLISH, READ, seconds

if TYPE_CHECKING:
    from wireroom.sandbox.call import Call, Work
    from wireroom.sandbox.state import State
    from wireroom.sandbox.values import Page

OLDEST_VERSION = "v21.0"
MESSAGE_LIMIT = 63_206


@dataclass(frozen=True, slots=True)
class Asked:
    """A Graph call with its credentials checked: all parameters of query and body together, and files."""

    call: Call
    page: Page
    parameters: Mapping[str, str]
    files: Mapping[str, bytes]

    @property
    def state(self) -> State:
        """The sandbox's memory."""
        return self.call.state

    @property
    def fields(self) -> Fields:
        """What `fields` asks for, as a tree."""
        return parse(self.parameters.get("fields", ""))

    def flag(self, name: str, *, default: bool | None = None) -> bool | None:
        """A parameter that is true or false. Raises code 100 for anything else."""
        value = self.parameters.get(name)
        if value is None:
            return default
        if value.lower() in {"true", "1"}:
            return True
        if value.lower() in {"false", "0"}:
            return False
        raise graph_errors.parameter(f"Param {name} must be a boolean")


GraphWork = Callable[[Asked], Answer]


def graph(work: GraphWork) -> Work:
    """A handler behind the checks of every Graph call: token, proof, usage; errors get their trace id here."""

    def run(call: Call) -> Answer:
        headers = {"facebook-api-version": call.params.get("version", OLDEST_VERSION)}
        try:
            asked = _asked(call)
            call.notes["account"] = asked.page.page_id
            headers |= _usage(call.state, asked.page)
            answer = work(asked)
        except Refusal as refusal:
            answer = graph_errors.traced(refusal.answer, call.state.next())
        return replace(answer, headers=headers | dict(answer.headers))

    return run


def _asked(call: Call) -> Asked:
    sent = _form(call)
    parameters = call.arguments | sent.fields
    token = _token(call, parameters)
    state = call.state
    if not token and state.verify:
        raise graph_errors.no_token()
    named = _page_named(call)
    page = _page_of_app(call, token) if "|" in token else state.page_of(token, named)
    if page is None and not state.verify:
        page = state.pages.get(named) or next(iter(state.pages.values()))
    if page is None:
        raise graph_errors.bad_token()
    if page.revoked:
        raise graph_errors.revoked_token()
    if state.verify:
        _check_token(call, token)
        _check_proof(page, token, parameters.get("appsecret_proof"), required=state.facebook_rules.require_proof)
    return Asked(call, page, parameters, sent.files)


def _page_named(call: Call) -> str:
    """The Page the address is about: its own id, or that of the one a post or photo belongs to."""
    identifier = call.params.get("id", "")
    photo = call.state.facebook.photo(identifier)
    return photo.page_id if photo else identifier.partition("_")[0]


def _page_of_app(call: Call, token: str) -> Page | None:
    """A Page of the app whose own token this is (`{app id}|{app secret}`), which is good for /debug_token alone."""
    if not call.path.endswith("/debug_token"):
        return None
    return next((one for one in call.state.pages.values() if token == f"{one.app_id}|{one.app_secret}"), None)


def _check_token(call: Call, token: str) -> None:
    """Raises 190/463 for a token that has ended, and 200 or 10 for one without the permission the call needs."""
    facts = call.state.token(token)
    if facts.expires_at and facts.expires_at <= call.state.now():
        raise graph_errors.expired_token()
    needed = PUBLISH if call.method != "GET" and "id" in call.params else READ if "edge" in call.params else ""
    if needed and needed not in facts.scopes:
        raise graph_errors.error(200 if needed == PUBLISH else 10, f"This endpoint requires the '{needed}' permission")


def _form(call: Call) -> Form:
    try:
        return form(call.body, call.content_type)
    except ValueError as error:
        raise graph_errors.parameter(f"The request body cannot be read: {error}") from None


def _token(call: Call, parameters: Mapping[str, str]) -> str:
    header = call.headers.get("authorization", "")
    kind, _, token = header.partition(" ")
    if kind.lower() in {"bearer", "oauth"}:
        return token.strip()
    return parameters.get("access_token", "")


def proof_of(token: str, secret: str) -> str:
    """The `appsecret_proof` of a token: hex of HMAC-SHA256 with the app's secret as key."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _check_proof(page: Page, token: str, given: str | None, *, required: bool) -> None:
    if given is None:
        if required and page.app_secret:
            raise graph_errors.proof_missing()
        return
    if page.app_secret and not hmac.compare_digest(proof_of(token, page.app_secret).encode(), given.encode()):
        raise graph_errors.proof_wrong()


def _usage(state: State, page: Page) -> dict[str, str]:
    """The usage headers. Raises code 80001 when the Page's budget of calls is used up."""
    percent, minutes = state.page_limits.take(page.page_id, state.now().timestamp())
    app = {"call_count": min(percent, 100), "total_time": 0, "total_cputime": 0}
    entry = {
        "type": "pages",
        "call_count": percent,
        "total_cputime": 0,
        "total_time": 0,
        "estimated_time_to_regain_access": minutes,
    }
    headers = {"x-app-usage": json.dumps(app), "x-business-use-case-usage": json.dumps({page.page_id: [entry]})}
    if minutes:
        raise graph_errors.error(80001, subcode=2446079, headers=headers)
    return headers


def own_page(asked: Asked) -> Page:
    """The Page the address names, which must be the token's own. Raises code 100/33 or 200."""
    identifier = asked.call.params["id"]
    if identifier in {"me", asked.page.page_id}:
        return asked.page
    if identifier in asked.state.pages:
        raise graph_errors.error(200)
    raise graph_errors.gone(identifier, asked.call.method)


def get_node(asked: Asked) -> Answer:
    """GET /me, /{page}, /{post} or /{photo}."""
    identifier, origin, state = asked.call.params["id"], asked.call.origin, asked.state
    if identifier == "me":
        return Answer(200, page_json(asked.page, asked.fields))
    page = state.pages.get(identifier)
    if page is not None:
        return Answer(200, page_json(page, asked.fields))
    post = state.facebook.get(identifier, state.now())
    if post is not None and (post.is_out(state.now()) or post.page_id == asked.page.page_id):
        return Answer(200, post_json(state, origin, post, asked.fields))
    photo = state.facebook.photo(identifier)
    if photo is not None:
        return Answer(200, photo_json(origin, photo, asked.fields))
    raise graph_errors.gone(identifier, "get")


def debug_token(asked: Asked) -> Answer:
    """GET /debug_token: what a token may do; one that opens nothing is no error but `is_valid: false`."""
    token, state = asked.parameters.get("input_token", ""), asked.state
    page, facts = state.page_of(token), state.token(token)
    ended = facts.expires_at is not None and facts.expires_at <= state.now()
    if page is None or page.revoked or ended:
        subcode = 467 if page is None else 458 if page.revoked else 463
        error = {"code": 190, "message": "Invalid OAuth access token.", "subcode": subcode}
        return Answer(200, {"data": {"error": error, "is_valid": False, "scopes": []}})
    opened = [one.page_id for one in state.pages.values() if one.access_token == token]
    data = {
        "app_id": page.app_id,
        "type": "PAGE",
        "application": "Wireroom sandbox",
        "is_valid": True,
        "expires_at": seconds(facts.expires_at),
        "data_access_expires_at": seconds(facts.data_access_expires_at),
        "issued_at": int(state.started.timestamp()),
        "scopes": list(facts.scopes),
        "granular_scopes": [{"scope": scope, "target_ids": opened} for scope in facts.scopes],
        "profile_id": page.page_id,
    }
    return Answer(200, {"data": data})


def scrape(asked: Asked) -> Answer:
    """POST /?id={url}&scrape=true: the sandbox never fetches; it tells what its card registry knows."""
    url = asked.parameters.get("id", "")
    if not url.startswith(("http://", "https://")):
        raise graph_errors.parameter("The parameter id is required and must be a URL")
    card = asked.state.cards.get(url)
    body = {"url": url, "type": "website", "title": card.title if card else url}
    return Answer(200, body | ({"description": card.description} if card and card.description else {}))
