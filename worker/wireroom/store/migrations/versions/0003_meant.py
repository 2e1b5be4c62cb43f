"""When a delivery was meant to go out, which no postponement moves: how late it is can be told by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column. What is still to come was meant for when it is due, as far as anybody knows."""
    op.add_column("deliveries", sa.Column("meant", sa.BigInteger))
    op.execute("UPDATE deliveries SET meant = due WHERE state IN ('held', 'planned', 'sending', 'unconfirmed')")
