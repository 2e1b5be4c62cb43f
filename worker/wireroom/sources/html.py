"""HTML made safe, made plain, and made from plain text."""

from __future__ import annotations

import html as entities
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import nh3

from wireroom.sources.outlets import is_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    _Relative = Literal["deny", "pass_through"] | tuple[Literal["rewrite_with_base"], str]

_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "caption", "details", "div", "dl", "figcaption", "figure", "footer",
     "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "ol", "p", "pre", "section", "summary", "table", "ul"}
)  # fmt: skip
_LINES = frozenset({"tr", "dt", "dd", "br", "li"})
_TAGS = _BLOCKS | _LINES | {
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "col", "colgroup", "del", "dfn", "em", "i", "img", "ins", "kbd",
    "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "strong", "sub", "sup", "tbody", "td", "tfoot", "th",
    "thead", "time", "u", "var", "wbr", "audio", "picture", "source", "track", "video",
}  # fmt: skip
_DROPPED = frozenset(
    {"script", "style", "title", "template", "noscript", "textarea", "svg", "math", "iframe", "object", "select"}
)
_ATTRIBUTES = {
    "*": {"lang", "dir", "title"},
    "a": {"href", "hreflang"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height"},
    "audio": {"src", "controls"},
    "video": {"src", "poster", "controls", "width", "height"},
    "source": {"src", "srcset", "sizes", "type", "media"},
    "track": {"src", "kind", "srclang", "label"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "ins": {"datetime"},
    "del": {"datetime"},
}
_ANY_BLOCK = re.compile(rf"<(?:{'|'.join(sorted(_BLOCKS | {'li', 'dt', 'dd', 'tr', 'td', 'th'}))})\b", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_SIZE = re.compile(r"[\d.]+[wxh]")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*+)[^<>]*?(/?)>")
_NO_DEPTH = frozenset(
    {
        "p",
        "li",
        "dt",
        "dd",
        "tr",
        "td",
        "th",
        "br",
        "hr",
        "img",
        "wbr",
        "col",
        "thead",
        "tbody",
        "tfoot",
        "input",
        "source",
    }
)
_EMPTY = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>\s*")


def sanitise(html: str, base: str) -> str:
    """`html` with nothing in it that can run, and every link and picture absolute, relative to the address `base`.

    Text outside any block element becomes a paragraph.
    """

    def attribute(_: str, name: str, value: str) -> str | None:
        if name == "cite":  # as with srcset, the sanitiser leaves it as it is
            return _absolute(value, base) or None
        return _srcset(value, base) if name == "srcset" else value

    cleaned = _clean(html, ("rewrite_with_base", base) if is_address(base) else "deny", attribute)
    filled = _EMPTY.sub("", cleaned).strip()
    return filled if _ANY_BLOCK.search(filled) else _EMPTY.sub("", f"<p>{filled}</p>")


def depth(html: str) -> int:
    """How deep elements are nested, about; the time to sanitise grows with its square."""
    deep = deepest = 0
    for closing, tag, alone in _TAG.findall(html):
        if tag.lower() not in _NO_DEPTH and not alone:
            deep = max(0, deep - 1) if closing else deep + 1
            deepest = max(deepest, deep)
    return deepest


def well_formed(html: str) -> str:
    """`html` safe and with every element closed, its relative links as they are."""
    return _clean(html, "pass_through", None)


def _clean(html: str, relative: _Relative, attribute: Callable[[str, str, str], str | None] | None) -> str:
    return nh3.clean(
        _paired(html),
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED),
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes={"http", "https", "mailto", "tel"},
        url_relative=relative,
        link_rel=None,
    )


def _paired(text: str) -> str:
    """`text` without lone surrogates, which are no characters and which the sanitiser cannot take."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _srcset(value: str, base: str) -> str | None:
    """The sanitiser neither completes nor checks the addresses in a `srcset`."""
    kept: list[str] = []
    address = ""
    for token in re.sub(r"(\s[\d.]+[wxh]),", r"\1, ", value).split():
        bare = token.strip(",")
        if _SIZE.fullmatch(bare):
            kept += [f"{address} {bare}"] if address else []
            address = ""
            continue
        kept += [address] if address else []
        address = _absolute(bare, base)
    kept += [address] if address else []
    return ", ".join(kept) or None


def _absolute(address: str, base: str) -> str:
    try:
        whole = urljoin(base, address)
    except ValueError:
        return ""
    return whole if is_address(whole) else ""


def from_text(text: str) -> str:
    """Paragraphs parted by blank lines as `<p>` elements, single line ends as `<br>`."""
    parts = [entities.escape(part, quote=False).replace("\n", "<br>") for part in text.split("\n\n") if part.strip()]
    return "\n".join(f"<p>{part}</p>" for part in parts)


def to_text(html: str, *, headings: bool = True) -> str:
    """The words of sanitised `html`: paragraphs parted by a blank line, lists and tables line by line.

    Entities are decoded; the readings beside kanji (ruby) are left out, and so are headings where not wanted.
    """
    parser = _Plain(headings=headings)
    parser.feed(html)
    parser.close()
    return "\n\n".join(parser.finish())


class _Plain(HTMLParser):
    """Collects paragraphs. Within a list or table every block is a line, for the whole of it is one paragraph."""

    def __init__(self, *, headings: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._headings = headings
        self._paragraphs: list[str] = []
        self._parts: list[str] = []
        self._lists: list[int | None] = []
        self._hidden = self._pre = self._tables = 0
        self._said = False  # whether the line so far has words in it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if self._hides(tag):
            self._hidden += 1
        self._boundary(tag)
        if tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._parts.append(self._bullet())
        elif tag in ("td", "th") and self._said:
            self._parts.append(" | ")
        self._pre += tag == "pre"
        self._tables += tag in ("table", "dl")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        self._pre -= tag == "pre"
        self._tables -= tag in ("table", "dl")
        self._boundary(tag)
        if self._hides(tag):
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(data if self._pre else _BLANKS.sub(" ", data))
            self._said = self._said or not data.isspace()

    def finish(self) -> list[str]:
        """The paragraphs."""
        self._flush()
        return self._paragraphs

    def _hides(self, tag: str) -> bool:
        return tag in ("rt", "rp") or (not self._headings and re.fullmatch(r"h[1-6]", tag) is not None)

    def _boundary(self, tag: str) -> None:
        within = bool(self._lists) or self._tables > 0
        if tag in _BLOCKS and not within:
            self._flush()
        elif tag in _LINES or tag in _BLOCKS:
            self._new_line()

    def _new_line(self) -> None:
        if self._said:
            self._parts.append("\n")
            self._said = False

    def _bullet(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "• "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

    def _flush(self) -> None:
        lines = (re.sub(r" {2,}", " ", line).strip(" ") for line in "".join(self._parts).split("\n"))
        if paragraph := "\n".join(line for line in lines if line):
            self._paragraphs.append(paragraph)
        self._parts.clear()
        self._said = False


def lines_of(html: str) -> list[tuple[int, str]]:
    """The lines of sanitised `html`, each with where it begins in it; a blank line ends every block.

    A link reads as its address and its words, so that a footer in HTML reads like one in wire text.
    """
    parser = _Lines(html)
    parser.feed(html)
    parser.close()
    return parser.finish()


class _Lines(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._starts = [0]
        for line in html.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._found: list[tuple[int, str]] = []
        self._words: list[str] = []
        self._begin, self._href = 0, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._end(blank=True)
        elif tag in _LINES:
            self._end(blank=False)
        elif tag == "a":
            self._href = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end(blank=True)
        elif tag in _LINES:
            self._end(blank=False)
        elif tag == "a":
            self._href = ""

    def handle_data(self, data: str) -> None:
        offset = self._offset()
        for number, piece in enumerate(data.split("\n")):
            if number:
                self._end(blank=False, offset=offset)
            self._say(piece)
            offset += len(piece) + 1

    def finish(self) -> list[tuple[int, str]]:
        """The lines, the last of which is closed."""
        self._end(blank=True)
        return self._found

    def _say(self, piece: str) -> None:
        said = piece.strip()
        if self._href.startswith("http") and said:
            bare = said.rstrip("/").rpartition("//")[2].casefold()
            named = self._href.rstrip("/").rpartition("//")[2].casefold() == bare
            self._words.append(f" {self._href} " if named else f" {self._href} {said} ")
        else:
            self._words.append(piece)

    def _end(self, *, blank: bool, offset: int | None = None) -> None:
        if words := " ".join("".join(self._words).split()):
            self._found.append((self._begin, words))
        here = self._offset() if offset is None else offset
        if blank and self._found and self._found[-1][1]:
            self._found.append((here, ""))
        self._words, self._begin = [], here

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column
