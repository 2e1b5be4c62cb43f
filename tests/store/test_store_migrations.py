"""Migrations: the program makes and changes its tables by itself, once, safely, and never by half."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from tests.store.making import article, first_tables, put

from wireroom.model.errors import StoreError
from wireroom.store import LogFilter, Store, indexes, migrate
from wireroom.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

NOW = migrate.HEAD
CHANGE = """
from alembic import op

revision = "9999"
down_revision = "{}"

def upgrade():
    op.execute("CREATE TABLE extra (id INTEGER)")
    op.execute("{}")
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A plain engine on the database, beside the store's."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def make(url: str) -> None:
    """Bring a database up to date."""
    with Store(url) as store:
        store.migrate()


def grow(monkeypatch: pytest.MonkeyPatch, folder: Path, command: str) -> None:
    """Make this a newer program, with one more revision that makes a table and runs `command`."""
    scripts = shutil.copytree(migrate.SCRIPTS, folder / "migrations")
    (scripts / "versions" / "9999_newest.py").write_text(CHANGE.format(migrate.HEAD, command))
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    monkeypatch.setattr(migrate, "HEAD", "9999")


def test_head_is_the_newest_revision() -> None:
    """The constant that spares loading Alembic at every start is the newest revision there is."""
    assert ScriptDirectory(str(migrate.SCRIPTS)).get_current_head() == migrate.HEAD


def test_the_migrations_make_the_tables_the_program_uses(database_url: str, engine: Engine) -> None:
    """All revisions together give exactly the tables, columns and indexes of tables.py."""
    make(database_url)
    with engine.connect() as connection:
        assert indexes.metadata is metadata  # having been loaded, they are part of the tables
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    found, fresh = _shape(engine), create_engine("sqlite://")
    if engine.dialect.name == "sqlite":
        metadata.create_all(fresh)
        assert found == _shape(fresh)
    fresh.dispose()


def _shape(engine: Engine) -> dict[str, object]:
    view = inspect(engine)
    return {
        name: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in view.get_columns(name)],
            sorted((index["name"], index["column_names"], _where(index)) for index in view.get_indexes(name)),
            view.get_pk_constraint(name)["constrained_columns"],
        )
        for name in view.get_table_names()
        if name != "alembic_version"
    }


def _where(index: object) -> str:
    options = index.get("dialect_options", {}) if isinstance(index, dict) else {}
    return str(options.get("sqlite_where", ""))


def test_migrating_again_changes_nothing(database_url: str) -> None:
    """A second run finds the tables there and leaves what is in them."""
    make(database_url)
    with Store(database_url) as store:
        put(store, article())
        store.migrate()
        assert len(store.log(LogFilter())) == 1


