"""The application: settings in, everything put together, once per process."""

from __future__ import annotations

import contextlib
import random
import socket
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wireroom import assets
from wireroom import settings as settings_room
from wireroom.channels import catalogue
from wireroom.holders import holder
from wireroom.model.channel import Channel, Kind, Surroundings
from wireroom.model.errors import Ending, LockedOut, SettingsError, StoreError, WireroomError
from wireroom.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from wireroom.broker import Waker
    from wireroom.compose.render import Templates
    from wireroom.dispatch.intake import House, Intake
    from wireroom.dispatch.lanes import Lanes
    from wireroom.dispatch.people import People
    from wireroom.dispatch.retraction import Retraction
    from wireroom.dispatch.takeover import TakeOver
    from wireroom.dispatch.watch import Watch
    from wireroom.limits import Limits
    from wireroom.model.destination import Destination
    from wireroom.settings import Settings


@dataclass(frozen=True, slots=True)
class Checked:
    """One line of `wireroom check`."""

    name: str
    ok: bool
    message: str


class Application:
    """A newsroom at work. What is heavy to load is loaded when it is first asked for."""

    def __init__(
        self,
        settings: Settings,
        *,
        part: str = "cli",
        env: Mapping[str, str] | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._env = env
        self.settings = settings
        self.store = Store(settings.database)
        self.holder = holder(part)
        self.stopping = stopping
        self._waker: Waker | None = None
        self.destinations: Mapping[str, Destination] = {place.name: place for place in settings.destinations}
        self.follows = {place.name: place.follows for place in settings.destinations if place.follows}
        self.publications = {outlet.key: outlet for outlet in settings.publications}

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """The channels there are, by name."""
        return catalogue.kinds()

    @cached_property
    def templates(self) -> Templates:
        """The newsroom's own templates before the shipped ones."""
        from wireroom.compose.render import Templates

        return Templates([self.settings.home / "templates", assets.templates()])

    @cached_property
    def intake(self) -> Intake:
        """The one way in."""
        from wireroom.dispatch.intake import Intake

        return Intake(self.store, self._house)

    @cached_property
    def takeover(self) -> TakeOver:
        """The way in for what another system's feed has told before."""
        from wireroom.dispatch.takeover import TakeOver

        return TakeOver(self.store, self._house)

    @cached_property
    def retraction(self) -> Retraction:
        """The one way back."""
        from wireroom.dispatch.retraction import Retraction

        return Retraction(self.store, self._house)

    @cached_property
    def _house(self) -> House:
        from wireroom.dispatch.intake import House

        return House(
            publications=self.publications,
            destinations=self.settings.destinations,
            kinds=self.kinds,
            templates=self.templates,
            media=self.settings.media,
            public_url=self.settings.public_url,
            retention=self.settings.retention,
        )

    @cached_property
    def people(self) -> People:
        """A person's moves."""
        from wireroom.dispatch.people import People

        return People(self.store, self.destinations)

    @cached_property
    def lanes(self) -> Lanes:
        """The lanes of this process; needs the secrets."""
        from wireroom.dispatch.lane import Hands
        from wireroom.dispatch.lanes import Lanes

        hands = Hands(
            store=self.store,
            holder=self.holder,
            dice=random.random,
            stopping=self.stopping,
            zones=self.zone,
            limits=self.limits,
        )
        return Lanes(self.destinations, self.channel, hands)

    @cached_property
    def limits(self) -> Limits:
        """What platforms allow, shared by all through the broker's Redis; this process's own while there is none."""
        from wireroom.broker import redis_client
        from wireroom.limits import Limits

        url = self._broker()
        return Limits(redis_client(url), url) if url else Limits()

    @cached_property
    def watch(self) -> Watch:
        """Sees what should have happened and has not, and tells people."""
        from wireroom.dispatch.telling import Teller
        from wireroom.dispatch.watch import Rules, Watch

        alerts = self.settings.alerts
        rules = Rules(
            silence=alerts.silence,
            backlog=alerts.backlog,
            visible=alerts.visible,
            zone=self.settings.timezone,
            social=self.social,
        )
        teller = Teller(self.store, alerts.to, digest=alerts.digest, holder=self.holder, signature=self.signature)
        return Watch(self.store, self.destinations, rules, teller, holder=self.holder, broker=self.broker_answers)

    @property
    def signature(self) -> str:
        """Who an alert comes from."""
        return (
            f"This is Wireroom on {socket.gethostname()}, newsroom {self.settings.home}; `wireroom status` says more."
        )

    def social(self, name: str) -> bool:
        """Whether a destination is on somebody else's platform."""
        return self.kinds[self.destinations[name].channel].social

    def broker_answers(self) -> bool:
        """Whether there is a broker and it answers."""
        return self.waker is not None and self.waker.alive()

    @property
    def waker(self) -> Waker | None:
        """Wakes lanes; None while there is no broker (an embedded one lives as long as its daemon)."""
        if self._waker is None and (url := self._broker()):
            from wireroom.broker import Waker

            self._waker = Waker(url)
        return self._waker

    def _broker(self) -> str:
        if self.settings.broker != "embedded":
            return self.settings.broker
        try:
            return (self.settings.run / "broker.url").read_text().strip()
        except OSError:
            return ""

    def channel(self, destination: Destination) -> Channel:
        """A channel of its own for one runner of a lane, with the keys and options the settings give it today."""
        destination = self._today(destination)
        kind = self.kinds[destination.channel]
        surroundings = Surroundings(
            feeds=self.settings.feeds,
            public_url=self.settings.public_url,
            now=self.store.now,
            recent=lambda limit: self.store.recent(destination.name, limit),
            publications=self.settings.publications,
            feeds_from=self.settings.alerts.feeds,
            stock=self.store.stock(destination.name),
            sisters=[place for place in self.settings.destinations if place.channel == "feed"],
            subscriptions=self.store,
            hub_private=self.settings.hub_private,
        )
        return catalogue.load(kind)(destination, surroundings)

    def _today(self, destination: Destination) -> Destination:
        if self._env is None:
            return destination
        try:
            settings = settings_room.load(self.settings.home, self._env, self.kinds, secrets=True)
            return settings.destination(destination.name)
        except WireroomError:  # half-edited settings stop no lane that runs
            return destination

    def zone(self, publication: str) -> str:
        """A publication's time zone, the newsroom's for one no longer in the settings."""
        outlet = self.publications.get(publication)
        return outlet.timezone if outlet else self.settings.timezone

    def wake(self, destinations: Mapping[str, bool]) -> bool:
        """Wake the lanes of `destinations` (name to: is it breaking news). False when the broker is not there."""
        from wireroom.broker import DRAIN, OVERTAKE

        if self.waker is None:
            return False
        return all(self.waker.wake(OVERTAKE if urgent else DRAIN, name) for name, urgent in destinations.items())

    def followers(self, name: str) -> list[str]:
        """The destinations that follow a feed."""
        return [follower for follower, feed in self.follows.items() if feed == name]

    def check(self) -> Iterator[Checked]:
        """Look at settings, templates, database, broker, and make a live, harmless call to each platform."""
        yield Checked("settings", True, f"{len(self.publications)} publications, {len(self.destinations)} destinations")
        yield self._check_templates()
        yield self._check_database()
        yield self._check_broker()
        yield self._check_alerts()
        for name in self.destinations:
            yield self._check_destination(name)

    def close(self) -> None:
        """Give back what was opened."""
        if self._waker is not None:
            self._waker.close()
        self.store.close()

    def _check_templates(self) -> Checked:
        try:
            for place in self.settings.destinations:
                if name := place.template or self.kinds[place.channel].template:
                    self.templates.check(name, f"destinations.{place.name}.template")
        except SettingsError as error:
            return Checked("templates", False, str(error))
        return Checked("templates", True, "all render")

    def _check_database(self) -> Checked:
        try:
            self.store.now()
            waiting = sum(number for (_, state), number in self.store.tally().items() if state == "planned")
        except StoreError as error:
            return Checked("database", False, str(error))
        return Checked("database", True, f"open, {waiting} deliveries planned")

    def _check_broker(self) -> Checked:
        if self.waker is None:
            return Checked("broker", True, "embedded: starts with the daemon, which is not running")
        if self.waker.alive():
            return Checked("broker", True, "answers")
        from wireroom.broker import shown

        return Checked("broker", False, f"no answer from {shown(self.settings.broker)}: is it running?")

    def _check_alerts(self) -> Checked:
        from wireroom import alerts

        addresses = self.settings.alerts.to
        if not addresses:
            return Checked(
                "alerts", True, "no address: troubles are shown by `wireroom status` and the dashboard alone"
            )
        wrong = [f"{address.name} {why}" for address in addresses if (why := alerts.understood(address))]
        told = f"go to {', '.join(address.name for address in addresses)}; `wireroom alert --test` sends them a message"
        return Checked("alerts", not wrong, "; ".join(wrong) or told)

    def _check_destination(self, name: str) -> Checked:
        from wireroom.dispatch import health

        zone = self.settings.timezone
        try:
            who, found = health.ask(self.store, self.lanes, name, zone)
            warning = health.today(found, self.store.now(), zone)
            return Checked(name, not found.missing_scopes, f"{who}; {warning}" if warning else who)
        except LockedOut as ending:
            return Checked(name, False, ending.message)
        except Ending as ending:
            return Checked(name, False, f"{ending.kind}: {ending.message}")


@contextlib.contextmanager
def open_app(
    home: Path,
    *,
    env: Mapping[str, str],
    secrets: bool = False,
    part: str = "cli",
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[Application]:
    """The newsroom at `home`, its database brought up to date; closed on leaving.

    With `secrets` every destination's secrets must be there. Raises `SettingsError`, `StoreError`.
    """
    settings = settings_room.load(home, env, catalogue.kinds(), secrets=secrets)
    app = Application(settings, part=part, env=env, stopping=stopping)
    try:
        app.store.migrate()
        yield app
    finally:
        app.close()
