"""What feeds are made of: ready-made fragments of articles, and what each article is filed under."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables. Fragments are made anew where they are missing; articles are filed as they come in."""
    op.create_table(
        "fragments",
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("stamp", sa.Text, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("uid", "revision", "stamp", name="fragments_pk"),
    )
    op.create_table(
        "labels",
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("uid", "revision", "kind", "slug", name="labels_pk"),
    )
    op.create_index("labels_filed", "labels", ["kind", "slug", "published_at", "uid"])
