"""Markdown with front matter: YAML between two `---` lines, then the article."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypedDict

from wireroom.model.errors import ArticleError
from wireroom.sources.byline import names
from wireroom.sources.fields import Fields, distinct
from wireroom.sources.manuscript import Manuscript
from wireroom.sources.picture import Place, picture_of
from wireroom.sources.times import FORMS
from wireroom.sources.wording import kind_of, one_line, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = (
    "title", "date", "authors", "author", "publication", "url", "tags", "section", "summary", "language", "image",
    "picture", "breaking", "id", "published_at",
)  # fmt: skip
LONGEST = 50_000  # characters of front matter; YAML is slow to read
_EXPECTED = "expected front matter: `---`, YAML with title, date and publication, `---`"
_FENCE = re.compile(r"-{3,}[ \t]*$", re.MULTILINE)
_KEY = re.compile(r"([A-Za-z_]\w*)\s*:")


def to_html(text: str) -> str:
    """Markdown (CommonMark with tables and strikethrough) as HTML; raw HTML in it passes, to be sanitised."""
    from markdown_it import MarkdownIt  # heavy, and most articles are wire text

    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


def read_markdown(text: str, name: str, place: Place) -> Manuscript:
    """Markdown as a manuscript. `text` is cleaned. Raises `ArticleError`, with the line, for broken front matter."""
    fields, body = _front_matter(text, name)
    fields.check_spelling(KEYS)
    if fields.flag("draft"):
        raise fields.wrong("draft", "found true; expected an article that is finished")
    picture = fields.first("image", "picture")
    return Manuscript(
        name=name,
        title=fields.text("title"),
        title_line=fields.line("title") or 1,
        html=to_html(body),
        date=fields.moment(fields.first("date", "published_at")),
        picture=picture_of(fields, picture, place),
        **common(fields),
    )


class Common(TypedDict):
    """The fields of a manuscript that front matter and JSON name alike."""

    authors: tuple[str, ...]
    named: str
    named_line: int | None
    url: str
    tags: tuple[str, ...]
    section: str
    summary: str
    language: str
    breaking: bool
    external_id: str


def common(fields: Fields) -> Common:
    """What front matter and JSON name alike, as fields of a manuscript."""
    return {
        "authors": authors_of(fields),
        "named": one_line(fields.text("publication")),
        "named_line": fields.line("publication"),
        "url": fields.address("url"),
        "tags": fields.texts("tags"),
        "section": one_line(fields.text("section")),
        "summary": fields.text("summary"),
        "language": fields.language("language"),
        "breaking": fields.flag("breaking"),
        "external_id": one_line(fields.text("id", number=True)),
    }


def authors_of(fields: Fields) -> tuple[str, ...]:
    """The authors: a list is taken as it is, a single text as a byline ("A, B, and C")."""
    key = fields.first("authors", "author")
    value = fields.data.get(key)
    if isinstance(value, str):
        return names([one_line(fields.text(key))], certain=True) or distinct([one_line(fields.text(key))])
    return fields.texts(key)


def _front_matter(text: str, name: str) -> tuple[Fields, str]:
    lead = len(text) - len(text.lstrip())
    first_line = text.count("\n", 0, lead) + 1
    opening = _FENCE.match(text, lead)
    if opening is None:
        raise ArticleError(name, f"found no front matter; {_EXPECTED}", first_line)
    closing = _FENCE.search(text, opening.end() + 1)
    if closing is None:
        raise ArticleError(name, "found front matter that never ends; expected a second line `---`", first_line)
    block = text[opening.end() : closing.start()]
    if len(block) > LONGEST:
        found = f"found front matter of {len(block):,} characters; expected at most {LONGEST:,}"
        raise ArticleError(name, found, first_line)
    data = _load(block, name, first_line)
    return Fields(name, data, _lines(block, first_line)), text[closing.end() :]


def _load(block: str, name: str, first_line: int) -> Mapping[str, object]:
    """`block` begins with the end of line `first_line`, so YAML's line 0 is that line."""
    import yaml
    from frontmatter.default_handlers import YAMLHandler

    try:
        _check_values(block, name, first_line)
        data = YAMLHandler().load(block)
    except yaml.MarkedYAMLError as error:
        opened = (error.context or "").startswith(("while scanning a quoted", "while parsing a flow"))
        mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
        line = first_line + mark.line if mark else first_line
        problem = one_line(error.problem or error.context or "a mistake")
        raise ArticleError(
            name, f"found front matter that is no YAML ({problem}); expected `key: value`", line
        ) from None
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError) as error:
        found = one_line(f"found front matter that does not parse ({error})"[:200])
        raise ArticleError(name, f"{found}; expected `key: value`", first_line + 1) from None
    if not isinstance(data, dict):
        raise ArticleError(name, f"found {kind_of(data)} as front matter; expected `key: value`", first_line + 1)
    return {str(key): value for key, value in data.items() if isinstance(key, str)}


def _check_values(block: str, name: str, first_line: int) -> None:
    """Raises `ArticleError`, with the line, for a key that stands twice and for a day that is on no calendar."""
    import yaml

    loader = yaml.SafeLoader(block)
    try:
        root = loader.get_single_node()
        lines: dict[str, int] = {}
        for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
            line = first_line + key.start_mark.line
            if key.value in lines:
                found = f"{key.value}: found a second time; expected it once (line {lines[key.value]})"
                raise ArticleError(name, one_line(found), line)
            lines[str(key.value)] = line
            try:
                loader.construct_document(value)
            except (ValueError, OverflowError) as error:
                said = f"{key.value}: found {quote(str(value.value))} ({error}); expected {FORMS}"
                raise ArticleError(name, one_line(said), first_line + value.start_mark.line) from None
    finally:
        loader.dispose()


def _lines(block: str, first_line: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for offset, line in enumerate(block.split("\n")):
        if match := _KEY.match(line):
            found.setdefault(match[1], first_line + offset)
    return found
