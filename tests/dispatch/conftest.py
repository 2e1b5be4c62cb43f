"""A store with a clock the test turns, a scripted platform, and deliveries on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from wireroom.dispatch.lane import Hands, Lane
from wireroom.dispatch.looks import Looker
from wireroom.limits import Limits
from wireroom.model.article import Article
from wireroom.model.delivery import Delivery
from wireroom.model.destination import Destination, Retry, Settle
from wireroom.model.errors import Ending
from wireroom.model.post import Action, Post, Receipt
from wireroom.store import Alias, LogFilter, NewDelivery, Store

LOG = LogFilter(limit=1000)
START = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)


class Clock:
    """A clock the test turns."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def turn(self, **span: float) -> None:
        """Let time pass."""
        self.time += timedelta(**span)


@dataclass
class Platform:
    """A channel that follows a script and remembers what it was asked. An empty script posts everything."""

    script: list[Receipt | Exception] = field(default_factory=list)
    repeatable: bool = False
    sent: list[Post] = field(default_factory=list)
    there: dict[str, Receipt] = field(default_factory=dict)
    blind: Ending | None = None
    cost: float = 0.0

    def send(self, post: Post) -> Receipt:
        """Do what the script says next; without one, post it."""
        self.sent.append(post)
        says = self.script.pop(0) if self.script else Receipt(remote_id=str(len(self.sent)), cost=self.cost)
        if isinstance(says, Exception):
            raise says
        self.there[post.key] = says
        return says

    def find(self, post: Post, since: datetime) -> Receipt | None:
        """What is there, unless nobody can see it."""
        assert since.tzinfo is not None
        if self.blind:
            raise self.blind
        return self.there.get(post.key)

    def amend(self, receipt: Receipt, post: Post) -> Receipt:
        """Put the new text under the old receipt."""
        self.sent.append(post)
        return replace(receipt)

    def price(self, post: Post) -> float:
        """What a post costs here."""
        return self.cost


@dataclass
class Bench:
    """One destination with its platform, over a real store."""

    store: Store
    clock: Clock
    platform: Platform
    place: Destination
    stop: bool = False
    limits: Limits = field(default_factory=Limits)

    @property
    def hands(self) -> Hands:
        """What lanes and lookers here work with."""
        return Hands(
            store=self.store,
            holder="worker@test",
            dice=lambda: 1.0,
            stopping=lambda: self.stop,
            zones=lambda _: "Asia/Tokyo",
            limits=self.limits,
        )

    @property
    def lane(self) -> Lane:
        """A lane of the destination."""
        return Lane(self.place, self.platform, self.hands)

    @property
    def looker(self) -> Looker:
        """Looks for the destination's unconfirmed deliveries."""
        return Looker(self.place, self.platform, self.hands)

    def plan(self, *names: str, **changes: object) -> list[Delivery]:
        """Queue a post for an article of each name."""
        return [self._plan(name, changes) for name in names]

    def now(self, name: str = "a") -> Delivery:
        """The newest delivery of an article."""
        return next(each for each in self.store.log(LOG) if each.uid == f"tag:test,2026:{name}")

    def moves(self, delivery: Delivery) -> list[str]:
        """The moves of a delivery, in order."""
        return [entry.move.value for entry in self.store.dossier(delivery.id).entries]

    def _plan(self, name: str, changes: dict[str, object]) -> Delivery:
        uid = f"tag:test,2026:{name}"
        revision = int(str(changes.get("revision", 1)))
        action = Action(str(changes.get("action", Action.CREATE)))
        published, out_since = changes.get("published", self.clock()), changes.get("out_since")
        assert isinstance(published, datetime)
        assert out_since is None or isinstance(out_since, datetime)
        article = Article(
            uid=uid,
            revision=revision,
            publication="outlet",
            title=name,
            url=f"https://example.org/{name}/",
            published_at=published,
            updated_at=published,
            html=f"<p>{name}</p>",
            text=name,
            digest=f"{name}{revision}",
        )
        post = Post(
            key=f"{uid}/{revision}/{action}",
            uid=uid,
            revision=revision,
            destination=self.place.name,
            channel=self.place.channel,
            title=name,
            text=f"{name} https://example.org/{name}/",
            link=f"https://example.org/{name}/",
        )
        due = changes.get("due", self.clock())
        assert isinstance(due, datetime)
        new = NewDelivery(
            post=post,
            action=action,
            due=due,
            held=bool(changes.get("held", False)),
            breaking=bool(changes.get("breaking", False)),
            published_at=published,
            publication="outlet",
            out_since=out_since,
        )
        with self.store.transaction() as tx:
            tx.save_article(article, [Alias("url", article.url)])
            return tx.open([new])[0]


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    """A destination over a fresh database, at noon in Tokyo."""
    with bench_on(database_url) as made:
        yield made


@contextmanager
def bench_on(url: str) -> Iterator[Bench]:
    """A destination over a fresh database, at noon in Tokyo."""
    clock = Clock()
    with Store(url, clock=clock) as store:
        store.migrate()
        place = Destination(
            name="x",
            channel="x",
            max_age=timedelta(days=2),
            settle=Settle(timedelta(seconds=30), 2),
            retry=Retry(3, timedelta(seconds=10), timedelta(hours=1)),
        )
        yield Bench(store, clock, Platform(), place)


def names(posts: Sequence[Post]) -> list[str]:
    """The articles' names in posts."""
    return [post.title for post in posts]
