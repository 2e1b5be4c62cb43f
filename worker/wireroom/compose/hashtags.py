"""Hashtags made of an article's tags, and the one cashtag X allows."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 3
"""How many hashtags a post gets at most."""

_LONGEST = 50
_APOSTROPHES = str.maketrans("", "", "'’ʼ`´")
_CASHTAG = re.compile(r"(?:^|(?<=[\s(\[（［「“‘\"']))[$＄](?=[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?![A-Za-z0-9]))")


class Hashtags(tuple[str, ...]):
    """Hashtags with their "#", for templates: printed, they stand in a row."""

    __slots__ = ()

    def __str__(self) -> str:
        return " ".join(self)


def hashtags(tags: Iterable[str], most: int = MOST) -> Hashtags:
    """Up to `most` hashtags from `tags` in their order: "rural & regional" becomes "#RuralRegional".

    Each word gets a capital unless it has capitals of its own; scripts without capitals stay as they are. A tag
    without a letter ("2025"), one X would cut short (over 50 characters) and a repetition are left out.
    """
    made: dict[str, str] = {}
    for tag in tags:
        if body := _body(tag):
            made.setdefault(body.casefold(), f"#{body}")
    return Hashtags(list(made.values())[:most])


@lru_cache(maxsize=1024)
def _body(tag: str) -> str:
    """The letters of a hashtag, or "" when `tag` makes none."""
    body = "".join(map(_capital, _words(unicodedata.normalize("NFC", tag))))
    body = unicodedata.normalize("NFC", body)
    return body if len(body) <= _LONGEST and any(char.isalpha() for char in body) else ""


def one_cashtag(text: str) -> str:
    """`text` with the "$" of every cashtag but the first left out ("$ABC ($XYZ)" becomes "$ABC (XYZ)").

    X refuses posts of self-serve accounts with more than one cashtag (X docs, 2026-08). Dropping the sign keeps
    the words and puts nothing invisible into the text.
    """
    found = list(_CASHTAG.finditer(text))
    for match in reversed(found[1:]):
        text = text[: match.start()] + text[match.end() :]
    return text


def _words(tag: str) -> list[str]:
    tag = tag.translate(_APOSTROPHES)
    return "".join(char if _belongs(char) else " " for char in tag).split()


def _belongs(char: str) -> bool:
    """Whether X takes `char` into a hashtag: letters, marks and digits (twitter-text, validHashtag)."""
    return unicodedata.category(char)[0] == "L" or unicodedata.category(char) in {"Mn", "Mc", "Nd"} or char in "ー・゠"


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:] if word.islower() and len(word[:1].upper()) == 1 else word
