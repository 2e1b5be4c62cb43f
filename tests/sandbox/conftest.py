"""What the tests of the sandbox share: a running sandbox with a clock of its own, and real clients for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import tweepy
from requests.adapters import HTTPAdapter
from requests_oauthlib import OAuth1

from wireroom.model.sandbox import SANDBOX_FACEBOOK, SANDBOX_X
from wireroom.sandbox import Sandbox, State, running

PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00"
    b"\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
"""A PNG of one dot."""


@dataclass
class Clock:
    """The true time and what a test has put it ahead by."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **by: float) -> None:
        """Put the clock ahead: `seconds=`, `hours=`, …"""
        self.ahead += timedelta(**by)


class Rerouted(HTTPAdapter):
    """Sends what was signed for a fixed host to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._there = urlsplit(url)

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        there = urlsplit(str(request.url))._replace(scheme=self._there.scheme, netloc=self._there.netloc)
        request.url = there.geturl()
        return super().send(request, *args, **more)


@dataclass(frozen=True)
class Caller:
    """Plain requests to a sandbox: signed as X wants it, with a token as Facebook wants it, or bare."""

    sandbox: Sandbox
    session: requests.Session

    def x(self, method: str, path: str, *, keys: dict[str, str] | None = None, **more: Any) -> requests.Response:
        """A call of the X API, signed over the sandbox's own address."""
        auth = signer(keys, self.sandbox.state.now())
        return self.session.request(method, self.sandbox.url + path, auth=auth, timeout=10, **more)

    def post(self, text: str = "", **body: object) -> requests.Response:
        """POST /2/tweets."""
        return self.x("POST", "/2/tweets", json=({"text": text} if text else {}) | body)

    def timeline(self, **params: object) -> dict[str, Any]:
        """GET /2/users/{id}/tweets of the well-known account."""
        found: dict[str, Any] = self.x("GET", f"/2/users/{ME}/tweets", params=params).json()
        return found

    def graph(self, method: str, path: str, **more: Any) -> requests.Response:
        """A call of the Graph API with the well-known token."""
        headers = {"Authorization": f"Bearer {SANDBOX_FACEBOOK['access_token']}"} | more.pop("headers", {})
        return self.session.request(method, f"{self.sandbox.url}/v26.0{path}", headers=headers, timeout=10, **more)

    def feed(self, message: str = "", **fields: str) -> requests.Response:
        """POST /{page}/feed."""
        return self.graph("POST", f"/{PAGE}/feed", data={"message": message} | fields)

    def control(self, method: str, path: str = "", **body: object) -> Any:
        """A call of the control address; its JSON."""
        answer = self.session.request(method, f"{self.sandbox.url}/_control{path}", json=body, timeout=10)
        return answer.json()


ME = SANDBOX_X["access_token"].partition("-")[0]
PAGE = SANDBOX_FACEBOOK["page_id"]


def signer(keys: dict[str, str] | None = None, now: datetime | None = None) -> Any:
    """What signs a request for an account, at a time; the well-known account and the true time if not told."""
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    timestamp = str(int(now.timestamp())) if now else None
    return OAuth1(*((keys or SANDBOX_X)[name] for name in names), timestamp=timestamp)


@pytest.fixture(scope="session")
def clock() -> Clock:
    """The clock of the sandbox."""
    return Clock()


@pytest.fixture(scope="session")
def served(clock: Clock) -> Iterator[Sandbox]:
    """One sandbox for the session."""
    with running(State(now=clock)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox, clock: Clock) -> Sandbox:
    """A sandbox that remembers nothing."""
    clock.ahead = timedelta()
    served.state.reset()
    return served


@pytest.fixture
def call(sandbox: Sandbox) -> Iterator[Caller]:
    """Plain requests to the sandbox."""
    with requests.Session() as session:
        session.trust_env = False
        yield Caller(sandbox, session)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Callable[[], tweepy.Client]]:
    """tweepy's own client, whose fixed host is routed to the sandbox after it has signed."""
    made = []

    def make() -> tweepy.Client:
        one = tweepy.Client(**SANDBOX_X)
        one.session.trust_env = False
        one.session.mount("https://api.twitter.com", Rerouted(sandbox.url))
        made.append(one)
        return one

    yield make
    for one in made:
        one.session.close()
