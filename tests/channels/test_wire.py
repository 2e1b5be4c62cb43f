"""The wire: what it sends, what it keeps of it, and what every failure on it means."""

import gzip
import inspect
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
import requests
import tweepy.errors
import urllib3.exceptions

from wireroom.channels import wire
from wireroom.channels.redact import Censor
from wireroom.channels.wire import Answer, Ask, Wire
from wireroom.model.errors import Ending, LockedOut, NotSent, Unsure
from wireroom.model.post import Exchange
from wireroom.testing import Asked, HangUp, Reply, Silence, StandIn, closed_port

Serve = Callable[[Callable[[Asked], Reply | HangUp | Silence]], StandIn]
WRITE, READ = Ask(method="POST", path="/posts", write=True), Ask(method="GET", path="/posts")


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts stand-ins and takes them down again."""
    running: list[StandIn] = []

    def start(answer: Callable[[Asked], Reply | HangUp | Silence]) -> StandIn:
        running.append(StandIn(answer))
        return running[-1].__enter__()

    yield start
    for server in running:
        server.close()


def a_wire(address: str, *, timeout: float = 5.0, clock: Callable[[], float] = time.monotonic) -> Wire:
    """A wire to this address that knows one secret."""
    return Wire(address, timeout=timeout, secrets=["hush-hush/1"], clock=clock)


def classes(module: ModuleType) -> list[type[Exception]]:
    """Every exception class of a module, its own and those it passes on."""
    return [
        found
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, Exception) and not issubclass(found, Warning)
    ]


FOREIGN = sorted(
    {*classes(requests.exceptions), *classes(urllib3.exceptions), *classes(tweepy.errors), OSError, ssl.SSLError},
    key=lambda one: (one.__module__, one.__name__),
)


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_foreign_error_is_mapped(kind: type[Exception]) -> None:
    """Whatever the libraries below may raise, before or after writing, is one of our endings, never theirs."""
    error = kind.__new__(kind)
    before = wire.ending(error, "x", "why", write=True, written=False)
    assert isinstance(before, NotSent | LockedOut)
    assert isinstance(wire.ending(error, "x", "why", write=True, written=True), Unsure)
    assert isinstance(wire.ending(error, "x", "why", write=False, written=True), NotSent)


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_no_foreign_error_leaves_the_wire(kind: type[Exception]) -> None:
    """An error that is raised while a request is prepared leaves as an ending, with nothing foreign attached."""

    def break_down(request: requests.PreparedRequest) -> requests.PreparedRequest:
        raise kind.__new__(kind)

    with pytest.raises(Ending) as caught:
        a_wire("http://127.0.0.1:9").call(Ask(method="POST", path="/", write=True, auth=break_down))  # type: ignore[arg-type]
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_refused_is_not_sent() -> None:
    """A refused connection sent nothing, and the message says where."""
    address = closed_port()
    with pytest.raises(NotSent, match="connection refused") as caught:
        a_wire(address).call(WRITE)
    assert address.removeprefix("http://") in caught.value.message
    assert caught.value.exchange is not None
    assert caught.value.exchange.status == 0


def test_an_unknown_name_is_not_sent() -> None:
    """A name nobody knows sent nothing."""
    with pytest.raises(NotSent):
        a_wire("http://no-such-host.invalid").call(WRITE)


@pytest.mark.parametrize("address", ["ftp://127.0.0.1", "http://", "127.0.0.1:80", "http://[::1", "http://a b/"])
def test_a_useless_address_needs_a_person(address: str) -> None:
    """An address that cannot be called is a matter of the settings, not of waiting."""
    with pytest.raises(LockedOut, match="settings"):
        a_wire(address).call(WRITE)


def test_a_key_with_a_line_break_needs_a_person() -> None:
    """A header that cannot be sent is a matter of the settings, and is not shown."""
    with pytest.raises(LockedOut) as caught:
        a_wire("http://127.0.0.1:9").call(
            Ask(method="GET", path="/", headers={"Authorization": "Bearer hush-hush/1\n"})
        )
    assert "hush" not in repr(caught.value)


def test_no_tls_is_not_sent(serve: Serve) -> None:
    """A handshake that fails sent nothing of the request."""
    server = serve(lambda asked: Reply())
    with pytest.raises(NotSent, match="TLS"):
        a_wire(server.address.replace("http://", "https://")).call(WRITE)
    assert server.asked == []


@pytest.mark.parametrize(
    "reply",
    [
        HangUp(),
        Reply(201, {"id": "1" * 50}, cut=10),
        Reply(201, b"not gzip", headers={"Content-Encoding": "gzip"}),
        Reply(201, b"5\r\nabc", headers={"Transfer-Encoding": "chunked"}, cut=6),
    ],
    ids=["hang-up", "cut", "not-gzip", "half-a-chunk"],
)
def test_half_an_answer_is_unsure_for_a_write_only(serve: Serve, reply: Reply | HangUp) -> None:
    """What broke after the request was written is in doubt for a write, and harmless for a read."""
    server = serve(lambda asked: reply)
    with pytest.raises(Unsure):
        a_wire(server.address).call(WRITE)
    with pytest.raises(NotSent):
        a_wire(server.address).call(READ)


def test_silence_ends(serve: Serve) -> None:
    """A platform that says nothing is given up after the timeout, and is in doubt."""
    server = serve(lambda asked: Silence())
    started = time.monotonic()
    with pytest.raises(Unsure, match="timed out"):
        a_wire(server.address, timeout=0.3).call(WRITE)
    assert time.monotonic() - started < 3


def test_a_slow_drip_ends(serve: Serve) -> None:
    """A body that comes byte by byte cannot stretch a call beyond its timeout."""
    server = serve(lambda asked: Reply(201, {"id": "1" * 1000}, drip=0.05))
    started = time.monotonic()
    with pytest.raises(Unsure):
        a_wire(server.address, timeout=0.4).call(WRITE)
    assert time.monotonic() - started < 3


def test_dripping_headers_end() -> None:
    """Headers that come byte by byte cannot stretch a call either."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        started = time.monotonic()
        try:
            with pytest.raises(Unsure, match="timed out"):
                a_wire(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.4).call(WRITE)
            assert time.monotonic() - started < 3
        finally:
            stop.set()
            thread.join()


