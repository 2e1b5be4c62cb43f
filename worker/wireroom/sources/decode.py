"""Bytes to text: which encoding a file is in, and whether it is text at all."""

from __future__ import annotations

import re
import unicodedata

from wireroom.model.errors import ArticleError

MAX_BYTES = 2 * 1024 * 1024  # a long novel is one megabyte; nothing a newsroom writes comes near two

_EXPECTED = "expected text in UTF-8, UTF-16 with its byte order mark, Windows-1252, Shift_JIS or EUC-JP"
_MAGIC = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"II*\x00": "a TIFF picture",
    b"MM\x00*": "a TIFF picture",
    b"RIFF": "a media file",
    b"%PDF": "a PDF document",
    b"{\\rtf": "an RTF document",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x7fELF": "a program",
    b"SQLite format 3": "a database",
}
_JAPANESE_7_BIT = (b"\x1b$B", b"\x1b$@", b"\x1b(J")
_CANDIDATES = ("cp1252", "cp932", "euc_jp")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x19\x1c-\x1f\x7f-\x84\x86-\x9f]")
_SCRUB = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff\ufdd0-\ufdef\ud800-\udfff]")
_NEWLINE = re.compile(r"\r\n?|[\x0c\x85\u2028]")
_RUN = re.compile(r"[^\x00-\x7f]+")
_WESTERN = re.compile(r"[\u2018\u2019\u201c\u201d\u2013\u2014\u2022\u2026\u20ac\u2122\xa0\xa3\xa5\xa7\xa9\xab\xae\xb0"
                      r"\xb7\xbb-\xbe\xa1\xbfÀ-ÖØ-öø-ÿŒœŠšŽžŸ]{1,3}")  # fmt: skip
_HALF_WIDTH = re.compile(r"[\uff61-\uff9f]")


def decode(raw: bytes, name: str) -> str:
    """The text in `raw`, cleaned as by `clean`. `name` is what errors call the file.

    Raises `ArticleError` for what is empty, larger than `MAX_BYTES`, binary, or in no encoding a newsroom uses.
    """
    if len(raw) > MAX_BYTES:
        raise too_large(name, len(raw))
    _refuse_binary(raw, name)
    text = _decode(raw, name)
    noise = len(_CONTROL.findall(text))
    if noise > 2 and noise * 100 > len(text):
        raise ArticleError(name, f"found {noise} control characters, so this is no text; {_EXPECTED}")
    return clean(text)


def clean(text: str) -> str:
    """Text in NFC with "\\n" as its only line end and without control characters, lone surrogates and stray BOMs."""
    return unicodedata.normalize("NFC", _SCRUB.sub("", _NEWLINE.sub("\n", text.replace("\u2029", "\n\n"))))


def too_large(name: str, size: int) -> ArticleError:
    """The refusal of an article of `size` bytes."""
    return ArticleError(name, f"found {size:,} bytes; expected an article of at most {MAX_BYTES:,}")


def _refuse_binary(raw: bytes, name: str) -> None:
    for magic, what in _MAGIC.items():
        if raw.startswith(magic):
            raise ArticleError(name, f"found {what}; {_EXPECTED}")
    if b"\x00" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ArticleError(name, f"found NUL bytes, so this is no text; {_EXPECTED}")


def _decode(raw: bytes, name: str) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError:
            raise ArticleError(name, f"found a UTF-16 mark and no UTF-16 after it; {_EXPECTED}") from None
    try:
        if any(escape in raw for escape in _JAPANESE_7_BIT):
            return raw.decode("iso2022_jp")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse_broken_utf8(raw, error, name)
        return _guess(raw, name, raw.count(b"\n", 0, error.start) + 1)


def _refuse_broken_utf8(raw: bytes, error: UnicodeDecodeError, name: str) -> None:
    """UTF-8 with a few bad bytes would be read as Windows-1252 in silence, and every other quote mark be wrong."""
    lenient = raw.decode("utf-8", "replace")
    broken = lenient.count("\ufffd")
    sound = sum(1 for character in lenient if character > "\x7f") - broken
    if sound >= 4 * broken:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ArticleError(name, f"found byte 0x{raw[error.start]:02x} inside UTF-8 text; expected UTF-8", line)


def _guess(raw: bytes, name: str, line: int) -> str:
    """Judge by how the runs outside ASCII read; charset-normalizer settles what is even.

    `line` is where the first byte stands that is no UTF-8.
    """
    readings = {}
    for encoding in _CANDIDATES:
        try:
            readings[encoding] = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    if not readings:
        raise ArticleError(name, f"found bytes of no known encoding; {_EXPECTED}", line)
    if len(readings) == 1:
        return next(iter(readings.values()))
    order = _by_charset_normalizer(raw)
    best = max(readings, key=lambda encoding: (_likelihood(readings[encoding], encoding), -order.index(encoding)))
    return readings[best]


def _by_charset_normalizer(raw: bytes) -> list[str]:
    from charset_normalizer import from_bytes  # heavy, and most files are UTF-8

    found = [match.encoding for match in from_bytes(raw, cp_isolation=list(_CANDIDATES))]
    return [*[encoding for encoding in found if encoding in _CANDIDATES], *_CANDIDATES]


def _likelihood(text: str, encoding: str) -> float:
    """The share of the runs outside ASCII that make sense, 0 to 1.

    Windows-1252 has them short, of accents, quote marks and dashes. Japanese has them long; a single kanji glued to
    a Latin letter is a quote mark misread, and half-width kana in number are EUC-JP misread.
    """
    runs = list(_RUN.finditer(text))
    if encoding == "cp1252":
        sound = sum(_WESTERN.fullmatch(run[0]) is not None for run in runs)
    else:
        sound = sum(_japanese(text, run) for run in runs)
    return sound / max(1, len(runs))


def _japanese(text: str, run: re.Match[str]) -> bool:
    if len(_HALF_WIDTH.findall(run[0])) * 3 > len(run[0]):
        return False
    beside = text[max(0, run.start() - 1) : run.start()] + text[run.end() : run.end() + 1]
    return len(run[0]) > 1 or not any(character.isalpha() for character in beside)
