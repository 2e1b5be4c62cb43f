"""What watching over deliveries needs: breakers, spacing, credentials' health, sightings, troubles and marks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns and tables."""
    op.add_column("destinations", sa.Column("falls", sa.Integer, nullable=False, server_default="0"))
    op.add_column("destinations", sa.Column("rests_kind", sa.Text, nullable=False, server_default=""))
    op.add_column("destinations", sa.Column("spaced_until", sa.BigInteger))
    op.add_column("destinations", sa.Column("health", sa.Text, nullable=False, server_default="{}"))
    op.add_column("deliveries", sa.Column("seen", sa.BigInteger))
    op.add_column("deliveries", sa.Column("unseen", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "troubles",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("noted", sa.BigInteger, nullable=False),
        sa.Column("told", sa.BigInteger),
        sa.Column("solved", sa.BigInteger),
        sa.PrimaryKeyConstraint("kind", "subject", name="troubles_pk"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="marks_pk"),
    )
