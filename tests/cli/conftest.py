"""What the tests of the command line share: a newsroom, and a way to type commands in it."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wireroom.cli import main

SETTINGS = """
[wireroom]
timezone = "Asia/Tokyo"

[publications.harbor]
name = "Harbor Post"
url = "https://harbor.example"

[destinations.feeds]
channel = "feed"

[destinations.birds]
channel = "x"
base_url = "sandbox"
max_age = "none"
"""

WIRE = """\
date 2026-03-0{day} The Ferry {word} the Harbor Before Dawn

Aiko Mori and Ben Ota

Harbor Post

The first ferry of the day left the harbor at a quarter past five with eleven passengers and a dog.
The captain called it a {word} morning.

By noon the fog had lifted, and the second ferry found its pier without a bell.
"""


@dataclass(frozen=True)
class Said:
    """How a command ended: its exit code, what it said on stdout and on stderr."""

    code: int
    out: str
    err: str

    @property
    def shapes(self) -> list[dict[str, Any]]:
        """Standard output as one JSON object per line; fails on anything else there."""
        return [json.loads(line) for line in self.out.splitlines()]


Typed = Callable[..., Said]


@pytest.fixture
def newsroom(tmp_path: Path) -> Path:
    """A newsroom with a feed and an X account on the sandbox."""
    home = tmp_path / "newsroom"
    (home / "config").mkdir(parents=True)
    (home / "config" / "wireroom.toml").write_text(SETTINGS, encoding="utf-8")
    return home


@pytest.fixture
def articles(tmp_path: Path) -> list[Path]:
    """Three wire texts beside the newsroom."""
    paths = []
    for day, word in enumerate(("Leaves", "Misses", "Circles"), 1):
        path = tmp_path / f"{word.lower()}.txt"
        path.write_text(WIRE.format(day=day, word=word), encoding="utf-8")
        paths.append(path)
    return paths


@pytest.fixture
def wireroom(newsroom: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types a command in the newsroom and returns how it ended; nothing of our own environment reaches it."""

    def typed(*words: object, stdin: bytes = b"", env: Mapping[str, str] | None = None, at: Path = newsroom) -> Said:
        with monkeypatch.context() as patch:
            patch.chdir(at)
            for name in [name for name in os.environ if name.startswith("WIREROOM")]:
                patch.delenv(name)
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            capsys.readouterr()
            code = main([str(word) for word in words])
            said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return typed
