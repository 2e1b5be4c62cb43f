"""The X API v2 stand-in: who calls, what it costs, and the calls on posts and users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wireroom.sandbox import problems, schema
from wireroom.sandbox.answers import Answer, Refusal
from wireroom.sandbox.forms import form, json_object
from wireroom.sandbox.oauth import Signed, verify
from wireroom.sandbox.rules import CREATE_USD, CREATE_WITH_LINK_USD
from wireroom.sandbox.text import LIMIT, LONG_LIMIT, cashtags, fits, normal, weigh
from wireroom.sandbox.xbook import NewTweet
from wireroom.sandbox.xread import as_json, returned_text, user_json

if TYPE_CHECKING:
    from wireroom.sandbox.call import Call, Work
    from wireroom.sandbox.state import State
    from wireroom.sandbox.values import Tweet, XAccount

APP_BEARER = "sandbox-app-bearer-token"
API_VERSION = "2.167"
NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author "
    "of the post you are replying to."
)
XWork = Callable[["Call", "XAccount"], Answer]


def signed(route: str, work: XWork, *, app_only: bool = False) -> Work:
    """A handler behind the checks of every X call: credentials first, then the rate limit called `route`."""

    def run(call: Call) -> Answer:
        headers = {"api-version": API_VERSION, "x-transaction-id": f"{call.state.next():016x}"}
        try:
            account = _caller(call, app_only=app_only)
            call.notes["account"] = account.user_id
            headers["x-access-level"] = "read-write"
            now = call.state.now().timestamp()
            headers |= call.state.x_limits.take(route, account.user_id, account.consumer_key, now)
            answer = work(call, account)
        except Refusal as refusal:
            answer = refusal.answer
        return replace(answer, headers=headers | dict(answer.headers))

    return run


def _caller(call: Call, *, app_only: bool) -> XAccount:
    state, authorization = call.state, call.headers.get("authorization", "")
    if authorization[:7].lower() == "bearer ":
        return _bearer(call, authorization[7:].strip(), app_only=app_only)
    if not state.verify:
        return next(iter(state.accounts.values()))
    if authorization[:6].lower() != "oauth ":
        raise problems.unauthorized("there is no Authorization header of kind OAuth or Bearer")
    request = Signed(
        call.method, call.origin, call.path, call.query, authorization, call.content_type, call.body
    )  # fmt: skip
    return verify(request, state.account_of, state.nonces, state.signing().timestamp())


def _bearer(call: Call, token: str, *, app_only: bool) -> XAccount:
    if token == APP_BEARER:
        if not app_only:
            raise problems.app_only()
        return next(iter(call.state.accounts.values()))
    user_id = call.state.grants.user_of(token, call.state.now().timestamp())
    account = call.state.accounts.get(user_id or "")
    if account is None or account.revoked:
        raise problems.unauthorized("the bearer token is unknown, expired or revoked")
    return account


def create_post(call: Call, account: XAccount) -> Answer:
    """POST /2/tweets."""
    try:
        body = json_object(call.body)
    except ValueError:
        raise problems.invalid(["Request body is not a JSON object."]) from None
    schema.check_new_post(body)
    new = _asked_for(call, account, body)
    _check_text(call.state, new)
    _check_parts(call, account, new)
    _check_money(call.state, account, new.text)
    tweet = call.state.x.post(new, call.state.x_rules, call.state.now())
    _pay(call.state, tweet)
    data = {"id": tweet.id, "text": returned_text(tweet), "edit_history_tweet_ids": list(tweet.chain)}
    return Answer(201, {"data": data})


def _asked_for(call: Call, account: XAccount, body: dict[str, Any]) -> NewTweet:
    return NewTweet(
        user_id=account.user_id,
        text=normal(body.get("text", "")),
        media_ids=tuple(body.get("media", {}).get("media_ids", ())),
        reply_to=body.get("reply", {}).get("in_reply_to_tweet_id", ""),
        quoted=body.get("quote_tweet_id", ""),
        previous=body.get("edit_options", {}).get("previous_post_id", ""),
        reply_settings=body.get("reply_settings", "everyone"),
        late=call.late,
        lag=call.lag,
    )


def _check_text(state: State, new: NewTweet) -> None:
    if not new.text and not new.media_ids:
        raise problems.invalid(["$.text: is blank"])
    limit = LONG_LIMIT if state.x_rules.premium else LIMIT
    if not fits(new.text, limit):
        why = f"the text weighs {weigh(new.text)} of {limit}, or holds an invalid character"
        raise problems.not_permitted(why)
    if cashtags(new.text) > 1:
        raise problems.not_permitted("more than one cashtag")


def _check_parts(call: Call, account: XAccount, new: NewTweet) -> None:
    state, now = call.state, call.state.now()
    if not state.media.usable(new.media_ids, account.user_id, now):
        raise problems.invalid(["Your media IDs are invalid."], {"media.media_ids": list(new.media_ids)})
    if new.quoted and not state.x_rules.quotes:
        raise problems.not_permitted("quoting needs an Enterprise plan: set the rule `quotes`")
    if new.reply_to:
        parent = state.x.get(new.reply_to, now)
        if parent is None:
            raise problems.forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
        allowed = {"all": True, "none": False, "own": parent.user_id == account.user_id}
        if not allowed[state.x_rules.replies]:
            raise problems.forbidden(NOT_SUMMONED)


def _check_money(state: State, account: XAccount, text: str) -> None:
    rules = state.x_rules
    if rules.posts_left is not None and rules.posts_left <= 0:
        raise problems.usage_capped(account.user_id)
    if rules.credits is not None and rules.credits < (CREATE_WITH_LINK_USD if "." in text else CREATE_USD):
        raise problems.credits_depleted(account.user_id)


def _pay(state: State, tweet: Tweet) -> None:
    rules = state.x_rules
    if rules.credits is not None:
        price = CREATE_WITH_LINK_USD if tweet.links else CREATE_USD
        state.x_rules = rules = replace(rules, credits=rules.credits - price)
    if rules.posts_left is not None:
        state.x_rules = replace(rules, posts_left=rules.posts_left - 1)


def delete_post(call: Call, account: XAccount) -> Answer:
    """DELETE /2/tweets/{id}: deleting what is gone is no error."""
    identifier = _identifier(call)
    return Answer(200, {"data": {"deleted": call.state.x.delete(identifier, account.user_id, call.state.now())}})


def get_post(call: Call, _account: XAccount) -> Answer:
    """GET /2/tweets/{id}: what is not there is an error inside a 200."""
    identifier = _identifier(call)
    tweet = call.state.x.get(identifier, call.state.now())
    if tweet is None:
        return Answer(200, {"errors": [problems.not_found("tweet", identifier)]})
    return Answer(200, {"data": as_json(call.state, tweet, call.arguments)})


def get_me(call: Call, account: XAccount) -> Answer:
    """GET /2/users/me."""
    return Answer(200, {"data": user_json(account, call.arguments)})


def _identifier(call: Call) -> str:
    identifier = call.params["id"]
    wrong = list(schema.identifier("id", identifier))
    if wrong:
        message = f"The `id` query parameter value [{identifier}] is not valid"
        raise problems.invalid([message], {"id": [identifier]})
    return identifier


def refresh_token(call: Call) -> Answer:
    """POST /2/oauth2/token with a refresh token: a new pair; the old one must never be sent again."""
    fields = _form_fields(call)
    grant = None
    if fields.get("grant_type") == "refresh_token":
        grant = call.state.grants.refresh(fields.get("refresh_token", ""), call.state.now().timestamp())
    if grant is None:
        body = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
        return Answer(400, body, why="unknown refresh token, or one used before: then its whole family is dead now")
    return Answer(200, grant.described())


def revoke_token(call: Call) -> Answer:
    """POST /2/oauth2/revoke."""
    return Answer(200, {"revoked": call.state.grants.revoke(_form_fields(call).get("token", ""))})


def _form_fields(call: Call) -> dict[str, str]:
    return form(call.body, "application/x-www-form-urlencoded").fields
