"""What waited, at the lane: spaced where it is late, expired together where it is too old, merged where superseded."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dispatch.conftest import Bench, Clock, Platform, names

from wireroom.dispatch.lane import Lane
from wireroom.dispatch.people import People
from wireroom.model.delivery import State, fold
from wireroom.model.destination import Destination, Gap, Quiet
from wireroom.model.errors import LockedOut, NotSent, RateLimited, Rejected
from wireroom.model.post import Post, Receipt
from wireroom.store import Store

GAP = Gap(timedelta(seconds=30), timedelta(minutes=10))


@pytest.fixture
def spaced(bench: Bench) -> Bench:
    """The bench, its destination with the gap a social one has."""
    bench.place = replace(bench.place, gap=GAP)
    return bench


def sent(bench: Bench) -> list[str]:
    """The articles' names as they went out."""
    return names(bench.platform.sent)


def test_late_posts_go_out_one_each_gap_the_oldest_first(spaced: Bench) -> None:
    """After an hour without a worker one late post goes at once and the others one each gap, in their order."""
    spaced.plan("a", "b", "c")
    spaced.clock.turn(hours=1)
    assert (spaced.lane.run().more, sent(spaced)) == (False, ["a"])
    spaced.clock.turn(seconds=29)
    spaced.lane.run()
    assert sent(spaced) == ["a"]
    spaced.clock.turn(seconds=1)
    spaced.lane.run()
    spaced.clock.turn(seconds=30)
    spaced.lane.run()
    assert sent(spaced) == ["a", "b", "c"]
    assert spaced.moves(spaced.now("c")) == ["plan", "claim", "receipt"]


def test_a_late_post_says_why_it_waits(spaced: Bench) -> None:
    """While it waits for its turn the log's line of a late post says so, and it is no lane's fresh work."""
    spaced.plan("a", "b")
    spaced.clock.turn(hours=1)
    spaced.lane.run()
    assert spaced.now("b").reason == "late: goes out when it is its turn, one every 30s"
    assert spaced.store.lanes_due() == {}
    assert spaced.store.lanes_late(["x", "y"]) == ["x"]
    assert spaced.store.turn_in("x", GAP.every) == GAP.every


def test_fresh_posts_do_not_wait_for_late_ones(spaced: Bench) -> None:
    """What is fresh, breaking or a correction goes at once, before what is late, and takes no turn."""
    spaced.plan("old", "older")
    spaced.plan("flash", breaking=True)
    spaced.clock.turn(hours=1)
    spaced.plan("new", "newer")
    spaced.lane.run()
    assert sent(spaced) == ["flash", "new", "newer", "old"]
    spaced.plan("new", revision=2, action="amend")
    spaced.plan("newest")
    spaced.lane.run()
    assert sent(spaced)[4:] == ["new", "newest"]


def test_just_not_late_is_fresh(spaced: Bench) -> None:
    """Up to ten minutes behind its time a post is fresh, and nothing of it is spaced."""
    spaced.plan("a", "b", "c")
    spaced.clock.turn(minutes=10)
    spaced.lane.run()
    assert sent(spaced) == ["a", "b", "c"]


def test_what_was_asked_for_a_time_is_not_late_then(spaced: Bench) -> None:
    """Posts asked for tomorrow at nine go out together tomorrow at nine."""
    spaced.plan("a", "b", due=spaced.clock() + timedelta(days=1))
    spaced.clock.turn(days=1)
    spaced.lane.run()
    assert sent(spaced) == ["a", "b"]


def test_what_quiet_hours_put_off_is_spaced(spaced: Bench) -> None:
    """What quiet hours put off goes out spaced when they are over."""
    spaced.place = replace(spaced.place, quiet=Quiet(time(11), time(14)))
    spaced.plan("a", "b")
    spaced.lane.run()
    spaced.clock.turn(hours=2)
    spaced.lane.run()
    assert sent(spaced) == ["a"]
    assert spaced.moves(spaced.now("b")) == ["plan", "postpone"]


