"""Ids that carry the time they were made, as X's do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = 1288834974657
_SEQUENCE_BITS = 22


def snowflake(at: datetime, sequence: int) -> str:
    """The id for the moment `at` (aware): milliseconds since X's epoch, then 22 bits that tell ids of one ms apart."""
    milliseconds = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) - EPOCH
    return str((max(milliseconds, 0) << _SEQUENCE_BITS) | (sequence & ((1 << _SEQUENCE_BITS) - 1)))


def moment(identifier: str) -> datetime:
    """When an id was made, to the millisecond, in UTC."""
    milliseconds = (int(identifier) >> _SEQUENCE_BITS) + EPOCH
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
