"""What an article is filed under: its section, its tags and its authors, each with a name for addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wireroom.compose.permalink import slug
from wireroom.model.stock import Label

if TYPE_CHECKING:
    from wireroom.model.article import Article

KINDS = ("section", "tag", "author")
"""What feeds can be had by."""


def labels(article: Article) -> tuple[Label, ...]:
    """All an article is filed under. Names that are written alike in an address are one: "Japan" and "japan"."""
    named = (
        *(("section", name) for name in [article.section]),
        *(("tag", name) for name in article.tags),
        *(("author", name) for name in article.authors),
    )
    filed: dict[tuple[str, str], Label] = {}
    for kind, name in named:
        if name.strip():
            label = Label(kind, slug(name), name.strip())
            filed.setdefault((kind, label.slug), label)
    return tuple(filed.values())
