"""Checks OAuth 1.0a signatures (RFC 5849, HMAC-SHA1) over the address the client really called."""

from __future__ import annotations

import hmac
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oauthlib.oauth1.rfc5849 import signature

from wireroom.sandbox import problems

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.sandbox.values import XAccount

FIXED_HOSTS = ("https://api.x.com", "https://api.twitter.com")
SKEW_SECONDS = 300
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it was received, the parts a signature covers. `origin` is scheme and host, as called."""

    method: str
    origin: str
    path: str
    query: str
    authorization: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Secrets:
    """The two secrets of the HMAC key, under the names oauthlib looks for."""

    client_secret: str
    resource_owner_secret: str


class Nonces:
    """The nonces of the last minutes: each may be used once per token (RFC 5849 section 3.3)."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str, str]] = set()
        self._order: deque[tuple[float, tuple[str, str, str]]] = deque()

    def use(self, token: str, nonce: str, timestamp: str, now: float) -> bool:
        """Take a nonce; False if it was taken before. `now` is in epoch seconds."""
        while self._order and self._order[0][0] < now - 2 * SKEW_SECONDS:
            self._known.discard(self._order.popleft()[1])
        key = (token, nonce, timestamp)
        if key in self._known:
            return False
        self._known.add(key)
        self._order.append((now, key))
        return True


def verify(request: Signed, find: Callable[[str], XAccount | None], nonces: Nonces, now: float) -> XAccount:
    """The account that signed the request. Raises a 401 refusal whose `why` names what is wrong.

    A signature over https://api.x.com or https://api.twitter.com with the same path is good too, because clients
    with a fixed host are routed here after they signed.
    """
    parameters = _parameters(request)
    fields = dict(parameters)
    account = find(fields.get("oauth_token", ""))
    if account is None:
        raise problems.unauthorized("the oauth_token is not known here")
    if not hmac.compare_digest(account.consumer_key.encode(), fields.get("oauth_consumer_key", "").encode()):
        raise problems.unauthorized("the oauth_consumer_key does not belong to this token")
    if fields.get("oauth_signature_method") != "HMAC-SHA1" or fields.get("oauth_version", "1.0") != "1.0":
        raise problems.unauthorized("only OAuth 1.0 with HMAC-SHA1 is understood")
    if not _signed_by(account, request, parameters):
        raise problems.unauthorized("the oauth_signature does not match: wrong secret, or another address was signed")
    _check_fresh(fields, nonces, now)
    if account.revoked:
        raise problems.unauthorized("the token was revoked")
    return account


def _parameters(request: Signed) -> list[tuple[str, str]]:
    """All parameters that are signed, and the signature itself."""
    form = request.content_type.partition(";")[0].strip().lower() == _FORM
    try:
        found: list[tuple[str, str]] = signature.collect_parameters(
            uri_query=request.query,
            body=request.body.decode("utf-8") if form and request.body else [],
            headers={"Authorization": request.authorization},
            exclude_oauth_signature=False,
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise problems.unauthorized(f"the signed parameters cannot be read: {error}") from None
    return found


def _signed_by(account: XAccount, request: Signed, parameters: list[tuple[str, str]]) -> bool:
    given = dict(parameters).get("oauth_signature", "")
    secrets = _Secrets(account.consumer_secret, account.access_token_secret)
    covered = signature.normalize_parameters([pair for pair in parameters if pair[0] != "oauth_signature"])
    for origin in (request.origin, *FIXED_HOSTS):
        try:
            address = signature.base_string_uri(origin + request.path)
        except ValueError:
            continue
        base = signature.signature_base_string(request.method, address, covered)
        wanted = signature.sign_hmac_sha1_with_client(base, secrets)
        if hmac.compare_digest(wanted.encode(), given.encode()):
            return True
    return False


def _check_fresh(fields: dict[str, str], nonces: Nonces, now: float) -> None:
    timestamp, nonce = fields.get("oauth_timestamp", ""), fields.get("oauth_nonce", "")
    if not (timestamp.isascii() and timestamp.isdigit()) or abs(int(timestamp) - now) > SKEW_SECONDS:
        raise problems.unauthorized(f"the oauth_timestamp is more than {SKEW_SECONDS} s off this clock")
    if not nonce or not nonces.use(fields["oauth_token"], nonce, timestamp, now):
        raise problems.unauthorized("the oauth_nonce is missing or was used before")
