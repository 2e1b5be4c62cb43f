"""The newsroom is found by flag, environment or place; its file is read with the line of what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from wireroom.channels import catalogue
from wireroom.model.errors import SettingsError
from wireroom.settings import SETTINGS, find_home, load


def newsroom(at: Path, content: bytes = b"") -> Path:
    """Make a newsroom of one file."""
    (at / SETTINGS).parent.mkdir(parents=True)
    (at / SETTINGS).write_bytes(content)
    return at


def test_the_flag_goes_before_the_environment_before_the_place(tmp_path: Path) -> None:
    """--home, else WIREROOM_HOME, else the nearest folder upward that has settings."""
    flag, env, here = (newsroom(tmp_path / name) for name in ("flag", "env", "here"))
    deep = here / "a" / "b"
    deep.mkdir(parents=True)
    assert find_home(deep, str(flag), {"WIREROOM_HOME": str(env)}) == flag
    assert find_home(deep, None, {"WIREROOM_HOME": str(env)}) == env
    assert find_home(deep, None, {}) == here
    assert find_home(deep, None, {"WIREROOM_HOME": ""}) == here


def test_a_relative_home_is_under_where_we_are(tmp_path: Path) -> None:
    """`--home room` means the room beside us."""
    room = newsroom(tmp_path / "room")
    assert find_home(tmp_path, "room", {}) == room


@pytest.mark.parametrize(
    ("flag", "env"), [("nowhere", {}), (None, {"WIREROOM_HOME": "nowhere"}), ("a\0b", {}), (None, {})]
)
def test_no_newsroom_is_told(tmp_path: Path, flag: str | None, env: dict[str, str]) -> None:
    """Where no newsroom is, the line says what was looked at and how to make one."""
    with pytest.raises(SettingsError, match="wireroom init"):
        find_home(tmp_path, flag, env)


@pytest.mark.parametrize(
    ("content", "where", "said"),
    [
        (b"[wireroom]\nlisten = \n", ":2: ", "invalid value"),
        (b"[a]\n[a]\n", ":2: ", "cannot declare"),
        (b"a = 1\nb = '\xe9'\n", ":2: ", "not UTF-8"),
        (b"a = [", ": ", "invalid value"),
        (b"a = " + b"[" * 20_000, ": ", "beyond all bounds"),
        (b"a = " + b"9" * 5_000, ": ", "beyond all bounds"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path, content: bytes, where: str, said: str) -> None:
    """The line names file and line, and what is wrong there."""
    room = newsroom(tmp_path / "room", content)
    with pytest.raises(SettingsError) as caught:
        load(room, {}, catalogue.kinds(), secrets=False)
    (problem,) = caught.value.problems
    assert str(problem).startswith(f"{room / SETTINGS}{where}")
    assert said in str(problem)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """An editor's mark at the beginning of the file is passed over."""
    room = newsroom(tmp_path / "room", b"\xef\xbb\xbf[publications.a]\nname = 'A'\nurl = 'https://a.example'\n")
    assert load(room, {}, catalogue.kinds(), secrets=True).publications[0].name == "A"


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    """What cannot be read is one line, not a traceback."""
    (tmp_path / SETTINGS).mkdir(parents=True)
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path, {}, catalogue.kinds(), secrets=False)
