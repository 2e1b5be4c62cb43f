"""Any history at all, one floor up: workers that stop, die and wake late, a platform that hides, and people."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.dispatch.conftest import LOG, Bench, Clock
from tests.dispatch.conftest import Platform as Script
from tests.dispatch.platforms import ANSWERS, Blind, Platform, Repeatable, Social
from tests.dispatch.witness import Witness
from tests.dispatch.workers import BORDERS, Worker, watched

from wireroom import assets
from wireroom.channels import catalogue
from wireroom.compose.render import Templates
from wireroom.dispatch.intake import House, Intake
from wireroom.dispatch.lane import Lane
from wireroom.dispatch.looks import Looker, take_back_lost
from wireroom.dispatch.people import People
from wireroom.model.article import Draft
from wireroom.model.delivery import ENDED, MOVES, Delivery, Move, State, fold
from wireroom.model.destination import Destination, Retry, Settle
from wireroom.model.errors import Refused
from wireroom.model.post import Action
from wireroom.model.publication import Publication
from wireroom.store import Store

OUTLET = Publication(key="harbor", name="Harbor Post", url="https://harbor.example.org")
LINES: dict[str, tuple[str, type[Blind]]] = {
    "an account": ("x", Social),
    "a Page": ("facebook", Social),
    "a Page nobody can look at": ("facebook", Blind),
    "a feed": ("feed", Repeatable),
}
PERSON = "mika"
PERSONS: dict[str, Callable[[People, str], object]] = {
    "retry": lambda people, key: people.retry(key, PERSON),
    "cancel": lambda people, key: people.cancel(key, PERSON),
    "release": lambda people, key: people.release(key, PERSON),
    "confirm": lambda people, key: people.confirm(key, PERSON, remote_id="by hand"),
    "confirm without an id": lambda people, key: people.confirm(key, PERSON),
}
MOVED = {
    "retry": (Move.RETRY, Move.ABSENT),
    "cancel": (Move.CANCEL,),
    "release": (Move.RELEASE,),
    "confirm": (Move.CONFIRM,),
    "confirm without an id": (Move.CONFIRM,),
}
ROUNDS = 16
"""Hours in which everything must end, once nobody dies any more and the platform answers."""
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where databases live that need no disk: these tests are of order, not of power cuts."""


@dataclass(frozen=True)
class Step:
    """Time passes, an article comes in or none, the scheduler sweeps or not, and a worker goes on.

    It goes on from where it stands, or begins: to `carry` and then to look, or the other way round. It gets to one of
    the `stops`, or to its end; or it is `killed` where it stood, and another takes its place. `answer` is what the
    platform makes of what it asks, `opened` says that a person has opened the destination. Before that a person may
    `act` on the delivery `which` places from the newest, going round.
    """

    after: float = 0
    article: int | None = None
    swept: bool = True
    opened: bool = True
    killed: bool = False
    carry: bool = True
    stops: tuple[str, ...] = ()
    answer: str = "yes"
    act: str = ""
    which: int = 0


def steps(*, carry: bool, answer: st.SearchStrategy[str]) -> st.SearchStrategy[Step]:
    """Steps of workers that carry, or that look."""
    return st.builds(
        Step,
        after=st.sampled_from([0, 1, 31, 31, 61, 61, 200]),
        article=st.sampled_from([None, None, None, *range(4)]),
        swept=st.booleans(),
        opened=st.booleans(),
        killed=st.sampled_from([False] * 7 + [True]),
        carry=st.just(carry),
        stops=st.sampled_from([(), (), *((border,) for border in BORDERS)]),
        answer=answer,
        act=st.sampled_from([*[""] * 12, *PERSONS, "retry", "pause", "hold"]),
        which=st.integers(0, 3),
    )


doubtful = st.sampled_from(["yes", "unheard", "lost", "late", "unheard and hidden"])
any_step = st.one_of(
    steps(carry=True, answer=doubtful),
    steps(carry=True, answer=st.sampled_from(ANSWERS)),
    steps(carry=False, answer=st.just("yes")),
    steps(carry=False, answer=st.one_of(st.just("yes"), st.sampled_from(ANSWERS))),
)
lines = st.sampled_from([*LINES, "an account", "a Page"])


