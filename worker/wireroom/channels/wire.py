"""The one place that speaks HTTP. A call ends in an answer, or in an ending that tells what may have happened.

never written  ─▶ NotSent      no name, no route, refused, no TLS: nobody has seen it
written, write ─▶ Unsure       silence, a reset, half an answer: somebody may have acted on it
written, other ─▶ NotSent      a read, or a call that may be repeated: asking again does no harm
"""

from __future__ import annotations

import json
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, TypeVar

import requests
import requests.exceptions as theirs
import urllib3.exceptions as beneath

from wireroom import __version__
from wireroom.channels.connection import CALL, Adapter, Call
from wireroom.channels.redact import Censor
from wireroom.model.errors import Ending, LockedOut, NotSent, Unsure
from wireroom.model.post import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests.auth import AuthBase

STALE = 4.0  # seconds after which a kept connection is not trusted: servers drop idle ones from 5 s on
CONNECT = 10.0  # seconds to reach a host, at most
KEPT = 16 * 1024  # bytes of a body that an exchange keeps
MOST = 4 * 1024 * 1024  # bytes of an answer that are read at all
QUOTED = 300  # characters of somebody else's words that a message takes
CHATTY = ("tweepy", "requests_oauthlib", "oauthlib", "urllib3")  # at DEBUG these print keys, signatures and addresses
UNUSABLE = (
    theirs.URLRequired,
    theirs.MissingSchema,
    theirs.InvalidSchema,
    theirs.InvalidURL,
    theirs.InvalidHeader,
    beneath.LocationValueError,
    beneath.InvalidHeader,
    UnicodeError,
)

E = TypeVar("E", bound=Ending)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request. `write` says that it must not happen twice. `shown` stands in the log instead of a bulky body.

    `payload` is sent as JSON, `form` as a form, `files` beside it as multipart: name -> (file name, bytes, type),
    `raw` as it is, its type among the headers.
    """

    method: str
    path: str
    write: bool = False
    params: Mapping[str, str] = field(default_factory=dict)
    payload: object = None
    form: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, bytes, str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    auth: AuthBase | None = None
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole: header names in lower case, the body as bytes, and the exchange for the log."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    exchange: Exchange = field(repr=False)
    censor: Censor = field(repr=False)

    @property
    def good(self) -> bool:
        """Whether the status says that it was done."""
        return 200 <= self.status < 300

    def json(self) -> Mapping[str, object]:
        """The body as a JSON object; empty when it is anything else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def end(self, kind: Callable[..., E], message: str, **more: object) -> E:
        """An ending of this kind that carries the exchange, its message free of secrets."""
        return kind(self.censor(message), exchange=self.exchange, **more)

    def quote(self, who: str, words: str) -> str:
        """The platform's own words, to stand behind ours: secrets first, then the rest cut to `QUOTED` characters.

        The other way round, the half of a secret that the cut leaves would be known by nobody.
        """
        return f' ({who}: "{self.censor(words)[:QUOTED]}")' if words else ""


