"""Makes a fault happen on the wire: real closed, reset, silent and lying connections."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from wireroom.sandbox.excuses import excuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from wireroom.sandbox.faults import Fault
    from wireroom.sandbox.state import State

TRANSPORT = "sandbox.transport"
CLOSING = "sandbox.closing"
_LINGER_OFF = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Heard:
    """What the stand-in would have answered."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that is to go wrong, with all that is needed to do so."""

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send
    platform: str
    state: State

    async def applied(self) -> Heard:
        """Let the stand-in do its work; its answer does not go out."""
        parts: list[Message] = []

        async def keep(message: Message) -> None:
            parts.append(message)

        await self.app(self.scope, self.receive, keep)
        body = b"".join(part.get("body", b"") for part in parts[1:])
        return Heard(parts[0]["status"], tuple(parts[0]["headers"]), body)

    async def unapplied(self) -> Heard:
        """Read the request and do nothing; an answer as it might have begun."""
        await self.swallow()
        body = b'{"data":{"id":"1","text":""}}' if self.platform == "x" else b'{"id":"1_1"}'
        return Heard(201 if self.platform == "x" else 200, ((b"content-type", b"application/json"),), body)

    async def swallow(self) -> None:
        """Read the request's body to its end."""
        more = True
        while more:
            message = await self.receive()
            more = message["type"] == "http.request" and message.get("more_body", False)

    async def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """A whole, honest HTTP answer."""
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        pairs.append((b"content-length", str(len(body)).encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": pairs})
        await self.send({"type": "http.response.body", "body": body})

    async def idle(self, seconds: float) -> None:
        """Do nothing for so long, or until the client leaves or the sandbox closes."""
        waits = [asyncio.ensure_future(self.gone()), asyncio.ensure_future(_closing(self.scope))]
        _done, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def gone(self) -> None:
        """Wait until the connection is no more."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def cut_off(self, *, reset: bool = False) -> None:
        """Close the connection under the client, with a TCP reset if asked, and wait until it is gone."""
        transport: asyncio.Transport = self.scope[TRANSPORT]
        if reset:
            wire = transport.get_extra_info("socket")
            with contextlib.suppress(OSError):
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
            transport.abort()
        else:
            transport.close()
        await self.gone()


async def _closing(scope: Scope) -> None:
    event: asyncio.Event | None = scope.get(CLOSING)
    if event is None:
        await asyncio.get_running_loop().create_future()
    else:
        await event.wait()


async def misbehave(fault: Fault, exchange: Exchange) -> None:
    """Run one exchange the way the fault says."""
    exchange.scope["sandbox.late"], exchange.scope["sandbox.lag"] = fault.late, fault.lag
    handler = _HANDLERS.get(fault.fault, _excuse)
    await handler(fault, exchange)


async def _heard(fault: Fault, exchange: Exchange) -> Heard:
    """Read the request whole, and have it done or not."""
    return await (exchange.applied() if fault.when == "after" else exchange.unapplied())


async def _close(fault: Fault, exchange: Exchange) -> None:
    await _heard(fault, exchange)
    await exchange.cut_off(reset=fault.fault == "reset")


async def _hold(fault: Fault, exchange: Exchange) -> None:
    await _heard(fault, exchange)
    await exchange.idle(fault.seconds)
    await exchange.cut_off()


async def _excuse(fault: Fault, exchange: Exchange) -> None:
    """Every fault that is an answer: apply or not, then give another answer than the true one."""
    await _heard(fault, exchange)
    status, headers, body = excuse(fault, exchange.platform, exchange.scope.get("sandbox.account", ""), exchange.state)
    await exchange.answer(status, headers, body)


async def _truncate(fault: Fault, exchange: Exchange) -> None:
    heard = await _heard(fault, exchange)
    await exchange.answer(heard.status, _plain(heard), heard.body[: len(heard.body) // 2])


async def _empty(fault: Fault, exchange: Exchange) -> None:
    heard = await _heard(fault, exchange)
    await exchange.answer(heard.status, _plain(heard), b"")


async def _length(fault: Fault, exchange: Exchange) -> None:
    """Written straight to the transport, since no honest HTTP server would send it."""
    heard = await _heard(fault, exchange)
    announced = max(len(heard.body) + fault.extra, 0)
    lines = [f"HTTP/1.1 {heard.status} {HTTPStatus(heard.status).phrase}", f"content-length: {announced}"]
    lines += [f"{name}: {value}" for name, value in _plain(heard).items()]
    exchange.scope[TRANSPORT].write("\r\n".join([*lines, "", ""]).encode("latin-1") + heard.body)
    await exchange.cut_off()


async def _drip(fault: Fault, exchange: Exchange) -> None:
    heard = await _heard(fault, exchange)
    pairs = [(name.encode(), value.encode()) for name, value in _plain(heard).items()]
    pairs.append((b"content-length", str(len(heard.body)).encode()))
    await exchange.send({"type": "http.response.start", "status": heard.status, "headers": pairs})
    leaving = asyncio.ensure_future(_either(exchange.gone(), _closing(exchange.scope)))
    for position in range(len(heard.body)):
        await exchange.send(
            {"type": "http.response.body", "body": heard.body[position : position + 1], "more_body": True}
        )
        await asyncio.wait([leaving], timeout=fault.seconds)
        if leaving.done():
            exchange.scope[TRANSPORT].abort()
            return
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await exchange.send({"type": "http.response.body", "body": b""})


async def _either(*waits: Awaitable[None]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _redirect(fault: Fault, exchange: Exchange) -> None:
    await _heard(fault, exchange)
    await exchange.answer(302, {"location": fault.location}, b"")


async def _late(fault: Fault, exchange: Exchange) -> None:
    exchange.scope["sandbox.late"] = fault.seconds
    await _excuse(fault, exchange)


async def _lag(fault: Fault, exchange: Exchange) -> None:
    exchange.scope["sandbox.lag"] = fault.seconds
    heard = await exchange.applied()
    await exchange.answer(heard.status, _plain(heard), heard.body)


async def _outage(fault: Fault, exchange: Exchange) -> None:
    await _heard(fault, exchange)
    listener = getattr(exchange.scope["app"].state, "listener", None)
    if listener is not None:
        listener.refuse(fault.seconds)
    await exchange.cut_off()


async def _revoke(fault: Fault, exchange: Exchange) -> None:
    """Before: refused from this call on. After: this call is the last that goes well."""
    heard = await exchange.applied() if fault.when == "after" else None
    exchange.state.revoke(exchange.scope["sandbox.account"])
    if heard is None:
        await _excuse(fault, exchange)
    else:
        await exchange.answer(heard.status, _plain(heard), heard.body)


async def _answer(fault: Fault, exchange: Exchange) -> None:
    await _heard(fault, exchange)
    kind = "application/json" if _is_json(fault.body) else "text/plain"
    await exchange.answer(fault.status, {"content-type": kind}, fault.body.encode())


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _plain(heard: Heard) -> dict[str, str]:
    """The headers of the true answer, all but its length."""
    return {name.decode(): value.decode("latin-1") for name, value in heard.headers if name != b"content-length"}


_HANDLERS: Mapping[str, Callable[[Fault, Exchange], Awaitable[None]]] = {
    "close": _close,
    "reset": _close,
    "hold": _hold,
    "truncate": _truncate,
    "empty": _empty,
    "length": _length,
    "drip": _drip,
    "redirect": _redirect,
    "late": _late,
    "lag": _lag,
    "outage": _outage,
    "revoke": _revoke,
    "answer": _answer,
}
