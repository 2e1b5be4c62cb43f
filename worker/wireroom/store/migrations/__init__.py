"""The history of the tables, in Alembic's form; applied by wireroom.store.migrate."""
