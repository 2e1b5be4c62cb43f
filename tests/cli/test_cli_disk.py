"""The disk under `wireroom publish`: it has what was acknowledged, and when it is full nothing is kept by half."""

from __future__ import annotations

import re
import resource
import shutil
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest


def traced(newsroom: Path, log: Path, *words: object) -> list[str]:
    """The writes and syncs of a command, one per line, in order; skips where nobody may watch a process."""
    strace = shutil.which("strace")
    if (
        strace is None
        or subprocess.run([strace, "-o", "/dev/null", "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("there is no strace here, or it may not watch")
    watch = [strace, "-f", "-y", "-s", "16", "-e", "trace=write,pwrite64,fdatasync,fsync", "-o", str(log)]
    line = [*watch, sys.executable, "-m", "wireroom", *map(str, words), "--home", str(newsroom)]
    subprocess.run(line, check=True, capture_output=True, timeout=60)
    return log.read_text(errors="replace").splitlines()


def test_publish_speaks_once_the_disk_has_it(newsroom: Path, articles: list[Path], tmp_path: Path) -> None:
    """As the kernel sees it: the log's last bytes are synced before `publish` says a word on standard output."""
    run(newsroom, "log")
    calls = traced(newsroom, tmp_path / "trace", "publish", "--json", articles[0])
    said = next(number for number, call in enumerate(calls) if re.search(r"write\(1<", call))
    written = [number for number, call in enumerate(calls[:said]) if re.search(r"pwrite64\(\d+<.*-wal>", call)]
    synced = [number for number, call in enumerate(calls[:said]) if re.search(r"f(data)?sync\(\d+<.*-wal>", call)]
    assert written
    assert synced
    assert max(written) < max(synced)


def run(newsroom: Path, *words: object, room_for: int | None = None) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, in which no file may grow beyond `room_for` bytes."""

    def limit() -> None:
        if room_for is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room_for, room_for))

    line = [sys.executable, "-m", "wireroom", *map(str, words), "--home", str(newsroom)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False, preexec_fn=limit)


def counts(newsroom: Path) -> tuple[int, ...]:
    """Articles, deliveries, posts and moves in the database, which must be sound."""
    with closing(sqlite3.connect(newsroom / "var" / "wireroom.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = ("articles", "deliveries", "posts", "moves")
        return tuple(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)


@pytest.fixture
def busy(newsroom: Path, articles: list[Path]) -> Iterator[Path]:
    """A newsroom with an article in it, its database held open as a daemon holds it."""
    assert run(newsroom, "publish", articles[0]).returncode == 0
    with closing(sqlite3.connect(newsroom / "var" / "wireroom.db")) as held:
        held.execute("SELECT count(*) FROM articles").fetchone()
        yield newsroom


@pytest.mark.parametrize("room", [0, 40_000, 100_000])
def test_a_full_disk_is_one_line_and_nothing_by_half(busy: Path, articles: list[Path], room: int) -> None:
    """When the disk takes no more, `publish` says so in one line, ends with 2, keeps nothing, and works again later.

    With room for the log of commits, and none for moving it into the file, what was acknowledged is there.
    """
    before = counts(busy)
    full = run(busy, "publish", articles[1], room_for=room)
    if room < 100_000:
        assert (full.returncode, full.stdout, counts(busy)) == (2, "", before)
        assert re.fullmatch(r"wireroom: .*wireroom\.db: .*disk.*othing half-written was kept\n", full.stderr)
    else:
        assert full.returncode == 0
    assert run(busy, "publish", articles[1]).returncode == 0
    assert counts(busy) == tuple(2 * number for number in before)


def test_a_picture_the_disk_has_no_room_for_leaves_nothing(newsroom: Path, tmp_path: Path) -> None:
    """A picture that does not fit is one line; neither half a picture nor an article without it is kept."""
    run(newsroom, "log")
    before = counts(newsroom)
    picture = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBBI", 13, b"IHDR", 9, 9, 8, 2, 0, 0, 0, 0)
    (tmp_path / "quay.png").write_bytes(picture + bytes(900_000) + b"\0\0\0\0IEND\xaeB`\x82")
    article = tmp_path / "quay.md"
    article.write_text("---\ntitle: The Quay\npublication: harbor\nimage: quay.png\n---\nIt is still there.\n")
    full = run(newsroom, "publish", article, room_for=500_000)
    assert (full.returncode, len(full.stderr.splitlines())) == (2, 1)
    assert "quay.png: the picture cannot be kept" in full.stderr
    assert (counts(newsroom), list((newsroom / "var" / "media").iterdir())) == (before, [])
    assert run(newsroom, "publish", article).returncode == 0
    assert len(list((newsroom / "var" / "media").iterdir())) == 1


def test_a_backup_the_disk_has_no_room_for_leaves_nothing(busy: Path, tmp_path: Path) -> None:
    """A backup that does not fit is one line and exit 2; neither a half one nor what was written beside it is left."""
    (tmp_path / "backups").mkdir()
    full = run(busy, "backup", tmp_path / "backups" / "today.db", room_for=60_000)
    assert (full.returncode, full.stdout, len(full.stderr.splitlines())) == (2, "", 1)
    assert "today.db: the backup of" in full.stderr
    assert list((tmp_path / "backups").iterdir()) == []
    assert run(busy, "backup", tmp_path / "backups" / "today.db").returncode == 0
