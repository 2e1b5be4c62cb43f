"""Help, completion, a new newsroom, and how mistakes are told."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wireroom.assets import sample_settings
from wireroom.cli import COMMANDS

Typed = Callable[..., Any]


@pytest.mark.parametrize(
    "command", [[], *([name] for name in COMMANDS)], ids=lambda words: " ".join(words) or "wireroom"
)
def test_help(wireroom: Typed, command: list[str]) -> None:
    """Every command explains itself, and names the ways a newsroom is found."""
    for flag in ("--help", "-h"):
        said = wireroom(*command, flag)
        assert (said.code, said.err) == (0, "")
        assert "--home DIR" in said.out
        assert "WIREROOM_HOME" in said.out


def test_the_help_lists_every_command(wireroom: Typed) -> None:
    """All commands stand in the help, each with its first sentence whole."""
    said = wireroom("--help")
    listed = said.out.partition("Commands:")[2]
    assert "..." not in listed
    assert {line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "} == set(
        COMMANDS
    )


def test_version(wireroom: Typed) -> None:
    """--version says which Wireroom this is."""
    assert wireroom("--version").out.startswith("wireroom 0.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lgo"], "No such command: 'lgo'. Did you mean `log`?"),
        (["log", "--limt", "3"], "--limit"),
        (["log", "--limit", "many"], "'many' is not a valid integer"),
        (["log", "--state", "lost"], "'lost' is not one of"),
        (["publish"], "Missing argument 'FILE...'"),
        (["pause"], "name destinations, or give --all"),
        (["pause", "birds", "--all"], "name destinations, or give --all"),
        (["log", "--since", "yesterday"], "--since: 'yesterday' is no time"),
        (["publish", "a.txt", "b.txt", "--url", "https://a.example"], "--url is the address of one article"),
        (["sandbox", "--listen", "8099"], "--listen: '8099'; allowed is a host and a port"),
    ],
)
def test_wrong_usage_is_one_line(wireroom: Typed, words: list[str], said: str) -> None:
    """What was typed wrong is told in one line on stderr; exit 2."""
    ended = wireroom(*words)
    assert (ended.code, ended.out) == (2, "")
    (line,) = ended.err.splitlines()
    assert line.startswith("wireroom: ")
    assert said in line


def test_nothing_typed_shows_the_help(wireroom: Typed) -> None:
    """`wireroom` alone is wrong usage that is answered with the help."""
    ended = wireroom()
    assert (ended.code, ended.out) == (2, "")
    assert "Commands:" in ended.err


@pytest.mark.parametrize("command", ["log", "publish", "check", "run", "start", "status", "worker", "destinations"])
def test_wrong_settings_are_lines_and_nothing_starts(wireroom: Typed, newsroom: Path, command: str) -> None:
    """Each mistake is one line on stderr, exit 2, and nothing was started or written."""
    path = newsroom / "config" / "wireroom.toml"
    path.write_text(path.read_text().replace("base_url", "bass_url").replace("Asia/Tokyo", "Asia/Tokio"))
    ended = wireroom(command, *(["x.txt"] if command == "publish" else []))
    assert (ended.code, ended.out) == (2, "")
    lines = ended.err.splitlines()
    assert lines[0].startswith('wireroom: wireroom.timezone: found "Asia/Tokio"')
    assert all(line.startswith("wireroom: destinations.birds.") for line in lines[1:])
    assert any("Did you mean `base_url`?" in line for line in lines)
    assert not (newsroom / "var").exists()


@pytest.mark.parametrize("command", ["run", "start", "worker", "check"])
def test_a_missing_secret_starts_nothing(wireroom: Typed, newsroom: Path, command: str) -> None:
    """What speaks to platforms does not begin without its secrets; what only reads does."""
    path = newsroom / "config" / "wireroom.toml"
    path.write_text(
        path.read_text() + '\n[destinations.page]\nchannel = "facebook"\npage_id = "1"\n'
        'access_token = { env = "NOT_SET_ANYWHERE" }\n'
    )
    ended = wireroom(command)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("wireroom: destinations.page.access_token: the environment variable NOT_SET_ANYWHERE")
    assert not (newsroom / "var").exists()
    assert wireroom("log").code == 0


def test_the_newsroom_is_found(wireroom: Typed, newsroom: Path, tmp_path: Path) -> None:
    """--home before or after the command, WIREROOM_HOME, or the folder one is in."""
    assert wireroom("log", at=newsroom / "config").code == 0
    assert wireroom("log", "--home", newsroom, at=tmp_path).code == 0
    assert wireroom("--home", newsroom, "log", at=tmp_path).code == 0
    assert wireroom("log", env={"WIREROOM_HOME": str(newsroom)}, at=tmp_path).code == 0
    lost = wireroom("log", "--home", tmp_path)
    assert lost.code == 2
    assert "is not a newsroom" in lost.err


def test_init_makes_a_newsroom_that_works(wireroom: Typed, tmp_path: Path) -> None:
    """A new newsroom has the shipped settings, and every command works in it at once."""
    made = wireroom("init", "a/new/room", at=tmp_path)
    room = tmp_path / "a" / "new" / "room"
    assert made.code == 0
    assert (room / "config" / "wireroom.toml").read_bytes() == sample_settings().read_bytes()
    assert (room / "templates").is_dir()
    assert wireroom("destinations", "--json", at=room).shapes[0]["destination"] == "mtt-feed"


def test_init_changes_nothing_that_is_there(wireroom: Typed, newsroom: Path) -> None:
    """A newsroom is not made twice: its settings stay; exit 2."""
    before = (newsroom / "config" / "wireroom.toml").read_bytes()
    ended = wireroom("init", newsroom)
    assert (ended.code, ended.out) == (2, "")
    assert "is there already" in ended.err
    assert (newsroom / "config" / "wireroom.toml").read_bytes() == before


def test_init_where_nothing_can_be_written(wireroom: Typed, newsroom: Path) -> None:
    """A folder that cannot be made is one line."""
    ended = wireroom("init", newsroom / "config" / "wireroom.toml" / "room")
    assert ended.code == 2
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(wireroom: Typed, shell: str) -> None:
    """Each shell gets the script that completes our commands."""
    said = wireroom("completion", shell)
    assert said.code == 0
    assert f"_WIREROOM_COMPLETE={shell}_complete" in said.out


@pytest.mark.parametrize(
    ("words", "offered"),
    [("wireroom pa", {"pause"}), ("wireroom pause b", {"birds"}), ("wireroom log --destination ", {"feeds", "birds"})],
)
def test_completed_words(newsroom: Path, words: str, offered: set[str]) -> None:
    """The shell is offered commands, and the destinations of the newsroom one is in."""
    env = {
        **os.environ,
        "_WIREROOM_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    env.pop("WIREROOM_HOME", None)
    line = [sys.executable, "-m", "wireroom"]
    done = subprocess.run(line, env=env, cwd=newsroom, capture_output=True, text=True, check=False)
    assert {line.removeprefix("plain,") for line in done.stdout.splitlines()} == offered


def on_a_terminal(words: list[str], at: Path) -> str:
    """What a command prints when a person looks on."""
    ours, theirs = pty.openpty()
    try:
        env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"}
        env.pop("NO_COLOR", None)
        subprocess.run([sys.executable, "-m", "wireroom", *words], stdout=theirs, cwd=at, env=env, check=True)
    finally:
        os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 65536):
            said += piece
    except OSError:  # the end of a terminal nobody writes to any more
        pass
    finally:
        os.close(ours)
    return said.decode()


def test_colour_only_on_a_terminal(wireroom: Typed, newsroom: Path) -> None:
    """A terminal gets a drawn table with colours; a pipe gets aligned text."""
    plain = wireroom("destinations").out
    assert "\x1b" not in plain
    assert plain.splitlines()[0].startswith("DESTINATION  CHANNEL  STATE")
    drawn = on_a_terminal(["destinations"], newsroom)
    assert "\x1b[32mopen" in drawn
    assert "─" in drawn
