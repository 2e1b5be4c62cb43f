"""What the settings are once they are read: a frozen value that never shows a secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from wireroom.model.destination import Destination
from wireroom.model.errors import NotFound
from wireroom.model.publication import Publication
from wireroom.settings.alerts import Alerts
from wireroom.settings.values import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A newsroom's settings, right in every part.

    `database` is a SQLAlchemy address with an absolute path, `broker` "embedded" or a Redis address, `public_url`
    has no trailing slash, `sandbox` is "host:port", `retention` how long ended deliveries stay in the log.
    `hub_private` lets subscribers of the newsroom's own hub be in its own network.
    """

    home: Path
    timezone: str = "UTC"
    database: str = field(default="", repr=False)
    broker: str = field(default="embedded", repr=False)
    listen_host: str = "127.0.0.1"
    listen_port: int = 8080
    public_url: str = "http://127.0.0.1:8080"
    sandbox: str = "127.0.0.1:8099"
    api_token: str | None = field(default=None, repr=False)
    retention: timedelta = timedelta(days=90)
    hub_private: bool = False
    publications: tuple[Publication, ...] = ()
    destinations: tuple[Destination, ...] = ()
    alerts: Alerts = field(default_factory=Alerts)

    @property
    def var(self) -> Path:
        """All that Wireroom writes."""
        return self.home / "var"

    @property
    def feeds(self) -> Path:
        """The feed files, one folder per destination."""
        return self.var / "feeds"

    @property
    def run(self) -> Path:
        """What the running daemon needs: its lock, its pid, the embedded broker's socket."""
        return self.var / "run"

    @property
    def log(self) -> Path:
        """The daemon's own log files."""
        return self.var / "log"

    @property
    def media(self) -> Path:
        """Copies of the pictures that are still to go out."""
        return self.var / "media"

    def destination(self, name: str) -> Destination:
        """The destination of that name. Raises `NotFound`, with the nearest name there is."""
        for destination in self.destinations:
            if destination.name == name:
                return destination
        raise _unknown("destination", name, [each.name for each in self.destinations])

    def publication(self, key: str) -> Publication:
        """The publication of that key. Raises `NotFound`, with the nearest key there is."""
        for publication in self.publications:
            if publication.key == key:
                return publication
        raise _unknown("publication", key, [each.key for each in self.publications])


def _unknown(what: str, name: str, names: list[str]) -> NotFound:
    close = nearest(name, names)
    hint = f"did you mean `{close}`?" if close else f"there is {', '.join(names) or 'none'}"
    return NotFound(f"no such {what}: {name!r}; {hint}")
