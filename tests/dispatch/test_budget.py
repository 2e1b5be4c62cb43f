"""A destination's money: its bounds, the days they hold, and what waits for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wireroom.channels import catalogue
from wireroom.channels.x import XChannel
from wireroom.dispatch import budget
from wireroom.dispatch.lanes import Lanes
from wireroom.dispatch.people import People
from wireroom.model.delivery import Delivery, Move, State
from wireroom.model.destination import Budget
from wireroom.model.errors import RateLimited, Rejected, Unsure
from wireroom.model.post import Receipt
from wireroom.model.sandbox import SANDBOX_X
from wireroom.sandbox import Sandbox, running
from wireroom.store import Charge
from wireroom.testing import a_destination, surroundings

if TYPE_CHECKING:
    from tests.dispatch.conftest import Bench

ZONES = ("UTC", "Asia/Tokyo", "Europe/Berlin", "America/Havana", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut")
MOMENTS = st.integers(1_420_000_000, 1_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
LINK = 0.20


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """An X account with a little over $1.20 in it."""
    with running() as sandbox:
        assert sandbox.state.accounts
        yield sandbox


def spend(bench: Bench, usd_per_day: float | None, **more: float) -> None:
    """Give the bench's destination a budget, and its platform a price."""
    bench.place = replace(bench.place, budget=Budget(usd_per_day=usd_per_day, **more))
    bench.platform.cost = LINK


def called_back(bench: Bench) -> int:
    """Let go what has room in the budget again."""
    lanes = Lanes({bench.place.name: bench.place}, lambda _: bench.platform, bench.hands)
    return lanes.call_back(bench.place.name)


def sent(bench: Bench) -> list[str]:
    """The articles' names in the order in which they were sent."""
    return [post.title for post in bench.platform.sent]


def test_a_dollar_is_five_links_and_one_for_breaking_news(bench: Bench, sandbox: Sandbox) -> None:
    """With $1 a day five posts with links go out, the sixth waits with the reason, breaking news has the reserve."""
    sandbox.state.x_rules = replace(sandbox.state.x_rules, credits=1.21)
    place = a_destination(catalogue.X, {"base_url": sandbox.url}, SANDBOX_X)
    bench.place = replace(place, name="x", budget=Budget(usd_per_day=1.0))
    bench.platform = XChannel(bench.place, surroundings(now=bench.clock))  # type: ignore[assignment]
    bench.plan(*"abcdef")
    bench.lane.run()
    assert [str(post["text"]).split()[0] for post in sandbox.posts("x")] == list("abcde")
    sixth = bench.now("f")
    assert (sixth.state, sixth.attempts, sixth.due) == (State.PLANNED, 0, datetime(2026, 1, 10, 15, tzinfo=UTC))
    why = "waits for the budget: the day's budget of $1.00 is used up: $1.00 spent, this one costs $0.20"
    assert sixth.reason == bench.store.dossier(sixth.id).entries[-1].why == why
    bench.plan("quake", "flood", breaking=True)
    bench.lane.run(breaking_only=True)
    assert len(sandbox.posts("x")) == 6
    assert bench.now("quake").state is State.DELIVERED
    assert "$1.00 and its reserve of $0.20 are used up: $1.20 spent" in bench.now("flood").reason
    assert sandbox.state.x_rules.credits == pytest.approx(0.01)
    sandbox.state.x_rules = replace(sandbox.state.x_rules, credits=1.0)
    bench.clock.turn(hours=12)
    bench.lane.run()
    assert {bench.now("f").state, bench.now("flood").state} == {State.DELIVERED}


@pytest.mark.parametrize(("reserve", "breaking"), [(0.0, 0), (0.001, 1), (0.2, 1), (0.39, 1), (0.4, 2), (1.0, 5)])
def test_a_reserve_is_enough_for_one_post(bench: Bench, reserve: float, breaking: int) -> None:
    """Whatever its size, a reserve lets one breaking post out; only one of nothing lets out none."""
    spend(bench, 1.0, reserve=reserve)
    bench.plan(*"abcde")
    bench.plan(*(f"breaking {number}" for number in range(9)), breaking=True)
    bench.place = replace(bench.place, quiet=None)
    for name in "abcde":
        bench.lane.deliver(bench.now(name))
    bench.lane.run()
    assert len(sent(bench)) == 5 + breaking


def test_the_month_bounds_the_days(bench: Bench) -> None:
    """What the month's budget does not hold waits for the first of the next month."""
    spend(bench, 0.4, usd_per_month=0.6)
    bench.plan(*"abcd")
    for _ in range(3):
        bench.lane.run()
        bench.clock.turn(days=1)
    assert sent(bench) == ["a", "b", "c"]
    assert "the month's budget of $0.60" in bench.now("d").reason
    assert bench.now("d").due == datetime(2026, 1, 31, 15, tzinfo=UTC)


