"""Weigh text as each platform weighs it."""

from __future__ import annotations

import importlib.util
import re
import sys
import threading
import unicodedata
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

URL = 23
"""What any address weighs on X, however long it is (twitter-text config v3, transformedURLLength)."""

_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]|[©®]")
_SPACES = re.compile("[\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_CANDIDATE = re.compile(
    # A top-level domain after a dot (none has one letter, none has punctuation), an address, or a composed emoji.
    "\\.(?:[A-Za-z][A-Za-z\u0130\u0131\u017f]|[^\x00-\xbf\u2000-\u206f\u3000-\u303f])|://"
    "|[\u200d\u20e3\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_PLAIN_URL = re.compile(
    r"https?://((?:[a-z0-9]+(?:-+[a-z0-9]+)*\.)+[a-z]{2,})"
    r"(?:/|/[a-z0-9/_~%.+-]*[a-z0-9/_])?(?:\?[a-z0-9=&%._+-]*[a-z0-9=_])?",
    re.IGNORECASE | re.ASCII,
)
_SCHEME = re.compile("https?://", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_URL = 4000  # twitter-text knows none over 4,096
_LONGEST_TOKEN = 1024
_MOST_DOTS = 24
_OLD_DOMAINS = re.compile(
    "com|org|net|edu|gov|int|info|biz|name|pro|mobi|asia|cat|jobs|travel|museum|news|press|jp|uk|us|eu|de|fr|it|es|nl|be"
    "|ch|at|se|no|dk|fi|pl|cz|ru|ua|cn|tw|hk|kr|in|id|th|vn|ph|sg|my|au|nz|ca|mx|br|ar|cl|za|il|tr|gr|pt|ie|io|co|me|tv"
)


class _Parsed(Protocol):
    weightedLength: int  # noqa: N815 (the package's own name)
    valid: bool


class _Package(Protocol):
    def parse_tweet(self, text: str) -> _Parsed: ...
    def extract_urls_with_indices(self, text: str) -> Sequence[Mapping[str, Sequence[int]]]: ...


def weigh(text: str, measure: str) -> int:
    """What `text` weighs in `measure`: "x", "characters", or "none" (0). Raises `ValueError` for any other.

    "x" is the weighted length of twitter-text v3 (config v3.json: maximum 280): Latin, Cyrillic, Greek, Arabic,
    Hebrew and Thai letters 1, others 2, a known emoji 2, an address 23; plus one guard, see `_guard`.
    "characters" counts UTF-16 units. Facebook does not say whether 63,206 means those or code points, and no text
    has more code points than units.
    """
    try:
        return MEASURES[measure](text)
    except KeyError:
        raise ValueError(f"there is no measure `{measure}`; known are {', '.join(sorted(MEASURES))}") from None


def weigh_x(text: str) -> int:
    """The weight of `text` on X.

    Spaces end addresses and emoji, so the words between them weigh what they weigh alone: only a word that may hold
    an address or a composed emoji is given to twitter-text-parser, all other text is counted here.
    """
    text = text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
    text = text.replace("\r\n", "\n")
    total = _plain(text)
    for row, line in enumerate(text.split("\n")):
        if _CANDIDATE.search(line):
            for column, token in enumerate(_SPACES.split(line)):
                if ("." in token or ":" in token or not token.isascii()) and _CANDIDATE.search(token):
                    total += _token(token, row + column > 0) - _plain(token)
    return total


def weigh_characters(text: str) -> int:
    """The number of UTF-16 units in `text`: characters beyond U+FFFF count two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


MEASURES: Mapping[str, Callable[[str], int]] = {"x": weigh_x, "characters": weigh_characters, "none": lambda _: 0}
"""How text can be weighed, by the name a `Kind` says."""


def has_candidate(text: str) -> bool:
    """Whether anything in `text` might be an address or a composed emoji, weighing other than its letters."""
    return _CANDIDATE.search(text) is not None


def is_whole_address(url: str) -> bool:
    """Whether X makes a link of all of `url`, not only of its beginning."""
    if _PLAIN_URL.fullmatch(url):
        return True
    found = package().extract_urls_with_indices(url)
    return [tuple(entry["indices"]) for entry in found] == [(0, len(url))]


def _plain(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_HEAVY.findall(text))


def _is_plain_address(token: str) -> bool:
    """Whether `token` is one address of the usual make, which X is sure to weigh `URL`."""
    url = _PLAIN_URL.fullmatch(token)
    if url is None or len(token) > _LONGEST_URL:
        return False
    labels = url[1].lower().split(".")
    known = bool(_OLD_DOMAINS.fullmatch(labels[-1])) or (len(token) <= URL and token.count(".") == 1)
    return known and labels != ["t", "co"] and max(map(len, labels)) < 64


@lru_cache(maxsize=4096)
def _token(token: str, after_space: bool) -> int:
    """The weight of a word that may hold addresses or composed emoji; NFC, without spaces.

    An address wants a character before it, or the start of the text: at the start, the word's own first character
    may be taken for that one, so it matters whether a space stands before the word.
    """
    if _is_plain_address(token):
        return URL
    if len(token) > _LONGEST_TOKEN or token.count(".") > _MOST_DOTS:
        # The package takes seconds for such a word. Every address has a dot, so this is never less than the truth.
        return _plain(token) + URL * token.count(".")
    token = _SURROGATE.sub("\ufffd", token)
    before = " " if after_space else ""
    return package().parse_tweet(before + token).weightedLength - len(before) + _guard(token)


def _guard(token: str) -> int:
    """What to add for addresses that X may know and the package does not.

    The package's list of top-level domains is of about 2021 and applies to http(s) addresses too: it weighs
    `https://example.kids/` by its characters, X may weigh it 23. The heavier of the two is charged.
    """
    if "://" not in token:
        return 0
    spans = [tuple(entry["indices"]) for entry in package().extract_urls_with_indices(token)]
    extra = 0
    for match in _SCHEME.finditer(token):
        start = match.start()
        if not any(first <= start < last for first, last in spans):
            end = min((first for first, _ in spans if first > start), default=len(token))
            extra += max(0, URL - package().parse_tweet(token[start:end]).weightedLength)
    return extra


_lock = threading.Lock()
_loaded: list[_Package] = []


def package() -> _Package:
    """The functions of twitter-text-parser 3.0, imported (0.3 s) when a text first needs them.

    It reads its emoji table through `pkg_resources`, which setuptools 82 no longer has, bare environments never had
    and others warn about. While it is imported, a stand-in that reads the one file takes that place.
    """
    with _lock:
        if not _loaded:
            _loaded.append(_import_package())
    return _loaded[0]


def _import_package() -> _Package:
    spec = importlib.util.find_spec("twitter_text")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("the package twitter-text-parser is not installed; run `pip install twitter-text-parser`")
    folder = Path(spec.submodule_search_locations[0]) / "regexp"
    stand_in = ModuleType("pkg_resources")
    stand_in.resource_string = lambda _, name: (folder / name).read_bytes()  # type: ignore[attr-defined]
    before = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = stand_in
    try:
        from twitter_text.extract_urls import extract_urls_with_indices
        from twitter_text.parse_tweet import parse_tweet
    finally:
        if before is None:
            del sys.modules["pkg_resources"]
        else:
            sys.modules["pkg_resources"] = before
    functions = ModuleType("twitter_text_functions")
    functions.parse_tweet = parse_tweet  # type: ignore[attr-defined]
    functions.extract_urls_with_indices = extract_urls_with_indices  # type: ignore[attr-defined]
    return functions
