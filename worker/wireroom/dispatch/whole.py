"""Work done whole or not at all: in one durable transaction, again where somebody was faster, or only rehearsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from wireroom.store import Conflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.store import Store, Transaction

T = TypeVar("T")

TRIES = 5
"""A race with another process is run again, and the second run finds what the other wrote."""


class _Rehearsal(Exception):
    """Ends a transaction without writing it."""


def whole(store: Store, work: Callable[[Transaction], T], *, dry_run: bool) -> T:
    """What the work comes to, written whole; with `dry_run` nothing is kept. Raises `Conflict` after `TRIES`."""
    for left in reversed(range(TRIES)):
        done: list[T] = []
        try:
            with store.transaction(durable=True) as tx:
                done.append(work(tx))
                if dry_run:
                    raise _Rehearsal
        except _Rehearsal:
            pass
        except Conflict:
            if not left:
                raise
            continue
        return done[0]
    raise AssertionError("unreachable")
