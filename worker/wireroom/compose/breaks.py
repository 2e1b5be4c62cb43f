"""Where text may be cut: between graphemes, words and phrases; never inside a number, a name or an address."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CJK = r"[\p{Han}\p{Hiragana}\p{Katakana}\u3000-\u303f\u30fb-\u30ff\uff01-\uffef]"
_HAS_CJK = regex.compile(_CJK)
_HAS_THAI = regex.compile(r"\p{Thai}")
_GRAPHEME = regex.compile(r"\X")
_GAP = regex.compile(r"(?<=\S)\s+(?=\S)|(?<=\w)(?=[—―])")
_STRETCH = regex.compile(r"\S+")

# JIS X 4051 and the W3C's jlreq, 3.1.7: what may not begin a line, and what may not end one.
_NOT_FIRST = frozenset(
    "、。，．・：；？！‼⁇⁈⁉゛゜ヽヾゝゞ々〻ー―‐゠–〜～…‥’”）〕］｝〉》」』】〙〗〟｠»)]},.:;?!%％‰℃°"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
)
_NOT_LAST = frozenset("‘“（〔［｛〈《「『【〘〖〝｟«([{¥￥$＄£￡€#＃@＠№第約")
_DIGITS = "0-9０-９〇一二三四五六七八九十百千万億兆"
_NO_PHRASE_BREAK = regex.compile(
    rf"(?<=[{_DIGITS}])(?=.)|(?<=[{_DIGITS}][かヵヶケカ数.．・,，：:])(?=.)|(?<=[数何])(?=[{_DIGITS}])"
    r"|(?<=[\p{Katakana}ー])(?=[\p{Katakana}ー])|(?<=[\x21-\x7e])(?=[\x21-\x7e])"
    r"|(?<=[\p{Latin}\p{N}])(?=[\p{Latin}\p{N}])",
    regex.DOTALL,
)

_UNITS = (
    r"(?:hundred|thousand|million|billion|trillion|dozen|per ?cent|percentage|points?|degrees?|a\.?m\b|p\.?m\b|yen|"
    r"euros?|dollars?|pounds?|won|yuan|rupees?|[kcmµ]?m|km/h|mph|miles?|feet|ft|kg|tons?|tonnes?|hectares?|acres?|years?|"
    r"months?|weeks?|days?|hours?|minutes?|seconds?|people|[%‰€£¥円年月日人])"
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)(?:uary|ruary|ch|il|ust|ember|tember|ober)?\.?"
_NUMBER = regex.compile(
    rf"[\d][\d.,:/–-]*(?:\s\d{{3}}\b)+|\d[\d.,:/–-]*\s(?:(?:hundred|thousand|million|billion|trillion)\s)?{_UNITS}(?!\w)"
    r"|\b(?!(?:19|20)\d\d\b)\d[\d.,]*\s\p{Ll}[\p{Ll}-]*(?!\w)"
    rf"|(?:[¥$£€]|US\$|No\.|Nos\.|Vol\.|Art\.)\s?\d[\d.,:/–-]*(?:\s?(?:thousand|million|billion|trillion)\b)?"
    rf"|\b{_MONTH}\s\d{{1,2}}\b(?:,\s\d{{4}}\b)?|\b\d{{1,2}}\s{_MONTH}(?!\w)(?:\s\d{{4}}\b)?"
    r"|https?://[^\s\p{Han}\p{Hiragana}\p{Katakana}]+|[#＃@＠$＄][\w]+|[\w.+-]+@[\w.-]+"
)
_WORD = r"\p{Lu}[\p{L}\p{M}'’-]*+"
_TITLE = r"(?:Mr|Mrs|Ms|Dr|Prof|Gen|Col|Maj|Capt|Lt|Sgt|Sen|Rep|Gov|Rev|Hon|St|Mt|Ft|Jr|Sr|\p{Lu})\.|" + _WORD
_PARTICLE = r"(?:de|da|di|du|del|della|der|den|dos|la|le|van|von|bin|ibn|al|el|ben|ter|y|e|of|the)"
_NAME = regex.compile(rf"\b(?:{_TITLE})(?:\s(?:{_PARTICLE}\s){{0,2}}(?:{_TITLE}))+")
_HONOURED = regex.compile(
    rf"\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Col|Maj|Capt|Lt|Sgt|Sen|Rep|Gov|Rev|St|Mt)\.?\s{_WORD}(?:\s{_WORD})?"
)
_PERSONAL = r"(?:d[aeiu]|d[eo]s|del|della|der|den|la|le|van|von|zu|bin|ibn|al|el|ben|ter|ten)"
_FIRM_NAME = regex.compile(rf"\b{_WORD}(?:\s{_PERSONAL})+\s{_WORD}|(?:\b{_WORD}\s)?(?:\b\p{{Lu}}\.\s?)+{_WORD}(?!\.)")
_SENTENCE = regex.compile(
    r"(?:(?<=[\p{Ll}\d\p{M}]{3}[.!?][\"'”’)»]*)|(?<=[\p{L}\p{N}”’)][!?][\"'”’)»]*))(?=\s+[\"'“‘(«]*[\p{Lu}\p{Lo}\d])"
    r"|(?<=[。！？][」』）”’]*)(?=[^」』）”’。！？])"
)
_ABBREVIATED = regex.compile(
    r"\b(?:Mrs|Prof|Gen|Capt|Gov|Messrs|Inc|Ltd|Corp|Bros|Nos|Vol|approx|etc|est|vs|cf"
    r"|Jan|Feb|Mar|Apr|Aug|Sept|Oct|Nov|Dec)\.$"
)


class _Parser(Protocol):
    def parse(self, sentence: str) -> list[str]: ...


def graphemes(text: str) -> list[int]:
    """Every index at which a user-perceived character of `text` ends (UAX #29, extended grapheme clusters)."""
    return [match.end() for match in _GRAPHEME.finditer(text)]


def words(text: str, language: str = "") -> list[int]:
    """Indices at which `text` may be cut: before spaces and dashes, and in Japanese, Chinese and Thai after phrases."""
    found = {match.start() for match in _GAP.finditer(text)}
    if _HAS_CJK.search(text) or _HAS_THAI.search(text):
        for stretch in _STRETCH.finditer(text):
            found.update(stretch.start() + i for i in _phrases(stretch.group(), language))
    return sorted(found)


def numbers(text: str) -> list[tuple[int, int]]:
    """Spans that hold a number with its unit, a date, an address, a handle or a tag."""
    return [match.span() for match in _NUMBER.finditer(text)]


def named(text: str, names: Iterable[str]) -> list[tuple[int, int]]:
    """Spans of one of `names`, or of a name that shows itself ("Dr. Hamada", "J. Hamada", "Ana da Silva")."""
    wanted = sorted({name for name in names if name and name in text}, key=len, reverse=True)
    found = [match.span() for pattern in (_HONOURED, _FIRM_NAME) for match in pattern.finditer(text)]
    for name in wanted:
        found += [match.span() for match in regex.finditer(regex.escape(name), text)]
    return found


def capitalised(text: str) -> list[tuple[int, int]]:
    """Spans of two or more capitalised words on end, which may be somebody's or something's name."""
    return [match.span() for match in _NAME.finditer(text)]


def names(text: str) -> tuple[str, ...]:
    """What looks like a name in running text, each once; used to know names again in a headline of capitals."""
    return tuple(dict.fromkeys(match.group() for match in _NAME.finditer(text)))


def sentences(text: str) -> list[int]:
    """Indices at which a sentence of `text` ends, the last one left out."""
    return [match.start() for match in _SENTENCE.finditer(text) if not _ABBREVIATED.search(text[: match.start()][-12:])]


def outside(breaks: Sequence[int], spans: Iterable[tuple[int, int]]) -> list[int]:
    """Those of `breaks` that fall inside none of `spans`."""
    inside: set[int] = set()
    for start, end in spans:
        inside.update(range(start + 1, end))
    return [i for i in breaks if i not in inside]


def _phrases(stretch: str, language: str) -> list[int]:
    """Indices between phrases of a stretch without spaces; those where kinsoku or a number forbids it left out."""
    if not (_HAS_CJK.search(stretch) or _HAS_THAI.search(stretch)):
        return []
    forbidden = {match.start() for match in _NO_PHRASE_BREAK.finditer(stretch)}
    found, at = [], 0
    for phrase in _parser(_model(stretch, language)).parse(stretch)[:-1]:
        at += len(phrase)
        before, after = stretch[at - 1], stretch[at]
        if at not in forbidden and after not in _NOT_FIRST and before not in _NOT_LAST:
            found.append(at)
    return found


def _model(text: str, language: str) -> str:
    if _HAS_THAI.search(text):
        return "th"
    tag = language.lower().replace("_", "-")
    if tag.startswith("zh"):
        return "zh-hant" if any(part in tag for part in ("hant", "tw", "hk", "mo")) else "zh-hans"
    return "ja"


@cache
def _parser(model: str) -> _Parser:
    import budoux

    loaders = {
        "ja": budoux.load_default_japanese_parser,
        "zh-hans": budoux.load_default_simplified_chinese_parser,
        "zh-hant": budoux.load_default_traditional_chinese_parser,
        "th": budoux.load_default_thai_parser,
    }
    parser: _Parser = loaders[model]()
    return parser
