"""What the store's tests are made of: a clock that stands still, articles, posts and deliveries."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, select

from wireroom.model.article import Article
from wireroom.model.delivery import Claim, Delivery, Move, Verdict
from wireroom.model.post import Action, Exchange, Post, Receipt
from wireroom.store import Alias, NewDelivery, Store, migrate
from wireroom.store.tables import metadata

START = datetime(2026, 3, 1, 9, 30, 0, 123457, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Clock:
    """A clock that moves only when it is told to."""

    time: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.time

    def on(self, by: timedelta) -> datetime:
        """Let time pass; what it is then."""
        self.time += by
        return self.time


def article(number: int = 1, *, revision: int = 1, title: str = "", published_at: datetime = START) -> Article:
    """An article; one number, one uid."""
    title = title or f"Harbour ferry number {number} sails again"
    return Article(
        uid=f"tag:harbour.example,2026-03-01:{number}",
        revision=revision,
        publication="harbour-post",
        title=title,
        url=f"https://harbour.example/2026/ferry-{number}/",
        published_at=published_at,
        updated_at=published_at,
        html=f"<p>{title}.</p>",
        text=f"{title}.",
        authors=("Mara Oduya",),
        digest=f"{number}-{revision}",
    )


def post(subject: Article, destination: str = "harbour-x", *, whole: bool = False) -> Post:
    """A post of an article for a destination; `whole` for one that carries the article, as feeds' do."""
    return Post(
        key=f"{subject.uid}/{subject.revision}/{destination}",
        uid=subject.uid,
        revision=subject.revision,
        destination=destination,
        channel="feed" if whole else "x",
        title=subject.title,
        text=f"{subject.title} {subject.url}",
        link=subject.url,
        article=subject if whole else None,
    )


def new(subject: Article, destination: str = "harbour-x", **changes: object) -> NewDelivery:
    """A delivery to open: a create that is due at once, unless told otherwise."""
    values: dict[str, object] = {
        "post": post(subject, destination, whole="feed" in destination),
        "action": Action.CREATE,
        "due": START,
        "breaking": False,
        "published_at": subject.published_at,
        "publication": subject.publication,
    }
    return NewDelivery(**(values | changes))  # type: ignore[arg-type]


def put(store: Store, subject: Article, *news: NewDelivery) -> list[Delivery]:
    """Save an article and open deliveries of it, in one transaction."""
    with store.transaction(durable=True) as transaction:
        transaction.save_article(subject, [Alias("url", subject.url)])
        return transaction.open(news or [new(subject)])


def sent(store: Store, delivery: Delivery, holder: str = "worker-1") -> tuple[Claim, int]:
    """A delivery on the wire: its claim, and the number of the attempt."""
    claim = store.claim(delivery, holder=holder, lease=MINUTE)
    assert claim is not None
    attempt = store.touch(claim)
    assert attempt is not None
    return claim, attempt


def receipt(remote_id: str = "4711", cost: float = 0.0) -> Receipt:
    """A platform's proof."""
    exchange = Exchange(method="POST", url="https://x.example/2/posts", body="{}", status=201, answer='{"id": 1}')
    return Receipt(remote_id=remote_id, remote_url=f"https://x.example/{remote_id}", exchange=exchange, cost=cost)


def verdict(move: Move, **changes: object) -> Verdict:
    """How a try ended; by default without anything but the move."""
    values: dict[str, object] = {"move": move, "why": f"because of {move.value}", "outcome": "x"}
    return Verdict(**(values | changes))  # type: ignore[arg-type]


def deliver(store: Store, delivery: Delivery, remote_id: str = "4711", cost: float = 0.0) -> Delivery:
    """Claim, touch and settle a delivery with a receipt; how it stands then."""
    claim, attempt = sent(store, delivery)
    proof = verdict(Move.RECEIPT, outcome="receipt", receipt=receipt(remote_id, cost))
    assert store.settle(claim, proof, by="worker-1", attempt=attempt)
    return store.delivery(delivery.id)


def doubt(store: Store, delivery: Delivery, due: datetime | None = None) -> Delivery:
    """Send a delivery and get no answer; how it stands then."""
    claim, attempt = sent(store, delivery)
    assert store.settle(claim, verdict(Move.LOSE, outcome="unsure", due=due), by="worker-1", attempt=attempt)
    return store.delivery(delivery.id)


def first_tables(url: str, folder: Path) -> Delivery:
    """Make a database as the first program there was would have, with one article in it; its delivery."""
    scripts = shutil.copytree(migrate.SCRIPTS, folder / "first")
    for path in (scripts / "versions").glob("0*.py"):
        if not path.name.startswith("0001"):
            path.unlink()
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(migrate, "SCRIPTS", scripts)
        earlier.setattr(migrate, "HEAD", "0001")
        with Store(url) as store:
            store.migrate()
    with Store(f"sqlite:///{folder / 'today.db'}") as store:
        store.migrate()
        (delivery,) = put(store, article())
    _copy(f"sqlite:///{folder / 'today.db'}", url)
    return delivery


def _copy(source: str, target: str) -> None:
    """Copy the rows of today's tables as far as older ones have columns for them; ids are given anew."""
    older = MetaData()
    ours, theirs = create_engine(source), create_engine(target)
    older.reflect(theirs)
    with ours.connect() as reading, theirs.begin() as writing:
        for table in older.sorted_tables:
            if (today := metadata.tables.get(table.name)) is None:
                continue
            columns = [today.c[column.name] for column in table.c if column.name != "id"]
            for row in reading.execute(select(*columns)).mappings():
                writing.execute(table.insert(), dict(row))
    ours.dispose()
    theirs.dispose()


class Undone(Exception):
    """Raised inside a transaction to undo it."""


def undo(store: Store, subject: Article) -> None:
    """Save an article and open a delivery of it in a transaction that is undone. Raises `Undone`."""
    with store.transaction() as transaction:
        transaction.save_article(subject, [Alias("url", subject.url)])
        transaction.open([new(subject)])
        raise Undone
