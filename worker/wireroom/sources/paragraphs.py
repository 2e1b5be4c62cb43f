"""Lines into paragraphs: a hard-wrapped one is joined, Japanese without a blank."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CJK = re.compile(r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
_LETTER = re.compile(r"[^\W\d_]")
_WIDEST = 160  # columns; nobody wraps lines by hand wider than this, so a longer line is a paragraph of its own


def paragraphs(lines: Iterable[str]) -> list[str]:
    """The paragraphs in `lines`: blank lines part them, so do a line wider than any wrapped one and a 　 indent."""
    found: list[list[str]] = []
    fresh = True
    for line in lines:
        words = " ".join(re.split(r"[ \t\n\x0b\u3000]+", line)).strip()
        if not words:
            fresh = True
        elif fresh or line.startswith("\u3000") or _columns(found[-1][-1]) > _WIDEST:
            found.append([words])
            fresh = False
        else:
            found[-1].append(words)
    return [_joined(wrapped) for wrapped in found]


def _joined(lines: list[str]) -> str:
    """The lines of one paragraph as one; only neighbours are looked at, so that long ones take no longer."""
    parts = [lines[0]]
    for above, line in pairwise(lines):
        parts.append(join(above, line)[len(above) :])
    return "".join(parts)


def join(first: str, second: str) -> str:
    """Two lines of one paragraph as one: with a blank, but none within Japanese or after a hyphen."""
    cjk = (_CJK.match(first[-1]) is not None) + (_CJK.match(second[0]) is not None)
    hyphen = re.search(r"\w-$", first) is not None
    if cjk == 2 or hyphen or (cjk == 1 and _japanese(first + second)):
        return first + second
    return f"{first} {second}"


def _japanese(text: str) -> bool:
    return 2 * len(_CJK.findall(text)) > len(_LETTER.findall(text))


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
