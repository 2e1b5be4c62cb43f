"""The only room that knows the database: articles, deliveries, their log, leases and standings."""

from wireroom.store.intake import Transaction
from wireroom.store.store import Store
from wireroom.store.values import (
    Alias,
    Backup,
    Beat,
    Charge,
    Conflict,
    Dossier,
    LogFilter,
    NewDelivery,
    Outcome,
    Restored,
)

__all__ = [
    "Alias",
    "Backup",
    "Beat",
    "Charge",
    "Conflict",
    "Dossier",
    "LogFilter",
    "NewDelivery",
    "Outcome",
    "Restored",
    "Store",
    "Transaction",
]
