"""How the stand-ins behave: duplicate rules, lags, money, permissions; each a switch of the control address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeVar

CREATE_USD = 0.015
CREATE_WITH_LINK_USD = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class XRules:
    """Switches of the X stand-in.

    `duplicates` is "window" (same text within `duplicate_window` seconds), "last" (same as one of the last
    `duplicate_last` posts) or "off"; `after_deletion` keeps it in force for deleted posts. `lag` is how many
    seconds timelines run behind. `premium` allows long posts and edits, `quotes` quoting (Enterprise).
    `replies` is "own" (to one's own posts), "all" or "none". `credits` is the money left in US dollars, `posts_left`
    the month's posts left; None is no bound. `processing` is how many seconds a video takes.
    """

    duplicates: str = "window"
    duplicate_window: float = 86_400.0
    duplicate_last: int = 1
    after_deletion: bool = False
    lag: float = 0.0
    premium: bool = False
    quotes: bool = False
    replies: str = "own"
    credits: float | None = None
    posts_left: int | None = None
    processing: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FacebookRules:
    """Switches of the Facebook stand-in.

    `duplicates` is "last" (same as one of the Page's last `duplicate_last` posts), "window" (within `duplicate_window`
    seconds) or "off";
    `duplicate_code` is 506 or 368 (with subcode 1404082). `lag` is how many seconds lists run behind, `missing`
    the share of posts (0..1) that lists leave out, `ranked` gives lists in no order of time. `require_proof` asks
    for `appsecret_proof`. Links to hosts in `unscrapable` are refused with 1609005.
    """

    duplicates: str = "last"
    duplicate_window: float = 86_400.0
    duplicate_last: int = 1
    duplicate_code: int = 506
    lag: float = 0.0
    missing: float = 0.0
    ranked: bool = False
    require_proof: bool = False
    unscrapable: tuple[str, ...] = ()


_CHOICES: dict[str, tuple[object, ...]] = {
    "duplicates": ("window", "last", "off"),
    "replies": ("own", "all", "none"),
    "duplicate_code": (506, 368),
}
_MAY_BE_NONE = {"credits", "posts_left"}
Rules = TypeVar("Rules", XRules, FacebookRules)


def changed(rules: Rules, changes: Mapping[str, object]) -> Rules:
    """The rules with some switches set anew. Raises ValueError naming the switch, what was found, what is allowed."""
    known = {entry.name: getattr(rules, entry.name) for entry in fields(rules)}
    values: dict[str, object] = {}
    for name, value in changes.items():
        if name not in known:
            raise ValueError(f"`{name}` is no switch; there are {', '.join(sorted(known))}")
        values[name] = _checked(name, value, known[name])
    return replace(rules, **values)  # type: ignore[arg-type]


def _checked(name: str, value: object, present: object) -> object:
    if value is None and name in _MAY_BE_NONE:
        return None
    if name in _CHOICES and value not in _CHOICES[name]:
        raise ValueError(f"`{name}` is {value!r}; allowed are {', '.join(map(repr, _CHOICES[name]))}")
    if isinstance(present, tuple):
        if not isinstance(value, list | tuple) or not all(isinstance(entry, str) for entry in value):
            raise ValueError(f"`{name}` is {value!r}; a list of texts is wanted")
        return tuple(value)
    wanted: type | tuple[type, ...] = (
        (int, float) if isinstance(present, float) or name in _MAY_BE_NONE else type(present)
    )
    if isinstance(value, bool) is not isinstance(present, bool) or not isinstance(value, wanted):
        raise ValueError(f"`{name}` is {value!r}; a value like {present!r} is wanted")
    return value
