"""Alembic's way in: runs the revisions on the connection, and in the transaction, that the store hands over."""

from __future__ import annotations

from alembic import context

from wireroom.store.indexes import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the store's own transaction surrounds all revisions
)
context.run_migrations()
