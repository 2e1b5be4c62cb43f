"""Which language an article is in, as far as its letters tell."""

from __future__ import annotations

import re

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc]")
_KANJI = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々]")
_LETTER = re.compile(r"[^\W\d_]")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_ENOUGH = 200  # so many kanji without one kana is Chinese


def language_of(text: str, otherwise: str) -> str:
    """ "ja" where kana and kanji make up most of the letters, else `otherwise` (a BCP 47 tag)."""
    kana, kanji, letters = (len(pattern.findall(text)) for pattern in (_KANA, _KANJI, _LETTER))
    if kana + kanji <= letters / 2 or (not kana and kanji >= _ENOUGH):
        return otherwise
    return "ja"


def is_tag(text: str) -> bool:
    """Whether this has the form of a language tag (BCP 47): "en", "ja", "pt-BR"."""
    return _TAG.fullmatch(text) is not None
