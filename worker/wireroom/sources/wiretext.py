"""Wire text: a first line `date YYYY-MM-DD Headline`, a byline, the publication's name, paragraphs, a footer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wireroom.model.errors import ArticleError
from wireroom.sources import footer as footers
from wireroom.sources import html as markup
from wireroom.sources.byline import names
from wireroom.sources.manuscript import Manuscript
from wireroom.sources.outlets import is_address, same
from wireroom.sources.paragraphs import join, paragraphs
from wireroom.sources.times import parse
from wireroom.sources.wording import quote

if TYPE_CHECKING:
    from datetime import date

    from wireroom.model.article import Footer
    from wireroom.sources.outlets import Outlets

_FIRST = re.compile(r"\s*date\s*:?\s+(\S+)(?:\s+(.*))?", re.IGNORECASE)
_EXPECTED = "expected `date YYYY-MM-DD Headline`"
_LOOK_AHEAD = 6  # lines below the headline among which the publication's name is looked for
_OUTLET = re.compile(
    r"\b(?:times|news|post|herald|press|daily|gazette|journal|tribune|review|weekly|observer|chronicle|wire|agency)\b"
    r"|新聞|通信|ニュース|タイムズ|新報|日報",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with words in it; lines of one `block` have no blank line between them."""

    number: int
    words: str
    block: int


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands above the body: `body` is the number of the body's first line."""

    title: str
    authors: tuple[str, ...] = ()
    named: str = ""
    named_line: int | None = None
    extra: tuple[str, ...] = ()
    body: int = 0


def read_wire(text: str, name: str, outlets: Outlets) -> Manuscript:
    """Wire text as a manuscript. `text` is cleaned. Raises `ArticleError` for a first line that is none."""
    lines = text.split("\n")
    filled = _filled(lines)
    if not filled:
        raise ArticleError(name, f"found no text at all; {_EXPECTED}", 1)
    published, title = _first_line(filled[0], name)
    begin, said = footers.split(lines[filled[0].number :], outlets)
    head = _head(title, filled, filled[0].number + begin + 1, said, outlets)
    body, footer = body_of(lines[head.body - 1 :], outlets)
    return Manuscript(
        name=name,
        title=head.title,
        title_line=filled[0].number,
        html=markup.from_text("\n\n".join([*head.extra, *body])),
        named=head.named,
        named_line=head.named_line,
        date=published,
        authors=head.authors,
        footer=footer,
    )


def body_of(lines: list[str], outlets: Outlets) -> tuple[list[str], Footer]:
    """The paragraphs in the lines of a body, and the footer that stood below them."""
    end, footer = footers.split(lines, outlets)
    return paragraphs(lines[:end]), footer


def _filled(lines: list[str]) -> list[_Line]:
    found, block = [], 0
    for number, line in enumerate(lines, 1):
        if line.strip():
            found.append(_Line(number, " ".join(line.split()), block))
        else:
            block += 1
    return found


def _first_line(line: _Line, name: str) -> tuple[date, str]:
    match = _FIRST.fullmatch(line.words)
    if match is None:
        raise ArticleError(name, f"found {quote(line.words)}; {_EXPECTED}", line.number)
    try:
        published = parse(match[1])
    except ValueError as error:
        raise ArticleError(name, f"found the date {quote(match[1])} ({error}); {_EXPECTED}", line.number) from None
    if not match[2]:
        raise ArticleError(name, f"found a date and no headline; {_EXPECTED}", line.number)
    return published, match[2]


def _head(title: str, filled: list[_Line], begin: int, footer: Footer, outlets: Outlets) -> _Head:
    """Everything above the body. The footer begins at line `begin`, which may be the publication's name itself."""
    below = [line for line in filled[1 : 1 + _LOOK_AHEAD] if line.number <= begin]
    end = filled[-1].number + 1
    for index, line in enumerate(below):
        if outlets.by_name(line.words) or (line.number < begin and _is_site(line.words, outlets)):
            body = filled[index + 2].number if index + 2 < len(filled) else end
            head = _above_name(title, filled[0].block, below[:index], line, body)
            return replace(head, authors=tuple(name for name in head.authors if not outlets.by_name(name)))
        if len(line.words) > 200:
            break
    return _without_name(title, [line for line in filled if line.number < begin], outlets, footer, end)


def _above_name(title: str, block: int, between: list[_Line], named: _Line, body: int) -> _Head:
    """Between headline and publication: the rest of a wrapped headline, the byline, and what is neither, kept."""
    authors: list[str] = []
    extra: list[str] = []
    blocks = _blocks(between)
    for lines in blocks:
        alone = len(blocks) == len(lines) == 1
        found = names([line.words for line in lines], certain=alone or lines[0].block != block)
        if found:
            authors += found
        elif lines[0].block == block:
            title, last = _wrapped(title, lines)
            authors += last
        else:
            extra += paragraphs([line.words for line in lines])
    return _Head(title, tuple(dict.fromkeys(authors)), named.words, named.number, tuple(extra), body)


def _is_site(words: str, outlets: Outlets) -> bool:
    return is_address(words) and outlets.by_url(words) is not None


def _wrapped(title: str, lines: list[_Line]) -> tuple[str, tuple[str, ...]]:
    """A headline that runs on below the first line, with or without a byline right under it."""
    last = names([lines[-1].words], certain=False)
    for line in lines[:-1] if last else lines:
        title = join(title, line.words)
    return title, last or ()


def _blocks(lines: list[_Line]) -> list[list[_Line]]:
    found: dict[int, list[_Line]] = {}
    for line in lines:
        found.setdefault(line.block, []).append(line)
    return list(found.values())


def _without_name(title: str, filled: list[_Line], outlets: Outlets, footer: Footer, end: int) -> _Head:
    """No publication known stands at the head: there may be a byline, and the name of an outlet we do not know."""
    rest = filled[1:]
    authors: tuple[str, ...] = ()
    if len(rest) > 1 and not _is_outlet(rest[0].words, footer):
        authors, named = _signed(rest[0].words, outlets)
        if authors:
            rest = rest[1:]
        if named:
            return _Head(title, authors, named, filled[1].number, (), rest[0].number)
    named_line = rest[0] if len(rest) > 1 and _is_outlet(rest[0].words, footer) else None
    if named_line:
        rest = rest[1:]
    body = rest[0].number if rest else end
    if named_line is None:
        return _Head(title, authors, body=body)
    return _Head(title, authors, named_line.words, named_line.number, body=body)


def _signed(line: str, outlets: Outlets) -> tuple[tuple[str, ...], str]:
    """The authors in a byline, and the publication where that stands behind them ("A and B, Modern Tokyo Times")."""
    found = names([line], certain=False) or ()
    ours = [name for name in found if outlets.by_name(name)]
    return tuple(name for name in found if name not in ours), ours[0] if ours else ""


def _is_outlet(line: str, footer: Footer) -> bool:
    """Whether a line has the form of an outlet's name: capitalised, short, and of such words or in the footer."""
    if len(line) > 60 or re.search(r"[.!?:。！？、]", line) or any(word[0].islower() for word in line.split()):
        return False
    mentioned = any(same(line) in same(said) for said in footer.lines)
    return mentioned or _OUTLET.search(line) is not None
