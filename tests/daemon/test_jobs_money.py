"""The scheduler's jobs for money and tokens, over a real database and a real Redis."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.daemon import test_jobs

from wireroom.broker import CHECK, QUEUE
from wireroom.daemon.jobs import Jobs
from wireroom.dispatch.budget import WAITS
from wireroom.model.channel import Health
from wireroom.model.delivery import Move, Verdict
from wireroom.model.post import Receipt
from wireroom.store import LogFilter

if TYPE_CHECKING:
    from tests.daemon.test_jobs import Watch

watch = test_jobs.watch


def test_each_platform_is_asked_once_a_day(watch: Watch) -> None:
    """Only destinations that nobody has looked at for a day are looked at, however often the scheduler starts."""
    store = watch.app.store
    store.note_health("x", Health(checked=store.now()))
    store.note_health("page", Health(checked=store.now() - timedelta(days=1)))
    watch.jobs.check_platforms()
    assert watch.queued(QUEUE) == 2
    watch.waker.taken(CHECK, "page")
    store.note_health("page", Health(checked=store.now()))
    Jobs(watch.app, watch.waker).check_platforms()
    assert watch.queued(QUEUE) == 2


def test_warnings_follow_the_clock(watch: Watch) -> None:
    """The scheduler words a warning anew when its step has come, without asking the platform."""
    store = watch.app.store
    store.note_health("page", Health(checked=store.now(), expires=store.now() + timedelta(days=6)))
    watch.jobs.check_platforms()
    found = store.health("page")
    assert found is not None
    assert "in 7 days or less" in found.warning


def test_what_waits_for_money_is_seen_after(watch: Watch) -> None:
    """Where a delivery waits for money its lane is asked to see whether there is room; nobody else is woken."""
    watch.publish()
    watch.jobs.call_back()
    assert watch.queued(QUEUE) == 0
    store = watch.app.store
    (due,) = store.due("x", limit=1)
    assert store.move(due, Move.POSTPONE, by="w", why=f"{WAITS}none left", due=store.now() + timedelta(hours=5))
    watch.jobs.call_back()
    watch.jobs.call_back()
    assert watch.queued(QUEUE) == 1


def test_the_month_stays_in_the_log(watch: Watch) -> None:
    """What was posted this month stays, however short the log is kept: the month's budget is counted from it."""
    watch.publish()
    store = watch.app.store
    (due,) = store.due("x", limit=1)
    claim = store.claim(due, holder="w", lease=timedelta(minutes=1))
    assert claim is not None
    receipt = Receipt(remote_id="7", cost=0.2)
    end = Verdict(move=Move.RECEIPT, why="", outcome="receipt", receipt=receipt)
    assert store.settle(claim, end, by="w", attempt=store.touch(claim))
    watch.app.settings = replace(watch.app.settings, retention=timedelta(0))
    watch.jobs.retire()
    assert len(store.log(LogFilter(destination="x"))) == 1
