"""Named values a person or a program wrote, read with their types checked and errors that name the key."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from wireroom.model.errors import ArticleError
from wireroom.sources.decode import clean
from wireroom.sources.language import is_tag
from wireroom.sources.outlets import is_address
from wireroom.sources.times import FORMS, checked, parse
from wireroom.sources.wording import kind_of, one_line, quote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


_MOST_KEYS = 100  # whose spelling is looked at; nobody writes more by hand


@dataclass(frozen=True, slots=True)
class Fields:
    """The values in `data`; `name` is what errors call the file, `lines` the line each key stands on.

    An absent key and an empty value are the same: "", (), None. Every method raises `ArticleError` for a wrong type.
    """

    name: str
    data: Mapping[str, object]
    lines: Mapping[str, int] = field(default_factory=dict)
    prefix: str = ""

    def wrong(self, key: str, message: str) -> ArticleError:
        """An error about `key`; the message says what was found and what was expected."""
        line = self.lines.get(f"{self.prefix}{key}", self.lines.get(self.prefix.rstrip(".")))
        return ArticleError(self.name, one_line(f"{self.prefix}{key}: {message}"), line)

    def line(self, key: str) -> int | None:
        """The line `key` stands on, where that is known."""
        return self.lines.get(key)

    def has(self, key: str) -> bool:
        """Whether there is anything under the key."""
        return self.data.get(key) not in (None, "", [], {}, ())

    def first(self, *keys: str) -> str:
        """The first of the keys that has a value, the first of all where none has."""
        return next((key for key in keys if self.has(key)), keys[0])

    def is_group(self, key: str) -> bool:
        """Whether the value is a group of keys itself."""
        return isinstance(self.data.get(key), Mapping)

    def within(self, key: str, data: Mapping[str, object] | None = None) -> Fields:
        """The group of keys under `key`, or `data` in its place."""
        inner = self.data[key] if data is None else data
        if not isinstance(inner, Mapping):
            raise self._expected(key, "a group of keys")
        return Fields(self.name, inner, self.lines, f"{self.prefix}{key}.")

    def text(self, key: str, *, number: bool = False) -> str:
        """A text, cleaned; with `number` a whole number is taken for one."""
        value = self.data.get(key)
        if value is None:
            return ""
        if number and isinstance(value, int) and not isinstance(value, bool):
            return str(value) if abs(value) < 10**30 else self._refuse(key, "an id of at most 30 digits")
        if not isinstance(value, str):
            hint = " (put it in quotes)" if self.lines and not isinstance(value, Mapping | list) else ""
            raise self._expected(key, f"text{hint}")
        return clean(value).strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, each in one line, none twice; a single text with commas in it is such a list too."""
        value = self.data.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            value = value.split(",")
        if not isinstance(value, list | tuple):
            raise self._expected(key, "a list of texts")
        return distinct(self._item(key, item) for item in value)

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, bool):
            raise self._expected(key, "true or false")
        return bool(value)

    def number(self, key: str) -> int:
        """A whole number, 0 or more."""
        value = self.data.get(key)
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**12:
            raise self._expected(key, "a whole number")
        return value

    def moment(self, key: str) -> date | datetime | None:
        """A day or a time; one without offset is left so."""
        value = self.data.get(key)
        if value in (None, ""):
            return None
        try:
            if isinstance(value, date):
                return checked(value)
            if isinstance(value, str):
                return parse(value)
        except ValueError as error:
            raise self.wrong(key, f"found {quote(str(value))} ({error}); expected {FORMS}") from None
        raise self._expected(key, FORMS)

    def address(self, key: str) -> str:
        """A whole web address."""
        value = self.text(key)
        if value and not is_address(value):
            raise self.wrong(key, f"found {quote(value)}; expected an address that begins with https://")
        return value

    def language(self, key: str) -> str:
        """A language tag."""
        value = self.text(key)
        if value and not is_tag(value):
            raise self.wrong(key, f'found {quote(value)}; expected a language tag like "en" or "ja"')
        return value

    def check_spelling(self, known: Iterable[str]) -> None:
        """Refuse a key that looks like a known one misspelt; keys of another program's are nobody's mistake."""
        expected = set(known)
        for key in list(self.data)[:_MOST_KEYS]:
            if not isinstance(key, str) or key in expected or not key.isidentifier():
                continue
            close = [
                name for name in difflib.get_close_matches(key, sorted(expected), 1, 0.84) if name not in self.data
            ]
            if close and abs(len(close[0]) - len(key)) <= 2:
                raise self.wrong(key, f"found a key nobody knows; expected `{close[0]}`")

    def _item(self, key: str, item: object) -> str:
        if isinstance(item, Mapping) and isinstance(item.get("name"), str):
            item = item["name"]
        if isinstance(item, int) and not isinstance(item, bool) and abs(item) < 10**30:
            item = str(item)
        if not isinstance(item, str):
            raise self.wrong(key, f"found {kind_of(item)} in the list; expected a list of texts")
        return one_line(clean(item))

    def _expected(self, key: str, what: str) -> ArticleError:
        return self.wrong(key, f"found {kind_of(self.data.get(key))}; expected {what}")

    def _refuse(self, key: str, what: str) -> str:
        raise self._expected(key, what)


def distinct(items: Iterable[str]) -> tuple[str, ...]:
    """The texts that are not empty, in their order, none twice (case does not count)."""
    return tuple({item.casefold(): item for item in reversed([item for item in items if item])}.values())[::-1]
