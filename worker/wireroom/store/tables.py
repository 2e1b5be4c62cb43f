"""The tables: one for each word of the house. Their indexes are in indexes.py."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from wireroom.model.delivery import State

metadata = MetaData(naming_convention={"uq": "%(table_name)s_key", "pk": "%(table_name)s_pk"})

# SQLite numbers rows by itself only in a column whose type is exactly INTEGER.
Key = BigInteger().with_variant(Integer(), "sqlite")
# Times are microseconds since 1970 in UTC on every database, so comparisons and the last digit are the same on all.
Micros = BigInteger

STANDING = (State.SENDING, State.UNCONFIRMED, State.DELIVERED)
"""States in which a post is, or may be, on its destination."""


def states_sql(states: tuple[State, ...] | frozenset[State]) -> str:
    """An SQL list of states; always in one order, since SQLite only uses a partial index it recognises."""
    return "(" + ", ".join(f"'{state.value}'" for state in State if state in states) + ")"


articles = Table(
    "articles",
    metadata,
    Column("uid", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("publication", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("uid", "revision"),
)
"""Every revision of every article; the highest is the current one. `body` is the whole value as JSON."""

aliases = Table(
    "aliases",
    metadata,
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("uid", Text, nullable=False),
    PrimaryKeyConstraint("kind", "value"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("uid", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("destination", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due", Micros, nullable=False),
    Column("created", Micros, nullable=False),
    Column("title", Text, nullable=False),
    Column("publication", Text, nullable=False),
    Column("repeat", Integer, nullable=False),
    Column("breaking", Boolean, nullable=False),
    Column("published_at", Micros, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("looks", Integer, nullable=False, server_default="0"),
    Column("token", BigInteger, nullable=False, server_default="0"),
    Column("doubted", Boolean, nullable=False, server_default=text("false")),
    Column("lease_until", Micros),
    Column("holder", Text, nullable=False, server_default=""),
    Column("touched", Micros),
    Column("first_touched", Micros),
    Column("reason", Text, nullable=False, server_default=""),
    Column("delivered", Micros),
    Column("remote_id", Text),
    Column("remote_url", Text),
    Column("error_kind", Text),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("rank", Integer, nullable=False),
    Column("ended", Micros),
    Column("seen", Micros),
    Column("unseen", Integer, nullable=False, server_default="0"),
    Column("meant", Micros),
    UniqueConstraint("uid", "destination", "action", "revision", "repeat"),
    sqlite_autoincrement=True,
)
"""`rank` is the lane's order in one number (see codec.rank); `ended` when it came to a state that ends.

`seen` is when a look found a delivered post where it belongs, `unseen` how many looks before that did not. `meant` is
when it was meant to go out, whatever has put it off since.
"""


posts = Table(
    "posts",
    metadata,
    Column("delivery", ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("body", Text, nullable=False),
    Column("whole", Boolean, nullable=False),
)
"""The frozen post of each delivery. Not `whole`: its article is the stored revision and is not stored again."""

attempts = Table(
    "attempts",
    metadata,
    Column("delivery", ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("destination", Text, nullable=False),
    Column("started", Micros, nullable=False),
    Column("ended", Micros),
    Column("outcome", Text, nullable=False, server_default=""),
    Column("status", Integer),
    Column("code", Text),
    Column("message", Text, nullable=False, server_default=""),
    Column("milliseconds", Integer),
    Column("exchange", Text),
    Column("cost", Float, nullable=False, server_default="0"),
    PrimaryKeyConstraint("delivery", "number"),
)
moves = Table(
    "moves",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=True),
    Column("delivery", ForeignKey("deliveries.id", ondelete="CASCADE"), nullable=False),
    Column("at", Micros, nullable=False),
    Column("move", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
)
"""The log: rows are only ever appended."""

destinations = Table(
    "destinations",
    metadata,
    Column("name", Text, primary_key=True),
    Column("state", Text, nullable=False, server_default="open"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("since", Micros),
    Column("rests_until", Micros),
    Column("rests_why", Text, nullable=False, server_default=""),
    Column("quota", Text, nullable=False, server_default="[]"),
    Column("falls", Integer, nullable=False, server_default="0"),
    Column("rests_kind", Text, nullable=False, server_default=""),
    Column("spaced_until", Micros),
    Column("health", Text, nullable=False, server_default="{}"),
)
"""`falls` are failures in a row, `rests_kind` what kind of rest it takes (see model.destination.Rest).

`spaced_until` is when the next late post may go, `health` what its credentials told of themselves.
"""

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Micros, nullable=False),
)

beats = Table(
    "beats",
    metadata,
    Column("name", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("at", Micros, nullable=False),
    Column("facts", Text, nullable=False),
    PrimaryKeyConstraint("name", "holder"),
)

troubles = Table(
    "troubles",
    metadata,
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("since", Micros, nullable=False),
    Column("noted", Micros, nullable=False),
    Column("told", Micros),
    Column("solved", Micros),
    PrimaryKeyConstraint("kind", "subject"),
)
"""What is wrong now, or was: since when, last noted when, when a person was told, when it was solved."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("feed", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("secret", Text, nullable=False, server_default=""),
    Column("until", Micros, nullable=False),
    Column("digest", Text, nullable=False, server_default=""),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failed_since", Micros),
    Column("due", Micros),
    PrimaryKeyConstraint("feed", "file", "callback"),
)
"""Who is brought which document of a feed by the newsroom's own hub, until when (see model.subscription)."""

marks = Table("marks", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
"""Single facts about the database itself, such as the backup it was restored from."""

fragments = Table(
    "fragments",
    metadata,
    Column("uid", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("updated", Micros, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("uid", "revision", "stamp"),
)
"""Articles as feeds write them, ready to be joined; `stamp` names the format and what else the bytes depend on."""

labels = Table(
    "labels",
    metadata,
    Column("uid", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("published_at", Micros, nullable=False),
    PrimaryKeyConstraint("uid", "revision", "kind", "slug"),
)
"""What each revision of an article is filed under: its section, its tags, its authors."""
