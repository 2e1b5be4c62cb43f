"""What commands share: the options every one takes, and the newsroom they speak of."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from wireroom.app import Application
    from wireroom.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
_HOME = "wireroom.home"


def _remember(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta[_HOME] = value


def home_option(command: F) -> F:
    """Let a command take --home."""
    return click.option(
        "--home",
        metavar="DIR",
        expose_value=False,
        is_eager=True,
        callback=_remember,
        type=click.Path(file_okay=False),
        help="The newsroom; else WIREROOM_HOME, else the nearest folder upward with config/wireroom.toml.",
    )(command)


def json_option(command: F) -> F:
    """Let a command take --json."""
    return click.option(
        "--json", "as_json", is_flag=True, help="One JSON object per line on standard output, and nothing else there."
    )(command)


def destination_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The destinations of the newsroom, for the shell's completion; none where the settings cannot be read."""
    from click.shell_completion import CompletionItem

    from wireroom.settings import find_home
    from wireroom.settings.home import read

    with suppress(Exception):  # a shell that completes a word is no place for errors
        names = read(find_home(Path.cwd(), ctx.meta.get(_HOME), os.environ)).get("destinations")
        return [CompletionItem(name) for name in (names or {}) if name.startswith(incomplete)]  # type: ignore[attr-defined]
    return []


def home() -> Path:
    """The newsroom this command is about. Raises `SettingsError` when there is none."""
    from wireroom.settings import find_home

    return find_home(Path.cwd(), click.get_current_context().meta.get(_HOME), os.environ)


def newsroom(*, secrets: bool = False) -> Settings:
    """The newsroom's settings, without anything being opened. Raises `SettingsError`."""
    from wireroom.channels import catalogue
    from wireroom.settings import load

    return load(home(), os.environ, catalogue.kinds(), secrets=secrets)


def application(*, secrets: bool = False) -> AbstractContextManager[Application]:
    """The newsroom's application, open while the context lasts. Raises `SettingsError`, `StoreError`."""
    from wireroom.app import open_app

    return open_app(home(), env=os.environ, secrets=secrets)


def person() -> str:
    """Who is typing, for the log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"user {os.getuid()}"
