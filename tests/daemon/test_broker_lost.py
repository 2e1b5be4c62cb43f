"""A broker that loses everything loses nothing: it only ever carried hints."""

from __future__ import annotations

import os
import signal

import pytest
from tests.daemon.test_daemon import once_each
from tests.newsrooms import Newsroom, until

from wireroom.broker import redis_client
from wireroom.sandbox import Sandbox

pytestmark = pytest.mark.timeout(240)


def test_an_embedded_redis_that_loses_all_its_data_loses_nothing(room: Newsroom, sandbox: Sandbox) -> None:
    """Flushed again and again in a burst, then killed with -9 in the middle of it: every post is there once."""
    sandbox.fault(fault="drip", seconds=0.001, count=None, when="after")
    room.command("start")
    url = (room.home / "var" / "run" / "broker.url").read_text().strip()
    room.command("publish", *room.articles(15))
    with redis_client(url) as client:
        for out in (2, 5, 10):
            until(lambda out=out: len(sandbox.posts()) >= out, f"{out} posts are out")  # type: ignore[misc]
            client.flushall()
    room.command("publish", *room.articles(30))
    until(lambda: len(sandbox.posts()) >= 35, "the second burst is under way")
    with redis_client(url) as client:
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
    rows = room.settled(90)
    assert ({row["state"] for row in rows}, len(rows)) == ({"delivered"}, 90)
    once_each(sandbox, 30)
    room.command("publish", str(room.article("late-ferry")), "--wait")
    once_each(sandbox, 31)
