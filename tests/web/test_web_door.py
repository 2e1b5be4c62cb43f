"""The API's door: who comes in, what is too much, and one plain sentence for whatever goes wrong."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.web.conftest import TOKEN, Opener, Room, article, error

ADDRESSES = [
    ("POST", "/api/v1/articles"),
    ("GET", "/api/v1/deliveries"),
    ("GET", "/api/v1/deliveries/1"),
    ("POST", "/api/v1/deliveries/1/retry"),
    ("GET", "/api/v1/destinations"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Token {TOKEN}",
        TOKEN,
        f"Basic {base64.b64encode(f'me:{TOKEN}'.encode()).decode()}",
        "Bearer \xff\xfe",
    ],
)
def test_only_the_token_opens(small: Room, method: str, path: str, header: str) -> None:
    """Without the token, whole and as a bearer's, every address answers 401 and asks for it."""
    headers = {"authorization": header.encode("latin-1")} if header else {}
    answer = small.ask(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "Authorization: Bearer" in answer.json()["error"]


def test_the_scheme_is_read_in_any_case(small: Room) -> None:
    """`bearer` is `Bearer` (RFC 9110, 11.1)."""
    assert small.get("/api/v1/deliveries", headers={"authorization": f"bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_without_a_token_in_the_settings_the_api_is_off(open_room: Opener, method: str, path: str) -> None:
    """A newsroom that has set no token has no API, also for an empty token; the answer says how to switch it on."""
    with open_room(api_token=None) as room:
        assert "api_token" in error(room, method, path, 403, headers={"authorization": "Bearer "})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api", 404),
        ("GET", "/api/v1", 404),
        ("GET", "/api/v2/articles", 404),
        ("GET", "/api/v1/deliveries/", 404),
        ("POST", "/api/v1/articles/", 404),
        ("GET", "/api/v1/articles", 405),
        ("DELETE", "/api/v1/deliveries/1", 405),
        ("GET", "/api/v1/deliveries/1/retry", 405),
        ("POST", "/api/v1/openapi.json", 405),
        ("OPTIONS", "/api/v1/articles", 405),
    ],
)
def test_a_wrong_address_or_method_is_one_sentence(small: Room, method: str, path: str, status: int) -> None:
    """Under /api an address that is not there, and a method it does not know, are told in JSON, never redirected."""
    assert path in error(small, method, path, status)
    allowed = small.ask(method, path).headers.get("allow", "")
    assert bool(allowed) == (status == 405)


@pytest.mark.parametrize("path", ["/api/v1/deliveries", "/api/v1/destinations", "/api/v1/openapi.json"])
def test_head_tells_all_but_the_body(small: Room, path: str) -> None:
    """HEAD gives the headers of GET and no body."""
    whole, head = small.get(path), small.ask("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]


def wired(room: Room, head: str, body: bytes = b"") -> bytes:
    """The first line a request gets that stops in the middle of its body."""
    with socket.create_connection(("127.0.0.1", urlsplit(room.address).port or 0), timeout=20) as wire:
        wire.sendall(f"POST /api/v1/articles HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode() + body)
        return wire.recv(65536).split(b"\r\n", 1)[0]


@pytest.mark.parametrize(
    ("length", "answer"), [("8000001", b" 413 "), ("99999999999999999999", b" 400 ")]
)  # the parser of HTTP takes no number so large for one
def test_a_body_announced_too_large_is_not_read(small: Room, length: str, answer: bytes) -> None:
    """What says that it is too large is refused before it is sent."""
    assert answer in wired(small, f"Authorization: Bearer {TOKEN}\r\nContent-Length: {length}")


def test_a_body_that_grows_too_large_is_not_read_on(small: Room) -> None:
    """What says nothing of its length is refused as soon as it is too large, and may be as large as is allowed."""
    head = f"Authorization: Bearer {TOKEN}\r\nTransfer-Encoding: chunked"
    blank = b" " * 8_000_000
    assert b" 413 " in wired(small, head, b"7a1201\r\n" + blank + b" ")
    assert b" 422 " in wired(small, head, b"7a1200\r\n" + blank + b"\r\n0\r\n\r\n")


def test_a_stranger_sends_no_body(small: Room) -> None:
    """Who has no token is refused before a byte of the body is read."""
    assert b" 401 " in wired(small, "Content-Length: 1000000")


def test_a_caller_who_hangs_up_harms_nobody(small: Room) -> None:
    """A request that breaks off in its body stores nothing, and the next is answered."""
    with socket.create_connection(("127.0.0.1", urlsplit(small.address).port or 0), timeout=20) as wire:
        head = (
            f"POST /api/v1/articles HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 999\r\n\r\n"
        )
        wire.sendall(head.encode() + json.dumps(article()).encode())
    assert small.get("/api/v1/deliveries").json() == {"deliveries": []}


def test_a_database_that_is_gone_is_503(small: Room, tmp_path: Path) -> None:
    """While the database cannot be used the API says so, and the web lives on."""
    small.app.store.close()
    for file in (tmp_path / "var").glob("wireroom.db*"):
        file.unlink()
    (tmp_path / "var" / "wireroom.db").mkdir()
    assert error(small, "GET", "/api/v1/deliveries", 503)
    assert error(small, "POST", "/api/v1/articles", 503, json=article())
    assert small.get("/healthz").status_code == 200


def test_what_ought_never_to_happen_is_a_sentence_too(small: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake of the program's own is 500 with a sentence that gives nothing away."""

    def broken(_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(small.app.store, "log", broken)
    assert "secret" not in error(small, "GET", "/api/v1/deliveries", 500)