@cache
def empty() -> bytes:
    """An empty database."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wireroom.db"
        with Store(f"sqlite:///{path}") as store:
            store.migrate()
        return path.read_bytes()


@cache
def templates() -> Templates:
    """The shipped templates, read once."""
    return Templates([assets.templates()])


def house(place: Destination, media: Path) -> House:
    """A newsroom of one outlet and one destination."""
    return House(
        publications={OUTLET.key: OUTLET},
        destinations=(place,),
        kinds=catalogue.kinds(),
        templates=templates(),
        media=media,
        public_url="https://harbor.example.org",
    )


class Newsroom(RuleBasedStateMachine):
    """One destination with two workers, a scheduler and a person, and a witness who knows what is true."""

    @initialize(line=lines, resend=st.sampled_from([True] * 3 + [False]), looks=st.sampled_from([1, 2, 2]))
    def begin(self, line: str, resend: bool, looks: int) -> None:
        """A newsroom is furnished, and has something to post."""
        channel, self.line = LINES[line]
        self.place = Destination(
            name="place",
            channel=channel,
            max_age=timedelta(days=2),
            settle=Settle(timedelta(seconds=30), looks),
            resend_absent=resend,
            retry=Retry(4, timedelta(seconds=10), timedelta(minutes=10)),
            timeout=5,
        )
        self.places = {"place": self.place}
        self.folder = Path(tempfile.mkdtemp(prefix="wireroom-", dir=MEMORY))
        (self.folder / "wireroom.db").write_bytes(empty())
        self.clock = Clock()
        self.store = Store(f"sqlite:///{self.folder / 'wireroom.db'}", clock=self.clock)
        self.platform = Platform(self.clock)
        self.witness = Witness(self.store, self.place, self.clock, self.line.repeatable)
        self.people = People(self.store, self.places)
        self.workers = {name: Worker(name) for name in ("one", "two")}
        self.dead: set[str] = set()
        self.versions: list[int] = []
        self.known: dict[str, Delivery] = {}
        self._publish(0)

    @rule(step=any_step)
    def one_goes_on(self, step: Step) -> None:
        """The first worker goes on."""
        self._go_on("one", step)

    @rule(step=any_step)
    def the_other_goes_on(self, step: Step) -> None:
        """The second worker goes on."""
        self._go_on("two", step)

    def _person(self, act: str, which: int) -> None:
        """A person pauses the destination, or moves any delivery, where its state allows it."""
        if act == "pause":
            self.people.pause("place", PERSON)
        elif act:
            rows = self.store.log(LOG)
            row = rows[which % len(rows)]
            self._hold(row) if act == "hold" else self._move(row, act)

    def _publish(self, which: int) -> None:
        """An article comes in, or another version of one that is known."""
        which = min(which, len(self.versions))
        self.versions += [0] * (which == len(self.versions))
        self.versions[which] += 1
        text = f"Ferry {which} is late, version {self.versions[which]}"
        draft = Draft(
            publication=OUTLET.key,
            title=text,
            published_at=self.clock(),
            html=f"<p>{text}</p>",
            text=text,
            external_id=str(which),
            breaking=which == 1,
        )
        Intake(self.store, house(self.place, self.folder)).take(draft)

    def _move(self, row: Delivery, act: str) -> None:
        """A person's move; refused only where the table has no arrow."""
        try:
            PERSONS[act](self.people, row.id)
        except Refused:
            allowed = any((row.state, move) in MOVES for move in MOVED[act])
            assert row.state is State.SENDING or not allowed, "refused, and the table allows it"
            return
        assert row.state is not State.SENDING, "taken out of a worker's hands"
        if act == "retry" and row.state in {State.UNCONFIRMED, State.FAILED}:
            self.witness.said(self.store.post(row.id).key)

    def _hold(self, row: Delivery) -> None:
        """A rule keeps a new delivery back until a person releases it."""
        if row.state is State.PLANNED and not row.first_touched:
            self.store.move(row, Move.HOLD, by="rule", why="looked at first")

    def _go_on(self, name: str, step: Step) -> None:
        self.clock.turn(seconds=step.after)
        self.platform.arrive()
        if step.article is not None:
            self._publish(step.article)
        self._person(step.act, step.which)
        if step.killed:
            self._kill(name)
        if step.swept:
            self._sweep()
        if step.opened:
            self.people.resume("place", PERSON)
        worker = self.workers[name]
        worker.answer = step.answer
        if worker.where:
            worker.go(step.stops)
        else:
            worker.start(self._task(worker, carry=step.carry), step.stops)
        if not worker.where:
            self.witness.done(worker)

    def _kill(self, name: str) -> None:
        worker = self.workers[name]
        worker.kill()
        self.witness.gone(worker)
        self.dead.add(worker.name)
        self.workers[name] = Worker(f"{name}, after {len(self.dead)} deaths")

    def _sweep(self) -> None:
        """The scheduler takes back what lost workers held, and leaves alone what living ones hold."""
        rows = self.store.in_flight(100)
        take_back_lost(
            self.store,
            self.places,
            lambda _: self.line.repeatable,
            by="scheduler",
            gone=lambda holder: holder in self.dead,
        )
        for row in rows:
            if row.holder not in self.dead and row.lease_until is not None and row.lease_until > self.clock():
                assert self.store.delivery(row.id) == row, "taken from a living worker"

    @invariant()
    def adds_up(self) -> None:
        """Each log folds to its state, no two workers hold one delivery, and what is delivered is there."""
        rows = {row.id: row for row in self.store.log(LOG)}
        for row in rows.values():
            if self.known.get(row.id) != row:
                self._look_into(row)
        self.known = rows
        held = [held for worker in self.workers.values() if (held := self._held(worker, rows))]
        assert len(held) == len(set(held)), "two workers hold one delivery"
        for key, story in self.witness.stories.items():
            assert len(self.platform.of(key)) <= 1 + story.excused

    def _look_into(self, row: Delivery) -> None:
        dossier = self.store.dossier(row.id)
        assert fold(dossier.entries) is row.state
        assert (row.lease_until is not None) == (row.holder != "")
        assert row.state is not State.SENDING or row.lease_until is not None
        still_open = [attempt for attempt in dossier.attempts if attempt.ended is None]
        assert len(still_open) <= (row.lease_until is not None), "an attempt was left open"
        if row.state is not State.DELIVERED or dossier.entries[-1].by == PERSON:
            return
        if row.action is Action.CREATE:
            there = [post.remote_id for post in self.platform.of(dossier.post.key)]
            assert row.remote_id in there, "delivered, and not there"
        else:
            assert dossier.post.key in self.witness.amended, "amended, and nobody asked for it"

    def _held(self, worker: Worker, rows: dict[str, Delivery]) -> str:
        """The delivery a worker holds now, "" for none."""
        if not worker.where or worker.claim is None:
            return ""
        mine = worker.claim.delivery
        row = rows[mine.id]
        until = row.lease_until
        return mine.id if row.token == mine.token and until is not None and until > self.clock() else ""

    def _task(self, worker: Worker, *, carry: bool) -> Callable[[], object]:
        bench = Bench(self.store, self.clock, Script(), self.place)
        store = watched(self.store, worker, partial(self.witness.claimed, worker))
        hands = replace(bench.hands, store=store, holder=worker.name, zones=lambda _: "UTC", ticks=self._ticks)
        channel = self.line(self.platform, worker, self.witness)
        lane, looker = Lane(self.place, channel, hands), Looker(self.place, channel, hands)
        return partial(_both, lane.run, looker.run) if carry else partial(_both, looker.run, lane.run)

    def _ticks(self) -> float:
        """Workers count by the newsroom's clock alone: the same steps must always be the same story."""
        return self.clock().timestamp()

    def teardown(self) -> None:
        """When nobody dies any more and the platform answers, everything comes to its end, or to a person."""
        try:
            if sys.exc_info()[0] is None:
                self._end()
        finally:
            for worker in self.workers.values():
                worker.kill()
            self.store.close()
            shutil.rmtree(self.folder)

    def _end(self) -> None:
        for name in self.workers:
            self._kill(name)
        for _ in range(ROUNDS):
            if not self._pending():
                return
            for name in self.workers:
                self._go_on(name, Step(after=3700))
            self.adds_up()
        raise AssertionError(f"without an end: {self._pending()}")

    def _pending(self) -> list[Delivery]:
        """What has not ended and waits for no person, nor behind something that does."""
        rows = self.store.log(LOG)
        waiting = [row for row in rows if row.state is State.HELD or "a person must say" in row.reason]
        return [
            row
            for row in rows
            if row.state not in ENDED
            and not any(row.uid == first.uid and int(row.id) >= int(first.id) for first in waiting)
        ]


def _both(first: Callable[[], object], second: Callable[[], object]) -> None:
    first()
    second()


Newsroom.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestNewsroom = pytest.mark.timeout(400)(Newsroom.TestCase)
TestNewsroom.__doc__ = (
    "Whatever happens in whatever order: nothing is lost, nothing is sent twice unseen, and all ends."
)
