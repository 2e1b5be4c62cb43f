"""The daemon as a person runs it: processes, signals, and posts that go out once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.newsrooms import Newsroom, newsroom, until

from wireroom.model.sandbox import SANDBOX_X
from wireroom.sandbox import Sandbox

pytestmark = pytest.mark.timeout(240)


def listening(room: Newsroom) -> set[int]:
    """The TCP ports the newsroom's processes listen on."""
    inodes = set()
    for pid in room.family():
        for link in Path(f"/proc/{pid}/fd").iterdir():
            target = str(link.readlink())
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def once_each(sandbox: Sandbox, number: int) -> None:
    """Every link stands on each platform exactly once."""
    for platform in ("x", "facebook"):
        links = Counter(str(post["link"]) for post in sandbox.posts(platform))
        assert len(links) == number, f"{platform}: {len(links)} of {number} articles"
        assert set(links.values()) == {1}, f"{platform}: posted twice: {[k for k, v in links.items() if v > 1]}"


def test_what_was_queued_goes_out_when_the_daemon_comes_up(room: Newsroom, sandbox: Sandbox) -> None:
    """Published with the daemon down, posts are queued, and all go out when it comes up; nothing else listens."""
    told = room.told("publish", *room.articles(3))
    assert [len(each["deliveries"]) for each in told] == [3, 3, 3]
    room.command("start")
    rows = room.settled()
    assert {row["state"] for row in rows} == {"delivered"}
    once_each(sandbox, 3)
    assert listening(room) == {room.port}
    assert room.command("stop").returncode == 0
    until(lambda: not room.family(), "every process of the daemon is gone")


def test_a_second_daemon_is_refused(room: Newsroom) -> None:
    """A second daemon in one newsroom is refused with the first one's pid, by `run` and by `start`."""
    room.command("start")
    first = room.pid()
    for word in ("run", "start"):
        refused = room.command(word, check=False)
        assert refused.returncode == 1
        assert f"pid {first}" in refused.stderr
    assert room.pid() == first
    assert f"pid {first}" in room.command("status").stdout


def test_a_stopped_daemon_has_no_living_part(room: Newsroom) -> None:
    """At once after `stop`, `status` says that nothing runs, and ends with 1."""
    room.command("start")
    room.command("stop")
    told = room.command("status", "--json", check=False)
    assert told.returncode == 1
    shape = json.loads(told.stdout)
    assert (shape["running"], shape["pid"]) == (False, None)
    assert [part["alive"] for part in shape["parts"]] == [False, False]


def test_published_while_up_it_goes_out_at_once(room: Newsroom, sandbox: Sandbox) -> None:
    """With the daemon up, `publish --wait` returns when everything is out."""
    room.command("start")
    told = room.told("publish", str(room.article("one-ferry")), "--wait")
    assert told[0]["new"]
    assert {row["state"] for row in room.log()} == {"delivered"}
    once_each(sandbox, 1)


def test_stop_finishes_what_is_on_the_wire(room: Newsroom, sandbox: Sandbox) -> None:
    """Stopped in the middle of a burst, nothing is lost and nothing sent twice; the rest goes out at the next start."""
    sandbox.fault(fault="drip", seconds=0.002, count=None, when="after")
    room.command("start")
    room.command("publish", *room.articles(20))
    until(lambda: len(sandbox.posts()) >= 5, "some are out")
    room.command("stop")
    states = Counter(row["state"] for row in room.log())
    assert states["sending"] == 0
    assert states["unconfirmed"] == 0
    room.command("start")
    assert {row["state"] for row in room.settled()} == {"delivered"}
    once_each(sandbox, 20)


def test_killed_in_a_burst_every_post_is_there_once(room: Newsroom, sandbox: Sandbox) -> None:
    """After kill -9 of every process during a burst of 50 articles and a restart, each post is there exactly once."""
    room.command("start")
    room.command("publish", *room.articles(50))
    until(lambda: len(sandbox.posts()) >= 20, "the burst is under way")
    room.kill_all()
    room.command("start")
    rows = room.settled(90)
    assert {row["state"] for row in rows} == {"delivered"}
    once_each(sandbox, 50)


def test_whatever_kills_the_supervisor_takes_the_rest_along(room: Newsroom) -> None:
    """When the supervisor alone is killed, its parts and its broker end by themselves."""
    room.command("start")
    pid = room.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: not room.family(), "parts and broker are gone", 60)


def test_parts_and_broker_are_started_again(room: Newsroom, sandbox: Sandbox) -> None:
    """Killed one by one, worker, scheduler, web and broker come back, and what is published then goes out."""
    room.command("start")
    for pid in room.family():
        if pid != room.pid():
            os.kill(pid, signal.SIGKILL)
    room.command("publish", str(room.article("one-ferry")))
    assert {row["state"] for row in room.settled()} == {"delivered"}
    once_each(sandbox, 1)


