"""Text that is safe inside a feed: cleaning, escaping, CDATA, dates, and a last look whether it is well-formed."""

from __future__ import annotations

import re
import uuid
from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from wireroom.model.article import Article, Picture

_FORBIDDEN = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_NO_IRI = re.compile(r"""[\s<>"{}|\\^`\x00-\x20\x7f-\x9f]""")
_SAFE = "%/:=&?~#+!$,;'@()*[]"
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())


def clean(text: str) -> bytes:
    """`text` as UTF-8 that XML 1.0 allows (section 2.2, Char): any str at all may come in.

    Control characters and U+FFFE/U+FFFF are dropped, a lone surrogate becomes U+FFFD, line ends become LF.
    Below 0x80 a byte of UTF-8 stands only for itself, so one pass over the bytes does it.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError:
        data = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
    data = data.translate(None, _FORBIDDEN)
    for noncharacter in _NONCHARACTERS:
        data = data.replace(noncharacter, b"")
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def plain(text: str) -> str:
    """`clean` as a str, so that JSON says what the XML formats say."""
    return clean(text).decode()


def escaped(text: str) -> str:
    """`text` for the inside of an element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(text: str) -> str:
    """`text` for the inside of a double-quoted attribute; line ends and tabs survive the parser's normalisation."""
    lines = escaped(text).replace('"', "&quot;").replace("\r\n", "\n").replace("\r", "\n")
    return lines.replace("\n", "&#10;").replace("\t", "&#9;")


def cdata(text: str) -> bytes:
    """`text` as a CDATA section, clean; cleaned first, since dropping a character could bring a `]]>` together."""
    return b"<![CDATA[" + clean(text).replace(b"]]>", b"]]]]><![CDATA[>") + b"]]>"


def element(name: str, text: str) -> str:
    """A line with one element, or nothing where there is no text."""
    return f"<{name}>{escaped(text)}</{name}>\n" if text else ""


def iri(text: str) -> str:
    """`text` where it is an IRI, as Atom and ninjs want their ids; else a URN made of it, always the same one."""
    said = plain(text)
    scheme, colon, rest = said.partition(":")
    good = colon and rest and _SCHEME.fullmatch(scheme) and not _NO_IRI.search(rest)
    return said if good else uuid.uuid5(uuid.NAMESPACE_URL, said).urn


def address(url: str) -> str:
    """A web address in ASCII, as RSS wants it (RFC 3986): percent-encoded, its host in Punycode."""
    said = plain(url)
    if said.isascii() and said.isprintable() and not set(said) & set(' <>"{}|\\^`'):
        return said
    scheme, between, rest = said.partition("://")
    host, slash, path = rest.partition("/")
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        host = quote(host, safe=_SAFE)
    return quote(scheme, safe=_SAFE) + between + host + slash + quote(path, safe=_SAFE)


def rfc822(time: datetime) -> str:
    """An aware time as RSS wants it (RFC 822 with a year of four digits), in GMT, English whatever the locale."""
    return format_datetime(time.astimezone(UTC), usegmt=True)


def rfc3339(time: datetime) -> str:
    """An aware time as Atom and JSON Feed want it, in UTC, to the second."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def body(article: Article) -> str:
    """The article's full content as HTML; its plain text, escaped, where it has no HTML."""
    return article.html or "\n".join(f"<p>{escaped(paragraph)}</p>" for paragraph in article.paragraphs)


def enclosed(article: Article) -> Picture | None:
    """The picture, when readers can be told its address, type and true length (RSS 2.0 asks for all three)."""
    picture = article.picture
    return picture if picture and picture.url and picture.media_type and picture.length > 0 else None


def media(article: Article, rights: str = "") -> str:
    """The picture as `media:content` with a thumbnail (Media RSS 1.5.1): alt text, caption, credit, `rights`."""
    picture = article.picture
    if picture is None or not picture.url:
        return ""
    url = quoted(picture.url)
    facts = {"type": picture.media_type, "fileSize": str(picture.length or "")}
    size = _marks({"width": str(picture.width or ""), "height": str(picture.height or "")})
    words = (
        element("media:title", picture.caption)
        + element("media:description", picture.alt)
        + f'<media:thumbnail url="{url}"{size}/>\n'
        + element("media:credit", picture.credit)
        + element("media:copyright", rights)
    )
    return f'<media:content url="{url}" medium="image"{_marks(facts)}{size}>\n{words}</media:content>\n'


def _marks(facts: Mapping[str, str]) -> str:
    return "".join(f' {name}="{quoted(value)}"' for name, value in facts.items() if value)


def require_xml(document: bytes) -> None:
    """Raise `ValueError` where `document` is not well-formed XML; prefixes need no declaration here."""
    try:
        expat.ParserCreate().Parse(document, True)
    except expat.ExpatError as error:
        raise ValueError(f"it would not be well-formed XML: {error}") from error