def test_a_price_beyond_the_whole_budget_is_said(bench: Bench) -> None:
    """A post that costs more than the budget holds says so, for no day will help it."""
    spend(bench, 0.1)
    bench.plan("a")
    bench.lane.run()
    assert bench.now("a").reason == (
        "waits for the budget: one post costs $0.20, more than the day's budget of $0.10; raise usd_per_day"
    )


def test_a_raised_budget_lets_go_what_waits(bench: Bench) -> None:
    """When the budget is raised what waits goes out, as far as there is room and in its turn."""
    spend(bench, 0.4)
    bench.plan(*"abcde")
    bench.lane.run()
    assert called_back(bench) == 0
    spend(bench, 0.8)
    assert called_back(bench) == 2
    bench.lane.run()
    assert sent(bench) == ["a", "b", "c", "d"]
    spend(bench, None)
    assert called_back(bench) == 1
    assert called_back(bench) == 0
    bench.lane.run()
    assert sent(bench) == ["a", "b", "c", "d", "e"]


def test_what_waits_for_something_else_stays(bench: Bench) -> None:
    """Only what waits for money is let go when there is some."""
    spend(bench, 5.0)
    bench.plan("a", published=bench.clock() + timedelta(hours=1))
    bench.lane.run()
    assert called_back(bench) == 0
    assert bench.now("a").reason == "not before its time of publication"


@pytest.mark.parametrize("ending", [RateLimited("slow down"), Rejected("too rude")])
def test_a_refusal_costs_nothing(bench: Bench, ending: Exception) -> None:
    """What the platform refused leaves its money for the next."""
    spend(bench, 0.2)
    bench.plan("a")
    bench.platform.script = [ending]
    bench.lane.run()
    assert bench.store.spent("x", bench.clock() - timedelta(days=1)) == 0


@pytest.mark.parametrize(("there", "waits"), [(True, 1), (False, 0)])
def test_a_doubt_counts_until_it_is_settled(bench: Bench, there: bool, waits: int) -> None:
    """A post that may be there counts in full; once it is known not to be, its money goes to the next."""
    spend(bench, 0.2)
    bench.platform.script = [Unsure("silence")]
    bench.plan("a", "b")
    bench.lane.run()
    assert bench.now("b").reason.startswith(budget.WAITS)
    assert bench.store.spent("x", bench.clock() - timedelta(days=1)) == LINK
    if there:
        bench.platform.there[bench.platform.sent[0].key] = Receipt(remote_id="7", cost=LINK)
    for _ in range(2):
        bench.clock.turn(seconds=31)
        bench.looker.run()
    assert bench.store.spent("x", bench.clock() - timedelta(days=1)) == (LINK if there else 0)
    assert called_back(bench) == 1 - waits


def test_a_persons_word_settles_a_doubt(bench: Bench) -> None:
    """A person who says that a post is there leaves it paid; one who says that it is not sets its money free."""
    spend(bench, 5.0)
    bench.platform.script = [Unsure("silence"), Unsure("silence")]
    bench.plan("a", "b")
    bench.lane.run()
    people = People(bench.store, {"x": bench.place})
    people.confirm(bench.now("a").id, "mara")
    people.retry(bench.now("b").id, "mara")
    assert bench.store.spent("x", bench.clock() - timedelta(days=1)) == LINK


def test_a_post_on_another_workers_wire_counts(bench: Bench) -> None:
    """What another worker is sending just now counts in full, and so does what it took to its grave."""
    spend(bench, 0.2)
    first, _ = bench.plan("a", "b")
    charging = bench.lane._purse.charging(first, bench.clock())
    lease = timedelta(seconds=60)
    assert bench.store.claim_and_touch(first, holder="another", lease=lease, charging=charging)
    bench.lane.run()
    assert sent(bench) == []
    bench.clock.turn(minutes=2)
    for lost in bench.store.in_flight(10):
        assert bench.store.move(lost, Move.LOSE, by="sweep", why="its worker was lost")
    assert called_back(bench) == 0
    assert "$0.20 spent" in bench.now("b").reason


