"""`wireroom alert` and the troubles of `wireroom status`: what is wrong, who is told, what gets through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wireroom.app import open_app
from wireroom.model.trouble import Trouble, TroubleKind
from wireroom.testing.standin import Reply, StandIn, closed_port

Typed = Callable[..., Any]
LOCKED = Trouble(TroubleKind.LOCKED, "birds", "birds waits for a person: the token was revoked.")
FAILED = [Trouble(TroubleKind.FAILED, f"birds/{number}", f"birds: {number} has failed.") for number in (1, 2, 3)]


@pytest.fixture
def desk() -> Iterator[StandIn]:
    """A receiver of alerts."""
    with StandIn(lambda _: Reply()) as desk:
        yield desk


def tell(newsroom: Path, *places: str) -> None:
    """Name addresses in the newsroom's settings."""
    settings = newsroom / "config" / "wireroom.toml"
    settings.write_text(settings.read_text() + f"\n[alerts]\nto = [{', '.join(places)}]\n")


def note(newsroom: Path, *troubles: Trouble) -> None:
    """Let the watch have found something."""
    with open_app(newsroom, env={}) as app:
        app.store.note(troubles)


def at(address: str) -> str:
    """An Apprise address of a receiver, with a password in it."""
    return f"json://desk:hunter2@{address.partition('://')[2]}/"


def test_a_test_message_goes_to_every_address(wireroom: Typed, newsroom: Path, desk: StandIn) -> None:
    """Each address is sent a message and told what came of it; one that is deaf is a no, and no address is shown."""
    (newsroom / "config" / "desk").write_text(at(desk.address))
    tell(newsroom, '{ file = "config/desk" }', '{ env = "DEAF" }', '{ env = "ODD" }', '{ env = "NOT_SET" }')
    env = {"DEAF": at(closed_port()), "ODD": "hunter2 at no service"}
    said = wireroom("alert", "--test", env=env)
    assert said.code == 1
    first, second, third, fourth = said.out.splitlines()
    assert first == "ok  config/desk: its service took the message"
    assert second.startswith("no  DEAF: ")
    assert third.startswith("no  ODD: is no address that Apprise understands")
    assert fourth == "no  NOT_SET: the address is not there: set the variable, or write the file"
    assert "hunter2" not in said.out + said.err
    (asked,) = desk.asked
    assert asked.json["title"] == "Wireroom: a test"
    assert str(newsroom) in asked.json["message"]
    shapes = wireroom("alert", "--test", "--json", env=env).shapes
    assert [(shape["address"], shape["ok"]) for shape in shapes] == [
        ("config/desk", True),
        ("DEAF", False),
        ("ODD", False),
        ("NOT_SET", False),
    ]


def test_when_all_get_through_the_answer_is_yes(wireroom: Typed, newsroom: Path, desk: StandIn) -> None:
    """Exit 0 when every address took the message; exit 1 when there is nobody to send it to."""
    said = wireroom("alert", "--test")
    assert (said.code, said.out.startswith("no alert goes anywhere")) == (1, True)
    tell(newsroom, '{ env = "DESK" }')
    assert wireroom("alert", "--test", env={"DESK": at(desk.address)}).code == 0


def test_what_is_wrong_and_who_is_told(wireroom: Typed, newsroom: Path) -> None:
    """Without --test it lists the troubles, many of a kind as one line, and where alerts go; nothing is sent."""
    said = wireroom("alert")
    assert said.code == 0
    assert said.out.splitlines()[0] == "no trouble is known"
    tell(newsroom, '{ env = "DESK" }')
    note(newsroom, LOCKED, *FAILED)
    said = wireroom("alert")
    assert "! birds waits for a person: the token was revoked. (noticed " in said.out
    assert "! birds: 1 has failed. And 2 more like it on birds. (noticed " in said.out
    assert said.out.splitlines()[-1] == "alerts go to DESK"
    shapes = wireroom("alert", "--json").shapes
    assert [(shape["kind"], shape["subject"]) for shape in shapes] == [
        ("failed", "birds/1"),
        ("failed", "birds/2"),
        ("failed", "birds/3"),
        ("locked", "birds"),
    ]
    assert set(shapes[0]) == {"kind", "subject", "since", "noted", "told", "said"}


def test_status_says_the_same(wireroom: Typed, newsroom: Path) -> None:
    """`wireroom status` lists the troubles the watch last found, in words and as JSON."""
    note(newsroom, LOCKED)
    said = wireroom("status")
    assert (said.code, "! birds waits for a person" in said.out) == (1, True)
    assert [trouble["subject"] for trouble in wireroom("status", "--json").shapes[0]["troubles"]] == ["birds"]


def test_strict_status_counts_troubles(wireroom: Typed, newsroom: Path) -> None:
    """While the service runs, open troubles are a no only for --strict."""
    with open_app(newsroom, env={}) as app:
        for part in ("worker", "scheduler"):
            app.store.beat(part, f"{part}@elsewhere")
    assert wireroom("status", "--strict").code == 0
    note(newsroom, LOCKED)
    assert [wireroom("status").code, wireroom("status", "--strict").code] == [0, 1]


def test_check_tries_the_addresses(wireroom: Typed, newsroom: Path, desk: StandIn) -> None:
    """`wireroom check` says whether every address is understood, and sends nothing."""
    assert "ok  alerts: no address" in wireroom("check").out
    tell(newsroom, '{ env = "DESK" }', '{ env = "ODD" }')
    said = wireroom("check", env={"DESK": at(desk.address), "ODD": "hunter2"})
    assert "no  alerts: ODD is no address that Apprise understands" in said.out
    assert "hunter2" not in said.out
    assert "ok  alerts: go to DESK, ODD" in wireroom("check", env=dict.fromkeys(("DESK", "ODD"), at(desk.address))).out
    assert desk.asked == []
