"""Processes: who holds a lease, who is gone, who goes along, and which Redis is ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.newsrooms import until

from wireroom.daemon import embedded, supervisor, tether
from wireroom.holders import gone, holder, short
from wireroom.model.errors import Refused
from wireroom.settings import Settings


def test_a_living_holder_is_not_gone() -> None:
    """This process is there, and is told by part and host."""
    name = holder("worker")
    assert not gone(name)
    assert short(name).startswith("worker@")


def test_a_dead_holder_is_gone_and_its_pid_does_not_bring_it_back() -> None:
    """A process that ended is gone; so is one whose pid another process has now."""
    line = [sys.executable, "-c", "from wireroom.holders import holder; print(holder('worker'))"]
    dead = subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip()
    assert gone(dead)
    mine = holder("worker")
    assert gone(mine.rpartition("/")[0] + "/1")


@pytest.mark.parametrize("name", ["", "worker", "worker@elsewhere/x/1/1", "worker@a/b/c", "people"])
def test_nobody_else_is_ever_called_gone(name: str) -> None:
    """A holder on another machine, or a name we cannot read, is never taken for dead."""
    assert not gone(name)


def test_a_tied_process_goes_with_its_parent(tmp_path: Path) -> None:
    """However its parent ends, a process tied to it ends too."""
    told = tmp_path / "pid"
    child = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    parent = (
        "import subprocess, sys, signal, time\n"
        "from wireroom.daemon import tether\n"
        f"subprocess.Popen(tether.command(signal.SIGKILL, [sys.executable, '-c', {child!r}]))\n"
        "time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", parent])
    until(lambda: told.exists() and told.read_text().isdigit(), "the child has told its pid")
    pid = int(told.read_text())
    process.kill()
    process.wait()
    until(lambda: not alive(pid), "the child is gone")


def test_a_process_without_its_parent_does_not_start(tmp_path: Path) -> None:
    """A process whose parent died before it could be tied ends at once."""
    line = tether.command(signal.SIGTERM, [sys.executable, "-c", f"open({str(tmp_path / 'ran')!r}, 'w')"])
    line[5] = "1" if os.getpid() != 1 else "2"
    assert subprocess.run(line, check=False).returncode == -signal.SIGTERM
    assert not (tmp_path / "ran").exists()


def test_the_newest_redis_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server on the PATH is used when it is newer than the packaged one, and not when it is older."""
    usual = embedded.executable()
    for name, version, wanted in (("redis-server", "99.1.0", True), ("redis-server", "2.8.0", False)):
        path = tmp_path / version / name
        path.parent.mkdir()
        path.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0'\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{path.parent}:/usr/bin:/bin")
        assert embedded.executable() == (str(path) if wanted else usual)


def test_a_deep_home_still_gets_a_socket(tmp_path: Path) -> None:
    """Where the home's path is too long for a socket, the broker's socket is elsewhere and found by its pointer."""
    home = tmp_path / ("a" * 60) / ("b" * 60)
    settings = Settings(home=home)
    process, url = embedded.start(settings)
    try:
        assert (settings.run / "broker.url").read_text() == url
        assert str(home) not in url
    finally:
        process.terminate()
        process.wait()
        embedded.forget(settings)
    assert not Path(url.removeprefix("redis+socket://")).parent.exists()


def test_after_a_crash_the_broker_is_where_it_was(tmp_path: Path) -> None:
    """Also in a deep home a broker that starts anew, with nobody left to clear up, is at the socket the parts know."""
    settings = Settings(home=tmp_path / ("a" * 60) / ("b" * 60))
    first, url = embedded.start(settings)
    first.kill()
    first.wait()
    second, again = embedded.start(settings)
    second.kill()
    second.wait()
    embedded.forget(settings)
    assert again == url


def test_a_socket_in_somebody_elses_hands_is_not_used(tmp_path: Path) -> None:
    """A folder that others may write to is no place for the socket, though the pointer names it."""
    settings = Settings(home=tmp_path / ("a" * 60) / ("b" * 60))
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    theirs.chmod(0o777)
    settings.run.mkdir(parents=True)
    (settings.run / "broker.url").write_text(f"redis+socket://{theirs}/redis.sock")
    process, url = embedded.start(settings)
    process.kill()
    process.wait()
    embedded.forget(settings)
    assert str(theirs) not in url


def test_what_was_killed_starts_at_once_and_what_ends_by_itself_waits() -> None:
    """Kills in a row never lengthen the pause; ends with a code double it up to half a minute, until a run is long."""
    falls, pauses = 0, []
    for _ in range(50):
        falls, pause = supervisor.rest(-signal.SIGKILL, falls, lived=0.5)
        pauses.append(pause)
    assert (falls, set(pauses)) == (0, {0.5})
    pauses = []
    for _ in range(8):
        falls, pause = supervisor.rest(1, falls, lived=0.5)
        pauses.append(pause)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert supervisor.rest(-signal.SIGKILL, falls, lived=0.5) == (falls, 0.5)
    assert supervisor.rest(1, falls, lived=60) == (0, 0.5)


def test_a_newsroom_has_one_daemon(tmp_path: Path) -> None:
    """The lock names its holder's pid, refuses a second, and is free when it is let go."""
    with supervisor.Lock(tmp_path):
        assert supervisor.pid(tmp_path) == os.getpid()
        with pytest.raises(Refused, match=f"pid {os.getpid()}"), supervisor.Lock(tmp_path):
            pass
    assert supervisor.pid(tmp_path) is None


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
