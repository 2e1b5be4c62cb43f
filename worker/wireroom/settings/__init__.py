"""Settings, from TOML and the environment; every mistake named by its path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wireroom.model.channel import Kind
from wireroom.model.errors import Problem, SettingsError
from wireroom.settings.alerts import alerts
from wireroom.settings.destinations import Reader
from wireroom.settings.home import SETTINGS, find_home, read
from wireroom.settings.newsroom import Ground, newsroom
from wireroom.settings.publications import publications
from wireroom.settings.shape import Settings
from wireroom.settings.table import Table

__all__ = ["SETTINGS", "Settings", "find_home", "load", "parse"]


def load(home: Path, env: Mapping[str, str], kinds: Mapping[str, Kind], *, secrets: bool) -> Settings:
    """Read the settings of the newsroom at `home`. `kinds` are the channels there are, by every name they go by.

    With `secrets=False` no secret is looked for: what only reads or queues needs none. Raises `SettingsError` with
    one problem for each mistake in the file.
    """
    return parse(read(home), home.absolute(), env, kinds, secrets=secrets)


def parse(
    data: Mapping[str, object], home: Path, env: Mapping[str, str], kinds: Mapping[str, Kind], *, secrets: bool
) -> Settings:
    """Settings of what a TOML file says. Raises `SettingsError` with every mistake in it."""
    problems: list[Problem] = []
    root = Table(data, "", problems)
    ground = Ground(home, env, secrets)
    room = newsroom(root.table("wireroom"), ground)
    outlets = publications(root.table("publications"), room["timezone"])
    reader = Reader(kinds, outlets, room["sandbox"], ground)
    places = reader.destinations(root.table("destinations"))
    watch = alerts(root.table("alerts"), ground)
    root.close()
    if problems:
        raise SettingsError(problems)
    return Settings(home=home, publications=outlets, destinations=places, alerts=watch, **room)
