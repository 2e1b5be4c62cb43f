"""A bench for one cell: a real store, a real channel, the sandbox or a folder, and one clock that the test turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from tests.faults.matrix import Cell, Moment

from wireroom.dispatch.lane import Hands, Lane
from wireroom.dispatch.looks import Looker, take_back_lost
from wireroom.dispatch.people import People
from wireroom.model.article import Article
from wireroom.model.channel import Channel
from wireroom.model.delivery import ENDED, Delivery, State, fold
from wireroom.model.destination import Destination, Standing
from wireroom.model.post import Action, Post
from wireroom.store import Alias, NewDelivery, Store

START = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
ROUNDS = 120  # of lane, look and sweep; more than any cell needs, so that one which never comes to rest is seen
WAITING = 3  # rounds for which a delivery must have waited for a person, before it counts as resting


@dataclass
class Clock:
    """The one clock of store, channel and sandbox; it moves only when it is turned."""

    time: datetime = START

    def __call__(self) -> datetime:
        return self.time

    def on(self, *until: datetime | None) -> None:
        """Turn on to the latest of these times, and a second further than now in any case."""
        self.time = max(self.time + timedelta(seconds=1), *(at for at in until if at is not None))


class Target(Protocol):
    """Where the cell's post goes."""

    place: Destination

    @property
    def channel(self) -> Channel:
        """The channel to it, as it is now."""
        ...

    def post(self, article: Article) -> Post:
        """The article's post for it."""
        ...

    def ids(self, post: Post) -> list[str]:
        """The remote id of every copy of the post that readers can see there."""
        ...

    def creates(self, post: Post) -> int | None:
        """How often it was asked to post this; None where nobody counts."""
        ...


@dataclass
class Bench:
    """One delivery to one target, carried by the real lane, looker and sweep."""

    store: Store
    clock: Clock
    target: Target
    name: str
    delivery_id: str = ""
    posted: Post = field(init=False)

    def __post_init__(self) -> None:
        article = _article(self.name, self.clock())
        self.posted = self.target.post(article)
        new = NewDelivery(
            post=self.posted,
            action=Action.CREATE,
            due=self.clock(),
            breaking=False,
            published_at=article.published_at,
            publication="outlet",
        )
        with self.store.transaction() as transaction:
            transaction.save_article(article, [Alias("url", article.url)])
            self.delivery_id = transaction.open([new])[0].id

    @property
    def delivery(self) -> Delivery:
        """How the delivery stands."""
        return self.store.delivery(self.delivery_id)

    @property
    def standing(self) -> Standing:
        """How the destination stands."""
        return self.store.standing(self.target.place.name)

    @property
    def hands(self) -> Hands:
        """What lanes and lookers work with."""
        return Hands(
            store=self.store,
            holder="worker@test",
            dice=lambda: 1.0,
            stopping=lambda: False,
            zones=lambda _: "Asia/Tokyo",
        )

    @property
    def people(self) -> People:
        """A person's moves."""
        return People(self.store, {self.target.place.name: self.target.place})

    @property
    def posts(self) -> list[str]:
        """Every copy of the post that is there."""
        return self.target.ids(self.posted)

    def step(self) -> None:
        """One round of what a worker and a scheduler do, with the laws held after each part of it."""
        Lane(self.target.place, self.target.channel, self.hands).run()
        self.hold_laws()
        Looker(self.target.place, self.target.channel, self.hands).run()
        self.hold_laws()
        self.sweep()
        self.hold_laws()

    def sweep(self) -> None:
        """Take back what a lost worker held."""
        repeatable = self.target.channel.repeatable
        places = {self.target.place.name: self.target.place}
        take_back_lost(self.store, places, lambda _: repeatable, by="scheduler@test", gone=lambda _: False)

    def drive(self) -> None:
        """Go on, turning the clock, until the delivery has ended or waits for a person."""
        waited = 0
        for _ in range(ROUNDS):
            self.step()
            waited = waited + 1 if self._asks() else 0
            if self.delivery.state in ENDED or self.standing.state == "locked" or waited > WAITING:
                return
            self.pass_time()
        raise AssertionError(f"the delivery never comes to rest: {self.told()}")

    def pass_time(self) -> None:
        """Turn the clock to when something is next to be done."""
        delivery = self.delivery
        self.clock.on(delivery.due, delivery.lease_until, self.standing.rests_until)

    def hold_laws(self) -> None:
        """What must be true at every moment: one post at most, and delivered only what is there; the log adds up."""
        delivery, posts = self.delivery, self.posts
        assert len(posts) <= 1, f"posted twice: {self.told()}"
        assert fold(self.store.dossier(self.delivery_id).entries) is delivery.state
        if delivery.state is State.DELIVERED:
            assert posts == [delivery.remote_id], f"delivered, and not there: {self.told()}"

    def act(self, person: str) -> None:
        """A person's move, as the matrix names it."""
        if person == "resume":
            self.people.resume(self.target.place.name, "editor")
        elif person == "retry":
            self.people.retry(self.delivery_id, "editor")
        elif person == "confirm":
            self.people.confirm(self.delivery_id, "editor", remote_id=self.posts[0])

    def lose_worker(self, *, made: bool) -> None:
        """Send as a lane does, up to the wire or beyond it, and never come back; its lease runs out."""
        lease = timedelta(minutes=1)
        held = self.store.claim_and_touch(self.delivery, holder="gone@test", lease=lease)
        assert held is not None
        if made:
            self.target.channel.send(held[0].post)
        self._outlive(lease)

    def lose_looker(self) -> None:
        """Begin a look and never come back; its lease runs out."""
        lease = timedelta(minutes=1)
        claim = self.store.claim_look(self.delivery, holder="gone@test", lease=lease)
        assert claim is not None
        self.store.open_look(claim)
        self._outlive(lease)

    def _outlive(self, lease: timedelta) -> None:
        self.hold_laws()
        self.clock.on(self.clock() + lease + timedelta(seconds=1))

    def told(self) -> str:
        """The log, for a test that fails."""
        entries = self.store.dossier(self.delivery_id).entries
        lines = [f"{entry.at:%d %H:%M:%S} {entry.move} → {entry.to_state}: {entry.why}" for entry in entries]
        return "\n".join([f"{len(self.posts)} posts there", *lines])

    def _asks(self) -> bool:
        delivery = self.delivery
        return delivery.state is State.UNCONFIRMED and "a person must" in delivery.reason


