"""The site as strangers and people here meet it: who may see the dashboard, and what everybody may have."""

from __future__ import annotations

import base64
import re

import pytest
from tests.web.conftest import TOKEN, Opener, Room

PAGES = ["/", "/deliveries/1"]


def basic(password: str, name: str = "editor") -> dict[str, str]:
    """The header of a browser that asked for a password."""
    return {"authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("host", ["", "localhost", "LOCALHOST:80", "127.0.0.1:9", "[::1]:8080", "wireroom.localhost"])
def test_who_sits_here_just_looks(small: Room, path: str, host: str) -> None:
    """From this machine, under one of its names, no word is asked for."""
    small.publish()
    headers = {"host": host} if host else {}
    assert small.get(path, headers=headers).status_code == 200


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"x-real-ip": "127.0.0.1"},
        {"via": "1.1 proxy"},
        {"host": "attacker.example:8080"},
        {"host": "127.0.0.1.attacker.example"},
        {"host": "localhost.attacker.example"},
        {"host": "attacker.example@127.0.0.1:x"},
        {"host": "192.168.1.7"},
        {"x-forwarded-for": "127.0.0.1", "host": "localhost"},
        {"host": "attacker.example", "authorization": f"Basic {TOKEN}"},
        {"host": "attacker.example", **basic("wrong")},
        {"host": "attacker.example", **basic("")},
        {"host": "attacker.example", **basic("x", name=TOKEN)},
        {"host": "attacker.example", "authorization": "Basic \xff"},
    ],
)
def test_a_stranger_wants_the_token(small: Room, path: str, headers: dict[str, str]) -> None:
    """What a proxy passes on, and what comes under a stranger's name, is asked for the token, and told nothing."""
    small.publish()
    answer = small.get(path, headers={name: value.encode("latin-1") for name, value in headers.items()})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert "Ferry" not in answer.text


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("headers", [basic(TOKEN), basic(TOKEN, name=""), {"authorization": f"Bearer {TOKEN}"}])
def test_the_token_opens_from_anywhere(small: Room, path: str, headers: dict[str, str]) -> None:
    """The token is the password, whatever the name."""
    small.publish()
    told = small.get(path, headers={"x-forwarded-for": "203.0.113.7", "host": "news.example", **headers})
    assert told.status_code == 200
    assert "Ferry" in told.text


def test_a_newsroom_behind_a_proxy_asks_everybody(open_room: Opener) -> None:
    """With a token and an address of its own outside, this machine is asked as well: a proxy looks just like it."""
    with open_room(public_url="https://feeds.harbor.example.org") as room:
        assert room.get("/", headers={}).status_code == 401
        assert room.get("/", headers=basic(TOKEN)).status_code == 200


def test_without_a_token_only_this_machine_looks(open_room: Opener) -> None:
    """A newsroom that has set no token shows its dashboard here and nowhere else, and asks for no password."""
    with open_room(api_token=None) as room:
        assert room.get("/", headers={}).status_code == 200
        refused = room.get("/", headers={"x-forwarded-for": "203.0.113.7", **basic("")})
        assert refused.status_code == 403
        assert "www-authenticate" not in refused.headers
        assert "api_token" in refused.text


def test_head_and_other_methods(small: Room) -> None:
    """HEAD tells all but the body; the dashboard changes nothing, so nothing can be posted to it."""
    small.publish()
    for path in PAGES:
        head = small.ask("HEAD", path, headers={})
        assert (head.status_code, head.content) == (200, b"")
        refused = small.post(path)
        assert (refused.status_code, refused.headers["content-type"]) == (405, "text/plain; charset=utf-8")
        assert refused.text.count("\n") == 1


def test_an_address_nobody_knows_is_a_plain_line(small: Room) -> None:
    """Outside the API an unknown address is 404 with one plain line that repeats no markup as markup."""
    answer = small.get("/%3Cscript%3E")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.fullmatch(r"[^\n]+\.\n", answer.text)


@pytest.mark.parametrize(("name", "kind"), [("rss.xml", "rss"), ("atom.xml", "atom"), ("feed.json", "feed")])
def test_feeds_are_served_to_anybody(room: Room, name: str, kind: str) -> None:
    """The feeds of the newsroom are at their addresses, for everybody, with exact conditional GET."""
    assert room.get(f"/feeds/feed/{name}", headers={}).status_code == 404
    room.publish(title="Ferry one sails")
    assert room.app.lanes.drain("feed")
    headers = {"x-forwarded-for": "203.0.113.7", "host": "feeds.example"}
    answer = room.get(f"/feeds/feed/{name}", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(f"application/{kind}+")
    assert "Ferry one sails" in answer.text
    again = room.get(f"/feeds/feed/{name}", headers={**headers, "if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
