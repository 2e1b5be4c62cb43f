"""A crowd on one database: threads and processes take every delivery exactly once, and none is lost to a kill."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.store.making import MINUTE, article, new, put, receipt, verdict

from wireroom.model.delivery import Move, State, fold
from wireroom.store import LogFilter, Store

if TYPE_CHECKING:
    from datetime import timedelta

NUMBER = 60
LEASE: timedelta = MINUTE


def drain(url: str, holder: str) -> list[str]:
    """Send what is due until nothing is; the ids this holder had on the wire."""
    sent = []
    with Store(url) as store:
        while due := store.due("harbour-x", limit=5):
            for delivery in due:
                claim = store.claim(delivery, holder=holder, lease=LEASE)
                if claim is None:
                    continue
                attempt = store.touch(claim)
                assert attempt == 1
                sent.append(delivery.id)
                end = verdict(Move.RECEIPT, outcome="receipt", receipt=receipt(delivery.id))
                assert store.settle(claim, end, by=holder, attempt=attempt)
    return sent


def fill(url: str) -> None:
    """Open the deliveries the crowd is to take."""
    with Store(url) as store:
        store.migrate()
        for number in range(NUMBER):
            put(store, article(number), new(article(number), due=store.now()))


def check(url: str, sent: list[str]) -> None:
    """Every delivery went out once, and its log adds up to its state."""
    with Store(url) as store:
        log = store.log(LogFilter(limit=NUMBER * 2))
        assert Counter(sent) == Counter(delivery.id for delivery in log)
        for delivery in log:
            dossier = store.dossier(delivery.id)
            assert fold(dossier.entries) is delivery.state is State.DELIVERED
            assert [entry.move for entry in dossier.entries] == [Move.PLAN, Move.CLAIM, Move.RECEIPT]


def test_threads_share_a_lane(database_url: str) -> None:
    """Four threads that drain one lane at once send each delivery once."""
    fill(database_url)
    sent: list[str] = []
    threads = [threading.Thread(target=lambda n=n: sent.extend(drain(database_url, f"thread-{n}"))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(database_url, sent)


def test_processes_share_a_lane(database_url: str) -> None:
    """Three processes that drain one lane at once, each with its own store, send each delivery once."""
    fill(database_url)
    code = "import json, sys; from tests.store.test_store_crowd import drain; print(json.dumps(drain(*sys.argv[1:])))"
    root = Path(__file__).parents[2]
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", code, database_url, f"process-{number}"], cwd=root, stdout=subprocess.PIPE
        )
        for number in range(3)
    ]
    sent: list[str] = []
    for process in crowd:
        answer, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        sent += json.loads(answer)
    check(database_url, sent)


def test_a_killed_process_leaves_whole_rows(database_url: str) -> None:
    """A worker killed anywhere leaves every row either untouched or on the wire with its log in step."""
    fill(database_url)
    code = "import sys; from tests.store.test_store_crowd import drain; print('up', flush=True); drain(*sys.argv[1:])"
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", code, database_url, "doomed"], cwd=root, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    with Store(database_url) as store:
        while not store.tally().get(("harbour-x", "delivered")):
            assert process.poll() is None
        process.kill()
        process.communicate()
        for delivery in store.log(LogFilter(limit=NUMBER * 2)):
            dossier = store.dossier(delivery.id)
            assert fold(dossier.entries) is delivery.state
            open_attempts = [attempt for attempt in dossier.attempts if attempt.ended is None]
            assert len(open_attempts) == (1 if delivery.touched else 0)
    left = drain(database_url, "heir")
    with Store(database_url) as store:
        tally = store.tally()
        assert len(left) < NUMBER
        assert tally["harbour-x", "delivered"] + tally.get(("harbour-x", "sending"), 0) == NUMBER
