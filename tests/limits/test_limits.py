"""Rations that are shared: two workers on one account, with a Redis and without."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from wireroom.broker import redis_client
from wireroom.limits import Limits
from wireroom.limits.shelf import RedisShelf
from wireroom.model.destination import Cap
from wireroom.model.post import Quota

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import Redis

NOW = datetime.now(UTC)
ACCOUNT = "x/api.x.com/42"


def left(remaining: int) -> list[Quota]:
    """What an answer says is left of the quarter of an hour."""
    return [Quota(limit=100, remaining=remaining, reset=NOW + timedelta(minutes=15), name="15 minutes")]


@pytest.fixture
def pair(redis_url: str) -> Iterator[tuple[Limits, Limits]]:
    """Two workers' view of the same Redis."""
    with redis_client(redis_url) as one, redis_client(redis_url) as other:
        yield Limits(one, redis_url), Limits(other, redis_url)


def test_what_one_learns_binds_the_other(pair: tuple[Limits, Limits]) -> None:
    """A wall one worker meets, another knows before its next call."""
    one, other = pair
    assert not other.knows(ACCOUNT)
    one.close(ACCOUNT, NOW + timedelta(minutes=15))
    grant = other.take(ACCOUNT, 16, NOW, breaking=True)
    assert grant.calls == 0
    assert grant.until == pytest.approx((NOW + timedelta(minutes=15)).timestamp())
    assert other.take("x/api.x.com/43", 16, NOW).calls == 16


def test_two_workers_together_take_what_there_is(pair: tuple[Limits, Limits]) -> None:
    """However many take at once, together they get what is left and not one call more."""
    pair[0].settle(ACCOUNT, NOW, learnt=left(60))

    def taken(limits: Limits) -> int:
        calls = misses = 0
        while misses < 50:
            grant = limits.take(ACCOUNT, 16, NOW, breaking=True)
            calls, misses = calls + grant.calls, misses + (not grant.calls)
        return calls

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(taken, [*pair, *pair])) == 60


def test_a_cap_of_our_own_is_shared_and_keeps_a_reserve(pair: tuple[Limits, Limits]) -> None:
    """Where the platform tells nothing, at most so many calls go in so long, all workers together."""
    caps = [Cap(20, timedelta(hours=3))]
    granted = [pair[turn % 2].take(ACCOUNT, 8, NOW, caps=caps).calls for turn in range(5)]
    assert sum(granted) == 19
    refused = pair[0].take(ACCOUNT, 8, NOW, caps=caps)
    assert (refused.calls, refused.why) == (0, "the cap of 20/3h is used up")
    assert refused.until > datetime.now(UTC).timestamp()
    assert pair[1].take(ACCOUNT, 1, NOW, caps=caps, breaking=True).calls == 1


def test_a_redis_that_forgets_or_is_away_stops_nobody(redis_server: Redis, redis_url: str) -> None:
    """Without its Redis a worker goes on with what it knows itself, and comes back to sharing."""
    clock = [0.0]
    with redis_client(redis_url) as client:
        shelf = RedisShelf(client, clock=lambda: clock[0])
        assert shelf.swap("a", "", "one")
        client.flushall()
        assert shelf.read("a") == ""
        redis_server.kill()
        try:
            assert shelf.read("a") == ""
            assert shelf.swap("a", "", "own")
            assert shelf.read("a") == "own"
        finally:
            redis_server.start()
        clock[0] = 10.0
        assert shelf.read("a") == ""
        assert shelf.swap("a", "", "shared")
        assert not shelf.swap("a", "", "late")
        assert shelf.read("a") == "shared"


def test_without_a_redis_it_is_this_process_alone() -> None:
    """The same rules hold where there is no Redis at all."""
    limits = Limits()
    limits.settle(ACCOUNT, NOW, learnt=left(6))
    assert limits.take(ACCOUNT, 16, NOW).calls == 1
    assert limits.take(ACCOUNT, 16, NOW).calls == 0
    assert limits.take(ACCOUNT, 1, NOW, breaking=True).calls == 1
