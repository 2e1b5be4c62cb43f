"""Backup and restore as a person types them: what is said, what is refused, what is asked."""

from __future__ import annotations

import os
import pty
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from wireroom.app import open_app
from wireroom.daemon.supervisor import Lock
from wireroom.holders import holder

Typed = Callable[..., Any]


def titles(wireroom: Typed) -> set[str]:
    """The articles in the log."""
    return {shape["title"] for shape in wireroom("log", "--json").shapes}


@pytest.fixture
def backup(wireroom: Typed, articles: list[Path], tmp_path: Path) -> Path:
    """A backup with the first of three articles; the database has two."""
    wireroom("publish", articles[0])
    file = tmp_path / "backup.db"
    assert wireroom("backup", file).code == 0
    wireroom("publish", articles[1])
    return file


def test_a_backup_is_made_and_told(wireroom: Typed, articles: list[Path], tmp_path: Path) -> None:
    """It says what is in the file and what is not; a file that is there is only replaced when told to."""
    wireroom("publish", *articles)
    file = tmp_path / "backup.db"
    said = wireroom("backup", file)
    assert (said.code, said.err) == (0, "")
    assert "3 articles, 6 deliveries, 6 of them still to come" in said.out
    assert "pictures (in " in said.out
    again = wireroom("backup", file)
    assert (again.code, again.err) == (2, f"wireroom: {file} is there already; --force replaces it\n")
    shape = wireroom("backup", file, "--force", "--json").shapes[0]
    assert (shape["articles"], shape["deliveries"], shape["bytes"]) == (3, 6, file.stat().st_size)


def test_a_backup_is_restored(wireroom: Typed, backup: Path, newsroom: Path) -> None:
    """With --yes it is done: the log is what it was, what was there is kept, and what may be out is told."""
    assert len(titles(wireroom)) == 2
    shape = wireroom("restore", backup, "--yes", "--json").shapes[0]
    assert (shape["articles"], shape["deliveries"], shape["unconfirmed"]) == (1, 2, 1)
    assert len(titles(wireroom)) == 1
    kept = Path(shape["kept"])
    assert kept.parent == newsroom / "var"
    said = wireroom("restore", kept, "--yes")
    assert (said.code, said.err) == (0, "")
    assert "2 may have gone out since the backup was made" in said.out
    assert len(titles(wireroom)) == 2


def test_without_a_yes_it_only_says_what_it_would_do(wireroom: Typed, backup: Path, newsroom: Path) -> None:
    """A program that does not say --yes changes nothing, and learns what would have been done."""
    said = wireroom("restore", backup)
    assert (said.code, said.out) == (2, "")
    assert "1 article, 2 deliveries, 2 of them still to come" in said.err
    assert str(newsroom / "var" / "wireroom.db") in said.err
    assert said.err.endswith("wireroom: nothing was changed; --yes does it\n")
    assert len(titles(wireroom)) == 2


@pytest.mark.parametrize(("answer", "left", "code"), [(b"y\n", 1, 0), (b"n\n", 2, 2)])
def test_at_a_terminal_it_asks(
    wireroom: Typed, backup: Path, newsroom: Path, answer: bytes, left: int, code: int
) -> None:
    """A person at a terminal is asked, and what they say is done."""
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    line = [sys.executable, "-m", "wireroom", "restore", str(backup), "--home", str(newsroom)]
    done = subprocess.run(line, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, check=False, timeout=60)
    os.close(theirs)
    os.close(ours)
    assert (done.returncode, len(titles(wireroom))) == (code, left)


def test_while_a_daemon_runs_nothing_is_restored(wireroom: Typed, backup: Path, newsroom: Path) -> None:
    """With a daemon here, or a part anywhere that shows life, it is refused with who that is."""
    with Lock(newsroom / "var" / "run"):
        said = wireroom("restore", backup, "--yes")
    assert (said.code, said.out) == (1, "")
    assert f"pid {os.getpid()}: stop it first" in said.err
    with open_app(newsroom, env={}) as app:
        app.store.beat("worker", holder("worker"))
    said = wireroom("restore", backup, "--yes")
    assert said.code == 1
    assert "worker@" in said.err
    assert "sign of life" in said.err
    assert len(titles(wireroom)) == 2


def test_a_database_is_not_its_own_backup(wireroom: Typed, backup: Path, newsroom: Path) -> None:
    """The database's own file is neither written over by a backup nor restored from."""
    database = newsroom / "var" / "wireroom.db"
    for words in (("backup", database, "--force"), ("restore", database, "--yes")):
        said = wireroom(*words)
        assert (said.code, said.err) == (2, f"wireroom: {database} is the database itself; name another file\n")


def test_a_newer_programs_database_stops_every_command(wireroom: Typed, backup: Path, newsroom: Path) -> None:
    """A database of a newer version is refused in one line by each command; only `restore` puts an older one back."""
    with closing(sqlite3.connect(newsroom / "var" / "wireroom.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    for words in (("log",), ("publish", backup), ("status",), ("backup", "b.db"), ("check",), ("destinations",)):
        said = wireroom(*words)
        assert (said.code, said.out, len(said.err.splitlines())) == (2, "", 1), words
        assert "was written by a newer Wireroom (its tables are at '9999'" in said.err
    assert wireroom("restore", backup, "--yes").code == 0
    assert len(titles(wireroom)) == 1


def test_a_newer_backup_is_refused(wireroom: Typed, backup: Path, tmp_path: Path) -> None:
    """A backup of a newer version, and what is none, is one line, and nothing is changed."""
    newer = shutil.copy(backup, tmp_path / "newer.db")
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    (tmp_path / "notes.txt").write_text("no backup at all")
    for file, told in ((newer, "made by a newer Wireroom"), (tmp_path / "notes.txt", "is no backup of Wireroom")):
        said = wireroom("restore", file, "--yes")
        assert (said.code, said.out, len(said.err.splitlines())) == (2, "", 1)
        assert told in said.err
    assert wireroom("restore", tmp_path / "none.db", "--yes").code == 2
    assert len(titles(wireroom)) == 2
