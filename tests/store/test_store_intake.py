"""Intake: identity, revisions, the unique key, and all-or-nothing."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from tests.store.making import MINUTE, START, Clock, Undone, article, new, post, put, undo

from wireroom.model.delivery import Move, State, fold
from wireroom.model.errors import Refused
from wireroom.model.post import Action
from wireroom.store import Alias, Conflict, Store


def test_an_article_is_found_by_the_first_alias_that_is_known(store: Store) -> None:
    """Aliases are asked in the order given; an alias keeps pointing at the article that had it first."""
    one, two = article(1), article(2)
    with store.transaction() as transaction:
        transaction.save_article(one, [Alias("url", one.url), Alias("digest", "d")])
        transaction.save_article(two, [Alias("url", two.url), Alias("digest", "d")])
    with store.transaction() as transaction:
        assert transaction.find_article([Alias("url", "?"), Alias("digest", "d"), Alias("url", two.url)]) == one
        assert transaction.find_article([Alias("url", two.url)]) == two
        assert transaction.find_article([Alias("file", "d")]) is None


def test_revisions_are_kept_and_the_highest_is_current(store: Store) -> None:
    """A new revision becomes the article, and no revision is written twice."""
    first = article()
    second = replace(first, revision=2, title="Ferry sails after all", url="https://harbour.example/after-all/")
    put(store, first)
    with store.transaction() as transaction:
        transaction.save_article(second, [])
        assert transaction.article(first.uid) == second
    assert store.article(first.uid) == second
    with pytest.raises(Conflict), store.transaction() as transaction:
        transaction.save_article(replace(second, title="Another"), [])
    assert store.article(first.uid) == second


def test_queueing_twice_queues_once(store: Store) -> None:
    """The same uid, destination, action, revision and repeat is one delivery, returned as it stands the second time."""
    subject = article()
    (delivery,) = put(store, subject)
    claim = store.claim(delivery, holder="w", lease=MINUTE)
    with store.transaction() as transaction:
        (again,) = transaction.open([new(subject, due=START + MINUTE)])
        assert claim is not None
        assert again == claim.delivery
        others = transaction.open([new(subject, repeat=1), new(subject, action=Action.AMEND), new(subject, "other")])
        assert transaction.deliveries(subject.uid) == [again, *others]
    assert len({again.id, *(other.id for other in others)}) == 4
    assert [entry.move for entry in store.dossier(again.id).entries] == [Move.PLAN, Move.CLAIM]


def test_an_opened_delivery_is_what_was_asked_for(store: Store) -> None:
    """Planned or held, with its title, publication, times to the microsecond, and a first line in its log."""
    subject = article(published_at=START - MINUTE)
    (held,) = put(store, subject, new(subject, held=True, why="too old", breaking=True))
    assert held == store.delivery(held.id)
    assert (held.state, held.reason, held.title, held.publication) == (
        *(State.HELD, "too old"),
        *(subject.title, "harbour-post"),
    )
    assert (held.created, held.due, held.published_at) == (START, START, START - MINUTE)
    assert (held.breaking, held.attempts, held.token, held.doubted) == (True, 0, 0, False)
    (entry,) = store.dossier(held.id).entries
    assert (entry.move, entry.from_state, entry.to_state, entry.why) == (Move.PLAN, None, State.HELD, "too old")


@pytest.mark.parametrize("changed", [False, True])
def test_a_posts_article_comes_back_whole(store: Store, changed: bool) -> None:
    """A feed's post carries its article, whether that is the stored revision or differs from it."""
    subject = article()
    mine = post(replace(subject, summary="only here") if changed else subject, "harbour-feed", whole=True)
    (delivery,) = put(store, subject, new(subject, "harbour-feed", post=mine))
    assert store.post(delivery.id) == mine
    claim = store.claim(delivery, holder="w", lease=MINUTE)
    assert claim is not None
    assert claim.post == mine


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    """An error inside leaves nothing behind: no article, no alias, no delivery, no move."""
    subject = article()
    with pytest.raises(Undone):
        undo(store, subject)
    with store.transaction() as transaction:
        assert transaction.find_article([Alias("url", subject.url)]) is None
        assert transaction.deliveries(subject.uid) == []
    assert store.newest_move() == 0


def test_a_persons_move(store: Store, clock: Clock) -> None:
    """A move writes only if the delivery is still as it was read, and what it brings is in the row and the log."""
    (delivery,) = put(store, article())
    clock.on(MINUTE)
    with store.transaction() as transaction:
        assert transaction.now() == clock.time
        cancelled = transaction.move(delivery, Move.CANCEL, by="mara", why="wrong picture")
        assert transaction.move(delivery, Move.HOLD, by="jun", why="wait") is None
    assert cancelled == store.delivery(delivery.id)
    assert cancelled is not None
    assert (cancelled.state, cancelled.reason, cancelled.token) == (State.CANCELLED, "wrong picture", 1)
    entries = store.dossier(delivery.id).entries
    assert fold(entries) is State.CANCELLED
    assert (entries[-1].by, entries[-1].why, entries[-1].at) == ("mara", "wrong picture", clock.time)
    with pytest.raises(Refused), store.transaction() as transaction:
        transaction.move(cancelled, Move.RELEASE, by="mara", why="")


def test_of_two_that_bring_the_same_article_one_runs_again(store: Store) -> None:
    """Two intakes at once that both saw an unknown article never make two: the slower finds it, or gets Conflict."""
    subject = article()
    rivals = [replace(subject, uid=subject.uid + suffix) for suffix in ("-a", "-b")]
    alias = Alias("url", subject.url)
    barrier = threading.Barrier(2, timeout=20)
    outcomes: list[str] = []

    def publish(mine_number: int) -> None:
        barrier.wait()
        try:
            with store.transaction() as transaction:
                if transaction.find_article([alias]) is not None:
                    outcomes.append("found")
                    return
                transaction.save_article(rivals[mine_number], [alias])
            outcomes.append("saved")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=publish, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(outcomes) == "saved"
    assert min(outcomes) in {"found", "conflict"}
