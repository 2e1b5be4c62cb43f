"""The store: one object, every way in and out of the database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from wireroom.store.backlog import Backlog
from wireroom.store.backup import back_up
from wireroom.store.codec import moment
from wireroom.store.coordination import Coordination
from wireroom.store.handover import HandOver
from wireroom.store.health import Healths
from wireroom.store.intake import Transaction
from wireroom.store.looking import Looking
from wireroom.store.migrate import migrate
from wireroom.store.money import Money
from wireroom.store.reading import Reading
from wireroom.store.standings import Standings
from wireroom.store.stock import Stocks
from wireroom.store.subscriptions import SubscriptionBook
from wireroom.store.sweep import Sweep
from wireroom.store.troubles import Troubles
from wireroom.store.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from wireroom.store.values import Backup


class Store(
    Sweep,
    HandOver,
    Looking,
    Backlog,
    Standings,
    Coordination,
    Money,
    Healths,
    Troubles,
    Watching,
    Stocks,
    SubscriptionBook,
    Reading,
):
    """The database of one newsroom: `url` is a SQLAlchemy address of a SQLite file or of Postgres.

    Safe to share between threads; no connection is held between calls. `clock` replaces the database's own clock
    in tests. Everything may raise `StoreError`: the database cannot be used.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def now(self) -> datetime:
        """The database's time, aware, in UTC."""
        return moment(self._database.now())

    def migrate(self) -> None:
        """Bring the tables up to this program, making them where there are none; quick when nothing is to do.

        A SQLite file is copied first, to `<file>.<revision>.bak`. Safe in several processes at once. Raises
        StoreError for a database that a newer program has written.
        """
        migrate(self._database)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    def backup(self, path: Path) -> Backup:
        """Copy the database, in use or not, to a file that `restore` takes. Raises `StoreError`."""
        return back_up(self._database, path)

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[Transaction]:
        """All or nothing; `durable`: on disk before anybody sees it. On SQLite the only writer meanwhile: be short."""
        with self._database.writing(acknowledged=durable) as session:
            yield Transaction(self._database, session)
