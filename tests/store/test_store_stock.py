"""What feeds are made of: the items that stand, newest or oldest first, what they are filed under, their fragments."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.store.making import START, Clock, article, deliver, new, put

from wireroom.channels.feed import FeedChannel
from wireroom.compose.feeds.labels import labels
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination
from wireroom.model.post import Action
from wireroom.model.publication import Publication
from wireroom.model.stock import Fragment, Label
from wireroom.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from wireroom.model.article import Article
    from wireroom.model.delivery import Delivery

FEED = "harbour-feed"
PAPER = Publication(key="harbour-post", name="The Harbour Post", url="https://harbour.example")


def publish(store: Store, subject: Article, action: Action = Action.CREATE, *, revision: int = 1) -> Delivery:
    """An article that stands in the feed, or was taken out of it."""
    if action is Action.CREATE and revision == 1:
        (delivery,) = put(store, subject, new(subject, FEED))
        with store.transaction() as tx:
            tx.prepare(subject, labels(subject), {(subject.uid, 1, "rss1:x"): Fragment(subject.updated_at, b"<item/>")})
    else:
        with store.transaction() as tx:
            (delivery,) = tx.open([new(subject, FEED, action=action)])
    return deliver(store, delivery)


def numbered(n: int) -> Article:
    """The article of the n-th hour."""
    return article(n, published_at=START + timedelta(hours=n))


def test_the_newest_come_first_and_the_oldest_where_asked(store: Store) -> None:
    """`newest` goes back from the latest publication, `after` on from a moment; both stop at their limit."""
    made = [numbered(n) for n in range(6)]
    for each in (made[3], made[0], made[5], made[1], made[4], made[2]):
        publish(store, each)
    stock = store.stock(FEED)
    assert [item.uid for item in stock.newest(3)] == [each.uid for each in made[:2:-1]]
    assert [item.uid for item in stock.newest(9, since=made[4].published_at)] == [made[5].uid, made[4].uid]
    between = stock.after(made[1].published_at, made[4].published_at, 2)
    assert [item.uid for item in between] == [made[1].uid, made[2].uid]
    assert [item.uid for item in stock.after(None, made[2].published_at, 9)] == [made[0].uid, made[1].uid]
    assert store.stock("another").newest(9) == []


def test_what_was_taken_back_is_gone_until_it_is_put_there_again(store: Store, clock: Clock) -> None:
    """A retracted article is no item; `gone` names it and when."""
    for n in range(3):
        publish(store, numbered(n))
    clock.on(timedelta(minutes=7))
    publish(store, numbered(1), Action.RETRACT)
    stock = store.stock(FEED)
    assert [item.uid for item in stock.newest(9)] == [numbered(2).uid, numbered(0).uid]
    assert stock.gone(9) == [(numbered(1).uid, START + timedelta(minutes=7))]


def test_items_are_found_by_what_they_are_filed_under(store: Store) -> None:
    """A label finds the articles whose standing revision has it, newest first, up to the limit."""
    for n in range(5):
        publish(store, numbered(n))
    stock = store.stock(FEED)
    label = Label("author", "mara-oduya", "Mara Oduya")
    assert stock.labels(numbered(1).uid) == [label]
    assert [item.uid for item in stock.newest(2, label=label)] == [numbered(4).uid, numbered(3).uid]
    assert stock.newest(9, label=Label("tag", "mara-oduya", "")) == []


def test_fragments_are_kept_once_and_go_with_the_log(store: Store, clock: Clock) -> None:
    """A fragment is kept under its stamp, the first stays, and when its article leaves the log it goes too."""
    publish(store, numbered(1))
    stock, key = store.stock(FEED), (numbered(1).uid, 1, "rss1:x")
    stock.keep({key: Fragment(START, b"another"), (numbered(1).uid, 1, "atom1:x"): Fragment(START, b"\x00\xff")})
    assert stock.fragments([key])[key].body == b"<item/>"
    found = stock.fragments([key, (numbered(1).uid, 1, "atom1:x"), (numbered(1).uid, 2, "atom1:x")])
    assert [fragment.body for fragment in found.values()] == [b"<item/>", b"\x00\xff"]
    clock.on(timedelta(days=100))
    assert store.retire(clock.time - timedelta(days=1), 10) == 1
    assert stock.fragments([key]) == {}


def test_a_whole_feed_is_written_from_the_store(store: Store, tmp_path: Path, clock: Clock) -> None:
    """The channel writes what stands, keeps the fragments it made, tells Atom of what is gone, and needs no more."""
    clock.time = START + timedelta(days=1)
    for n in range(4):
        publish(store, numbered(n))
    publish(store, numbered(2), Action.RETRACT)

    def channel() -> FeedChannel:
        surroundings = Surroundings(
            feeds=tmp_path,
            public_url="https://feeds.example",
            now=store.now,
            recent=lambda limit: pytest.fail("the stock is all a feed needs"),
            publications=(PAPER,),
            stock=store.stock(FEED),
        )
        options = {"formats": ["atom", "rss", "ninjs"], "deleted_entries": True, "by": ["author"]}
        return FeedChannel(Destination(name=FEED, channel="feed", options=options), surroundings)

    channel().refresh()
    atom = (tmp_path / FEED / "atom.xml").read_bytes()
    assert [n for n in range(4) if f"<id>{numbered(n).uid}</id>".encode() in atom] == [0, 1, 3]
    assert f'<at:deleted-entry ref="{numbered(2).uid}"'.encode() in atom
    ninjs = json.loads((tmp_path / FEED / "ninjs.json").read_bytes())["associations"]
    assert [each["uri"] for each in ninjs if each["pubStatus"] == "canceled"] == [numbered(2).uid]
    assert channel().refresh() == ()
    channel().send(store.post("4"))
    assert b"Mara Oduya" in (tmp_path / FEED / "author" / "mara-oduya" / "rss.xml").read_bytes()


def test_what_was_spoilt_is_made_anew(store: Store, tmp_path: Path) -> None:
    """A fragment that came back from the database broken spoils no feed: its item is made anew."""
    publish(store, numbered(1))
    destination = Destination(name=FEED, channel="feed", options={"formats": ["rss"]})
    surroundings = Surroundings(
        feeds=tmp_path,
        public_url="https://feeds.example",
        now=lambda: START + timedelta(days=1),
        recent=lambda limit: [],
        publications=(PAPER,),
        stock=store.stock(FEED),
    )
    FeedChannel(destination, surroundings).refresh()
    whole = (tmp_path / FEED / "rss.xml").read_bytes()
    with store.transaction() as tx:
        tx._session.raw.execute("UPDATE fragments SET body = substr(body, 1, 40)")
    FeedChannel(destination, surroundings).refresh()
    assert (tmp_path / FEED / "rss.xml").read_bytes() == whole
