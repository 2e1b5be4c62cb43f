"""Feeds served: requests a second of Wireroom's own web and of nginx with the configuration given, the same bytes.

Both have the same file, one process each, and the same load by wrk in turn; each figure is the median of its rounds.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx

from benchmarks.feeds import ITEMS, article, written
from benchmarks.newsroom import folder, free_port, process

ROUNDS, SECONDS, CONNECTIONS = 3, 3, 32
_HOME = """
[wireroom]
broker = "redis://127.0.0.1:1/0"
listen = "127.0.0.1:{port}"
[publications.bench]
name = "Bench"
url = "https://example.org"
[destinations.feed]
channel = "feed"
"""


def run() -> Iterator[str]:
    """Lines with the figures of both and their ratio for whole answers, packed ones, and 304."""
    if missing := [name for name in ("nginx", "wrk") if shutil.which(name) is None]:
        yield f"needs {' and '.join(missing)} on the PATH"
        return
    with folder() as home, _both(home) as (ours, theirs):
        size = len(httpx.get(f"{ours}/feeds/feed/rss.xml", headers={"accept-encoding": "identity"}).content)
        yield f"{ITEMS} items, {size} bytes, {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS} s in turn, medians"
        for name, headers in (("200", {}), ("200 gzip", {"Accept-Encoding": "gzip"}), ("304", {"If-None-Match": ""})):
            pairs = [(_load(ours, headers), _load(theirs, headers)) for _ in range(ROUNDS)]
            one, two = (statistics.median(figures) for figures in zip(*pairs, strict=True))
            ratios = sorted(own / other for own, other in pairs)
            yield (
                f"{name:<9} Wireroom {one:6.0f}/s   nginx {two:6.0f}/s   "
                f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            )


@contextlib.contextmanager
def _both(home: Path) -> Iterator[tuple[str, str]]:
    """Our web and nginx on one newsroom: their addresses."""
    port, other = free_port(), free_port()
    (home / "config").mkdir()
    (home / "config" / "wireroom.toml").write_text(_HOME.format(port=port))
    varied = [replace(article(number), title=f"Story {number}") for number in range(ITEMS)]
    written(home / "var" / "feeds", varied, precompress=["gzip"])
    with process("wireroom", "web", "--home", str(home)), _nginx(home, other, port):
        for address in (port, other):
            _wait(f"http://127.0.0.1:{address}/feeds/feed/rss.xml")
        yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{other}"


@contextlib.contextmanager
def _nginx(home: Path, port: int, ours: int) -> Iterator[None]:
    given = (Path(__file__).parent.parent / "config" / "nginx.conf").read_text()
    served = re.sub(r"listen 80;", f"listen 127.0.0.1:{port};", given)
    served = re.sub(r"root /srv/newsroom/var;", f"root {home / 'var'};", served)
    served = served.replace("127.0.0.1:8080", f"127.0.0.1:{ours}")
    page = home / "nginx.conf"
    page.write_text(
        f"worker_processes 1;\npid {home}/nginx.pid;\nerror_log {home}/nginx.log;\nuser root;\n"
        "events {}\nhttp {\naccess_log off;\nsendfile on;\ntcp_nopush on;\nkeepalive_requests 1000000;\n"
        f"{served}\n}}\n"
    )
    with subprocess.Popen(["nginx", "-c", str(page), "-g", "daemon off;"]) as server:
        try:
            yield
        finally:
            server.send_signal(signal.SIGTERM)


def _wait(address: str) -> None:
    for _ in range(300):
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(address).status_code == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"{address} does not answer")


def _load(server: str, headers: dict[str, str]) -> float:
    """Requests a second, every answer as it should be."""
    address = f"{server}/feeds/feed/rss.xml"
    sent = dict(headers)
    if "If-None-Match" in sent:
        plain = {"accept-encoding": "identity"}
        sent["If-None-Match"] = httpx.get(address, headers=plain).headers["etag"]
        assert httpx.get(address, headers=sent | plain).status_code == 304
    line = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    line += [part for name, value in sent.items() for part in ("-H", f"{name}: {value}")]
    told = subprocess.run([*line, address], check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in told, told
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found, told
    return float(found[1])