@pytest.mark.parametrize("hours", [0.1, 1])
def test_a_rest_that_is_over_is_an_outage(spaced: Bench, hours: float) -> None:
    """When a rate limit's rest is over what waited for it is spaced if that took long, and else goes on at once."""
    spaced.plan("a", "b", "c")
    spaced.platform.script = [RateLimited("slow down", until=spaced.clock() + timedelta(hours=hours))]
    spaced.lane.run()
    spaced.clock.turn(hours=hours, seconds=1)
    spaced.lane.run()
    assert sent(spaced)[1:] == (["b"] if hours == 1 else ["b", "c", "a"])


def test_a_late_post_that_failed_waits_for_another_turn(spaced: Bench) -> None:
    """A try that failed has had its turn; the next try of a late post takes one like any other."""
    spaced.plan("a", "b")
    spaced.clock.turn(hours=1)
    spaced.platform.script = [NotSent("no route")]
    spaced.lane.run()
    spaced.clock.turn(seconds=30)
    spaced.lane.run()
    spaced.lane.run()
    assert sent(spaced) == ["a", "b"]
    spaced.clock.turn(seconds=30)
    spaced.lane.run()
    assert sent(spaced) == ["a", "b", "a"]


def test_what_a_person_asks_for_is_not_late(spaced: Bench) -> None:
    """A post that a person tries again or releases goes out at once, past all that is late."""
    people = People(spaced.store, {"x": spaced.place})
    spaced.plan("failed")
    spaced.platform.script = [Rejected("no")]
    spaced.lane.run()
    spaced.plan("held", held=True)
    spaced.plan("a", "b", "c")
    spaced.clock.turn(hours=1)
    spaced.lane.run()
    assert sent(spaced) == ["failed", "a"]
    people.retry(spaced.now("failed").id, "mika")
    people.release(spaced.now("held").id, "mika")
    people.retry(spaced.now("c").id, "mika")
    spaced.lane.run()
    assert sorted(sent(spaced)[2:]) == ["c", "failed", "held"]


def test_a_gap_taken_out_of_the_settings_holds_nothing_back(spaced: Bench) -> None:
    """What was put behind the others while there was a gap goes out when there is none any more."""
    spaced.plan("a", "b", "c")
    spaced.clock.turn(hours=1)
    spaced.lane.run()
    spaced.place = replace(spaced.place, gap=Gap())
    spaced.lane.run()
    assert sent(spaced) == ["a", "b", "c"]


def test_a_clock_that_went_wrong_stops_nothing_for_long(spaced: Bench) -> None:
    """A turn that a clock far ahead has set is not waited for once the clock is right again."""
    spaced.plan("a", "b")
    spaced.clock.turn(days=1)
    spaced.lane.run()
    spaced.clock.turn(hours=-20)
    spaced.lane.run()
    assert sent(spaced) == ["a", "b"]


def test_all_that_is_too_old_expires_together(spaced: Bench) -> None:
    """A lane that meets one post too old to be sent ends all of them, held ones too, and each says why."""
    old = spaced.plan(*(f"old-{number}" for number in range(20)))
    spaced.plan("held", held=True)
    spaced.clock.turn(days=3)
    spaced.plan("new")
    assert spaced.lane.deliver(old[0])
    assert {spaced.now(f"old-{number}").state for number in range(20)} == {State.CANCELLED}
    assert spaced.now("held").state is State.CANCELLED
    assert spaced.now("old-19").reason == "published 3d ago, and max_age is 2d"
    assert spaced.moves(spaced.now("held")) == ["plan", "expire"]
    spaced.lane.run()
    assert sent(spaced) == ["new"]


def test_a_correction_that_came_during_a_try_is_merged(bench: Bench) -> None:
    """A first post that could not be sent and its correction go out as one post, with the correction's words."""
    bench.plan("a")
    bench.platform.script = [NotSent("no route")]
    bench.lane.run()
    bench.plan("a", revision=2, action="amend")
    bench.plan("a", revision=3, action="amend")
    bench.clock.turn(minutes=1)
    bench.lane.run()
    assert [post.revision for post in bench.platform.sent] == [1, 3]
    first = bench.now()
    assert (first.action.value, first.state, first.revision) == ("create", State.DELIVERED, 3)
    assert bench.store.post(first.id).key == "tag:test,2026:a/x/create/3"
    assert bench.store.due("x", limit=10) == []


