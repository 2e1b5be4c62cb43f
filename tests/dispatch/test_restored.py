"""After a restore: what may be out already is looked for before it is sent, and nothing else is held up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.dispatch.conftest import START, Bench, Platform
from tests.dispatch.test_intake import DRAFT, EVERYTHING, NOW, Desk, desk

from wireroom.dispatch.intake import UNDATED
from wireroom.model.article import Draft
from wireroom.model.delivery import Delivery, State
from wireroom.model.post import Post, Receipt
from wireroom.store.backup import read_backup
from wireroom.store.restore import restore

__all__ = ["desk"]
LONG_AGO = START - timedelta(hours=3)


def test_what_may_be_out_is_found_and_not_sent(bench: Bench) -> None:
    """A post that went out before the restore is looked for from the backup on, found, and not sent again."""
    asked: list[datetime] = []
    find = bench.platform.find

    def finding(post: Post, since: datetime) -> Receipt | None:
        asked.append(since)
        return find(post, since)

    bench.platform.find = finding  # type: ignore[method-assign]
    bench.plan("a", "b", out_since=LONG_AGO)
    bench.platform.there["tag:test,2026:a/1/create"] = Receipt(remote_id="77")
    for _ in range(3):
        bench.lane.run()
        bench.looker.run()
        bench.clock.turn(seconds=31)
    assert asked[0] <= LONG_AGO
    assert (bench.now("a").state, bench.now("a").remote_id) == (State.DELIVERED, "77")
    assert [post.title for post in bench.platform.sent] == ["b"]
    assert bench.moves(bench.now("a")) == ["plan", "doubt", "confirm"]
    assert bench.moves(bench.now("b")) == ["plan", "doubt", "postpone", "absent", "claim", "receipt"]


def test_what_cannot_be_out_is_sent_at_once(bench: Bench) -> None:
    """Only a first post with a past unknown to the database is looked for, and none where sending twice is harmless."""
    bench.plan("a")
    bench.plan("a", revision=2, action="amend", out_since=LONG_AGO)
    bench.lane.run()
    bench.lane.run()
    assert bench.moves(bench.now("a")) == ["plan", "claim", "receipt"]
    bench.platform.repeatable = True
    bench.plan("b", out_since=LONG_AGO)
    bench.lane.run()
    assert bench.moves(bench.now("b")) == ["plan", "claim", "receipt"]


def test_what_may_be_out_does_not_expire_unseen(bench: Bench) -> None:
    """Too old to be sent, it is still looked for first: the log must not call off what stands on the platform."""
    bench.plan("a", out_since=LONG_AGO)
    bench.platform.there["tag:test,2026:a/1/create"] = Receipt(remote_id="77")
    bench.clock.turn(days=3)
    bench.lane.run()
    bench.looker.run()
    assert bench.now("a").state is State.DELIVERED


@dataclass
class Mute:
    """A platform that cannot be asked what is there."""

    sends: Callable[[Post], Receipt]
    repeatable: bool = False

    def send(self, post: Post) -> Receipt:
        """Post it."""
        return self.sends(post)


def test_where_nobody_can_look_a_person_says(bench: Bench) -> None:
    """A platform that cannot be asked gets nothing before a person says that it is not there."""
    platform = bench.platform
    bench.platform = Mute(platform.send)  # type: ignore[assignment]
    bench.plan("a", out_since=LONG_AGO)
    for _ in range(3):
        bench.lane.run()
        bench.looker.run()
        bench.clock.turn(days=1)
    assert (bench.now().state, platform.sent) == (State.UNCONFIRMED, [])
    assert "a person must say" in bench.now().reason
    assert isinstance(platform, Platform)


@pytest.fixture
def restored(desk: Desk, database_url: str, tmp_path: Path) -> Desk:
    """A desk whose database was restored now from a backup made a day ago."""
    backup = desk.store.backup(tmp_path / "backup.db")
    desk.turn(timedelta(days=1))
    restore(database_url, read_backup(backup.path), folder=tmp_path, looked_for=(), clock=desk.store.now)
    return desk


def out(desk: Desk, draft: Draft) -> set[str]:
    """The destinations on which the posts of a draft may be out already."""
    rows: list[Delivery] = list(desk.intake.take(draft).fresh)
    assert rows == [row for row in desk.store.log(EVERYTHING) if row.id in {each.id for each in rows}][::-1]
    return {row.destination for row in rows if row.may_be_out}


def test_an_article_from_before_the_restore_may_be_out(restored: Desk) -> None:
    """An article that is new here but was published before the restore is looked for first; a later one is not."""
    assert out(restored, DRAFT) == {"feed", "x", "page"}
    assert all(row.first_touched == NOW for row in restored.store.log(EVERYTHING))
    restored.turn(timedelta(minutes=1))
    assert out(restored, replace(DRAFT, text="Other news.", published_at=restored.store.now())) == set()


def test_an_article_without_a_date_may_be_out_for_a_week(restored: Desk) -> None:
    """One that does not say when it was published may be from before, as long as people are still repairing things."""
    for wait, expected in ((timedelta(hours=1), {"feed", "x", "page"}), (UNDATED, set())):
        restored.turn(wait)
        undated = replace(DRAFT, text=f"News of {wait}.", dated=False, published_at=restored.store.now())
        assert out(restored, undated) == expected


def test_a_database_that_was_never_restored_doubts_nothing(desk: Desk) -> None:
    """Without a restore no article, however old, is looked for before it is sent."""
    assert out(desk, replace(DRAFT, dated=False)) == set()
