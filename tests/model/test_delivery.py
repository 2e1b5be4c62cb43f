"""The table of moves, as a graph."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from wireroom.model.delivery import ENDED, MOVES, PENDING, Entry, Move, State, after, fold
from wireroom.model.errors import Refused

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def reachable(start: State) -> set[State]:
    """Every state that some moves lead to from `start`."""
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for (state, _), there in MOVES.items():
            if state is here and there not in seen:
                seen.add(there)
                todo.append(there)
    return seen


def entry(move: Move, source: State | None, target: State) -> Entry:
    """One line of a log."""
    return Entry(at=NOW, move=move, from_state=source, to_state=target, by="test")


def test_every_state_is_reached() -> None:
    """Every state can be reached by a delivery that was planned or held."""
    assert reachable(State.PLANNED) | reachable(State.HELD) == set(State)


@pytest.mark.parametrize("state", sorted(PENDING))
def test_every_delivery_can_still_end_well(state: State) -> None:
    """From every state that has not ended, delivered and a further end can still be reached."""
    assert State.DELIVERED in reachable(state)
    assert reachable(state) & ENDED


def test_ended_is_ended() -> None:
    """Nothing leads away from delivered and cancelled, and only a person's retry from failed."""
    leaving = {(state, move) for state, move in MOVES if state in ENDED}
    assert leaving == {(State.FAILED, Move.RETRY)}


def test_sending_never_returns_without_a_reason() -> None:
    """What may have been posted goes to unconfirmed and from there to planned only when found absent."""
    assert MOVES[State.SENDING, Move.LOSE] is State.UNCONFIRMED
    back = [move for (state, move), there in MOVES.items() if state is State.UNCONFIRMED and there is State.PLANNED]
    assert back == [Move.ABSENT]


def test_a_move_without_an_arrow_is_refused_in_words() -> None:
    """A move the table does not know is refused with what would be possible."""
    with pytest.raises(Refused, match="a delivery that is planned cannot receipt: it can cancel, claim"):
        after(State.PLANNED, Move.RECEIPT)
    with pytest.raises(Refused, match="it has ended"):
        after(State.DELIVERED, Move.CLAIM)


def test_a_log_folds_to_its_state() -> None:
    """The moves of a log add up to the state of the delivery."""
    log = [
        entry(Move.PLAN, None, State.PLANNED),
        entry(Move.CLAIM, State.PLANNED, State.SENDING),
        entry(Move.LOSE, State.SENDING, State.UNCONFIRMED),
        entry(Move.CONFIRM, State.UNCONFIRMED, State.DELIVERED),
    ]
    assert fold(log) is State.DELIVERED


def test_a_broken_log_is_noticed() -> None:
    """A log with a line that does not follow from the one before does not fold."""
    broken = [entry(Move.PLAN, None, State.PLANNED), entry(Move.RECEIPT, State.SENDING, State.DELIVERED)]
    with pytest.raises(Refused, match="the log breaks"):
        fold(broken)
    with pytest.raises(Refused, match="without a line"):
        fold([])
