"""The demo: a throw-away newsroom on the sandbox; the sample articles in, feeds, posts and log out."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wireroom import assets
from wireroom.app import Application, open_app
from wireroom.cli.output import bar, say, table
from wireroom.daemon import supervisor, tether
from wireroom.model.delivery import ENDED, Delivery, State
from wireroom.sandbox import running
from wireroom.sources import read_file
from wireroom.store import LogFilter

if TYPE_CHECKING:
    from wireroom.sandbox import Sandbox

PATIENCE = 60.0  # seconds the samples may take to be everywhere
_WIDE = 64  # characters of a headline the table has room for
_CHANNELS = ("feed", "x", "facebook")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays: its newsroom and what serves it."""

    app: Application
    sandbox: Sandbox
    web: str


def demo(*, once: bool) -> int:
    """Publish the samples in a throw-away newsroom, show what came of them; 0 when every one is everywhere.

    With `once` it all ends then; without, it is served until Ctrl-C.
    """
    home = Path(tempfile.mkdtemp(prefix="wireroom-demo-"))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be told to stop is to be interrupted
    try:
        with _stage(home) as stage:
            missing = _play(stage)
            if once:
                say("That was all; newsroom and servers are gone again. `wireroom demo --keep` leaves them up.")
            else:
                _serve()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 1 if missing else 0


@contextlib.contextmanager
def _stage(home: Path) -> Iterator[Stage]:
    with running(port=_port(8099)) as sandbox:
        listen = f"127.0.0.1:{_port(8080)}"
        _furnish(home, listen, sandbox.url.rpartition("/")[2])
        with open_app(home, env=os.environ) as app, _daemon(home):
            yield Stage(app, sandbox, f"http://{listen}")


def _furnish(home: Path, listen: str, sandbox: str) -> None:
    """A newsroom with the shipped settings, on addresses of its own."""
    settings = assets.sample_settings().read_text(encoding="utf-8")
    for key, value in (("listen", listen), ("sandbox", sandbox)):
        settings, found = re.subn(rf'(?m)^({key}\s*=\s*)"[^"]*"', rf'\g<1>"{value}"', settings)
        if found != 1:
            raise AssertionError(f"the shipped settings hold no single `{key}`")
    (home / "config").mkdir()
    (home / "config" / "wireroom.toml").write_text(settings, encoding="utf-8")


@contextlib.contextmanager
def _daemon(home: Path) -> Iterator[None]:
    log = home / "daemon.log"
    line = tether.command(signal.SIGTERM, [sys.executable, "-m", "wireroom", "run", "--home", str(home)])
    with log.open("wb") as output:
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        process.wait(supervisor.GRACE)


def _play(stage: Stage) -> list[str]:
    samples = sorted(path for path in assets.samples().iterdir() if path.suffix in {".txt", ".md", ".json"})
    uids = [_publish(stage.app, path) for path in samples]
    _wait(stage.app, len(uids))
    deliveries = stage.app.store.log(LogFilter(limit=1000))
    rows = [_row(uid, [each for each in deliveries if each.uid == uid]) for uid in uids]
    missing = [row["article"] for row in rows if any(row[channel] != "delivered" for channel in _CHANNELS)]
    _tell(stage, rows, deliveries, missing)
    return missing


def _publish(app: Application, path: Path) -> str:
    draft = read_file(path, publications=app.settings.publications, now=app.store.now())
    taken = app.intake.take(draft)
    app.wake({delivery.destination: delivery.breaking for delivery in taken.fresh})
    return taken.article.uid


def _wait(app: Application, articles: int) -> None:
    end = time.monotonic() + PATIENCE
    with bar(f"{articles} articles on their way", articles * len(_CHANNELS)) as progress:
        while time.monotonic() < end:
            tally = app.store.tally()
            progress.at(tally_of(tally, ENDED))
            if tally_of(tally, ENDED) == sum(tally.values()):
                return
            time.sleep(0.1)


def tally_of(tally: Mapping[tuple[str, str], int], states: frozenset[State]) -> int:
    """How many deliveries are in one of `states`."""
    return sum(number for (_, state), number in tally.items() if State(state) in states)


def _row(uid: str, deliveries: Sequence[Delivery]) -> dict[str, str]:
    states = {each.channel: each.state.value for each in deliveries}
    title = deliveries[0].title if deliveries else uid
    return {"article": title, **{channel: states.get(channel, "missing") for channel in _CHANNELS}}


def _tell(stage: Stage, rows: list[dict[str, str]], deliveries: Sequence[Delivery], missing: list[str]) -> None:
    cells = [[_short(row["article"]), *(row[name] for name in _CHANNELS)] for row in rows]
    table(["article", "feed", "X", "Facebook"], cells)
    _show_posts(deliveries)
    feeds = sorted({each.destination for each in deliveries if each.channel == "feed"})
    addresses = ", ".join(f"{stage.web}/feeds/{name}/rss.xml" for name in feeds)
    done = sum(each.state is State.DELIVERED for each in deliveries)
    say(f"{len(rows)} sample articles became {done} deliveries: feed items, posts on X and on a Facebook Page.")
    say(f"Feeds       {addresses} (also atom.xml, feed.json)")
    say(f"Posts       {stage.sandbox.url}/  what readers of X and Facebook would see")
    say(f"Log         {stage.web}/  every delivery, its exact post, every request and answer")
    say(f"Newsroom    {stage.app.settings.home}  settings in config/, all else in var/")
    say(f"By hand     wireroom log --home {stage.app.settings.home}   (also: publish, preview, show, destinations)")
    if missing:
        say(f"Missing     {'; '.join(map(_short, missing))}")
        log = (stage.app.settings.home / "daemon.log").read_text(encoding="utf-8", errors="replace")
        say("The daemon's last words:\n" + "\n".join(log.splitlines()[-5:]))


def _short(title: str) -> str:
    return title if len(title) <= _WIDE else title[: _WIDE - 1].rstrip() + "…"


def _show_posts(deliveries: Sequence[Delivery]) -> None:
    """The log's newest delivery of each social channel, with the platform's proof."""
    say()
    for each in deliveries[:6]:
        say(f"  {each.id:>3}  {each.destination:<13} {each.state.value:<10} {each.remote_url or each.reason}")
    say("  …  `wireroom log` shows them all\n")


def _serve() -> None:
    say("All this stays up until Ctrl-C.")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)


def _port(usual: int) -> int:
    """The usual port where it is free, any free one otherwise."""
    for port in (usual, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("no free port")
