"""Any history at all: two workers, a sweep and a person act at random, and the log always adds up."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from tests.store.making import MINUTE, Clock, article, new, put, receipt, verdict

from wireroom.model.delivery import MOVES, Claim, Move, State, fold
from wireroom.model.errors import Refused
from wireroom.model.post import Action
from wireroom.store import LogFilter, Store

ENDINGS = [Move.RECEIPT, Move.RETRY, Move.POSTPONE, Move.REJECT, Move.LOSE, Move.CONFIRM, Move.ABSENT]
PERSONS = [
    *(Move.RELEASE, Move.HOLD, Move.CANCEL, Move.RETRY, Move.CONFIRM, Move.POSTPONE, Move.SUPERSEDE, Move.EXPIRE),
    Move.DOUBT,
]
holders = st.sampled_from(["worker-1", "worker-2"])


class History(RuleBasedStateMachine):
    """A store under everything that may happen to it, held against a few facts kept beside it."""

    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="wireroom-"))
        self.clock = Clock()
        self.store = Store(f"sqlite:///{self.folder / 'wireroom.db'}", clock=self.clock)
        self.store.migrate()
        self.current: dict[str, int] = {}  # delivery -> the only token whose holder may write
        self.proofs: dict[str, int] = {}  # delivery -> receipts and confirmations that were accepted
        self.number = 0

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        """There is something to do from the start."""
        self.publish(amended=True, held=False)

    @rule(amended=st.booleans(), held=st.booleans())
    def publish(self, amended: bool, held: bool) -> None:
        """An article comes in."""
        self.number += 1
        subject = article(self.number)
        news = [new(subject, held=held), *([new(subject, action=Action.AMEND)] if amended else [])]
        put(self.store, subject, *news)

    @rule(seconds=st.sampled_from([1, 30, 61, 61]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.on(timedelta(seconds=seconds))

    @rule(target=claims, holder=holders)
    def claim(self, holder: str) -> object:
        """A worker takes the first that is due; nothing older of its article may be unended."""
        due = self.store.due("harbour-x", limit=1)
        if not due:
            return multiple()
        for older in self.store.log(LogFilter(article=due[0].uid)):
            assert int(older.id) >= int(due[0].id) or older.state in {State.DELIVERED, State.FAILED, State.CANCELLED}
        return self._remember(self.store.claim(due[0], holder=holder, lease=MINUTE))

    @rule(target=claims, holder=holders)
    def look(self, holder: str) -> object:
        """A worker takes an unconfirmed one to look for."""
        doubtful = self.store.doubtful(limit=1)
        return (
            self._remember(self.store.claim_look(doubtful[0], holder=holder, lease=MINUTE)) if doubtful else multiple()
        )

    def _remember(self, claim: Claim | None) -> Claim:
        assert claim is not None
        self.current[claim.delivery.id] = claim.delivery.token
        return claim

    @rule(claim=claims)
    def touch(self, claim: Claim) -> None:
        """A holder, perhaps an outdated one, is about to send."""
        row = self.store.delivery(claim.delivery.id)
        in_time = row.lease_until is not None and row.lease_until > self.clock.time
        attempt = self.store.touch(claim)
        assert (attempt is not None) == (self._holds(claim) and row.state is State.SENDING and in_time)

    @rule(claim=claims, move=st.sampled_from(ENDINGS), looked=st.booleans())
    def settle(self, claim: Claim, move: Move, looked: bool) -> None:
        """A holder, perhaps an outdated one, says how it ended; only the current one is heard."""
        before = self.store.dossier(claim.delivery.id)
        proof = receipt() if move in {Move.RECEIPT, Move.CONFIRM} else None
        attempt = len(before.attempts) or None
        end = verdict(move, looked=looked, receipt=proof)
        if (claim.delivery.state, move) not in MOVES:
            try:
                self.store.settle(claim, end, by="w", attempt=attempt)
            except Refused:
                return
            raise AssertionError(f"{move} was not refused")
        heard = self.store.settle(claim, end, by=claim.delivery.holder, attempt=attempt)
        assert heard == self._holds(claim)
        if not heard:
            assert self.store.dossier(claim.delivery.id) == before
            return
        self._written(claim.delivery.id, move)

    @rule(target=claims, claim=claims)
    def hand_over(self, claim: Claim) -> object:
        """A holder, perhaps an outdated one, has a receipt and takes the next in the same step: both or neither."""
        before, due = self.store.dossier(claim.delivery.id), self.store.due("harbour-x", limit=1)
        if claim.delivery.state is not State.SENDING or not before.attempts or not due:
            return multiple()
        end, by = verdict(Move.RECEIPT, receipt=receipt()), claim.delivery.holder
        settled, held = self.store.settle_and_claim(claim, end, len(before.attempts), due[0], by=by, lease=MINUTE)
        assert settled == self._holds(claim) == (held is not None)
        if held is None:
            assert self.store.dossier(claim.delivery.id) == before
            return multiple()
        self._written(claim.delivery.id, Move.RECEIPT)
        return self._remember(held[0])

    @rule(data=st.data())
    def sweep(self, data: st.DataObject) -> None:
        """The sweep takes back what is lost: to doubt if the wire was touched, else to the plan."""
        for lost in self.store.in_flight(3):
            assert lost.lease_until is not None
            if lost.lease_until > self.clock.time:
                continue
            move = Move.LOSE if lost.touched else Move.POSTPONE
            assert self.store.move(lost, move, by="sweep", why="lease ran out")
            self._written(lost.id, move)

    @rule(data=st.data(), move=st.sampled_from(PERSONS))
    def person(self, data: st.DataObject, move: Move) -> None:
        """A person moves any delivery, where its state allows it."""
        row = data.draw(st.sampled_from(self.store.log(LogFilter())))
        try:
            moved = self.store.move(row, move, by="mara", why="", reset_attempts=move is Move.RETRY)
        except Refused:
            assert (row.state, move) not in MOVES
            return
        assert moved == self.store.delivery(row.id)
        self._written(row.id, move)

    def _holds(self, claim: Claim) -> bool:
        return self.current.get(claim.delivery.id) == claim.delivery.token

    def _written(self, id_: str, move: Move) -> None:
        self.current.pop(id_, None)
        if move in {Move.RECEIPT, Move.CONFIRM}:
            self.proofs[id_] = self.proofs.get(id_, 0) + 1

    @invariant()
    def the_log_adds_up(self) -> None:
        """A delivery's moves fold to its state, and what its row says fits that state."""
        for row in self.store.log(LogFilter()):
            dossier = self.store.dossier(row.id)
            assert fold(dossier.entries) is row.state
            assert (row.state is State.DELIVERED) == (row.delivered is not None) == (row.id in self.proofs)
            assert self.proofs.get(row.id, 0) <= 1
            assert (row.lease_until is not None) == (row.id in self.current)
            assert row.attempts >= 0
            assert row.doubted == any(entry.move in {Move.LOSE, Move.DOUBT} for entry in dossier.entries)


History.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestHistory = History.TestCase
TestHistory.__doc__ = "Whatever happens in whatever order: the log folds to the state, and no outdated token writes."