def test_a_redirect_is_an_answer(serve: Serve) -> None:
    """A redirect is handed back and never followed, wherever it leads."""
    server = serve(lambda asked: Reply(302, b"moved", headers={"Location": "http://[bad"}))
    assert a_wire(server.address).call(WRITE).status == 302
    assert len(server.asked) == 1


def test_connections_are_kept_but_not_for_long(serve: Serve) -> None:
    """Calls in a row share a connection; after a few idle seconds a fresh one is made."""
    now, server = [100.0], serve(lambda asked: Reply())
    line = a_wire(server.address, clock=lambda: now[0])
    seen = []
    for idle in (0, 1, 3, wire.STALE + 0.1, 1):
        now[0] += idle
        line.call(WRITE)
        seen.append(len(server.accepted))
    assert seen == [1, 1, 1, 2, 2]


def test_threads_do_not_wait_for_each_other(serve: Serve) -> None:
    """Two lanes call at the same time, each on a connection of its own."""
    both = threading.Barrier(2, timeout=5)
    server = serve(lambda asked: (both.wait(), Reply())[1])
    line, statuses = a_wire(server.address), list[int]()
    threads = [threading.Thread(target=lambda: statuses.append(line.call(WRITE).status)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200, 200]
    line.close()


def test_the_environment_has_no_say(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies and netrc files of the environment are not used."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, closed_port())
    server = serve(lambda asked: Reply())
    assert a_wire(server.address).call(READ).good
    assert "authorization" not in server.asked[0].headers


def test_cookies_are_not_kept(serve: Serve) -> None:
    """A cookie is neither sent back nor kept in the log."""
    server = serve(lambda asked: Reply(headers={"Set-Cookie": "guest=1; Path=/"}))
    line = a_wire(server.address)
    assert "set-cookie" not in line.call(READ).exchange.headers
    line.call(READ)
    assert "cookie" not in server.asked[1].headers


def test_who_calls_is_said(serve: Serve) -> None:
    """Every request says which program it comes from."""
    server = serve(lambda asked: Reply())
    a_wire(server.address).call(READ)
    assert server.asked[0].headers["user-agent"].startswith("Wireroom/")


def test_a_long_answer_is_bounded(serve: Serve) -> None:
    """More than a few megabytes are not read, and the log keeps 16 KB."""
    server = serve(lambda asked: Reply(200, b"x" * (wire.MOST + 500_000)))
    answer = a_wire(server.address).call(READ)
    assert len(answer.body) == wire.MOST
    assert len(answer.exchange.answer.encode()) <= wire.KEPT + 20


def test_a_bomb_is_bounded(serve: Serve) -> None:
    """A small body that unpacks to a huge one is not unpacked to its end."""
    bomb = gzip.compress(b"\0" * 50_000_000)
    server = serve(lambda asked: Reply(200, bomb, headers={"Content-Encoding": "gzip"}))
    assert len(a_wire(server.address).call(READ).body) <= wire.MOST


def test_the_exchange_shows_what_was_said(serve: Serve) -> None:
    """The log keeps address, body and answer as people read them, Japanese included, and no secret."""
    server = serve(lambda asked: Reply(200, {"echo": "hush-hush/1", "ok": True}, headers={"X-Seen": "hush-hush/1"}))
    ask = Ask(method="POST", path="/p", params={"q": "hush-hush/1"}, payload={"text": "提灯 hush-hush/1"})
    exchange = a_wire(server.address).call(ask).exchange
    assert exchange.url == f"{server.address}/p?q=[secret]"
    assert exchange.body == '{"text": "提灯 [secret]"}'
    assert exchange.answer == '{"echo": "[secret]", "ok": true}'
    assert exchange.headers["x-seen"] == "[secret]"
    assert server.asked[0].json == {"text": "提灯 hush-hush/1"}


def test_a_secret_at_the_cut_leaves_no_stump(serve: Serve) -> None:
    """Secrets are cut out before a body is bounded, so no half of one remains."""
    server = serve(lambda asked: Reply(200, "x" * (wire.KEPT - 4) + "hush-hush/1"))
    assert "hush" not in a_wire(server.address).call(READ).exchange.answer


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'"x"'])
def test_what_is_no_object_is_empty(body: bytes) -> None:
    """A body that is no JSON object reads as an empty one, whatever it is."""
    answer = Answer(200, {}, body, Exchange(method="GET", url="/"), Censor([]))
    assert answer.json() == {}
