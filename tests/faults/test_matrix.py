"""Every cell of the fault matrix ends as it states: nothing twice, nothing lost, nothing wrongly delivered."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.faults.bench import Clock, play
from tests.faults.feeds import feed
from tests.faults.matrix import CELLS, Cell, Platform
from tests.faults.social import social

from wireroom.sandbox import Sandbox
from wireroom.store import Store


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_every_cell_ends_as_it_states(cell: Cell, store: Store, clock: Clock, sandbox: Sandbox, tmp_path: Path) -> None:
    """The delivery rests where the matrix says, and after a person's move, if one is wanted, it is there once."""
    name = hashlib.sha256(str(cell).encode()).hexdigest()[:12]
    if cell.platform is Platform.FEED:
        play(cell, feed(cell, store, clock, tmp_path / "feeds", name))
    else:
        play(cell, social(cell, store, clock, sandbox, name))
