"""The settings of the newsroom itself: its clock, database, broker and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit

from wireroom.settings import values
from wireroom.settings.secret import Missing, Place, fetch, place, text_or_place
from wireroom.settings.table import Table
from wireroom.settings.values import Wrong

_BROKERS = ("redis://", "rediss://", "redis+socket://")
_POSTGRES = ("postgresql+psycopg://", "postgresql://", "postgres://")
_DEFAULT_DATABASE = "sqlite:///var/wireroom.db"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the settings are read against: the newsroom's folder, the environment, and whether secrets are wanted."""

    home: Path
    env: Mapping[str, str]
    secrets: bool

    def secret(
        self, table: Table, key: str, where: Place, instead: str | None = None, *, lines: bool = False
    ) -> str | None:
        """The secret at `where`, None when secrets are not wanted; a missing one is `instead`, or else noted."""
        return self.always(table, key, where, instead, lines=lines) if self.secrets else None

    def own(self, table: Table, key: str, where: Place) -> str | None:
        """A secret of the newsroom itself, taken if it is there; a missing one is noted when secrets are wanted."""
        return self.always(table, key, where, instead=None if self.secrets else "") or None

    def always(
        self, table: Table, key: str, where: Place, instead: str | None = None, *, lines: bool = False
    ) -> str | None:
        """The secret at `where`, whether or not secrets are wanted; a missing one is `instead`, or else noted."""
        try:
            return fetch(where, self.home, self.env, lines=lines)
        except Missing as missing:
            if instead is None:
                table.report(key, missing.found, missing.allowed)
            return instead


class Newsroom(TypedDict):
    """The fields of `Settings` that the [wireroom] table gives."""

    timezone: str
    database: str
    broker: str
    listen_host: str
    listen_port: int
    public_url: str
    sandbox: str
    api_token: str | None
    retention: timedelta
    hub_private: bool


def newsroom(table: Table, ground: Ground) -> Newsroom:
    """Read the [wireroom] table; mistakes are noted in it."""
    host, port = table.get("listen", values.address, ("127.0.0.1", 8080))
    sandbox = table.get("sandbox", values.address, ("127.0.0.1", 8099))
    token = table.get("api_token", place, None)
    read = Newsroom(
        timezone=table.get("timezone", values.zone, "UTC"),
        database=_database(table, ground),
        broker=_broker(table, ground),
        listen_host=host,
        listen_port=port,
        public_url=table.get("public_url", values.base, f"http://{joined(host, port)}"),
        sandbox=joined(*sandbox),
        api_token=ground.own(table, "api_token", token) if token else None,
        retention=table.get("retention", values.some_time, timedelta(days=90)),
        hub_private=table.get("hub_private", values.flag, False),
    )
    table.close()
    return read


def joined(host: str, port: int) -> str:
    """Host and port as an address has them, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _database(table: Table, ground: Ground) -> str:
    given = table.get("database", text_or_place(_database_address), _DEFAULT_DATABASE)
    address = _fetched(table, "database", given, _database_address, ground)
    return _absolute(address or _DEFAULT_DATABASE, ground.home)


def _broker(table: Table, ground: Ground) -> str:
    given = table.get("broker", text_or_place(_broker_address), "embedded")
    return _fetched(table, "broker", given, _broker_address, ground) or "embedded"


def _fetched(table: Table, key: str, given: str | Place, parse: values.Parser[str], ground: Ground) -> str | None:
    """An address that may be kept outside the settings; needed by every command, secrets wanted or not."""
    if isinstance(given, str):
        return given
    found = ground.always(table, key, given)
    try:
        return parse(found) if found is not None else None
    except Wrong as wrong:
        table.report(key, f"{given.env or given.file} holds something else", wrong.allowed)
        return None


def _database_address(value: object) -> str:
    """A database's address. What was found is never shown whole: it may hold a password."""
    allowed = 'allowed is "sqlite:///var/wireroom.db" or "postgresql+psycopg://user@host/name"'
    if not isinstance(value, str):
        raise Wrong(allowed)
    if value.startswith("sqlite:///") and _sqlite_path(value) not in {"", ":memory:"} and value.isprintable():
        return value
    for scheme in _POSTGRES:
        if value.startswith(scheme) and _parses(value):
            return _POSTGRES[0] + value.removeprefix(scheme)
    raise Wrong(allowed, found=_scheme(value))


def _broker_address(value: object) -> str:
    allowed = 'allowed is "embedded", or a Redis: "redis://host:6379/0", "rediss://…" or "redis+socket:///path"'
    if not isinstance(value, str):
        raise Wrong(allowed)
    if value == "embedded" or (value.startswith(_BROKERS) and _parses(value)):
        return value
    close = values.nearest(value, ["embedded"])
    raise Wrong(allowed, nearest=close, found=_scheme(value))


def _parses(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.port != 0 and value.isprintable() and bool(parts.netloc or parts.path)
    except ValueError:
        return False


def _scheme(value: str) -> str:
    scheme, colon, _ = value.partition(":")
    return f"found an address that begins {values.describe(scheme + colon)[6:]}" if colon else values.describe(value)


def _sqlite_path(address: str) -> str:
    return address.removeprefix("sqlite:///").partition("?")[0]


def _absolute(address: str, home: Path) -> str:
    """A SQLite address with its path made absolute under `home`; any other address as it is."""
    if not address.startswith("sqlite:"):
        return address
    path, mark, query = address.removeprefix("sqlite:///").partition("?")
    return f"sqlite:///{home / path}{mark}{query}"
