"""Stands before both stand-ins: lets faults happen and writes down every request."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode

from wireroom.sandbox.misbehave import Exchange, misbehave
from wireroom.sandbox.values import Seen

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from wireroom.sandbox.faults import Fault
    from wireroom.sandbox.state import State

BODY_KEPT = 4096
_GRAPH = re.compile(r"/v\d+\.\d+(/.*)?|/(me|debug_token|\d+(_\d+)?)(/(feed|photos|posts|published_posts))?")
_TOKEN = re.compile(r'oauth_token="([^"]*)"')
_SECRETS = ("access_token", "appsecret_proof", "input_token", "refresh_token", "token")


def platform_of(method: str, path: str) -> str:
    """Which stand-in a call is for: "x", "facebook", or "" for the sandbox's own pages."""
    if path.startswith("/2/"):
        return "x"
    if _GRAPH.fullmatch(path) or (path == "/" and method == "POST"):
        return "facebook"
    return ""


class Gate:
    """ASGI middleware; calls to the sandbox's own pages pass untouched."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        platform = platform_of(scope["method"], scope["path"]) if scope["type"] == "http" else ""
        if not platform:
            await self._app(scope, receive, send)
            return
        fault = self._fault(platform, scope)
        record = _Record(receive, send, self._state.now())
        started = time.perf_counter()
        try:
            if fault is None:
                await self._app(scope, record.receive, record.send)
            else:
                exchange = Exchange(self._app, scope, record.receive, record.send, platform, self._state)
                await misbehave(fault, exchange)
        finally:
            self._state.see(self._seen(platform, scope, record, fault, time.perf_counter() - started))

    def _fault(self, platform: str, scope: Scope) -> Fault | None:
        with self._state.lock:
            plans = self._state.faults.plans
            if not plans:
                return None
            scope["sandbox.account"] = account = _account(self._state, platform, scope)
            return self._state.faults.take(platform, scope["method"], scope["path"], account)

    def _seen(self, platform: str, scope: Scope, record: _Record, fault: Fault | None, seconds: float) -> Seen:
        return Seen(
            number=self._state.next(),
            at=record.at,
            platform=platform,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            account=scope.get("sandbox.account", ""),
            status=record.status,
            fault=str(fault) if fault else "",
            why=scope.get("sandbox.why", ""),
            body=bytes(record.body),
            milliseconds=round(seconds * 1000, 3),
        )


class _Record:
    """Listens to one exchange that began `at` a time: the status and the first bytes of the request's body."""

    def __init__(self, receive: Receive, send: Send, at: datetime) -> None:
        self._receive, self._send, self.at = receive, send, at
        self.status, self.body = 0, b""

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request" and len(self.body) < BODY_KEPT:
            self.body += message.get("body", b"")[: BODY_KEPT - len(self.body)]
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _account(state: State, platform: str, scope: Scope) -> str:
    """Whose call this says it is, nothing checked: X by its token, Facebook by the Page in the address or the token."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    authorization = headers.get(b"authorization", "")
    if platform == "x":
        found = _TOKEN.search(authorization)
        account = state.account_of(unquote(found[1])) if found else None
        return account.user_id if account else ""
    named = re.search(r"/(\d+)(_\d+)?(/|$)", scope["path"])
    if named:
        return named[1]
    page = state.page_of(authorization.partition(" ")[2])
    return page.page_id if page else ""


def seen_described(seen: Seen) -> dict[str, object]:
    """A request as JSON, tokens and proofs cut out; the body as text as far as it is text."""
    text = seen.body.decode("utf-8", "replace")
    return {
        "number": seen.number,
        "at": seen.at.isoformat(timespec="milliseconds"),
        "platform": seen.platform,
        "method": seen.method,
        "path": seen.path,
        "query": _cut_form(seen.query),
        "account": seen.account,
        "status": seen.status,
        "fault": seen.fault,
        "why": seen.why,
        "body": cut(text),
        "milliseconds": seen.milliseconds,
    }


def cut(text: str) -> str:
    """A body without its secrets, be it JSON, a web form or multipart."""
    names = "|".join(_SECRETS)
    text = re.sub(rf'("(?:{names})"\s*:\s*")[^"]*', r"\1[cut]", text)
    text = re.sub(rf'(name="(?:{names})"\r\n(?:[^\r\n]+\r\n)*\r\n)[^\r\n]*', r"\1[cut]", text)
    return re.sub(rf"((?:^|&)(?:{names})=)[^&\s]*", r"\1[cut]", text)


def _cut_form(query: str) -> str:
    pairs: list[tuple[str, Any]] = parse_qsl(query, keep_blank_values=True)
    return urlencode([(name, "[cut]" if name in _SECRETS else value) for name, value in pairs], safe="[],{}:/")
