"""Secrets: settings name where each one is, the environment or a file, and never the secret itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wireroom.settings.values import Wrong, describe, text, variable

_ALLOWED = 'allowed is where it is: { env = "NAME" } or { file = "/run/secrets/name" }'
_LONGEST = 65_536


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret is: an environment variable's name, or a file."""

    env: str = ""
    file: str = ""


class Missing(Exception):
    """The secret is not where the settings say: what was found there, and what would be right."""

    def __init__(self, found: str, allowed: str) -> None:
        self.found, self.allowed = found, allowed
        super().__init__(found)


def place(value: object) -> Place:
    """Where a secret is. A literal secret is refused, and not shown."""
    if isinstance(value, str):
        raise Wrong(f"a secret never stands in the settings; {_ALLOWED}", found="found a literal")
    if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= {"env", "file"}:
        raise Wrong(_ALLOWED, found=_shape(value))
    if "env" in value:
        return Place(env=variable(value["env"]))
    try:
        return Place(file=text(value["file"]))
    except Wrong:
        raise Wrong(
            'allowed is a file\'s path in quotes: { file = "/run/secrets/name" }', found="found no path"
        ) from None


def text_or_place(parse: Callable[[object], str]) -> Callable[[object], str | Place]:
    """A parser for text that may instead be kept in the environment or a file, as it can hold a password."""

    def either(value: object) -> str | Place:
        return place(value) if isinstance(value, dict) else parse(value)

    return either


def fetch(where: Place, home: Path, env: Mapping[str, str], *, lines: bool = False) -> str:
    """The secret itself, blanks around it cut off; a relative file is one under `home`. Raises `Missing`.

    It is one line, unless it may have several.
    """
    if where.env:
        return _said(env.get(where.env, ""), f"the environment variable {where.env}", f"set {where.env}", lines=lines)
    path = home / where.file
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST)
        return _said(content.decode(), f"the file {path}", f"write the secret into {path}", lines=lines)
    except OSError as error:
        raise Missing(f"{path} cannot be read ({error.strerror})", "allowed is a file this user can read") from None
    except ValueError:
        raise Missing(f"{path} holds no text", "allowed is a file with the secret as UTF-8 text") from None


def _said(content: str, what: str, remedy: str, *, lines: bool) -> str:
    secret = content.strip()
    if not secret:
        raise Missing(f"{what} is not set or empty", f"{remedy}, or name another place")
    if not (secret.replace("\r", "").replace("\n", "") if lines else secret).isprintable():
        raise Missing(f"{what} holds more than one line", "allowed is one line with the secret alone")
    return secret


def _shape(value: object) -> str:
    if isinstance(value, dict):
        return f"found a table with {len(value)} keys" if len(value) != 1 else "found another key"
    return describe(value)
