"""Cuts secrets out of whatever is kept or shown: known values in every spelling, and whatever is named like one."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

MARK = "[secret]"
SHORTEST = 4  # a shorter "secret" would blot out ordinary words and protect nothing

_QUOTE = r"(?:\\*[\"']|&quot;|&#0*3[49];|%22)*"
_NAMES = (
    r"access_token|appsecret_proof|oauth_[a-z_]+|(?:app|client|consumer|access_token)_secret|consumer_key"
    r"|refresh_token|fb_exchange_token|input_token"
)
_VALUE = r"(?:(?!&quot;)(?:[^\"'\\&\s,;}<>]|\\[/u]))+"
_NAMED = re.compile(
    rf"(?P<name>\b(?:{_NAMES}){_QUOTE}\s*(?:[:=]|%3[ad])\s*{_QUOTE})(?P<value>{_VALUE})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(?P<name>bearer(?:\s|%20|\+)+)(?P<value>[\w.~+/=%|-]{8,})", re.IGNORECASE)
_SIGNS = ("bearer", "token", "secret", "appsecret_proof", "oauth_", "consumer_key")


class Censor:
    """Replaces secrets in text. Made once of the values that must never be seen."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({form for secret in secrets for form in spellings(secret)}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known)), re.IGNORECASE) if known else None
        self._signs = tuple({form.lower() for form in known}) if all(map(str.isascii, known)) else ("",)

    def __call__(self, text: str) -> str:
        """The text with every known secret, and every value that stands behind a secret's name, replaced."""
        plain = text.lower()  # looking for a few words first is ten times as fast as the patterns are
        if self._known is not None and any(sign in plain for sign in self._signs):
            text = self._known.sub(MARK, text)
        if not any(sign in plain for sign in _SIGNS):
            return text
        return _BEARER.sub(rf"\g<name>{MARK}", _NAMED.sub(rf"\g<name>{MARK}", text))


def spellings(secret: str) -> set[str]:
    """How a secret may be written: plain, URL-encoded, JSON-escaped, HTML-escaped; nothing for a very short one."""
    if len(secret) < SHORTEST:
        return set()
    escaped = json.dumps(secret)[1:-1]
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote(quote(secret, safe=""), safe=""),
        quote_plus(secret),
        escaped,
        escaped.replace("/", "\\/"),
        html.escape(secret),
    }
