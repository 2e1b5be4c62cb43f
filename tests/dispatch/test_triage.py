"""Resuming: what it comes to is shown exactly, and done in short steps while everything else goes on."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from wireroom.dispatch import triage
from wireroom.dispatch.lane import Lane
from wireroom.dispatch.people import People
from wireroom.dispatch.triage import Triage
from wireroom.model.delivery import Move, State, fold
from wireroom.model.destination import Destination, Gap
from wireroom.model.errors import NotSent, Rejected, StoreError
from wireroom.store import LogFilter, Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.dispatch.conftest import Bench

GAP = Gap(timedelta(seconds=30), timedelta(minutes=10))
ALL = LogFilter(limit=10_000)


@pytest.fixture
def people(bench: Bench) -> People:
    """People at work on the bench's destination, which has a gap."""
    bench.place = replace(bench.place, gap=GAP)
    return People(bench.store, {"x": bench.place})


def stands(bench: Bench) -> Counter[str]:
    """How many deliveries there are in each state."""
    return Counter(each.state.value for each in bench.store.log(ALL))


def backlog(bench: Bench) -> None:
    """A destination after an outage: old, superseded, held, late, scheduled and fresh ones."""
    bench.plan("refused")
    bench.platform.script = [Rejected("no")]
    bench.lane.run()
    bench.plan("tried")
    bench.platform.script = [NotSent("no route")]
    bench.lane.run()
    bench.store.set_standing("x", "paused", "lunch")
    bench.plan("old-1", "old-2", "old-3")
    bench.plan("old-held", held=True)
    bench.clock.turn(days=2)
    bench.plan("late-1", "late-2", "late-3")
    bench.plan("taken")
    bench.plan("taken", revision=2, action="retract")
    bench.plan("held", held=True)
    bench.plan("refused", revision=2, action="amend")
    bench.plan("tried", revision=2, action="amend", published=bench.clock())
    bench.clock.turn(hours=1)
    bench.plan("tomorrow", due=bench.clock() + timedelta(days=1))
    bench.plan("fresh")


def test_what_a_resume_comes_to(bench: Bench, people: People) -> None:
    """Every delivery that waits is counted once, as what will become of it; nothing is changed."""
    backlog(bench)
    before = bench.store.log(ALL)
    found = people.triage("x")
    assert found == Triage("x", posts=7, expire=4, superseded=3, held=1, late=5, every=GAP.every)
    assert bench.store.log(ALL) == before
    waiting = [each for each in before if each.state in (State.PLANNED, State.HELD)]
    assert found.posts + found.expire + found.superseded + found.held == len(waiting)


def test_the_words_of_a_triage() -> None:
    """A triage says what it comes to in one line, and how long the late ones take where there are several."""
    every = timedelta(seconds=30)
    found = Triage("mtt-x", 7, 41, 5, late=7, every=every)
    assert str(found) == "7 will be posted, 41 expire, 5 superseded; one every 30s, done in about 3m"
    assert str(Triage("x", 1, 0, late=1, every=every)) == "1 will be posted, 0 expire, 0 superseded"
    assert str(Triage("x", 0, 0, held=2)) == "0 will be posted, 0 expire, 0 superseded, 2 stay held"
    assert not Triage("x", 9, 0, held=2).to_decide
    assert Triage("x", 9, 0, late=1).to_decide


def test_a_resume_does_what_it_showed(bench: Bench, people: People) -> None:
    """After a resume what was shown to expire or to be superseded has, and the rest goes out, late ones spaced."""
    backlog(bench)
    shown = people.triage("x")
    bench.platform.sent.clear()
    assert people.resume("x", "mika") == shown
    assert bench.store.standing("x").state == "open"
    assert people.triage("x") == replace(shown, expire=0, superseded=0)
    for _ in range(6):
        bench.lane.run()
        bench.clock.turn(seconds=30)
    out = [f"{post.title} {post.revision}" for post in bench.platform.sent]
    assert out[0] == "fresh 1"
    assert sorted(out[1:]) == ["late-1 1", "late-2 1", "late-3 1", "refused 2", "tried 2"]
    assert {each.title for each in bench.store.log(ALL) if each.state is State.PLANNED} == {"tomorrow"}
    for each in bench.store.log(ALL):
        assert fold(bench.store.dossier(each.id).entries) is each.state


