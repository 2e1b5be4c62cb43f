"""A byline into names: "A, B, and C", "By A & B", 「甲野一郎、乙川花子」."""

from __future__ import annotations

import regex

_BY = regex.compile(
    r"^(?:(?:(?:words|text|story|article|written|report|reported|reporting) )?by(?:\s*[:：]\s*|\s+)"
    r"|(?:authors?|byline|writers?)\s*[:：]\s*|文\s*[：:＝=・]\s*|取材[・／/]?文?\s*[：:＝=]\s*)(?!$)",
    regex.IGNORECASE,
)
_BY_ALONE = regex.compile(r"(?:(?:words|text|story|article|written|report|reported) )?by[:：]?", regex.IGNORECASE)
_BETWEEN = regex.compile(
    r"\s*(?:[,;，；]\s*(?:and|&)\s+|[,;，；]\s*|\s+(?:and|with|&|＆|と)\s+|\s*[＆&]\s*|、|\s+[|/]\s+|\s*[｜／]\s*)\s*",
    regex.IGNORECASE,
)
_TIED = regex.compile(r"(?:[,;，；、&＆]|\b(?:and|with))$", regex.IGNORECASE)
_TIES = regex.compile(r"^(?:[,;，；、&＆]|(?:and|with)\b)", regex.IGNORECASE)
_STOP = regex.compile(r"(?<=\p{Ll}{2})\.$")
_SUFFIX = regex.compile(r"(?:Jr|Sr|II|III|IV|MD|M\.D|PhD|Ph\.D|MBE|OBE|Esq)\.?", regex.IGNORECASE)
_LONGEST = 500  # characters of a byline
_CJK = r"\p{Han}\p{Hiragana}\p{Katakana}ー々"
_JAPANESE = regex.compile(rf"[{_CJK}・\s]{{2,20}}")
_KATAKANA = regex.compile(r"[\p{Katakana}ー\s]+")
_TO = regex.compile(r"(?<=[^と\s]{3})と(?=[\p{Han}\p{Katakana}][^と\s]{2})")
_PARTICLES = frozenset(
    {"de", "da", "di", "du", "del", "della", "der", "den", "des", "dos", "van", "von", "zu", "ter", "ten", "bin", "ibn",
     "al", "el", "la", "le", "y", "e", "af", "av", "ben"}
)  # fmt: skip
_WORD = regex.compile(r"\p{Lu}[\p{L}\p{M}'’.\-]*|[A-Z]\.")
_TITLES = "Prof|Capt|Hon|Rev|Gen|Sgt|Gov|Sen|Rep|Adm|Maj|Messrs|Esq|Supt|Insp"
_SENTENCE = regex.compile(
    rf"[。！？!?:：]|\b(?!(?:{_TITLES})\.)[\p{{L}}\p{{M}}'’-]*\p{{Ll}}{{3}}\.(?:\s|$)|https?://|@"
)


def names(lines: list[str], *, certain: bool) -> tuple[str, ...] | None:
    """The names in the lines of a byline, in their order; None where this is no byline.

    `certain` says the place alone makes it one (it stands right above the publication's name), so that a desk or a
    name in lower case is taken too. A suffix ("Walker, Jr.") stays with its name.
    """
    found: list[str] = []
    for line in _unwrapped([line.strip() for line in lines]):
        if len(line) > _LONGEST:
            return None
        by = _BY.match(line)
        rest = _unstopped(_inner(line[by.end() if by else 0 :]))
        parts = [part for part in _split(rest) if part]
        if not parts or not all(_is_name(part, certain=certain or by is not None) for part in parts):
            return None
        found += parts
    return tuple(dict.fromkeys(found)) or None


def _unwrapped(lines: list[str]) -> list[str]:
    """The lines with a name that was wrapped in one: "Ana Silva, Li" and "Wei"; one name to a line stays so."""
    listed = any(_BETWEEN.search(line) for line in lines)
    found: list[str] = []
    for line in lines:
        if found and (_BY_ALONE.fullmatch(found[-1]) or (listed and _goes_on(found[-1], line))):
            found[-1] += f" {line}"
        else:
            found.append(line)
    return found


def _goes_on(above: str, line: str) -> bool:
    """Whether the last name of the line above goes on in this one: a part of it would stand alone."""
    if _TIED.search(above) or _TIES.match(line) or regex.search(rf"[{_CJK}]", above + line):
        return False
    last, first = _BETWEEN.split(above)[-1].split(), _BETWEEN.split(line)[0].split()
    return len(last) < 2 or len(first) < 2 or last[-1] in _PARTICLES or first[0] in _PARTICLES


def _unstopped(line: str) -> str:
    """A byline without the full stop at its end; a sentence keeps it."""
    bare = _STOP.sub("", line)
    return bare if all(_is_name(part, certain=False) for part in _split(bare)) else line


def _inner(line: str) -> str:
    """A line of a byline without what ties it to the lines above and below: commas, "and", "&"."""
    inner = line.strip(" ,;、\t")
    for tie in ("and", "&", "＆"):
        inner = inner.removeprefix(f"{tie} ").removesuffix(f" {tie}").strip(" ,;、\t")
    return inner


def _split(text: str) -> list[str]:
    parts: list[str] = []
    for part in _BETWEEN.split(text):
        if parts and _SUFFIX.fullmatch(part.strip()):
            parts[-1] = f"{parts[-1]}, {part.strip()}"
        else:
            parts += _split_japanese(" ".join(part.split()))
    return parts


def _split_japanese(part: str) -> list[str]:
    """「甲野一郎・乙川花子」 and 「甲野一郎と乙川花子」 are two people, 「ジョン・スミス」 is one."""
    if not _JAPANESE.fullmatch(part) and not (regex.search(rf"[{_CJK}]", part) and "・" in part):
        return [part]
    return [name.strip() for some in _TO.split(part) for name in _split_at_dots(some)]


def _split_at_dots(part: str) -> list[str]:
    people: list[str] = []
    for piece in part.split("・"):
        if people and _KATAKANA.fullmatch(piece) and _KATAKANA.fullmatch(people[-1].rpartition("・")[2]):
            people[-1] += f"・{piece}"
        else:
            people.append(piece)
    return people


def _is_name(part: str, *, certain: bool) -> bool:
    if len(part) > 80 or _SENTENCE.search(part):
        return False
    if regex.search(rf"[{_CJK}]", part):
        return len(part) <= (30 if certain else 16)
    words = part.replace(",", " ").split()
    if certain:
        return len(words) <= 8
    named = [word for word in words if _WORD.fullmatch(word)]
    return 2 <= len(words) <= 6 and len(named) >= 2 and all(word in named or word in _PARTICLES for word in words)