class Wire:
    """Calls one base address. Thread-safe; keeps connections, but none that has idled for long.

    `timeout` is the whole time one call may take, in seconds. `secrets` are the values that no exchange and no
    message may show.
    """

    def __init__(
        self, base_url: str, *, timeout: float, secrets: Iterable[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.censor = Censor(secrets)
        self._base, self._timeout, self._clock = base_url.rstrip("/"), timeout, clock
        self._host = self._base.partition("://")[2].partition("/")[0].rpartition("@")[2] or self._base
        self._idle: list[tuple[requests.Session, float]] = []
        quieten()

    def call(self, ask: Ask) -> Answer:
        """Ask once and wait for the whole answer. Raises `NotSent`, `Unsure` or `LockedOut`; follows no redirect."""
        with self._session() as session:
            outcome = self._try(session, ask)
        if isinstance(outcome, Ending):
            raise outcome  # here, not where the library failed: its errors carry keys and sockets along
        return outcome

    def close(self) -> None:
        """Close every connection that is not in use."""
        while self._idle:
            self._idle.pop()[0].close()

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        try:
            session, used = self._idle.pop()
        except IndexError:
            session, used = new_session(), self._clock()
        if self._clock() - used > STALE:
            session.close()  # drops its connections; the session itself goes on
        yield session
        self._idle.append((session, self._clock()))

    def _try(self, session: requests.Session, ask: Ask) -> Answer | Ending:
        call = Call(self._clock() + self._timeout, self._clock)
        token = CALL.set(call)
        asked = Exchange(method=ask.method, url=self.censor(self._base + ask.path))
        try:
            prepared = self._request(ask, session.headers).prepare()
            asked = self._asked(prepared, ask.shown)
            timeout = (min(CONNECT, self._timeout), self._timeout)
            response = session.send(prepared, stream=True, timeout=timeout, allow_redirects=False)
            return self._answer(response, read(response), asked)
        except Exception as error:  # noqa: BLE001 - however it broke, what counts is whether it had been written
            session.close()
            why = self.censor(reason(error))[:QUOTED]
            return ending(error, self._host, why, write=ask.write, written=call.written, exchange=asked)
        finally:
            CALL.reset(token)

    def _request(self, ask: Ask, usual: Mapping[str, str | bytes]) -> requests.Request:
        """The request, with the session's usual headers; it has no cookies or parameters that would want merging."""
        headers = {**usual, **ask.headers}
        body: bytes | dict[str, str] | None = dict(ask.form) or ask.raw or None
        if ask.payload is not None:
            body = json.dumps(ask.payload, ensure_ascii=False).encode("utf-8", "replace")
            headers["Content-Type"] = "application/json"
        return requests.Request(
            ask.method,
            self._base + ask.path,
            params=dict(ask.params),
            data=body,
            files=dict(ask.files) or None,
            headers=headers,
            auth=ask.auth,
        )

    def _asked(self, prepared: requests.PreparedRequest, shown: str) -> Exchange:
        body = shown or text(prepared.body or b"")
        url = self.censor(prepared.url or "")
        return Exchange(method=prepared.method or "", url=url, body=bounded(self.censor(body)))

    def _answer(self, response: requests.Response, body: bytes, asked: Exchange) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        shown = {name: bounded(self.censor(value)) for name, value in headers.items() if name != "set-cookie"}
        exchange = Exchange(
            method=asked.method,
            url=asked.url,
            body=asked.body,
            status=response.status_code,
            headers=shown,
            answer=bounded(self.censor(text(body))),
        )
        return Answer(response.status_code, headers, body, exchange, self.censor)


class _Session(requests.Session):
    """A session for which a redirect is an answer like any other."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        return None


def new_session() -> requests.Session:
    """A session that takes nothing from its environment, keeps no cookies and follows nothing."""
    session = _Session()
    session.trust_env = False
    session.max_redirects = 0
    session.headers.update({"User-Agent": f"Wireroom/{__version__}", "Accept": "application/json"})
    session.headers["Accept-Encoding"] = "gzip"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = Adapter(pool_connections=1, pool_maxsize=1)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def read(response: requests.Response) -> bytes:
    """The body, up to `MOST` bytes; what is longer is cut, and its connection not used again."""
    found = bytearray()
    for chunk in response.iter_content(KEPT):
        found += chunk
        if len(found) > MOST:
            response.close()
            break
    return bytes(found[:MOST])


def ending(
    error: Exception, host: str, why: str, *, write: bool, written: bool, exchange: Exchange | None = None
) -> Ending:
    """What a failure below the platform means: an ending for every exception there is."""
    if written and write:
        return Unsure(f"{host} gave no clear answer ({why}); it may have acted on the request", exchange=exchange)
    if written:
        return NotSent(f"{host} gave no answer ({why}); asking again does no harm", exchange=exchange)
    if isinstance(error, UNUSABLE):
        remedy = "correct base_url or the keys in the settings, then `wireroom resume` the destination"
        message = f"the request to {host} cannot be made ({why}): {remedy}"
        return LockedOut(message, exchange=exchange)
    return NotSent(f"{host} could not be reached ({why})", exchange=exchange)


def reason(error: BaseException) -> str:
    """Why it failed, in a few words, from the error that lies at the bottom."""
    for _ in range(8):
        inner = (getattr(error, "reason", None), *reversed(error.args), error.__cause__)
        deeper = next((found for found in inner if isinstance(found, BaseException)), None)
        if deeper is None:
            break
        error = deeper
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError | beneath.TimeoutError):
        return "timed out"
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - an error that cannot even be printed is still only an error
        words = "it does not say why"
    return f"{'TLS' if isinstance(error, ssl.SSLError | beneath.SSLError) else type(error).__name__}: {words}"


def quieten() -> None:
    """Keep the libraries below from logging at DEBUG, where they print keys, signatures and addresses."""
    for name in CHATTY:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.INFO))


def text(body: str | bytes) -> str:
    """A body as text; bytes that are not UTF-8 become replacement characters."""
    return body if isinstance(body, str) else bytes(body).decode("utf-8", "replace")


def bounded(shown: str) -> str:
    """The text, cut to `KEPT` bytes of UTF-8 where it is longer."""
    raw = shown.encode("utf-8", "replace")
    return shown if len(raw) <= KEPT else raw[:KEPT].decode("utf-8", "ignore") + " … (cut)"
