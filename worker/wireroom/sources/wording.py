"""How an error quotes what it found, in one line and never at length."""

from __future__ import annotations

import re

_SPACE = re.compile(r"\s+")


def one_line(text: str) -> str:
    """The text with every run of blanks and line ends made one blank."""
    return _SPACE.sub(" ", text).strip()


def quote(text: str, most: int = 60) -> str:
    """The beginning of `text` in quote marks, at most about `most` characters, in one line."""
    flat = one_line(text[: 4 * most])
    return f'"{flat}"' if len(flat) <= most else f'"{flat[: most - 1].rstrip()}…"'


def kind_of(value: object) -> str:
    """What a value is, in a person's words: "a number", "a list", …"""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return quote(value) if value.strip() else "an empty text"
    if isinstance(value, dict):
        return "a group of keys"
    return "a list" if isinstance(value, list | tuple) else f"a {type(value).__name__}"
