"""A short storm over each database; the long ones are `make chaos`, and docs/reliability.md has their tables."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.storm.plan import HARMS, KILLS, counts, plan
from benchmarks.storm.processes import Signs, family, gone
from benchmarks.storm.report import complaints, shape
from benchmarks.storm.run import storm
from benchmarks.storm.stage import Order
from tests.newsrooms import until

pytestmark = [pytest.mark.timeout(240), pytest.mark.slow]
SEED = 13325  # of a plan with everything in it
ZEROS = ("missed", "lost", "twice", "wrong", "stuck", "left")


def test_the_short_plan_has_everything() -> None:
    """Eight kills of every kind, each harm once, and the clock stepped back by minutes."""
    numbers = counts(plan(SEED, 8))
    assert [kind for kind in (*KILLS, *HARMS) if not numbers[kind]] == []
    assert min(stroke.offset for stroke in plan(SEED, 8)) < -120


@pytest.mark.parametrize(
    "order",
    [
        Order(kills=8, seed=SEED, database="sqlite", lost=0.1, rate=2),
        Order(kills=8, seed=SEED, database="postgres", lost=0.1, rate=2),
    ],
    ids=lambda order: order.database,
)
def test_nothing_is_lost_or_doubled(order: Order) -> None:
    """Eight kills and what goes with them, a tenth of the answers lost: every post once, nothing stuck or left."""
    outcome = storm(order, lambda _: None)
    told = shape(outcome)
    assert {name: told[name] for name in ZEROS} == dict.fromkeys(ZEROS, 0), "\n".join(complaints(outcome))
    assert told["expected"] == told["once"] == 3 * outcome.articles > 0


@pytest.mark.timeout(300)
def test_stopped_by_hand_it_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C in the middle ends daemon, servers and all; each of them works in the folder it was started in."""
    line = [sys.executable, "-m", "benchmarks.chaos", "--kills", "500", "--keep", str(tmp_path)]
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(line, stderr=subprocess.DEVNULL, env=paths, cwd=tmp_path)
    signs = Signs(mark="of nobody", folder=tmp_path)
    until(lambda: any(each.role == "broker" for each in family(signs)), "the newsroom is up")
    process.send_signal(signal.SIGINT)
    assert process.wait(200) == 130
    assert gone(signs, 10.0) == []