@pytest.mark.parametrize("fault", ["close", "status"])
def test_an_unclear_answer_is_settled(room: Newsroom, sandbox: Sandbox, fault: str) -> None:
    """Posted and then answered by silence or a 503: one post each, found and confirmed under the platform's id."""
    for platform in ("x", "facebook"):
        sandbox.fault(fault=fault, when="after", platform=platform)
    room.command("start")
    room.command("publish", str(room.article("one-ferry")))
    rows = {row["destination"]: row for row in room.settled()}
    once_each(sandbox, 1)
    for name, platform in (("x", "x"), ("page", "facebook")):
        told = room.told("show", rows[name]["id"])[0]
        assert [move["move"] for move in told["moves"]] == ["plan", "claim", "lose", "confirm"]
        assert told["remote_id"] == sandbox.posts(platform)[0]["id"]


def test_a_wrong_token_waits_for_a_person(room: Newsroom, sandbox: Sandbox) -> None:
    """A revoked token locks its own destination with what to do; others go on; after `resume` what waited goes out."""
    sandbox.fault(fault="unauthorized", when="before", platform="x", count=None)
    room.command("start")
    room.command("publish", *room.articles(2))
    until(lambda: room.told("destinations")[1]["state"] == "locked", "the X account is locked")
    until(lambda: len(sandbox.posts("facebook")) == 2, "the Page goes on")
    assert not sandbox.posts("x")
    assert "`wireroom resume`" in room.told("destinations")[1]["reason"]
    sandbox.state.faults.clear()
    room.command("resume", "x")
    assert {row["state"] for row in room.settled()} == {"delivered"}
    once_each(sandbox, 2)


def test_after_an_outage_what_is_late_goes_out_spaced(room: Newsroom, sandbox: Sandbox) -> None:
    """What waited for a daemon that was down goes out one each gap; breaking news and other destinations go at once."""
    settings = room.home / "config" / "wireroom.toml"
    gap = 'gap = { every = "2s", late = "1s" }'
    settings.write_text(settings.read_text().replace("[destinations.x]", f"[destinations.x]\n{gap}"))
    room.command("publish", *room.articles(4))
    room.command("publish", str(room.article("flash")), "--breaking")
    written = max(datetime.fromisoformat(row["created"]) for row in room.log())
    until(lambda: datetime.now(UTC) > written + timedelta(seconds=1), "all of it is late")
    room.command("start")
    rows = room.settled()
    assert {row["state"] for row in rows} == {"delivered"}
    once_each(sandbox, 5)
    order = sorted((row["delivered"], row["title"]) for row in rows if row["destination"] == "x")
    assert [title for _, title in order] == ["Flash", *(f"Ferry number {number}" for number in range(4))]
    times = [datetime.fromisoformat(at) for at, _ in order[1:]]
    assert times[-1] - times[0] > timedelta(seconds=4)  # three gaps, less what the first one took to be sent
    assert max(row["delivered"] for row in rows if row["destination"] != "x") < order[-1][0]


def test_new_keys_are_read_when_a_destination_is_resumed(room: Newsroom, sandbox: Sandbox) -> None:
    """A key that was wrong in its file is read anew after `resume`, without a restart of the daemon."""
    key = room.home / "config" / "token"
    key.write_text("1000000000000000001-no-such-token")
    settings = room.home / "config" / "wireroom.toml"
    named = f'base_url = "sandbox"\naccess_token = {{ file = "{key}" }}\n'
    settings.write_text(settings.read_text().replace('base_url = "sandbox"\n', named, 1))
    room.command("start")
    room.command("publish", str(room.article("one-ferry")))
    until(lambda: room.told("destinations")[1]["state"] == "locked", "the X account is locked")
    key.write_text(SANDBOX_X["access_token"])
    room.command("resume", "x", "--yes")
    assert {row["state"] for row in room.settled()} == {"delivered"}
    once_each(sandbox, 1)


def test_in_the_foreground_it_ends_with_zero_on_sigterm(room: Newsroom) -> None:
    """`wireroom run` ends with exit code 0 when it is told to stop."""
    line = [sys.executable, "-m", "wireroom", "run", "--home", str(room.home)]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: room.pid() is not None, "the daemon holds its lock")
    process.terminate()
    assert process.wait(30) == 0
    until(lambda: not room.family(), "every process of the daemon is gone")


def test_a_taken_port_is_one_clear_line(room: Newsroom) -> None:
    """A listen address in use is told in one line that names the setting, and nothing is started."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", room.port))
        taken.listen()
        refused = room.command("run", check=False)
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"wireroom: wireroom.listen: 127.0.0.1:{room.port} cannot be used")
    assert len(refused.stderr.splitlines()) == 1
    assert not room.family()


def test_on_postgres_and_an_outside_redis(tmp_path: Path, sandbox: Sandbox, postgres_url: str, redis_url: str) -> None:
    """The same service on Postgres and a Redis of somebody else's."""
    place = f"127.0.0.1:{sandbox.port}"
    with newsroom(tmp_path / "home", place, database=postgres_url, broker=redis_url) as room:
        room.command("publish", *room.articles(3))
        room.command("start")
        assert {row["state"] for row in room.settled()} == {"delivered"}
        once_each(sandbox, 3)
        room.kill_all()
        room.command("start")
        room.command("publish", str(room.article("late-ferry")), "--wait")
        once_each(sandbox, 4)
