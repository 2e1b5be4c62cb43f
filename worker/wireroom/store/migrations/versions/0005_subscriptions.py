"""The subscribers of the newsroom's own WebSub hub."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "subscriptions",
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("callback", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False, server_default=""),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False, server_default=""),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failed_since", sa.BigInteger),
        sa.Column("due", sa.BigInteger),
        sa.PrimaryKeyConstraint("feed", "file", "callback", name="subscriptions_pk"),
    )
    op.create_index("subscriptions_host", "subscriptions", ["host"])
