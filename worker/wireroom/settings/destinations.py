"""The places to publish of the settings: the rules any of them takes, and its channel's own options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import timedelta

from wireroom.model.channel import Kind, Option
from wireroom.model.destination import Budget, Cap, Destination, Gap, Retry, Settle, When
from wireroom.model.errors import SettingsError
from wireroom.model.publication import Publication
from wireroom.model.sandbox import SANDBOX_FACEBOOK, x_keys
from wireroom.settings import followers, pace, values
from wireroom.settings.newsroom import Ground
from wireroom.settings.secret import place
from wireroom.settings.table import Table
from wireroom.settings.target import target
from wireroom.settings.values import Parser, Wrong

SANDBOX = "sandbox"
"""As `base_url`: the local sandbox of this newsroom, with its own keys."""

_LOCAL: Mapping[str, Callable[[str], Mapping[str, str]]] = {"x": x_keys, "facebook": lambda _: SANDBOX_FACEBOOK}
_SOCIAL_AGE = timedelta(days=2)
_SOCIAL_GAP = timedelta(seconds=30)
_PARSERS: Mapping[str, Callable[[object], object]] = {
    "text": values.text,
    "number": values.number,
    "flag": values.flag,
    "texts": values.texts,
    "duration": values.duration,
    "address": values.base,
    "url": values.url,
    "target": target,
}
_RULES = frozenset(field.name for field in fields(Destination)) - {"name", "options", "secrets"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads destinations: the channels there are, the outlets, the sandbox's address, and the ground."""

    kinds: Mapping[str, Kind]
    publications: Sequence[Publication]
    sandbox: str
    ground: Ground

    def destinations(self, table: Table) -> tuple[Destination, ...]:
        """Read every [destinations.NAME]; mistakes are noted in the tables."""
        tables = table.named("destination")
        found = (self._destination(name, each) for name, each in tables.items())
        return followers.complete([place for place in found if place], tables)

    def _destination(self, name: str, table: Table) -> Destination | None:
        kind = table.need("channel", self._kind, None)
        rules = self._rules(name, table, kind)
        if kind is None:
            table.allow(sorted(self._every_option()))
            table.close()
            return None
        local = self._local(name, table, kind)
        own = {key: option for key, option in kind.options.items() if key not in _RULES}
        options = {
            key: self._option(table, key, option, local) for key, option in own.items() if option.type != "secret"
        }
        fetched = {key: self._secret(table, key, own[key], local) for key in own.keys() - options.keys()}
        table.close()
        secrets = {key: secret for key, secret in sorted(fetched.items()) if secret is not None}
        return replace(rules, options=options, secrets=secrets)

    def _kind(self, value: object) -> Kind:
        if isinstance(value, str) and value in self.kinds:
            try:
                return self.kinds[value]
            except SettingsError as error:  # a plug-in that cannot be loaded
                problem = error.problems[0]
                raise Wrong(problem.allowed, found=f"{problem.path}: {problem.found}") from None
        close = values.nearest(value, self.kinds) if isinstance(value, str) else None
        raise Wrong(f"allowed is a channel: {', '.join(sorted(self.kinds))}", nearest=close)

    def _every_option(self) -> set[str]:
        """What any channel takes: where the channel is not known, only a key that no channel has is a mistake."""
        found: set[str] = set()
        for name in self.kinds:
            with suppress(SettingsError):
                found.update(self.kinds[name].options)
        return found

    def _rules(self, name: str, table: Table, kind: Kind | None) -> Destination:
        social = kind is not None and kind.social
        return Destination(
            name=name,
            channel=kind.name if kind else "",
            follows=followers.followed(table, kind),
            publications=table.get("publications", self._outlets, ()),
            when=_when(table.table("when")),
            template=table.get("template", values.template, ""),
            max_age=table.get("max_age", values.age, _SOCIAL_AGE if social else None),
            delay=table.get("delay", values.duration, timedelta(0)),
            quiet=table.get("quiet", values.quiet, None),
            gap=_gap(table, _SOCIAL_GAP if social else timedelta(0)),
            settle=_settle(table.table("settle")),
            resend_absent=table.get("resend_absent", values.flag, True),
            retry=_retry(table.table("retry")),
            budget=_budget(table.table("budget")),
            breaker=pace.breaker(table.table("breaker")),
            caps=table.get("caps", pace.caps, self._usual_caps(table, kind)),
            lanes=table.get("lanes", values.whole(1, 64), 1),
            timeout=table.get("timeout", values.some_time, timedelta(seconds=20)).total_seconds(),
        )

    def _usual_caps(self, table: Table, kind: Kind | None) -> tuple[Cap, ...]:
        """A platform's caps hold at its own address; a stand-in has none."""
        if kind is None or not kind.caps:
            return ()
        its_own = kind.options["base_url"].default if "base_url" in kind.options else None
        return kind.caps if table.peek("base_url") in (None, its_own) else ()

    def _outlets(self, value: object) -> tuple[str, ...]:
        keys = [publication.key for publication in self.publications]
        allowed = f"allowed are publications: {', '.join(keys) or 'none is set up'}; without the key it takes all"
        if not isinstance(value, list) or not value:
            raise Wrong(allowed, found="found an empty list" if value == [] else None)
        for item in value:
            if not isinstance(item, str) or item not in keys:
                raise Wrong(allowed, nearest=self._meant(item), found=f"in the list {values.describe(item)}")
        return tuple(dict.fromkeys(value))

    def _meant(self, item: object) -> str | None:
        if not isinstance(item, str):
            return None
        words = {word: each.key for each in self.publications for word in (*each.aliases, each.name, each.key)}
        close = values.nearest(item, words)
        return words[close] if close else None

    def _local(self, name: str, table: Table, kind: Kind) -> Mapping[str, str]:
        """What the sandbox gives a destination with base_url = "sandbox", on X an account of its own; else nothing."""
        if kind.name not in _LOCAL or not table.says("base_url", SANDBOX):
            return {}
        called = table.peek("account")
        return {
            **_LOCAL[kind.name](called if isinstance(called, str) and called else name),
            "base_url": f"http://{self.sandbox}",
        }

    def _option(self, table: Table, key: str, option: Option, local: Mapping[str, str]) -> object:
        if key == "base_url" and local:
            return table.get(key, lambda _: local[key], "")
        if option.type == "dollars" and isinstance(option.default, Mapping):
            return _sums(table.table(key), option.default)
        parse = _parser(option)
        default = local.get(key, option.default)
        if option.required and default is None:
            return table.need(key, parse, None)
        return table.get(key, parse, _defaulted(default, parse))

    def _secret(self, table: Table, key: str, option: Option, local: Mapping[str, str]) -> str | None:
        own = local.get(key)
        ask = table.need if option.required and own is None else table.get
        where = ask(key, place, None)
        if where is None:
            return own
        return self.ground.secret(table, key, where, instead=own, lines=option.lines)


