"""The first words of an article, for where there is no room for more."""

from __future__ import annotations

import regex

LENGTH = 280

_SENTENCE_END = regex.compile(
    r"""(?<=[.!?…]["”’')\]]*)\s+(?=["“‘'(\[]*[\p{Lu}\p{Nd}\p{Lo}])
      | (?<=[。！？]["”」』）]*)(?![。！？"”」』）、]|と|って)""",
    regex.VERBOSE,
)
_ABBREVIATION = regex.compile(
    r"(?:^|[\s(“\"])(?:\p{Lu}|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|Gen|Col|Lt|Capt|Sgt|Gov|Sen|Rep|Rev|No|Nos|vs|cf|ca|etc|Inc"
    r"|Ltd|Co|Corp|Mt|Ft|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec|e\.g|i\.e|a\.m|p\.m|(?:\p{Lu}\.)+\p{Lu})\.$"
)
_PAIRS = ("“”", "「」", "『』", "（）", "()")
_BREAK = regex.compile(r"\s+|(?<=[\p{Hiragana}\p{Han}、。，])(?=[\p{Han}\p{Katakana}「『（])")


def summarise(text: str, limit: int = LENGTH) -> str:
    """The first paragraph of `text`, or as many of its whole sentences as `limit` characters hold.

    Where the first sentence alone is longer it is cut between words and ends in "…". One line; "" for no text.
    """
    first = " ".join(text.split("\n\n", 1)[0].split())
    if len(first) <= limit:
        return first
    ends = [match.start() for match in _SENTENCE_END.finditer(first, 0, limit + 2) if 0 < match.start() <= limit]
    whole = [end for end in ends if _closed(first[:end])]
    return first[: whole[-1]] if whole else _cut(first, limit)


def _closed(sentence: str) -> bool:
    """Whether this may be an end: not after an abbreviation, not within a quotation."""
    if _ABBREVIATION.search(sentence):
        return False
    even = sentence.count('"') % 2 == 0
    return even and all(sentence.count(pair[0]) <= sentence.count(pair[1]) for pair in _PAIRS)


def _cut(text: str, limit: int) -> str:
    breaks = [match.start() for match in _BREAK.finditer(text, 0, limit) if match.start() >= limit // 2]
    end = breaks[-1] if breaks else _grapheme_end(text, limit - 1)
    return text[:end].rstrip(" ,;:–—-、，・") + "…"


def _grapheme_end(text: str, limit: int) -> int:
    end = 0
    for match in regex.finditer(r"\X", text):
        if match.end() > limit:
            break
        end = match.end()
    return end