class Struck(Protocol):
    """A bench whose cell's fault can strike."""

    bench: Bench

    def lead_up(self) -> None:
        """Bring the delivery to the cell's moment."""
        ...

    def strike(self) -> None:
        """Let the fault happen."""
        ...

    def mend(self) -> None:
        """End what is left of the fault, as a person or the platform would."""
        ...

    def extra(self) -> int:
        """How many tries had counted before the fault."""
        ...

    def check(self) -> None:
        """What this kind of target must show beside the end."""
        ...


def play(cell: Cell, struck: Struck) -> None:
    """Play one cell to its end, and hold the end to what the matrix says."""
    bench, end = struck.bench, cell.end
    struck.lead_up()
    struck.strike()
    bench.drive()
    delivery = bench.delivery
    assert (delivery.state, bench.standing.state) == (end.state, "locked" if end.locked else "open"), bench.told()
    assert len(bench.posts) == int(cell.row.made or end.state is State.DELIVERED), bench.told()
    creates = bench.target.creates(bench.posted)
    assert end.creates is None or creates in (None, end.creates), bench.told()
    assert end.attempts is None or delivery.attempts == end.attempts + struck.extra(), bench.told()
    struck.check()
    if end.person:
        assert bench.standing.reason if end.locked else delivery.reason
        struck.mend()
        bench.act(end.person)
        bench.drive()
    assert (bench.delivery.state, bench.standing.state) == (State.DELIVERED, "open"), bench.told()
    assert len(bench.posts) == 1


def _article(name: str, at: datetime) -> Article:
    """An article with everything in its words that a platform gives back changed."""
    url = f"https://example.org/{name}/?a=1&b=2"
    return Article(
        uid=f"tag:example.org,2026:{name}",
        revision=1,
        publication="outlet",
        title=f"Lights <on> & off: 港の灯 {name}",
        url=url,
        published_at=at,
        updated_at=at,
        html="<p>Lights &amp; tides.</p>",
        text="Lights & tides.",
        digest=name,
    )


def tried_before(cell: Cell) -> int:
    """How many tries had counted before the fault: the harmless one before a retry."""
    return int(cell.moment is Moment.RETRY)
