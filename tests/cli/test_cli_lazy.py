"""A command loads what it needs and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    *(
        "alembic",
        "apprise",
        "apscheduler",
        "budoux",
        "celery",
        "jinja2",
        "kombu",
        "markdown_it",
        "nh3",
        "redis",
        "requests",
    ),
    *("rich", "starlette", "tweepy", "twitter_text", "uvicorn"),
}


def loaded(program: str, *words: str, at: Path | None = None) -> set[str]:
    """The modules a program of our interpreter has loaded when it ends, by their first name."""
    told = f"import json, sys\n{program}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", told, *words], capture_output=True, check=True, text=True, cwd=at)
    return {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


def test_the_package_alone_loads_nothing_heavy() -> None:
    """`import wireroom` is free, even for a program that has no need of the command line."""
    assert not loaded("import wireroom") & (HEAVY | {"click", "sqlalchemy"})


def test_the_command_line_alone_loads_nothing_heavy() -> None:
    """Before a command is called, only what reads the command line is there."""
    assert not loaded("import wireroom.cli") & (HEAVY | {"sqlalchemy"})


@pytest.mark.parametrize(
    "words", [["log"], ["log", "--json"], ["destinations"], ["log", "--help"], ["stop"], ["alert"]]
)
def test_reading_commands_load_what_they_need(newsroom: Path, words: list[str]) -> None:
    """`wireroom log` reads the database: no broker's, platform's, template's or web library comes with it."""
    run = "from wireroom.cli import main\nassert main(sys.argv[1:]) == 0"
    loaded(run, "log", at=newsroom)  # the first command makes the database, which is heavier
    assert not loaded(run, *words, at=newsroom) & HEAVY


def test_settings_load_no_library() -> None:
    """Reading the settings takes the standard library alone."""
    assert not loaded("import wireroom.settings") & (HEAVY | {"click", "sqlalchemy"})
