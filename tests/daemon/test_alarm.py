"""The watch end to end: a daemon that loses a part, or whose post is taken away, calls a person at a real address."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.newsrooms import Newsroom, until

from wireroom.sandbox import Sandbox
from wireroom.testing.standin import Reply, StandIn

pytestmark = pytest.mark.timeout(240)

ALERTS = """
[alerts]
to = [{{ file = "config/desk" }}]
silence = "6s"
digest = "1s"
visible = "2s"
"""


@pytest.fixture
def desk(room: Newsroom) -> Iterator[StandIn]:
    """Where the newsroom's alerts come in."""
    with StandIn(lambda _: Reply()) as desk:
        (room.home / "config" / "desk").write_text(f"json://{desk.address.partition('://')[2]}/\n")
        settings = room.home / "config" / "wireroom.toml"
        settings.write_text(settings.read_text() + ALERTS.format())
        yield desk


def told(desk: StandIn) -> str:
    """All that came in."""
    return "\n".join(f"{asked.json['title']}\n{asked.json['message']}" for asked in desk.asked)


def kill(room: Newsroom, part: str) -> None:
    """End a part of the daemon as a crash does, if it is there."""
    for pid in room.family():
        with contextlib.suppress(OSError):
            if part in Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0"):
                os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def kept_dead(room: Newsroom, part: str) -> Iterator[None]:
    """Kill a part as often as it comes back, while the block lasts."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(0.05):
            kill(room, part)

    keeper = threading.Thread(target=keep)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def test_a_scheduler_that_dies_is_told_by_the_others(room: Newsroom, desk: StandIn) -> None:
    """While the scheduler is dead the others notice and call, /readyz and status say so, and its return is told."""
    room.command("start")
    with kept_dead(room, "scheduler"):
        until(lambda: "No scheduler has shown life" in told(desk), "somebody calls", 60)
        shape = json.loads(room.command("status", "--json").stdout)
        strict = room.command("status", "--strict", check=False)
        ready = requests.get(f"http://127.0.0.1:{room.port}/readyz", timeout=10)
    assert [trouble["kind"] for trouble in shape["troubles"]] == ["scheduler"]
    assert strict.returncode == 1
    assert (ready.status_code, ready.json()["scheduler"]) == (503, "down")
    assert [trouble["subject"] for trouble in ready.json()["troubles"]] == ["scheduler"]
    until(lambda: "Solved:" in told(desk), "its return is told", 90)
    assert [asked.json["title"] for asked in desk.asked] == ["Wireroom: 1 wrong", "Wireroom: 1 solved"]
    assert room.command("status", "--strict").stdout.endswith("no trouble is known\n")


def test_a_post_that_vanishes_is_told(room: Newsroom, desk: StandIn, sandbox: Sandbox) -> None:
    """Delivered and then gone from X: three looks do not find it, and a person is called; what is there is seen."""
    room.command("start")
    room.command("publish", str(room.article("one-ferry")), "--wait")
    (post,) = sandbox.state.x.every()
    assert sandbox.state.x.delete(post.id, post.user_id, sandbox.state.now())
    until(lambda: "is not to be seen there" in told(desk), "somebody calls", 60)
    ids = {row["destination"]: row["id"] for row in room.log()}
    shape = json.loads(room.command("status", "--json").stdout)
    assert [trouble["subject"] for trouble in shape["troubles"]] == [f"x/{ids['x']}"]
    assert "One ferry" in told(desk)
    assert "feed:" not in told(desk)
