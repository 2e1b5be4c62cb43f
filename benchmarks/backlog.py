"""Thousands of articles queued while X refuses from the hundredth call on: who is held up, and who is not.

`python -m benchmarks.backlog [ARTICLES [SECONDS]]`: the sandbox refuses X's 100th post with 429 and a reset, and each
call after it until that time is over; Facebook and the feed take what comes.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.newsroom import draft, folder, free_port, process, until
from wireroom.app import Application, open_app
from wireroom.sandbox import Sandbox, running

NUMBER, FIRST = 10_000, 99
REST = 300.0  # seconds X asks to wait
PENDING = ("planned", "sending", "unconfirmed")

_SETTINGS = """
[wireroom]
listen = "127.0.0.1:{port}"
sandbox = "127.0.0.1:{sandbox}"
[publications.bench]
name = "Bench"
url = "https://bench.example.org"
[destinations.feed]
channel = "feed"
[destinations.x]
channel = "x"
base_url = "sandbox"
gap = "0s"
[destinations.page]
channel = "facebook"
base_url = "sandbox"
gap = "0s"
"""


@dataclass(frozen=True)
class Held:
    """What came of it: seconds after the start when each destination had everything, and X's calls by then."""

    articles: int
    rest: float
    facebook_done: float
    feed_done: float
    refused_at: float
    x_done: float
    x_calls_before_reset: int
    posts: dict[str, int]
    left: int

    @property
    def kept(self) -> bool:
        """Whether the promise was kept: no call before the reset, nobody held up, nothing lost, nothing twice."""
        whole = set(self.posts.values()) == {self.articles} and not self.left
        return whole and self.x_calls_before_reset == FIRST + 1 and self.facebook_done < self.refused_at + self.rest


def measure(number: int, rest: float) -> Held:
    """Queue so many articles, start the daemon, and watch until all have gone everywhere."""
    with running(limited=False) as sandbox, folder() as home:
        _furnish(home, sandbox)
        sandbox.fault(fault="rate-limit", seconds=rest, skip=FIRST, count=None, platform="x")
        with open_app(home, env=os.environ) as app:
            for each in range(number):
                app.intake.take(draft(each))
            began = time.monotonic()
            with process("wireroom", "run", "--home", str(home)):
                return _watch(app, sandbox, number, began, rest)


def _furnish(home: Path, sandbox: Sandbox) -> None:
    (home / "config").mkdir()
    text = _SETTINGS.format(port=free_port(), sandbox=sandbox.port)
    (home / "config" / "wireroom.toml").write_text(text)


def _watch(app: Application, sandbox: Sandbox, number: int, began: float, rest: float) -> Held:
    until(lambda: _calls(sandbox) > FIRST, 120)
    refused = time.monotonic() - began
    marks = {"page": 0.0, "feed": 0.0}
    calls = 0
    while time.monotonic() - began < refused + rest - 2:
        calls = _calls(sandbox)
        for name in [name for name, at in marks.items() if not at and not _left(app, name)]:
            marks[name] = time.monotonic() - began
        time.sleep(0.2)
    with sandbox.state.lock:
        sandbox.state.faults.clear()
    until(lambda: not _left(app, "x"), 600)
    done = time.monotonic() - began
    until(lambda: not _left(app), 900)
    late = time.monotonic() - began
    return Held(
        articles=number,
        rest=rest,
        facebook_done=marks["page"] or late,
        feed_done=marks["feed"] or late,
        refused_at=refused,
        x_done=done,
        x_calls_before_reset=calls,
        posts={platform: len(sandbox.posts(platform)) for platform in ("x", "facebook")},
        left=_left(app),
    )


def _calls(sandbox: Sandbox) -> int:
    """Calls that would have posted on X, refused ones too."""
    with sandbox.state.lock:
        return sum(plan.seen for plan in sandbox.state.faults.plans)


def _left(app: Application, name: str = "") -> int:
    tally = app.store.tally()
    return sum(count for (place, state), count in tally.items() if state in PENDING and name in ("", place))


def run(number: int = NUMBER, rest: float = REST) -> Iterator[str]:
    """Lines with the figures."""
    held = measure(number, rest)
    yield f"{number} articles to feed, X and Facebook; X refuses from call {FIRST + 1} on and asks to wait {rest:.0f} s"
    yield f"X refused {held.refused_at:.1f} s after the start; calls until its reset: {held.x_calls_before_reset}"
    yield f"Facebook had all of them after {held.facebook_done:.1f} s, the feed after {held.feed_done:.1f} s"
    yield f"X had all of them after {held.x_done:.1f} s; posts {held.posts}; left over: {held.left}"
    yield "kept" if held.kept else "NOT KEPT"


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        for line in run(*(int(word) for word in sys.argv[1:2]), *(float(word) for word in sys.argv[2:3])):
            print(line, flush=True)