def _parser(option: Option) -> Parser[object]:
    """The parser of an option's type, which refuses what its choices, its form or its least number leave out."""
    parse: Callable[[object], object] = _PARSERS.get(option.type, lambda value: value)

    def bounded(value: object) -> object:
        found = parse(value)
        if option.least is not None and isinstance(found, int | float) and found < option.least:
            raise Wrong(f"allowed is a number from {option.least} up")
        if option.form and isinstance(found, str) and not re.fullmatch(option.form, found):
            raise Wrong(f'allowed is text such as "{option.default}"')
        for item in found if isinstance(found, tuple) else (found,):
            if option.choices and item not in option.choices:
                close = values.nearest(str(item), option.choices)
                shown = f"in the list {values.describe(item)}" if isinstance(found, tuple) else None
                raise Wrong(f"allowed: {', '.join(option.choices)}", nearest=close, found=shown)
        if option.choices and option.type == "texts" and not found:
            raise Wrong(f"allowed is at least one of: {', '.join(option.choices)}")
        return found

    return bounded


def _defaulted(default: object, parse: Parser[object]) -> object:
    """A channel's own default, through the same parser as a value of the settings."""
    if default is None:
        return None
    try:
        return parse(list(default) if isinstance(default, tuple) else default)
    except Wrong:
        return default


def _sums(table: Table, usual: Mapping[str, float]) -> Mapping[str, float]:
    """A table of sums of money, each its usual one where it is left out."""
    found = {name: table.get(name, values.dollars, sum_) for name, sum_ in usual.items()}
    table.close()
    return found


def _when(table: Table) -> When:
    when = When(
        tags=table.get("tags", values.texts, ()),
        sections=table.get("sections", values.texts, ()),
        not_tags=table.get("not_tags", values.texts, ()),
    )
    table.close()
    return when


def _gap(rules: Table, usual: timedelta) -> Gap:
    """The gap between late posts: a duration, or a table that also says from when on a post is late."""
    if not isinstance(rules.peek("gap"), Mapping):
        return Gap(every=rules.get("gap", values.duration, usual))
    table = rules.table("gap")
    gap = Gap(
        every=table.get("every", values.duration, usual),
        late=table.get("late", values.duration, Gap().late),
    )
    table.close()
    return gap


def _settle(table: Table) -> Settle:
    settle = Settle(
        after=table.get("after", values.some_time, Settle().after),
        looks=table.get("looks", values.whole(1, 100), Settle().looks),
    )
    table.close()
    return settle


def _retry(table: Table) -> Retry:
    usual = Retry()
    attempts = table.get("attempts", values.whole(1, 1000), usual.attempts)
    found = Retry(attempts, *pace.growing(table, usual.first, usual.longest))
    table.close()
    return found


def _budget(table: Table) -> Budget:
    budget = Budget(
        usd_per_day=table.get("usd_per_day", values.dollars, None),
        usd_per_month=table.get("usd_per_month", values.dollars, None),
        reserve=table.get("reserve", values.share, Budget().reserve),
    )
    table.close()
    return budget
