"""JSON: the shape of the API and of what `publish --json` prints."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wireroom.model.article import Footer
from wireroom.model.errors import ArticleError
from wireroom.sources import html as markup
from wireroom.sources.decode import MAX_BYTES, clean, too_large
from wireroom.sources.fields import Fields
from wireroom.sources.manuscript import Manuscript, plain_title
from wireroom.sources.markdown import common, to_html
from wireroom.sources.picture import Place, picture_of
from wireroom.sources.wiretext import body_of
from wireroom.sources.wording import kind_of, one_line

if TYPE_CHECKING:
    from wireroom.sources.outlets import Outlets

BODIES = ("body_html", "html", "body_markdown", "markdown", "body_text", "text", "body", "paragraphs")
_HTML = re.compile(r"<(p|div|h[1-6]|ul|ol|blockquote|br|img|a|em|strong|b|i)\b[^<>]*>", re.IGNORECASE)
KEYS = (
    "title", *BODIES, "published_at", "date", "authors", "author", "publication", "url", "tags", "section", "summary",
    "language", "picture", "image", "breaking", "id",
)  # fmt: skip


def parse_json(text: str, name: str) -> Mapping[str, object]:
    """The object in a JSON document. Raises `ArticleError` with the line of a mistake."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ArticleError(name, f"found no JSON ({one_line(error.msg)}); expected one object", error.lineno) from None
    except (ValueError, RecursionError) as error:
        found = one_line(f"found JSON that cannot be read ({error})"[:160])
        raise ArticleError(name, f"{found}; expected one object") from None
    if not isinstance(data, dict):
        raise ArticleError(name, f"found {kind_of(data)}; expected one object with title, publication and a body", 1)
    return data


def read_object(data: Mapping[str, object], name: str, outlets: Outlets, place: Place) -> Manuscript:
    """An object of the API's shape as a manuscript. Raises `ArticleError` that names the key."""
    inner = data.get("article")
    fields = Fields(name, inner if isinstance(inner, Mapping) and "title" not in data else data)
    fields.check_spelling(KEYS)
    html, footer = _body(fields, outlets)
    picture = fields.first("picture", "image")
    return Manuscript(
        name=name,
        title=plain_title(fields.text("title")),
        html=html,
        footer=footer,
        date=fields.moment(fields.first("published_at", "date")),
        picture=picture_of(fields, picture, place),
        **common(fields),
    )


def _body(fields: Fields, outlets: Outlets) -> tuple[str, Footer | None]:
    """The richest of the bodies given. The footer is cut here from plain text, and later from HTML."""
    key = fields.first(*BODIES)
    if not fields.has(key):
        raise fields.wrong(key, f"found no body; expected one of {', '.join(BODIES)}")
    text = _paragraphs(fields) if key == "paragraphs" else fields.text(key)
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise too_large(fields.name, len(text.encode("utf-8", "replace")))
    if key in ("body_html", "html") or (key == "body" and _HTML.search(text)):
        return text, None
    if key in ("body_markdown", "markdown"):
        return to_html(text), None
    found, footer = body_of(text.split("\n"), outlets)
    return markup.from_text("\n\n".join(found)), footer


def _paragraphs(fields: Fields) -> str:
    value = fields.data.get("paragraphs")
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise fields.wrong("paragraphs", f"found {kind_of(value)}; expected a list of texts")
    return "\n\n".join(clean(item) for item in value)
