"""Any life of one article: taken in again and again while tries fail, answers are lost and it is taken back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dispatch.conftest import LOG, START, Clock
from tests.dispatch.test_intake import DRAFT, house

from wireroom.dispatch.intake import Intake
from wireroom.dispatch.lane import Hands, Lane
from wireroom.dispatch.looks import Looker
from wireroom.dispatch.people import People
from wireroom.model.delivery import PENDING, State, fold
from wireroom.model.destination import Destination, Retry, Settle
from wireroom.model.errors import NotSent, RateLimited, Unsure
from wireroom.model.post import Action, Post, Receipt
from wireroom.store import NewDelivery, Store

PLACE = Destination(
    name="page",
    channel="facebook",
    settle=Settle(timedelta(seconds=30), 1),
    retry=Retry(1000, timedelta(seconds=10), timedelta(minutes=1)),
)


@dataclass
class Page:
    """A platform that follows a script of troubles, shows what was put there, and can be looked at."""

    clock: Clock
    script: list[str] = field(default_factory=list)
    shows: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    repeatable: bool = False

    def send(self, post: Post) -> Receipt:
        """Put a post there."""
        return self._do(Receipt(remote_id=str(self.calls)), post.text)

    def amend(self, receipt: Receipt, post: Post) -> Receipt:
        """Change what stands under a receipt."""
        assert receipt.remote_id in self.shows
        return self._do(receipt, post.text)

    def retract(self, receipt: Receipt, post: Post) -> Receipt:
        """Take it away."""
        assert post.text
        return self._do(receipt, None)

    def find(self, post: Post, since: datetime) -> Receipt | None:
        """A post with these words."""
        assert since <= self.clock()
        return next((Receipt(remote_id=id_) for id_, text in self.shows.items() if text == post.text), None)

    def _do(self, receipt: Receipt, text: str | None) -> Receipt:
        self.calls += 1
        trouble = self.script.pop(0) if self.script else ""
        if trouble == "away":
            raise NotSent("no route")
        if trouble == "limit":
            raise RateLimited("slow down", until=self.clock() + timedelta(seconds=20))
        if trouble != "lost":
            self.shows.pop(receipt.remote_id, None)
            if text is not None:
                self.shows[receipt.remote_id] = text
        if trouble in ("lost", "silent"):
            raise Unsure("silence")
        return receipt


class Desk:
    """One newsroom with one Page: an intake, a lane, a looker and a person."""

    def __init__(self, store: Store, folder: Path, clock: Clock) -> None:
        self.store, self.clock, self.page = store, clock, Page(clock)
        self.intake = Intake(store, house(folder, PLACE))
        self.people = People(store, {"page": PLACE})
        self.revision, self.taken_back = 0, False
        self.uid = ""

    def publish(self) -> None:
        """The article comes in with other words."""
        self.revision += 1
        here = "https://harbor.example.org/one/"
        draft = replace(DRAFT, published_at=START, url=here, text=f"Version {self.revision}.")
        taken = self.intake.take(replace(draft, title=f"Version {self.revision}", html=f"<p>{self.revision}</p>"))
        self.uid = taken.article.uid

    def take_back(self) -> None:
        """An editor takes the article back."""
        newest = max(self.store.chain(self.uid, "page", 0), key=lambda each: int(each.id), default=None)
        if newest is None or newest.action is Action.RETRACT:
            return
        self.taken_back = True
        with self.store.transaction() as tx:
            post = replace(tx.post(newest), key=f"{newest.id}/retract")
            new = NewDelivery(
                post=post,
                action=Action.RETRACT,
                due=self.clock(),
                breaking=False,
                published_at=self.clock(),
                publication="harbor",
            )
            tx.open([new])

    def work(self) -> None:
        """What is due goes out, what is in doubt is looked for."""
        hands = Hands(
            store=self.store, holder="w", dice=lambda: 0.5, stopping=lambda: False, zones=lambda _: "Asia/Tokyo"
        )
        Lane(PLACE, self.page, hands).run()
        Looker(PLACE, self.page, hands).run()

    def pending(self) -> bool:
        """Whether anything is still to come."""
        return any(each.state in PENDING for each in self.store.log(LOG))


@contextmanager
def desk() -> Iterator[Desk]:
    """A desk over a fresh database."""
    folder = Path(tempfile.mkdtemp(prefix="wireroom-"))
    clock = Clock()
    with Store(f"sqlite:///{folder / 'wireroom.db'}", clock=clock) as store:
        store.migrate()
        yield Desk(store, folder, clock)
    shutil.rmtree(folder)


STEPS = st.lists(
    st.sampled_from(
        [*["publish"] * 3, *["work"] * 3, *["wait"] * 2, "take back", "resume", "away", "limit", "lost", "silent"]
    ),
    max_size=20,
)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None)
def test_whatever_happens_the_page_shows_the_newest_revision_once(steps: list[str]) -> None:
    """In the end one post with the newest words is there, or none if it was taken back, and nothing is left to do."""
    with desk() as here:
        here.publish()
        for step in steps:
            if step == "publish":
                here.publish()
            elif step == "work":
                here.work()
            elif step == "wait":
                here.clock.turn(seconds=31)
            elif step == "take back":
                here.take_back()
            elif step == "resume":
                here.people.resume("page", "mika")
            else:
                here.page.script.append(step)
        here.page.script.clear()
        for _ in range(20):
            here.clock.turn(minutes=2)
            here.work()
        assert not here.pending()
        shown = list(here.page.shows.values())
        if here.taken_back:
            assert shown == []
        else:
            assert len(shown) == 1
            assert shown[0].startswith(f"Version {here.revision}")
        for each in here.store.log(LOG):
            assert each.state in (State.DELIVERED, State.CANCELLED), each.reason
            assert fold(here.store.dossier(each.id).entries) is each.state