def test_two_workers_cannot_spend_one_dollar_twice(bench: Bench) -> None:
    """However many claim in the same moment, together they stay within the ceiling."""
    planned = bench.plan(*(f"n{number}" for number in range(12)))
    start, claimed = threading.Barrier(4), []
    charge = Charge(price=200_000, ceilings=((bench.clock() - timedelta(hours=1), 1_000_000),))

    def work(mine: list[Delivery]) -> None:
        start.wait(30)
        for each in mine:
            held = bench.store.claim_and_touch(
                each, holder=threading.current_thread().name, lease=timedelta(minutes=1), charging=lambda _: charge
            )
            claimed.extend([held] if held else [])

    workers = [threading.Thread(target=work, args=(planned[number::4],)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(claimed) == 5


def test_looks_are_paid_for_and_never_from_the_reserve(bench: Bench) -> None:
    """What a look cost stands in its attempt and keeps ordinary news back, but not breaking news."""
    spend(bench, 0.4)
    bench.platform.script = [Unsure("silence")]
    bench.platform.reading = lambda: 0.003  # type: ignore[attr-defined]
    bench.plan("a")
    bench.lane.run()
    bench.platform.there[bench.platform.sent[0].key] = Receipt(remote_id="7", cost=LINK)
    bench.clock.turn(seconds=31)
    bench.looker.run()
    assert bench.store.spent("x", bench.clock() - timedelta(days=1)) == pytest.approx(LINK + 0.003)
    bench.plan("b")
    bench.plan("quake", "flood", breaking=True)
    bench.lane.run()
    assert sent(bench) == ["a", "quake", "flood"]
    assert bench.now("b").reason.startswith(budget.WAITS)


def test_the_account(bench: Bench) -> None:
    """What was spent today and this month, what is left, and the month's end by the mean of the last days."""
    spend(bench, 1.0, usd_per_month=4.0)
    for number in range(2):
        bench.plan(f"a{number}", f"b{number}")
        bench.lane.run()
        bench.clock.turn(days=1)
    bench.plan("c")
    bench.lane.run()
    found = budget.account(bench.store, bench.place, bench.clock(), "Asia/Tokyo")
    assert (found.today, found.month, found.left, found.reserve_left) == (200_000, 1_000_000, 800_000, 200_000)
    assert (found.days, found.per_day) == (2.0, 500_000)
    assert found.forecast == 1_000_000 + 500_000 * 19.5
    free = replace(bench.place, budget=Budget())
    assert budget.account(bench.store, free, bench.clock(), "Asia/Tokyo").left is None


def test_an_account_without_a_past(bench: Bench) -> None:
    """Who has spent nothing yet has all of the budget, and a forecast of nothing."""
    spend(bench, 1.0)
    found = budget.account(bench.store, bench.place, bench.clock(), "Asia/Tokyo")
    assert (found.today, found.left, found.reserve_left, found.forecast) == (0, 1_000_000, 200_000, 0)


@given(now=MOMENTS, zone=st.sampled_from(ZONES), span=st.sampled_from([budget.day, budget.month]))
@example(datetime(2025, 11, 2, 5, 30, tzinfo=UTC), "America/Havana", budget.day)  # midnight comes twice
@example(datetime(2017, 10, 15, 3, 0, tzinfo=UTC), "America/Sao_Paulo", budget.day)  # midnight does not come
def test_days_and_months_leave_no_gap(now: datetime, zone: str, span: object) -> None:
    """Every moment is in one day and one month of a zone, wherever clocks are put; the next begins where it ends."""
    assert callable(span)
    since, until = span(now, zone)
    tick = timedelta(microseconds=1)
    assert since <= now < until
    assert span(since, zone) == span(until - tick, zone) == (since, until)
    assert span(until, zone)[0] == until
    assert span(since - tick, zone)[1] == since
    local = since.astimezone(ZoneInfo(zone))
    assert local.date() == (
        now.astimezone(ZoneInfo(zone)).date() if span is budget.day else local.date().replace(day=1)
    )


def test_a_short_day_is_a_day(bench: Bench) -> None:
    """On the day that clocks are put forward the budget lasts 23 hours."""
    since, until = budget.day(datetime(2026, 3, 29, 12, tzinfo=UTC), "Europe/Berlin")
    assert until - since == timedelta(hours=23)
    assert budget.midnight(date(2026, 3, 30), "Europe/Berlin") == until


@pytest.mark.parametrize(("micros", "shown"), [(1_000_000, "$1.00"), (15_000, "$0.015"), (0, "$0.00"), (1, "$0.000")])
def test_sums_as_people_read_them(micros: int, shown: str) -> None:
    """Cents have two digits, and a third where it tells something."""
    assert budget.usd(micros) == shown


def test_a_hundred_small_sums_are_exact(bench: Bench) -> None:
    """A hundred posts of $0.015 are $1.50 to the last digit, and the hundred-and-first does not fit."""
    bench.place = replace(bench.place, budget=Budget(usd_per_day=1.5))
    bench.platform.cost = 0.015
    bench.plan(*(f"n{number}" for number in range(101)))
    while bench.lane.run().number:
        pass
    assert len(sent(bench)) == 100
    assert bench.store.spent_micros("x", bench.clock() - timedelta(days=1)) == 1_500_000