@pytest.mark.parametrize("after", range(6))
def test_a_resume_that_is_killed_is_done_again(
    bench: Bench, people: People, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Killed between any two of its transactions, a resume leaves the destination paused, and the next one ends it."""
    monkeypatch.setattr(triage, "BATCH", 10)  # ten single moves at once, and one article
    backlog(bench)
    shown = people.triage("x")
    writing, left = bench.store._database.writing, [after]

    def dying(**how: bool) -> object:
        if not left[0]:
            raise StoreError("killed")
        left[0] -= 1
        return writing(**how)

    with monkeypatch.context() as patch:
        patch.setattr(bench.store._database, "writing", dying)
        with pytest.raises(StoreError, match="killed"):
            people.resume("x", "mika")
    assert bench.store.standing("x").state == "paused"
    rest = people.triage("x")
    assert (rest.posts, rest.held, rest.late) == (shown.posts, shown.held, shown.late)
    people.resume("x", "mika")
    assert people.triage("x") == replace(shown, expire=0, superseded=0)
    assert stands(bench)["planned"] == shown.posts


def beside_workers(bench: Bench, work: Callable[[], None]) -> None:
    """Do something while two workers carry what is due until nothing is; fails when one of them does."""
    failed: list[BaseException] = []

    def carry() -> None:
        try:
            lane = Lane(bench.place, bench.platform, replace(bench.hands, holder=threading.current_thread().name))
            while lane.run().number:
                pass
        except BaseException as error:  # noqa: BLE001  (told below)
            failed.append(error)

    workers = [threading.Thread(target=carry) for _ in range(2)]
    for worker in workers:
        worker.start()
    work()
    for worker in workers:
        worker.join()
    carry()
    assert not failed


def test_a_resume_goes_on_beside_workers_and_news(bench: Bench) -> None:
    """While workers send and articles come in a resume ends what it saw, sends nothing twice and loses nothing."""
    people = People(bench.store, {"x": bench.place})
    bench.plan(*(f"old-{number}" for number in range(60)))
    bench.clock.turn(days=3)
    bench.plan(*(f"new-{number}" for number in range(40)))

    def work() -> None:
        people.resume("x", "mika")
        bench.plan(*(f"newer-{number}" for number in range(5)))

    beside_workers(bench, work)
    assert stands(bench) == {"cancelled": 60, "delivered": 45}
    assert len(bench.platform.sent) == len({post.title for post in bench.platform.sent}) == 45
    for each in bench.store.log(ALL):
        assert bench.moves(each)[-1] in {"receipt", "expire"}


def test_articles_are_merged_once_whoever_comes_first(bench: Bench) -> None:
    """Two workers and two people merge the same articles at once: each article goes out once, with its newest words."""
    people = People(bench.store, {"x": bench.place})
    titles = [f"a-{number}" for number in range(30)]
    put_off = [(each, Move.POSTPONE, "its worker was lost") for each in bench.plan(*titles)]
    assert bench.store.move_all(put_off, by="sweep") == 30
    for number in (2, 3):
        bench.plan(*titles, revision=number, action="amend")
    bench.clock.turn(minutes=1)
    other = threading.Thread(target=people.resume, args=("x", "yuki"))

    def work() -> None:
        other.start()
        people.resume("x", "mika")
        other.join()

    beside_workers(bench, work)
    assert sorted(f"{post.title} {post.revision}" for post in bench.platform.sent) == sorted(f"{t} 3" for t in titles)
    assert stands(bench) == {"cancelled": 90, "delivered": 30}


def test_more_than_a_hundred_thousand_are_counted(sqlite_url: str) -> None:
    """A triage is exact however much waits."""
    with Store(sqlite_url) as store:
        store.migrate()
        now = store._database.now()
        with create_engine(sqlite_url).begin() as connection:
            connection.execute(
                text(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001) "
                    "INSERT INTO deliveries (uid, revision, destination, channel, action, state, due, created, title, "
                    "publication, repeat, breaking, published_at, rank, meant) SELECT 'tag:' || i, 1, 'x', 'x', "
                    "'create', 'planned', :now, :now, 'a', 'outlet', 0, false, "
                    "CASE WHEN i = 1 THEN :now - 259200000000 ELSE :now END, 2, :now FROM n"
                ),
                {"now": now},
            )
        place = Destination(name="x", channel="x", max_age=timedelta(days=2))
        assert People(store, {"x": place}).triage("x") == Triage("x", posts=100_000, expire=1)
