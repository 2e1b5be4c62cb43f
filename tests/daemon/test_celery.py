"""Celery's side of the daemon: other programs send articles by name, and nothing but JSON is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery
from kombu.connection import Connection
from tests.newsrooms import newsroom, until

from wireroom.broker import QUEUE
from wireroom.sandbox import Sandbox

pytestmark = pytest.mark.timeout(120)
ARTICLE = {
    "id": "17",
    "title": "A ferry by another program",
    "publication": "harbor-post",
    "published_at": "2026-01-10T09:00:00+09:00",
    "body_text": "It left on time.",
    "tags": ["ferries"],
}


def test_another_program_publishes_by_name(tmp_path: Path, sandbox: Sandbox, redis_url: str) -> None:
    """`wireroom.publish`, sent by a program that knows only its name, is posted once however often it is sent."""
    with newsroom(tmp_path / "home", f"127.0.0.1:{sandbox.port}", broker=redis_url) as room:
        room.command("start")
        with Celery("cms", broker=redis_url, set_as_current=False) as other:
            for queue in ({}, {"queue": QUEUE}, {}):
                other.send_task("wireroom.publish", args=[ARTICLE], **queue)
        until(lambda: len(room.log()) == 3, "the article is taken in")
        rows = room.settled()
        assert {row["title"] for row in rows} == {"A ferry by another program"}
        assert len(sandbox.posts("x")) == 1


def test_anything_but_json_is_refused(tmp_path: Path, sandbox: Sandbox, redis_url: str) -> None:
    """A message that is not JSON is refused unread, and the worker goes on."""
    with newsroom(tmp_path / "home", f"127.0.0.1:{sandbox.port}", broker=redis_url) as room:
        room.command("start")
        with Connection(redis_url) as connection, connection.SimpleQueue(QUEUE) as queue:  # type: ignore[no-untyped-call]
            for kind in ("application/x-python-serialize", "application/x-yaml"):
                queue.put(b"cos\nsystem\n(S'touch /tmp/owned'\ntR.", content_type=kind, content_encoding="binary")
        room.command("publish", str(room.article("one-ferry")), "--wait")
        assert {row["state"] for row in room.log()} == {"delivered"}
        until(lambda: "refus" in log_of(room.home) or "disallowed" in log_of(room.home).lower(), "the refusal is told")


def log_of(home: Path) -> str:
    """What the daemon has said."""
    return (home / "var" / "log" / "wireroom.log").read_text()
