"""Any order of posts, workers, answers and midnights: a budget and its reserve are never overdrawn."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dispatch.conftest import LOG, Bench, Clock, Platform

from wireroom.dispatch.budget import WAITS, day, month
from wireroom.dispatch.lanes import Lanes
from wireroom.model.delivery import Claim, Move, State, Verdict
from wireroom.model.destination import Budget, Destination
from wireroom.model.post import Post, Receipt
from wireroom.store import Store

DAY, MONTH, RESERVE = 0.65, 1.5, 0.25
PRICES = [0.2, 0.205, 0.015]
ZONE = "Asia/Tokyo"
LEASE = timedelta(minutes=1)
ANSWERS = [Move.RECEIPT, Move.RECEIPT, Move.LOSE, Move.RETRY, Move.REJECT, Move.POSTPONE]


@dataclass
class Bills(Platform):
    """A platform whose posts say by their names what they cost; `billed` has time, cost, whether it was breaking."""

    billed: dict[str, tuple[datetime, float, bool]] = field(default_factory=dict)

    def price(self, post: Post) -> float:
        """What the post's name says."""
        return PRICES[int(post.title.partition("-")[0])]


class Spending:
    """A destination with a budget under two workers, held against the platform's bills."""

    def __init__(self, store: Store, clock: Clock) -> None:
        place = Destination(name="x", channel="x", budget=Budget(DAY, MONTH, RESERVE))
        self.store, self.platform = store, Bills()
        self.bench = Bench(store, clock, self.platform, place)
        self.wires: list[tuple[Claim, int]] = []
        self.number, self.factor = 0, 1.0
        self.steps: dict[str, Callable[[int], None]] = {
            "publish": self.publish,
            "claim": self.claim,
            "answer": self.answer,
            "look": self.look,
            "wait": self.wait,
            "call back": self.call_back,
            "raise": self.set_budget,
        }

    def publish(self, chance: int) -> None:
        """News comes in."""
        self.number += 1
        self.bench.plan(f"{chance % 3}-{self.number}", breaking=chance % 4 == 0)

    def claim(self, chance: int) -> None:
        """A worker with its hands free takes what is due, seldom without having judged the money before."""
        due = self.store.due("x", limit=10) if len(self.wires) < 2 else []
        if not due:
            return
        delivery, now, purse = due[chance % len(due)], self.bench.clock(), self.bench.lane._purse
        judged = chance % 5 > 0
        if judged and (obstacle := purse.obstacle(delivery, now)) is not None:
            move, why, until = obstacle
            assert until > now
            assert self.store.move(delivery, move, by="lane", why=why, due=until)
            return
        charging = purse.charging(delivery, now)
        held = self.store.claim_and_touch(delivery, holder="w", lease=LEASE, charging=charging)
        assert held is not None or not judged
        if held is not None:
            self.wires.append(held)

    def answer(self, chance: int) -> None:
        """The platform answers, or does not and may have posted it all the same."""
        if not self.wires:
            return
        claim, attempt = self.wires.pop(0)
        move, post, now = ANSWERS[chance % len(ANSWERS)], claim.post, self.bench.clock()
        proof = Receipt(remote_id="7", cost=self.platform.price(post))
        outcome = {Move.RECEIPT: "receipt", Move.LOSE: "unsure"}.get(move, "not-sent")
        receipt = proof if move is Move.RECEIPT else None
        verdict = Verdict(move=move, why="", outcome=outcome, receipt=receipt, due=now)
        assert self.store.settle(claim, verdict, by="w", attempt=attempt)
        if move is Move.RECEIPT or (move is Move.LOSE and chance % 4 < 2):
            self.platform.billed[post.key] = now, proof.cost, claim.delivery.breaking
            self.platform.there[post.key] = proof

    def look(self, _: int) -> None:
        """What is in doubt is looked for until it is settled."""
        for _ in range(2):
            self.bench.clock.turn(seconds=31)
            self.bench.looker.run()

    def wait(self, chance: int) -> None:
        """Time passes."""
        self.bench.clock.turn(hours=[1, 7, 13, 24, 24 * 11][chance % 5])

    def call_back(self, _: int) -> None:
        """What there is room for is let go."""
        Lanes({"x": self.bench.place}, lambda _: self.platform, self.bench.hands).call_back("x")

    def set_budget(self, _: int) -> None:
        """A person raises the budget."""
        self.factor += 0.1
        budget = Budget(DAY * self.factor, MONTH * self.factor, RESERVE)
        self.bench.place = replace(self.bench.place, budget=budget)

    def holds(self) -> None:
        """No day and no month was billed beyond its bound and its reserve, nor for other news beyond the bound."""
        for span, bound in ((day, DAY * self.factor), (month, MONTH * self.factor)):
            totals: dict[datetime, list[float]] = {}
            for at, cost, breaking in self.platform.billed.values():
                totals.setdefault(span(at, ZONE)[0], [0.0, 0.0])[breaking] += cost
            for ordinary, breaking_news in totals.values():
                assert ordinary <= bound + 1e-9
                assert ordinary + breaking_news <= bound + max(bound * RESERVE, *PRICES) + 1e-9

    def adds_up(self) -> None:
        """What waits for later says that it waits for money; when nothing is in doubt, what was spent was billed."""
        now = self.bench.clock()
        waiting = [row for row in self.store.log(replace(LOG, states=(State.PLANNED,))) if row.due > now]
        assert all(row.reason.startswith(WAITS) for row in waiting)
        if not self.store.log(replace(LOG, states=(State.UNCONFIRMED, State.SENDING))):
            billed = sum(cost for _, cost, _ in self.platform.billed.values())
            assert abs(self.store.spent("x", datetime(2020, 1, 1, tzinfo=UTC)) - billed) < 1e-6


WEIGHTS = {"publish": 6, "claim": 10, "answer": 7, "look": 1, "wait": 1, "call back": 1, "raise": 0.2}


@settings(max_examples=16, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_bills_stay_within_the_budget_and_its_reserve(seed: int) -> None:
    """Whoever sends what in whichever order, however it ends: bills stay within the budget and its reserve."""
    dice = Random(seed)
    with tempfile.TemporaryDirectory(prefix="wireroom-") as folder:
        clock = Clock()
        with Store(f"sqlite:///{Path(folder) / 'wireroom.db'}", clock=clock) as store:
            store.migrate()
            spending = Spending(store, clock)
            for name in dice.choices([*WEIGHTS], [*WEIGHTS.values()], k=120):
                spending.steps[name](dice.randrange(120))
                spending.holds()
            while spending.wires:
                spending.answer(dice.randrange(120))
            spending.adds_up()