def test_a_newer_programs_database_is_refused(database_url: str, engine: Engine) -> None:
    """An older program does not touch a newer one's tables, and says what to do."""
    make(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with Store(database_url) as store, pytest.raises(StoreError, match=r"newer Wireroom.*'9999'"):
        store.migrate()


def test_a_file_is_copied_before_it_is_changed(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a SQLite file is migrated a copy that can be opened is put beside it; a new file needs none."""
    make(sqlite_url)
    file = tmp_path / "var" / "wireroom.db"
    assert {path.name.removesuffix("-wal").removesuffix("-shm") for path in file.parent.iterdir()} == {file.name}
    with Store(sqlite_url) as store:
        put(store, article())
        grow(monkeypatch, tmp_path, "DROP TABLE beats")
        store.migrate()
        assert len(store.log(LogFilter())) == 1
    with closing(sqlite3.connect(file.with_name(f"wireroom.db.{NOW}.bak"))) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (NOW,)
        assert copy.execute("SELECT count(*) FROM deliveries").fetchone() == (1,)
        assert copy.execute("SELECT count(*) FROM beats").fetchone() == (0,)


def test_a_migration_that_fails_changes_nothing(
    database_url: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a migration is none: the tables, and the revision, are as before, and the error is the store's."""
    make(database_url)
    grow(monkeypatch, tmp_path, "INSERT INTO nowhere VALUES (1)")
    with Store(database_url) as store, pytest.raises(StoreError, match="nowhere"):
        store.migrate()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == NOW
    assert "extra" not in inspect(engine).get_table_names()


def test_what_waits_keeps_its_time(database_url: str, engine: Engine) -> None:
    """What was planned before the program knew when it was meant for is meant for when it is due."""
    make(database_url)
    with Store(database_url) as store:
        (planned,) = put(store, article())
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE subscriptions"))
            connection.execute(text("ALTER TABLE deliveries DROP COLUMN meant"))
            for later in ("fragments", "labels"):
                connection.execute(text(f"DROP TABLE {later}"))
            connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
        store.migrate()
        assert store.delivery(planned.id).meant == planned.due


def test_processes_that_start_at_once_make_the_tables_once(database_url: str) -> None:
    """Several processes may open a new database in the same moment; all of them can use it."""
    code = "import sys; from wireroom.store import Store; s = Store(sys.argv[1]); s.migrate(); s.tally(); s.close()"
    started = [subprocess.Popen([sys.executable, "-c", code, database_url], stderr=subprocess.PIPE) for _ in range(3)]
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, b"")


def test_the_store_is_light_to_import() -> None:
    """A command that only reads the log never loads Alembic."""
    code = "import sys, wireroom.store; sys.exit('alembic' in sys.modules or 'psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_database_in_use_can_be_copied(store: Store, tmp_path: Path) -> None:
    """A backup is a whole database of that moment; one that cannot be written is told with its name."""
    put(store, article())
    store.backup(tmp_path / "copy.db")
    with Store(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert copy.log(LogFilter()) == store.log(LogFilter())
    with pytest.raises(StoreError, match="cannot be written"):
        store.backup(tmp_path / "no" / "folder" / "copy.db")


def content(engine: Engine) -> dict[str, object]:
    """Every table with its columns, indexes and rows."""
    with engine.connect() as connection:
        names = inspect(engine).get_table_names()
        return {name: (_shape(engine).get(name), rows(connection, name)) for name in names}


def rows(connection: Connection, table: str) -> list[str]:
    """All rows of a table."""
    return sorted(map(repr, connection.execute(text(f"SELECT * FROM {table}"))))


@pytest.mark.parametrize("command", ["DROP TABLE moves", "DELETE FROM deliveries"])
def test_a_migration_that_fails_keeps_every_row(
    database_url: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Whatever a migration did before it failed, tables and rows are as they were, and work goes on."""
    make(database_url)
    with Store(database_url) as store:
        put(store, article())
        before = content(engine)
        with monkeypatch.context() as newer:
            grow(newer, tmp_path, f'{command}")\n    op.execute("SELECT * FROM nowhere')
            with pytest.raises(StoreError, match="nowhere"):
                store.migrate()
        assert content(engine) == before
        store.migrate()
        put(store, article(2))


KILLED = """
import os, sys
from alembic import op
from wireroom.store import Store

left = [int(sys.argv[2])]

def counting(do):
    def step(*arguments, **named):
        do(*arguments, **named)
        left[0] -= 1
        if not left[0]:
            os._exit(9)
    return step

for name in ("add_column", "create_table"):
    setattr(op, name, counting(getattr(op, name)))
Store(sys.argv[1]).migrate()
"""


@pytest.mark.parametrize("step", [4, 7])
def test_a_migration_that_is_killed_keeps_every_row(
    database_url: str, engine: Engine, tmp_path: Path, step: int
) -> None:
    """Killed between two statements of the second revision, a database of the first is whole, and migrates later."""
    first_tables(database_url, tmp_path)
    before = content(engine)
    done = subprocess.run([sys.executable, "-c", KILLED, database_url, str(step)], check=False, timeout=60)
    assert done.returncode == 9
    assert content(engine) == before
    with Store(database_url) as store:
        store.migrate()
        assert [row.uid for row in store.log(LogFilter())] == [article().uid]
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
