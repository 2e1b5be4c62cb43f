"""A power cut at any moment: what was acknowledged is there, the rest is whole or absent, whatever the disk kept."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cli.conftest import SETTINGS
from tests.powercut import Disk, on_a_disk

from wireroom.app import Application, open_app
from wireroom.model.article import Draft
from wireroom.model.delivery import State, fold
from wireroom.store import LogFilter, Store, database

ALL = LogFilter(limit=1000)


@dataclass
class Desk:
    """A newsroom on a disk, and what it was told is kept: the fact and after how many operations it was told."""

    app: Application
    disk: Disk
    kept: list[tuple[int, str]] = field(default_factory=list)
    number: int = 0

    def do(self, step: str) -> None:
        """One thing that happens in a newsroom."""
        getattr(self, step)()

    def publish(self) -> None:
        """An article is taken in, as `publish` takes it."""
        self.number += 1
        text = f"Ferry {self.number} left on time, and nobody was on board but a dog."
        published = datetime(2026, 1, 10, tzinfo=UTC)
        title = f"Ferry {self.number} leaves"
        draft = Draft(publication="harbor", title=title, published_at=published, html=f"<p>{text}</p>", text=text)
        self._told(f"taken {self.app.intake.take(draft).article.uid}")

    def touch(self) -> None:
        """A lane is about to send something."""
        store = self.app.store
        for delivery in store.due("feeds", limit=1):
            assert store.claim_and_touch(delivery, holder="w", lease=self.app.settings.retention)
            self._told(f"touched {delivery.id}")

    def pause(self) -> None:
        """A person pauses a destination."""
        self.app.people.pause("birds", "mara")
        self._told("paused birds")

    def beat(self) -> None:
        """Something is written that nobody was promised."""
        self.app.store.beat("worker", f"w{len(self.disk.ops)}")

    def checkpoint(self) -> None:
        """SQLite moves its log into the file."""
        with self.app.store._database.reading() as session:
            session.raw.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    def _told(self, fact: str) -> None:
        self.kept.append((len(self.disk.ops), fact))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsroom whose database has its tables."""
    home = tmp_path_factory.mktemp("made")
    (home / "config").mkdir()
    (home / "config" / "wireroom.toml").write_text(SETTINGS)
    with open_app(home, env={}):
        pass
    return home


@contextmanager
def working(made: Path) -> Iterator[tuple[Desk, Path]]:
    """A copy of a newsroom at work on a disk, and a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="wireroom-") as name:
        home = shutil.copytree(made, Path(name) / "home")
        with on_a_disk(home / "var" / "wireroom.db") as disk, open_app(home, env={}) as app:
            yield Desk(app, disk), Path(name)


def found(folder: Path) -> set[str]:
    """What a database says after a cut; fails the test when it is damaged or holds half of anything."""
    with closing(sqlite3.connect(folder / "wireroom.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        uids = {row[0] for row in connection.execute("SELECT uid FROM articles")}
    with Store(f"sqlite:///{folder / 'wireroom.db'}") as store:
        rows = store.log(ALL)
        assert all(fold(store.dossier(row.id).entries) is row.state for row in rows)
        assert {(row.uid, row.destination) for row in rows} == {(uid, name) for uid in uids for name in PLACES}
        paused = {f"paused {name}" for name, standing in store.standings().items() if standing.state == "paused"}
    touched = {f"touched {row.id}" for row in rows if row.state is State.SENDING and row.touched}
    return {f"taken {uid}" for uid in uids} | touched | paused


PLACES = ("feeds", "birds")
STEPS = st.sampled_from(["publish", "publish", "touch", "pause", "beat", "checkpoint"])


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEPS, min_size=1, max_size=8), data=st.data(), seed=st.integers(0, 2**16))
def test_what_was_acknowledged_survives_a_power_cut(
    made: Path, steps: list[str], data: st.DataObject, seed: int
) -> None:
    """Cut at any point, with any part of what was not synced on the disk, the database has all it acknowledged."""
    with working(made) as (desk, folder):
        for step in steps:
            desk.do(step)
        cut = data.draw(st.integers(0, len(desk.disk.ops)), label="operations before the cut")
        share = data.draw(st.sampled_from([0.0, 0.5, 1.0]), label="share of unsynced sectors that are kept")
        dice = random.Random(seed)
        desk.disk.after_cut(folder / "left", lambda: dice.random() < share, at=cut)
        assert {fact for told, fact in desk.kept if told <= cut} <= found(folder / "left")


def test_the_cut_is_a_real_one(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `synchronous = FULL` the same cut loses what was acknowledged: it is the pragma that keeps it."""
    monkeypatch.setattr(database, "full_sync", lambda _: nullcontext())
    with working(made) as (desk, folder):
        desk.publish()
        desk.disk.after_cut(folder / "none", lambda: False)
        desk.disk.after_cut(folder / "all", lambda: True)
        assert found(folder / "none") == set()
        assert found(folder / "all") == {desk.kept[0][1]}


def test_a_touched_wire_is_not_forgotten(made: Path) -> None:
    """What a lane was about to send when the power went is known to have been touched, so it is looked for first."""
    with working(made) as (desk, folder):
        desk.do("publish")
        desk.do("touch")
        desk.disk.after_cut(folder / "left", lambda: False)
        assert {fact.partition(" ")[0] for fact in found(folder / "left")} == {"taken", "touched"}


def test_only_acknowledgements_wait_for_the_disk(made: Path) -> None:
    """An article is synced before anybody is told; a sign of life, written after it on the same connection, is not."""
    with working(made) as (desk, _):
        desk.publish()
        assert (desk.disk.ops[-1].file, desk.disk.ops[-1].offset) == ("wireroom.db-wal", None)
        desk.beat()
        assert desk.disk.ops[-1].offset is not None
