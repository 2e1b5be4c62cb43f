"""One table of the settings while it is read: it hands out values and collects every mistake by its path."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from wireroom.model.errors import Problem
from wireroom.settings.values import Parser, Wrong, describe, nearest

T = TypeVar("T")
D = TypeVar("D")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Table:
    """A TOML table. What was asked for is what is allowed: `close` reports every other key."""

    def __init__(self, data: object, path: str, problems: list[Problem]) -> None:
        self.path, self._problems = path, problems
        self._asked: list[str] = []
        self._data: Mapping[str, object] = data if isinstance(data, dict) else {}
        self._whole = isinstance(data, dict)
        if not self._whole:
            self.report(None, describe(data), f"allowed is a table: [{path}]")

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def report(self, key: str | None, found: str, allowed: str, close: str | None = None) -> None:
        """Note a mistake at `key` of this table (None: at the table itself)."""
        self._problems.append(Problem(self.path if key is None else self.at(key), found, allowed, close))

    def at(self, key: str) -> str:
        """The path of a key, quoted as TOML would have it."""
        shown = key if _BARE.fullmatch(key) else json.dumps(key)
        return f"{self.path}.{shown}" if self.path else shown

    def says(self, key: str, value: str) -> bool:
        """Whether the table has exactly this text at `key`."""
        return self._data.get(key) == value

    def peek(self, key: str) -> object:
        """What stands at `key`, right or wrong, without having asked for it."""
        return self._data.get(key)

    def get(self, key: str, parse: Parser[T], default: D) -> T | D:
        """The value at `key`, or `default` where there is none or it is wrong (which is noted)."""
        self._asked.append(key)
        if key not in self._data:
            return default
        try:
            return parse(self._data[key])
        except Wrong as wrong:
            found = describe(self._data[key]) if wrong.found is None else wrong.found
            self.report(key, found, wrong.allowed, wrong.nearest)
            return default

    def need(self, key: str, parse: Parser[T], default: D) -> T | D:
        """Like `get`, but a missing key is a mistake too."""
        if key not in self._data and self._whole:
            self.report(key, "missing", _allowed(parse))
        return self.get(key, parse, default)

    def table(self, key: str) -> Table:
        """The table at `key`, an empty one where there is none."""
        self._asked.append(key)
        return Table(self._data.get(key, {}), self.at(key), self._problems)

    def named(self, what: str) -> Mapping[str, Table]:
        """The tables in this one, by name; `what` they are called in a mistake. Unusable names are noted."""
        found: dict[str, Table] = {}
        seen: dict[str, str] = {}
        for name, data in self._data.items():
            self._asked.append(name)
            twin = seen.get(name.casefold())
            if not _NAME.fullmatch(name):
                self.report(name, f"not a {what}'s name", "allowed are up to 64 letters, digits, `-`, `_` and `.`")
            elif twin:
                self.report(name, f"the name of `{twin}` again", f"each {what} needs its own, large or small")
            seen[name.casefold()] = name
            found[name] = Table(data, self.at(name), self._problems)
        return found

    def allow(self, keys: Iterable[str]) -> None:
        """Let these keys stand here unread."""
        self._asked.extend(keys)

    def close(self) -> None:
        """Report every key that nobody asked for, with the nearest right one."""
        for key in self._data:
            if key not in self._asked:
                close = nearest(key, self._asked)
                self.report(key, "no such key", f"allowed here: {', '.join(sorted(set(self._asked)))}", close)


def _allowed(parse: Callable[[object], object]) -> str:
    try:
        parse(None)
    except Wrong as wrong:
        return wrong.allowed
    return "it must be set"
