"""Retention over any history at all: it lets go only what has ended, long enough ago, and brings nothing back."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.making import MINUTE, START, Clock, article, new, put, receipt

from wireroom.model.delivery import ENDED, MOVES, Delivery, Move
from wireroom.model.post import Action
from wireroom.store import Alias, LogFilter, Store

ALL = LogFilter(limit=1000)
PLACES = ("harbour-x", "harbour-feed")
HOLDERS = {Move.CLAIM, Move.PLAN}

publishing = st.tuples(st.just("publish"), st.booleans(), st.integers(0, 30))
revising = st.tuples(st.just("revise"), st.integers(0, 9), st.sampled_from([Action.AMEND, Action.RETRACT]))
moving = st.tuples(st.just("move"), st.integers(0, 30), st.integers(0, 9))
ending = st.tuples(st.just("deliver"), st.sampled_from(PLACES))
waiting = st.tuples(st.just("wait"), st.integers(1, 20))
histories = st.lists(st.one_of(publishing, revising, moving, ending, ending, waiting), min_size=4, max_size=25)


class History:
    """A store under a history, and what it is known to have been told."""

    def __init__(self, empty: Path, folder: Path) -> None:
        self.clock = Clock()
        shutil.copy(empty, folder / "wireroom.db")
        self.store = Store(f"sqlite:///{folder / 'wireroom.db'}", clock=self.clock)
        self.articles = 0
        self.ended: dict[str, object] = {}  # delivery -> when it came to the state it is in, if that is an end

    def publish(self, held: bool, age: int) -> None:
        """An article comes in, for both places."""
        self.articles += 1
        subject = article(self.articles, published_at=START - age * MINUTE)
        put(self.store, subject, *(new(subject, place, held=held) for place in PLACES))

    def revise(self, which: int, action: Action) -> None:
        """What stands is to be changed or taken away."""
        if self.articles:
            subject = article(which % self.articles + 1)
            with self.store.transaction() as tx:
                tx.open([new(subject, place, action=action) for place in PLACES])

    def move(self, which: int, how: int) -> None:
        """Something happens to a delivery that its state allows."""
        if rows := self.store.log(ALL):
            row = rows[which % len(rows)]
            never = HOLDERS if row.action is Action.CREATE else {*HOLDERS, Move.DOUBT}  # only a first post is doubted
            allowed = [move for state, move in MOVES if state is row.state and move not in never]
            if allowed:
                self._make(row, allowed[how % len(allowed)])

    def deliver(self, place: str) -> None:
        """What is due first on a place goes out."""
        for row in self.store.due(place, limit=1):
            claim = self.store.claim(row, holder="w", lease=MINUTE)
            assert claim is not None
            self._make(claim.delivery, Move.RECEIPT)

    def wait(self, minutes: int) -> None:
        """Time passes."""
        self.clock.on(timedelta(minutes=minutes))

    def _make(self, row: Delivery, move: Move) -> None:
        proof = receipt() if move in {Move.RECEIPT, Move.CONFIRM} else None
        moved = self.store.move(row, move, by="test", why="", receipt=proof)
        assert moved is not None
        self.ended.pop(row.id, None)
        if moved.state in ENDED:
            self.ended[row.id] = self.clock.time


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them."""
    path = tmp_path_factory.mktemp("empty") / "wireroom.db"
    with Store(f"sqlite:///{path}") as store:
        store.migrate()
    return path


@settings(max_examples=60, deadline=None)
@given(history=histories, back=st.integers(0, 60), limit=st.sampled_from([1, 2, 3, 100]), keep=st.integers(0, 2))
def test_only_what_ended_long_ago_goes(
    empty: Path, history: list[tuple[object, ...]], back: int, limit: int, keep: int
) -> None:
    """After any history, stopped after any batch: what has not ended stays, and no post comes back to a feed."""
    with tempfile.TemporaryDirectory(prefix="wireroom-") as name:
        past = History(empty, Path(name))
        with past.store as store:
            for step, *arguments in history:
                getattr(past, str(step))(*arguments)
            before, there = past.clock.time - back * MINUTE, {row.id: row for row in store.log(ALL)}
            shown = {post.uid for post in store.recent("harbour-feed", 1000)}
            newest = store.recent("harbour-feed", keep) if keep else []
            gone = 1
            while gone:
                gone = store.retire(before, limit, keep={"harbour-feed": keep})
                left = {row.id for row in store.log(ALL)}
                for key in there.keys() - left:
                    assert there[key].state in ENDED
                    assert past.ended[key] < before  # type: ignore[operator]
                assert {post.uid for post in store.recent("harbour-feed", 1000)} <= shown
                assert [post.key for post in store.recent("harbour-feed", keep)][: len(newest)] == [
                    post.key for post in newest
                ]
            pairs = {(row.uid, row.destination) for row in there.values()}
            for uid, place in pairs:  # all of an article on one place, or nothing of it
                both = {row.id for row in there.values() if (row.uid, row.destination) == (uid, place)}
                assert both <= left or not both & left
            with store.transaction() as tx:
                assert all(tx.find_article([Alias("url", article(n + 1).url)]) for n in range(past.articles))
