"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables."""
    _articles()
    _deliveries()
    _lanes()
    _log()
    _coordination()


def _articles() -> None:
    op.create_table(
        "articles",
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("publication", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("uid", "revision", name="articles_pk"),
    )
    op.create_index("articles_url", "articles", ["url"])
    op.create_table(
        "aliases",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("uid", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name="aliases_pk"),
    )
    op.create_index("aliases_uid", "aliases", ["uid"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("publication", sa.Text, nullable=False),
        sa.Column("repeat", sa.Integer, nullable=False),
        sa.Column("breaking", sa.Boolean, nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("looks", sa.Integer, nullable=False, server_default="0"),
        sa.Column("token", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("doubted", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("holder", sa.Text, nullable=False, server_default=""),
        sa.Column("touched", sa.BigInteger),
        sa.Column("first_touched", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("delivered", sa.BigInteger),
        sa.Column("remote_id", sa.Text),
        sa.Column("remote_url", sa.Text),
        sa.Column("error_kind", sa.Text),
        sa.Column("error_code", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="deliveries_pk"),
        sa.UniqueConstraint("uid", "destination", "action", "revision", "repeat", name="deliveries_key"),
        sqlite_autoincrement=True,
    )


def _lanes() -> None:
    for name, columns, where in (
        ("planned", "destination, rank, due, id", "state = 'planned'"),
        ("sending", "lease_until", "state = 'sending'"),
        ("unconfirmed", "due", "state = 'unconfirmed'"),
        ("held", "destination", "state = 'held'"),
        ("delivered", "destination, published_at, id", "state = 'delivered'"),
        ("ended", "destination, state, ended", "ended IS NOT NULL"),
    ):
        op.create_index(
            f"deliveries_{name}",
            "deliveries",
            columns.split(", "),
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def _log() -> None:
    op.create_table(
        "posts",
        sa.Column("delivery", _KEY, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("delivery", name="posts_pk"),
    )
    op.create_table(
        "attempts",
        sa.Column("delivery", _KEY, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("outcome", sa.Text, nullable=False, server_default=""),
        sa.Column("status", sa.Integer),
        sa.Column("code", sa.Text),
        sa.Column("message", sa.Text, nullable=False, server_default=""),
        sa.Column("milliseconds", sa.Integer),
        sa.Column("exchange", sa.Text),
        sa.Column("cost", sa.Float, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("delivery", "number", name="attempts_pk"),
    )
    paid = sa.text("cost > 0")
    columns = ["destination", "ended", "cost"]
    op.create_index("attempts_cost", "attempts", columns, sqlite_where=paid, postgresql_where=paid)
    op.create_table(
        "moves",
        sa.Column("id", _KEY, autoincrement=True, nullable=False),
        sa.Column("delivery", _KEY, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("move", sa.Text, nullable=False),
        sa.Column("from_state", sa.Text),
        sa.Column("to_state", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="moves_pk"),
    )
    op.create_index("moves_delivery", "moves", ["delivery"])


def _coordination() -> None:
    op.create_table(
        "destinations",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="open"),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("since", sa.BigInteger),
        sa.Column("rests_until", sa.BigInteger),
        sa.Column("rests_why", sa.Text, nullable=False, server_default=""),
        sa.Column("quota", sa.Text, nullable=False, server_default="[]"),
        sa.PrimaryKeyConstraint("name", name="destinations_pk"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="leases_pk"),
    )
    op.create_table(
        "beats",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", "holder", name="beats_pk"),
    )
