"""What the parts of the store share: the database, and the posts already read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wireroom.store.database import Database
from wireroom.store.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class Part:
    """One topic of the store; `Store` is all of them on one database."""

    def __init__(self, url: str, *, clock: Callable[[], datetime] | None = None) -> None:
        self._database = Database(url, clock)
        self._frozen = Frozen()
