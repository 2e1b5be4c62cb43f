"""How X weighs a text and how it gives it back: t.co links, HTML escapes, entities."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twitter_text import extract_urls_with_indices, parse_tweet
from twitter_text.config import config as twitter_text_config

from wireroom.sandbox.values import ShortLink

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT = 280
LONG_LIMIT = 25_000
LINK_WEIGHT = 23
_ALPHABET = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_INVALID = re.compile("[\ufffe\uffff\ufeff]")
_HASHTAG = re.compile(r"(?<![\w&/#＃])[#＃](?P<tag>\w*[^\W\d_]\w*)")
_MENTION = re.compile(r"(?<![\w@/])@(?P<username>\w{1,15})\b", re.ASCII)
_CASHTAG = re.compile(r"(?<!\S)\$(?P<tag>[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?)(?=$|[\s.,;:!?)])")
_OPTIONS: dict[str, object] = twitter_text_config["defaults"]


def normal(text: str) -> str:
    """The text as X keeps it: NFC, one kind of line end, no blanks around it."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def fits(text: str, limit: int = LIMIT) -> bool:
    """Whether X takes the text: weight within `limit` by twitter-text's configuration v3, no invalid character.

    A cheap upper bound settles most texts; only what may be too long is weighed character by character, since
    twitter-text-parser needs about 2 ms for that.
    """
    if _INVALID.search(text):
        return False
    if _heaviest(text) <= limit:
        return True
    return bool(parse_tweet(text, {**_OPTIONS, "max_weighted_tweet_length": limit}).valid)


def weigh(text: str) -> int:
    """The weight of a text by twitter-text's configuration v3: 23 a link, 1 or 2 a character, 2 an emoji."""
    return int(parse_tweet(text).weightedLength)


@lru_cache(maxsize=64)
def _urls(text: str) -> tuple[tuple[int, int, str], ...]:
    """Start, end and words of every address X sees in a text; kept, since each post is asked for them twice."""
    return tuple((*entity["indices"], entity["url"]) for entity in extract_urls_with_indices(text))


def _heaviest(text: str) -> int:
    """A bound the true weight never exceeds: everything outside ASCII counts 2, every link 23."""
    found = _urls(text)
    rest = len(text) - sum(end - start for start, end, _ in found)
    beyond_ascii = sum(character > "\x7f" for character in text)
    return rest + beyond_ascii + LINK_WEIGHT * len(found)


def find_links(text: str, identifier: str) -> tuple[ShortLink, ...]:
    """The links X sees in a text, each with the t.co address that post `identifier` gives it."""
    return tuple(
        ShortLink(
            start=start,
            end=end,
            written=url,
            expanded=url if "://" in url else f"http://{url}",
            short=short_link(identifier, position),
        )
        for position, (start, end, url) in enumerate(_urls(text))
    )


def short_link(identifier: str, position: int | str) -> str:
    """The t.co address of a post's link: the same for the same post and position, 23 characters long."""
    number = int.from_bytes(hashlib.sha256(f"{identifier}/{position}".encode()).digest()[:10])
    letters = ""
    for _ in range(10):
        number, rest = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[rest]
    return f"https://t.co/{letters}"


def display(url: str) -> str:
    """An address as readers see it: no scheme, no `www.`, and after 15 characters of path an ellipsis."""
    bare = re.sub(r"^https?://(www\.)?", "", url, flags=re.IGNORECASE)
    host, slash, path = bare.partition("/")
    if slash and not path:
        return host
    return f"{host}{slash}{path[:15]}…" if len(path) > 16 else bare


def escape(text: str) -> str:
    """The three characters X escapes in the texts it returns."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shown(text: str, links: Sequence[ShortLink], attached: str = "") -> tuple[str, tuple[ShortLink, ...]]:
    """The text as X returns it, and the links with their places in it; `attached` is the picture's own t.co link."""
    parts: list[str] = []
    placed: list[ShortLink] = []
    length, position = 0, 0
    for link in links:
        before = escape(text[position : link.start])
        parts += [before, link.short]
        start = length + len(before)
        length = start + len(link.short)
        placed.append(replace(link, start=start, end=length))
        position = link.end
    parts.append(escape(text[position:]))
    if attached:
        parts.append(f"{' ' if text else ''}{attached}")
    return "".join(parts), tuple(placed)


def tag_entities(text: str) -> dict[str, object]:
    """Hashtags, mentions and cashtags of a returned text, in the shape of the v2 `entities` object."""
    found = {
        "hashtags": [_entity(match, "tag") for match in _HASHTAG.finditer(text)],
        "mentions": [_entity(match, "username") for match in _MENTION.finditer(text)],
        "cashtags": [_entity(match, "tag") for match in _CASHTAG.finditer(text)],
    }
    return {name: entries for name, entries in found.items() if entries}


def _entity(match: re.Match[str], name: str) -> dict[str, object]:
    return {"start": match.start(), "end": match.end(), name: match[name]}


def cashtags(text: str) -> int:
    """How many cashtags the text holds; self-serve posts may have one (X docs, 2026-08)."""
    return sum(1 for _ in _CASHTAG.finditer(text))


def host(url: str) -> str:
    """The host of an address without `www.`, "" where it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
