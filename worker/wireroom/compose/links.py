"""The article's address in a post: whole, and exactly once."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

from wireroom.compose.weight import is_whole_address

_RESERVED = "-._~:/?#[]@!$&'()*+,;=%"
_UNSURE = re.compile(r"[!$'()*,;:@|\[\]~?]|[.&+]+$|%(?![0-9A-Fa-f]{2})")
_TAIL = r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*[A-Za-z0-9\-_~/#@$&+=%])?"
_CLOSING = ".,;:!?)]'"
_EMPTY = re.compile(r"\(\s*\)|\[\s*\]|（\s*）|［\s*］|〔\s*〕|「\s*」|<\s*>")
_BLANKS = re.compile(r"[^\S\n]{2,}")
_GLUED_BEFORE = re.compile(r"[\w@＠$＄#＃./-]$")
_GLUED_AFTER = re.compile(r"[A-Za-z0-9_]")


@lru_cache(maxsize=1024)
def address(url: str) -> str:
    """`url` as a URI (RFC 3987, 3.1) of which X makes one link from its first to its last character.

    Characters beyond ASCII are percent-encoded (the host by IDNA): X ends a link before them. Brackets and
    punctuation stay unless X would leave a part of the link out.
    """
    try:
        parts = urlsplit("".join(url.split()))
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return quote(url, safe=_RESERVED, errors="ignore")
    tail = [quote(part, safe=_RESERVED, errors="ignore") for part in parts[2:]]
    # X may know a top-level domain that the package does not, so only what follows the host is put to it.
    if not is_whole_address(urlunsplit(("https", "example.com", *tail))):
        tail = [_UNSURE.sub(_encoded, part) for part in tail]
    return urlunsplit((parts.scheme, host, *tail))


def _encoded(match: re.Match[str]) -> str:
    return "".join(f"%{ord(char):02X}" for char in match.group())


def without(text: str, link: str) -> str:
    """`text` with every address that is `link`, or begins with it, taken out, and the brackets it leaves empty."""
    core = _core(link)
    if not core or core.lower() not in text.lower():
        return text
    text = _EMPTY.sub(" ", _pattern(link).sub(" ", text))
    return _BLANKS.sub(" ", text).strip()


def once(text: str, link: str) -> str:
    """`text` with `link` in it exactly once, parted from the words around it.

    Where it stands several times the last one stays; where it stands nowhere it is put on a line of its own.
    """
    if not link:
        return text
    at = text.find(link)
    if at >= 0 and text.find(link, at + 1) >= 0:
        text = _last_alone(text, link)
        at = text.find(link)
    if at < 0:
        return f"{text}\n\n{link}".strip()
    end = at + len(link)
    before = " " if _GLUED_BEFORE.search(text[max(0, at - 1) : at]) else ""
    after = " " if _GLUED_AFTER.match(text, end) else ""
    return f"{text[:at]}{before}{link}{after}{text[end:]}" if before or after else text


def _last_alone(text: str, link: str) -> str:
    """`text` with all but one of its addresses that begin with `link` blanked: the last that is `link` itself stays."""
    runs = list(re.finditer(re.escape(link) + _TAIL, text))
    exact = [run for run in runs if not run.group()[len(link) :].strip(_CLOSING)]
    kept = (exact or runs)[-1]
    for run in reversed(runs):
        stays = kept.group() if kept.group().find(link, 1) < 0 else link
        text = text[: run.start()] + (stays if run is kept else " ") + text[run.end() :]
    return _BLANKS.sub(" ", text).strip()


def _core(link: str) -> str:
    return re.sub(r"^https?://", "", link, flags=re.IGNORECASE).rstrip("/")


@lru_cache(maxsize=256)
def _pattern(link: str) -> re.Pattern[str]:
    """Finds `link` with whatever address characters follow it, and `link` with the other scheme or final slash."""
    variant = rf"https?://{re.escape(_core(link))}/?(?![\w/?#&=%.-]*[\w/])"
    return re.compile(rf"{re.escape(link)}{_TAIL}|{variant}", re.IGNORECASE)