def test_a_retraction_of_what_never_went_out_ends_it(bench: Bench) -> None:
    """What could not be sent and is taken back is not sent any more, and nothing is asked of the platform."""
    bench.plan("a")
    bench.platform.script = [LockedOut("renew the token")]
    bench.lane.run()
    bench.store.set_standing("x", "open", "")
    retraction = bench.plan("a", revision=2, action="retract")[0]
    bench.lane.run()
    assert len(bench.platform.sent) == 1
    assert bench.now().state is State.CANCELLED
    assert bench.store.delivery(retraction.id).reason == "there is nothing to take back: it never went out"


def test_a_correction_of_a_refused_post_is_a_first_post(bench: Bench) -> None:
    """When the first post was refused for good its correction is posted in its place."""
    bench.plan("a")
    bench.platform.script = [Rejected("that word is not allowed")]
    bench.plan("a", revision=2, action="amend")
    bench.lane.run()
    assert [post.revision for post in bench.platform.sent] == [1, 2]
    assert bench.now().state is State.DELIVERED


class Watched(Platform):
    """A platform that notes when each post came."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.seen: list[tuple[datetime, str]] = []

    def send(self, post: Post) -> Receipt:
        """Note it, and take it."""
        self.seen.append((self.clock(), post.title))
        return super().send(post)


@contextmanager
def crowd() -> Iterator[tuple[Bench, list[Store], Watched]]:
    """A bench whose one destination two workers serve, each with a store and a lane of its own."""
    folder = Path(tempfile.mkdtemp(prefix="wireroom-"))
    clock = Clock()
    url = f"sqlite:///{folder / 'wireroom.db'}"
    place = Destination(name="x", channel="x", gap=GAP, max_age=timedelta(days=2))
    platform = Watched(clock)
    with Store(url, clock=clock) as one, Store(url, clock=clock) as other:
        one.migrate()
        yield Bench(one, clock, platform, place), [one, other], platform
    shutil.rmtree(folder)


STEPS = st.lists(
    st.one_of(
        st.sampled_from(["publish", "publish", "one", "other", "fail"]),
        st.sampled_from([1.0, 29.0, 30.0, 45.0, 700.0, 4000.0]),
    ),
    max_size=25,
)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None)
def test_no_two_late_posts_are_closer_than_the_gap(steps: list[str | float]) -> None:
    """Whichever of two workers runs when: late posts keep the gap, fresh ones go at once, and all go in the end."""
    with crowd() as (bench, stores, platform):
        published: dict[str, datetime] = {}

        def run(which: int) -> None:
            fresh = {name for name, at in published.items() if bench.clock() - at <= GAP.late}
            Lane(bench.place, platform, replace(bench.hands, store=stores[which])).run()
            assert fresh <= {name for _, name in platform.seen}

        for step in steps:
            if isinstance(step, float):
                bench.clock.turn(seconds=step)
            elif step == "publish":
                name = f"n{len(published)}"
                bench.plan(name)
                published[name] = bench.clock()
            elif step == "fail":
                platform.script = [NotSent("no route")]
            else:
                run(step == "other")
        for turn in range(len(published) * 2 + 20):
            bench.clock.turn(seconds=30)
            run(turn % 2)
        arrived = {name: at for at, name in platform.seen}
        assert arrived.keys() == published.keys()
        late = [at for at, name in platform.seen if at - published[name] > GAP.late]
        assert all(after - before >= GAP.every for before, after in pairwise(late))
        for name in published:
            assert bench.now(name).state is State.DELIVERED
            fold(bench.store.dossier(bench.now(name).id).entries)


def test_one_turn_is_given_to_one(database_url: str) -> None:
    """Of many workers that ask in the same moment for a destination's turn exactly one gets it."""
    with Store(database_url) as store:
        store.migrate()
        for _ in range(5):
            given_to: list[bool] = []
            start = threading.Barrier(6)

            def ask(start: threading.Barrier = start, given_to: list[bool] = given_to) -> None:
                start.wait()
                given_to.append(store.take_turn("x", timedelta(hours=1)))

            threads = [threading.Thread(target=ask) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(given_to) == [False] * 5 + [True]
            assert store.take_turn("y", timedelta(0))
            with store._database.writing() as session:
                session.raw.execute("UPDATE destinations SET spaced_until = NULL")
