"""The only room that knows the database: articles, deliveries, their log, leases and standings."""

from wireroom.store.intake import Transaction
from wireroom.store.store import Store
from wireroom.store.values import Alias, Beat, Charge, Conflict, Dossier, LogFilter, NewDelivery

__all__ = ["Alias", "Beat", "Charge", "Conflict", "Dossier", "LogFilter", "NewDelivery", "Store", "Transaction"]
