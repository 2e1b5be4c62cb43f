"""The newsroom's own WebSub hub at `/hub`: takes subscriptions, and asks the callback whether they are meant.

W3C WebSub (Recommendation, 2018-01-23), section 5. The answer is 202 at once; what is asked for is settled behind it.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from wireroom.channels.websub.subscriber import Subscriber
from wireroom.channels.websub.topics import MAIN, topic_url
from wireroom.model.errors import WireroomError
from wireroom.model.subscription import Subscription
from wireroom.web.problems import CLOSED

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from wireroom.app import Application

log = logging.getLogger(__name__)

USUAL, LEAST, MOST = timedelta(days=10), timedelta(hours=1), timedelta(days=30)  # leases
SECRET = 200  # bytes a secret must stay below
LONGEST = 2000  # characters of a callback or a topic
BODY = 16 * 1024  # bytes of a request
FIELDS = 100
OF_HOST, OF_ALL = 100, 10_000  # subscriptions of callbacks on one host, and of all
ASKED, SPAN = 60, 600.0  # requests about one host that are taken in so many seconds
AT_ONCE, PENDING = 4, 100  # callbacks that are asked at the same time, and that may wait for it
TIMEOUT = 10.0  # seconds a callback has to answer


class Unwelcome(Exception):
    """A request that is refused outright: the status, and why."""

    def __init__(self, status: int, why: str) -> None:
        self.status, self.why = status, why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked for in a callback's name."""

    mode: str
    topic: str
    callback: str = field(repr=False)
    host: str
    secret: str = field(repr=False)
    lease: timedelta


def hub_routes(app: Application, *, clock: Callable[[], float] = time.monotonic) -> list[BaseRoute]:
    """The route of the hub, POST alone. `clock` gives seconds that only grow."""
    return [Route("/hub", _Desk(app, clock).ask, methods=["POST"])]


def understood(body: bytes) -> Asked:
    """Read a subscription request; what is not known in it is ignored. Raises `Unwelcome`."""
    try:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS))
    except ValueError:
        raise Unwelcome(400, "expected is a form, application/x-www-form-urlencoded") from None
    mode, topic, callback = (form.get(f"hub.{name}", "") for name in ("mode", "topic", "callback"))
    if mode not in {"subscribe", "unsubscribe"}:
        raise Unwelcome(400, "hub.mode must be subscribe or unsubscribe")
    if not topic or len(topic) > LONGEST:
        raise Unwelcome(400, "hub.topic must be the address of a feed here")
    secret = form.get("hub.secret", "")
    if len(secret.encode()) >= SECRET or not secret.isprintable():
        raise Unwelcome(400, f"hub.secret must be below {SECRET} bytes of text")
    return Asked(mode, topic, callback, _host(callback), secret, _lease(form.get("hub.lease_seconds", "")))


def _host(callback: str) -> str:
    """The host of a callback. Raises `Unwelcome` for what is no address of one."""
    try:
        parts = urlsplit(callback)
        host, right = parts.hostname or "", parts.port != 0
    except ValueError:
        host, right = "", False
    plain = callback.isascii() and callback.isprintable() and not set(callback) & set(' "<>\\^`{|}')
    if not host or not right or not plain or len(callback) > LONGEST:
        host = ""
    if not host or parts.scheme not in {"http", "https"} or parts.fragment or "@" in parts.netloc:
        raise Unwelcome(400, "hub.callback must be an http or https address, without a password and a fragment")
    return host


def _lease(seconds: str) -> timedelta:
    if not seconds:
        return USUAL
    if not seconds.isascii() or not seconds.isdigit():
        raise Unwelcome(400, "hub.lease_seconds must be a whole number of seconds")
    return min(max(timedelta(seconds=int(seconds[:10])), LEAST), MOST)


class _Desk:
    """Takes requests in, a few for each host, and settles them one after another."""

    def __init__(self, app: Application, clock: Callable[[], float]) -> None:
        self._app, self._clock = app, clock
        settings = app.settings
        feeds = {place.follows for place in settings.destinations if place.channel == "hub"}
        self._topics = {topic_url(settings.public_url, feed, file): (feed, file) for feed in feeds for file in MAIN}
        self._limiter: CapacityLimiter | None = None
        self._pending = 0
        self._began, self._counts = clock(), Counter[str]()

    async def ask(self, request: Request) -> Response:
        """Take a request: 202, or why not."""
        try:
            asked = understood(await _body(request))
            self._admit(asked.host)
        except Unwelcome as no:
            wait = {"retry-after": str(int(SPAN) if no.status == 429 else 60)} if no.status in {429, 503} else {}
            return PlainTextResponse(f"{no.why}\n", no.status, headers={**CLOSED, **wait})
        except ClientDisconnect:
            return PlainTextResponse("", 400, headers=CLOSED)  # nobody is there to read it
        return PlainTextResponse("", 202, headers=CLOSED, background=BackgroundTask(self._later, asked))

    def _admit(self, host: str) -> None:
        """Count a request about a host. Raises `Unwelcome` when there are too many."""
        if self._clock() - self._began > SPAN:
            self._counts.clear()
            self._began = self._clock()
        if self._counts[host] >= ASKED:
            raise Unwelcome(429, "too many requests about this host")
        if self._pending >= PENDING:
            raise Unwelcome(503, "too many requests at once")
        self._counts[host] += 1

    async def _later(self, asked: Asked) -> None:
        """Settle a request in a thread of its own kind, so that slow callbacks keep no reader of a feed waiting."""
        self._limiter = self._limiter or CapacityLimiter(AT_ONCE)
        self._pending += 1  # here, since who hangs up before the answer is not settled at all
        try:
            await to_thread.run_sync(self._settle, asked, limiter=self._limiter, abandon_on_cancel=True)
        finally:
            self._pending -= 1

    def _settle(self, asked: Asked) -> None:
        try:
            log.info("hub: %s of %.200r by %s: %s", asked.mode, asked.topic, asked.host, self._settled(asked))
        except WireroomError as error:  # an ending of the callback, or of the database
            log.warning("hub: %s by %s came to nothing: %s", asked.mode, asked.host, error)

    def _settled(self, asked: Asked) -> str:
        private = self._app.settings.hub_private
        subscriber = Subscriber(asked.callback, private=private, timeout=TIMEOUT, secret=asked.secret)
        feed, file = self._topics.get(asked.topic, ("", ""))
        if why := self._against(asked, feed, file):
            subscriber.deny(asked.topic, why)
            return f"denied, {why}"
        if not subscriber.intends(asked.mode, asked.topic, asked.lease):
            return "not confirmed"
        if asked.mode == "subscribe":
            self._subscribe(asked, feed, file)
        else:
            self._app.store.unsubscribe(feed, file, asked.callback)
        return "confirmed"

    def _against(self, asked: Asked, feed: str, file: str) -> str:
        """Why the request is denied; "" when it is not."""
        if not feed:
            return "there is no such topic here"
        store = self._app.store
        if asked.mode == "unsubscribe" or store.is_subscriber(feed, file, asked.callback):
            return ""
        of_host, of_all = store.subscribed(asked.host)
        return "too many subscriptions" if of_host >= OF_HOST or of_all >= OF_ALL else ""

    def _subscribe(self, asked: Asked, feed: str, file: str) -> None:
        store = self._app.store
        store.subscribe(
            Subscription(
                feed=feed,
                file=file,
                callback=asked.callback,
                host=asked.host,
                secret=asked.secret,
                until=store.now() + asked.lease,
            )
        )


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY:
            raise Unwelcome(413, f"a request is at most {BODY} bytes")
    return bytes(body)
