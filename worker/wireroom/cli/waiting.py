"""Waits until deliveries have ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wireroom.cli.output import bar
from wireroom.model.delivery import PENDING, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from wireroom.store import Store

_POLL = 0.1  # seconds; doubled up to the next bound while nothing ends
_SLOWEST = 1.0


def until_ended(store: Store, ids: Sequence[str], limit: timedelta) -> bool:
    """Wait until none of these deliveries is pending, or `limit` is over. Held ones wait for a person and not here."""
    started, pause = time.monotonic(), _POLL
    pending = list(ids)
    with bar("delivering", len(ids)) as progress:
        while True:
            left = [each for each in pending if store.delivery(each).state in PENDING - {State.HELD}]
            progress.at(len(ids) - len(left))
            if not left:
                return True
            pause = _POLL if len(left) < len(pending) else min(_SLOWEST, pause * 1.2)
            pending = left
            if time.monotonic() - started + pause > limit.total_seconds():
                return False
            time.sleep(pause)
