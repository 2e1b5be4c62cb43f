"""A whole newsroom put back to a backup: whatever went out since, nothing is posted twice and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.daemon.test_daemon import once_each
from tests.newsrooms import Newsroom, newsroom

from wireroom.sandbox import Sandbox

pytestmark = pytest.mark.timeout(240)

UNDATED = """\
---
title: The quay without a date
publication: harbor-post
---

Nobody knows when this was written, but it was published once.
"""


def check_nothing_is_posted_twice(room: Newsroom, sandbox: Sandbox) -> None:
    """Five articles out, two queued, a backup; then all seven and three more go out; back; the three come again."""
    (room.home / "undated.md").write_text(UNDATED)
    paths = [*room.articles(9), str(room.home / "undated.md")]
    backup = str(room.home / "backup.db")
    room.command("start")
    room.command("publish", *paths[:5], "--wait")
    room.command("stop")
    room.command("publish", *paths[5:7])
    room.command("backup", backup)
    room.command("start")
    room.command("publish", *paths[7:], "--wait")
    room.settled()
    once_each(sandbox, 10)
    room.command("stop")
    assert "4 may have gone out since" in room.command("restore", backup, "--yes").stdout
    room.command("start")
    rows = room.settled()
    assert ({row["state"] for row in rows}, len(rows)) == ({"delivered"}, 21)
    once_each(sandbox, 10)
    room.command("publish", *paths[7:], "--wait")
    rows = room.settled()
    assert ({row["state"] for row in rows}, len(rows)) == ({"delivered"}, 30)
    once_each(sandbox, 10)
    assert {row["remote_id"] for row in rows if row["destination"] == "x"} == {
        post["id"] for post in sandbox.posts("x")
    }
    room.command("publish", str(room.article("late-ferry", "This one is really new.")), "--wait")
    once_each(sandbox, 11)


def test_nothing_is_posted_twice(room: Newsroom, sandbox: Sandbox) -> None:
    """On SQLite: what the backup had queued, and what is published again, is found where it is; new articles go out."""
    check_nothing_is_posted_twice(room, sandbox)


def test_nothing_is_posted_twice_on_postgres(
    tmp_path: Path, sandbox: Sandbox, postgres_url: str, redis_url: str
) -> None:
    """The same on Postgres with an outside Redis."""
    place = f"127.0.0.1:{sandbox.port}"
    with newsroom(tmp_path / "home", place, database=postgres_url, broker=redis_url) as room:
        check_nothing_is_posted_twice(room, sandbox)
