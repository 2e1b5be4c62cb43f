"""Where the newsroom is, and what its settings file says before anybody asks what it means."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from wireroom.model.errors import Problem, SettingsError

SETTINGS = Path("config", "wireroom.toml")
"""Where the settings stand in a newsroom."""

_WHERE = re.compile(r" \(at (?:line (?P<line>[0-9]+), column [0-9]+|end of document)\)$")


def find_home(start: Path, flag: str | None, env: Mapping[str, str]) -> Path:
    """The newsroom's directory: `flag` (--home), else WIREROOM_HOME, else the nearest upward from `start`.

    Returns an absolute path that holds `config/wireroom.toml`. Raises `SettingsError` when there is none.
    """
    for name, given in (("--home", flag), ("WIREROOM_HOME", env.get("WIREROOM_HOME"))):
        if given:
            return _checked(name, start / given)
    here = start.resolve()
    for folder in (here, *here.parents):
        if _is_file(folder / SETTINGS):
            return folder
    allowed = "go to one, name it with --home or WIREROOM_HOME, or make one: wireroom init DIR"
    raise SettingsError([Problem(str(here), "no newsroom here or in a folder above", allowed)])


def _checked(name: str, folder: Path) -> Path:
    home = folder.absolute()
    if not _is_file(home / SETTINGS):
        allowed = f"a newsroom has {SETTINGS}; make one: wireroom init {folder}"
        raise SettingsError([Problem(name, f"{home} is not a newsroom", allowed)])
    return home.resolve()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read(home: Path) -> Mapping[str, object]:
    """The settings file as TOML. Raises `SettingsError` with the line where it is not."""
    path = home / SETTINGS
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise _broken(f"{path}", f"cannot be read ({error.strerror})", "it must be a file this user can read") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _broken(f"{path}:{line}", "found bytes that are not UTF-8", "save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise _syntax(path, str(error)) from None
    except (ValueError, RecursionError):
        raise _broken(f"{path}", "found a value beyond all bounds", "write numbers and lists a person could") from None


def _syntax(path: Path, message: str) -> SettingsError:
    match = _WHERE.search(message)
    where = f"{path}:{match['line']}" if match and match["line"] else str(path)
    said = _WHERE.sub("", message)
    allowed = 'every line is TOML: key = "value", [table], or # a comment'
    return _broken(where, said[:1].lower() + said[1:], allowed)


def _broken(where: str, found: str, allowed: str) -> SettingsError:
    return SettingsError([Problem(where, found, allowed)])
