"""Who may look: a bearer of the API's token, or a person who sits at this machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.requests import Request

    from wireroom.settings import Settings

_PROXIES_SAY = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-server", "x-real-ip",
)  # fmt: skip


def bears(token: str, header: str) -> bool:
    """Whether an Authorization header is `Bearer <token>` (RFC 6750, 2.1)."""
    scheme, _, given = header.partition(" ")
    return scheme.lower() == "bearer" and _same(given.strip().encode("latin-1", "replace"), token)


def knows(token: str, header: str) -> bool:
    """Whether an Authorization header has the token as the password of Basic, whatever the name (RFC 7617, 2)."""
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        _, colon, password = base64.b64decode(given.strip(), validate=True).partition(b":")
    except ValueError:
        return False
    return bool(colon) and _same(password, token)


def at_home(request: Request, settings: Settings) -> bool:
    """Whether the caller sits at this machine and means it.

    Not counted: what a proxy passes on, whoever asked it; and a call under another name than this machine's, which
    is how a stranger's page, its own name pointed at 127.0.0.1, reads what only people here should see.
    """
    if request.client is None or any(name in request.headers for name in _PROXIES_SAY):
        return False
    name = _name(request.headers.get("host", ""))
    return _loopback(request.client.host) and (_own(name) or name == settings.listen_host.lower())


def may_look(request: Request, settings: Settings) -> bool:
    """Whether the caller may read what the log says of articles.

    From this machine without a word; from elsewhere with the API's token, as a bearer or as password. A newsroom with a
    token whose readers come in through a proxy asks everybody: a proxy that says nothing of itself looks like this
    machine.
    """
    token, said = settings.api_token, request.headers.get("authorization", "")
    if token and (knows(token, said) or bears(token, said)):
        return True
    return at_home(request, settings) and not (token and seen_from_outside(settings))


def seen_from_outside(settings: Settings) -> bool:
    """Whether readers come in under a name that is not this machine's: then something passes their calls on to here."""
    return not _own((urlsplit(settings.public_url).hostname or "").lower())


def _same(given: bytes, token: str) -> bool:
    """Compared as digests, so that the time it takes tells neither a letter nor the length."""
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(token.encode()).digest())


def _own(name: str) -> bool:
    return name == "localhost" or name.endswith(".localhost") or _loopback(name)


def _loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or (mapped is not None and mapped.is_loopback)


def _name(host: str) -> str:
    """The name in a Host header, without the port; "" for one that makes no sense."""
    if set(host) & set("@/?#\\ "):
        return ""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
