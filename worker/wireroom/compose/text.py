"""Clean and shorten text; weigh it as each platform weighs."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from html import unescape
from html.entities import html5
from typing import TYPE_CHECKING

from wireroom.compose.weight import MEASURES, has_candidate, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["ELLIPSIS", "MEASURES", "clean", "shorten", "tidy", "weigh"]

ELLIPSIS = "…"
"""What stands where text was cut. It weighs 2 on X."""

_WINDOW = 1200  # how far back from the end of what fits a place to cut is looked for, in characters
_ROOMY = 0.5  # a cut that keeps less than this share of the room gives way to a less careful one
_LITTLE = 0.25
_DANGLING = " \u00a0\u3000,;:.·、。，．：；・—–―-(（[［{「『【〈《“‘«…‥"

_CONTROLS = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u180e\u200b\u202a-\u202e\u2060-\u206f\u3164"
    "\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e007f\ud800-\udfff"
)
_SUSPECT = re.compile(f"[{_CONTROLS}\u061c\u200c-\u200f\ufe00-\ufe0f]")
_JUNK = re.compile(f"(\U0001f3f4[\U000e0020-\U000e007f]+)|[{_CONTROLS}]")  # England's flag is spelt in tag characters
_RIGHT_TO_LEFT = re.compile("[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]")
_MARKS = re.compile("[\u061c\u200e\u200f]")
_JOINERS = re.compile(
    "(?<![^\x00-\x7f\\s])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f\\s])|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
_SELECTORS = re.compile("(?<![^\x00-\x7f\\s])(?<![0-9#*])[\ufe00-\ufe0f]+")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLANKS = re.compile(r"[^\S\n]+")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_EDGES = re.compile(r" *\n *")
_GAPS = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """`text` as one line fit to be posted: NFC, single spaces, HTML entities resolved.

    Dropped: control characters, lone surrogates, zero-width characters that join nothing, bidirectional
    overrides (and marks, where nothing runs from right to left), noncharacters. Cleaning twice changes nothing more.
    """
    for _ in range(8):
        before, text = text, _clean_once(text)
        if text == before:
            break
    return text


def _clean_once(text: str) -> str:
    text = _without_junk(text)
    if "&" in text:
        text = _without_junk(_ENTITY.sub(_resolved, text))
    return " ".join(text.split())


def _resolved(entity: re.Match[str]) -> str:
    written = entity.group()
    known = written[1] == "#" or written[1:] in html5
    return unescape(written) if known else written


def tidy(text: str) -> str:
    """A rendered text fit to be posted: as `clean`, but its lines and blank lines stay, and `&amp;` means itself."""
    text = _LINE_ENDS.sub("\n", _without_junk(text))
    text = _EDGES.sub("\n", _BLANKS.sub(" ", text)).strip()
    return _GAPS.sub("\n\n", text)


def _without_junk(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    if _SUSPECT.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        text = _JUNK.sub(lambda match: match.group(1) or "", text)
        text = text if _RIGHT_TO_LEFT.search(text) else _MARKS.sub("", text)
        text = _SELECTORS.sub("", _JOINERS.sub("", text))
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def shorten(
    text: str,
    room: int,
    measure: str,
    *,
    names: Iterable[str] | Callable[[], Iterable[str]] = (),
    language: str = "",
    at_sentence: bool = False,
) -> str:
    """The longest careful beginning of `text` that weighs at most `room` in `measure`, "…" included; "" if none.

    A cut never falls inside a grapheme, a word, a number with its unit, an address, or one of `names` (given, or a
    function that finds them when they are needed); inside a run of capitalised words only when half the room
    would stay empty otherwise. Japanese is cut after phrases. A single word longer than the room is cut between
    graphemes. With `at_sentence`, a cut after a whole sentence that fills half the room is preferred and has no "…".
    """
    if weigh(text, measure) <= room:
        return text
    if room <= weigh(ELLIPSIS, measure):
        return ""
    found = names() if callable(names) else names
    return _Cutter(text, room, measure).cut(tuple(found), language, at_sentence)


class _Cutter:
    """One text that is too heavy, and the places where it may end."""

    def __init__(self, text: str, room: int, measure: str) -> None:
        from wireroom.compose import breaks

        self.breaks, self.text, self.room, self.measure = breaks, text, room, measure
        self.horizon = min(len(text), _horizon(text, room, measure))
        self.graphemes = breaks.graphemes(text[: self.horizon + 64])
        self.whole = frozenset(self.graphemes)

    def cut(self, names: Sequence[str], language: str, at_sentence: bool) -> str:
        """The best cut there is, the most careful kind first."""
        start = self._start()
        piece = self.text[start : self.horizon + 64]
        words = [start] * (start > 0) + [start + i for i in self.breaks.words(piece, language)]
        if at_sentence and (kept := self._at_sentence(start, piece)):
            return kept
        firm = _moved(self.breaks.numbers(piece) + self.breaks.named(piece, names), start)
        careful = self.breaks.outside(words, firm)
        kept = self._longest(self.breaks.outside(careful, _moved(self.breaks.capitalised(piece), start)))
        if weigh(kept, self.measure) >= self.room * _ROOMY:
            return kept
        kept = self._longest(careful) or self._longest(words)
        return kept if kept and not self._stuck(kept, words) else self._longest(self.graphemes)

    def _stuck(self, kept: str, words: Sequence[int]) -> bool:
        """Whether next to nothing is kept because the word that follows is longer than all the room."""
        end = len(kept) - len(ELLIPSIS)
        following = min((i for i in words if i > end + 1), default=len(self.text))
        little = weigh(kept, self.measure) < self.room * _LITTLE
        return little and weigh(self.text[end:following], self.measure) > self.room

    def _start(self) -> int:
        """Where to begin to look for places to cut: a space, far enough before the horizon."""
        if self.horizon <= _WINDOW:
            return 0
        return max(self.text.rfind(" ", 0, self.horizon - _WINDOW), 0)

    def _at_sentence(self, start: int, piece: str) -> str:
        ends = [i for i in (start + i for i in self.breaks.sentences(piece)) if i in self.whole]
        at = bisect_right(ends, self.room, key=lambda end: weigh(self.text[:end], self.measure))
        kept = self.text[: ends[at - 1]] if at else ""
        return kept if self.room * _ROOMY <= weigh(kept, self.measure) <= self.room else ""

    def _longest(self, ends: Sequence[int]) -> str:
        """The longest text that ends at one of `ends` (sorted) and fits with its ellipsis."""
        ends = [end for end in ends if end in self.whole]
        at = bisect_right(ends, self.room, key=lambda end: weigh(self._ended(end), self.measure))
        for end in reversed(ends[:at]):
            ended = self._ended(end)
            if ended != ELLIPSIS and weigh(ended, self.measure) <= self.room:
                return ended
        return ""

    def _ended(self, end: int) -> str:
        stripped = end
        while stripped and self.text[stripped - 1] in _DANGLING:
            stripped -= 1
        while stripped < end and stripped not in self.whole:
            stripped += 1
        return self.text[:stripped] + ELLIPSIS


def _moved(spans: Iterable[tuple[int, int]], by: int) -> list[tuple[int, int]]:
    return [(start + by, end + by) for start, end in spans]


def _horizon(text: str, room: int, measure: str) -> int:
    """An index beyond which nothing of `text` can fit into `room`, not far behind the last place that does."""
    if measure != "x":
        return room
    weight = at = 0
    for match in re.finditer(r"\s*\S+", text):
        at = match.end()
        weight += weigh(match.group(), measure)
        if weight > room:
            most = 12 if has_candidate(match.group()) else 1  # an address or a family of emoji has many characters
            return min(at, match.start() + most * room)
    return at
