"""The indexes the lanes and the log live on; apart from the tables, since naming them loads every kind of database.

Only migrations, and the test that holds them to the tables, import this.
"""

from __future__ import annotations

from sqlalchemy import Index, Table, text

from wireroom.store.tables import aliases, articles, attempts, deliveries, labels, metadata, moves, subscriptions

__all__ = ["metadata"]


def _index(table: Table, name: str, columns: str, where: str = "") -> None:
    condition = text(where) if where else None
    Index(
        f"{table.name}_{name}",
        *(table.c[column] for column in columns.split(", ")),
        postgresql_where=condition,
        sqlite_where=condition,
    )


_index(articles, "url", "url")
_index(aliases, "uid", "uid")
_index(deliveries, "planned", "destination, rank, due, id", "state = 'planned'")
_index(deliveries, "sending", "lease_until", "state = 'sending'")
_index(deliveries, "unconfirmed", "due", "state = 'unconfirmed'")
_index(deliveries, "held", "destination", "state = 'held'")
_index(deliveries, "delivered", "destination, published_at, id", "state = 'delivered'")
_index(deliveries, "ended", "destination, state, ended", "ended IS NOT NULL")
_index(attempts, "cost", "destination, ended, cost", "cost > 0")
_index(moves, "delivery", "delivery")
_index(labels, "filed", "kind, slug, published_at, uid")
_index(subscriptions, "host", "host")
