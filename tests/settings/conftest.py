"""What the tests of the settings share: settings that are right, and a way to read changed ones."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from wireroom.channels import catalogue
from wireroom.model.errors import SettingsError
from wireroom.settings import Settings, parse

GOOD = """
[wireroom]
timezone = "Asia/Tokyo"
listen = "127.0.0.1:8080"

[publications.harbor]
name = "Harbor Post"
aliases = ["HP"]
url = "https://harbor.example"
permalink = "https://harbor.example/{year}/{month}/{slug}/"

[publications.hill]
name = "Hill Post"
url = "https://hill.example"

[destinations.feeds]
channel = "feed"

[destinations.birds]
channel = "x"
publications = ["harbor"]
consumer_key = { env = "CK" }
consumer_secret = { env = "CS" }
access_token = { env = "AT" }
access_token_secret = { env = "ATS" }

[destinations.page]
channel = "facebook"
page_id = "42"
access_token = { env = "PT" }
"""
ENV = {"CK": "key-1", "CS": "secret-2", "AT": "token-3", "ATS": "secret-4", "PT": "page-5"}

Reading = Callable[..., Settings]


@pytest.fixture
def good() -> dict[str, object]:
    """Settings without a mistake, as TOML gives them."""
    return tomllib.loads(GOOD)


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Reads settings given as TOML text or as what TOML gives."""

    def read(said: str | Mapping[str, object], env: Mapping[str, str] = ENV, *, secrets: bool = True) -> Settings:
        data = tomllib.loads(said) if isinstance(said, str) else said
        return parse(data, tmp_path, env, catalogue.kinds(), secrets=secrets)

    return read


@pytest.fixture
def mistakes(reading: Reading) -> Callable[..., list[str]]:
    """The lines that reading these settings gives, none when they are right."""

    def lines(said: str | Mapping[str, object], env: Mapping[str, str] = ENV, *, secrets: bool = True) -> list[str]:
        try:
            reading(said, env, secrets=secrets)
        except SettingsError as error:
            return [str(problem) for problem in error.problems]
        return []

    return lines
