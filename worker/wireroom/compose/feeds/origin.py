"""Where a feed item comes from: what its outlet says of itself, and the feed it is taken from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wireroom.model.article import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The feed of its own outlet that an item of a group feed is taken from.

    `urls` maps a format ("rss", "atom", "json") to the address of that feed's document.
    """

    id: str
    title: str
    urls: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What every item of one outlet has in common in one feed; anything may be "".

    `site` is the outlet's address, `rights` the words of its copyright notice, `license` the address of the terms.
    `source` is there in a group feed alone.
    """

    name: str = ""
    site: str = ""
    language: str = ""
    rights: str = ""
    license: str = ""
    source: Source | None = None

    @property
    def sections(self) -> str:
        """The IRI of the outlet's list of sections, which tells a section from a tag of the same name."""
        return f"{self.site}#section" if self.site else ""

    @property
    def tags(self) -> str:
        """The IRI of the outlet's list of tags."""
        return f"{self.site}#tag" if self.site else ""

    def bylines(self, article: Article) -> tuple[str, ...]:
        """Who wrote it: the people named; in a group feed the outlet where nobody is, or the group would seem to."""
        named = tuple(dict.fromkeys(name for name in article.authors if name.strip()))
        return named or ((self.name,) if self.source and self.name else ())


NOWHERE = Origin()
"""The origin of what nobody claims."""


def stamp(version: str, origin: Origin) -> str:
    """What tells fragments of one article apart: how they were written (`version`) and where they come from."""
    return f"{version}:{hashlib.sha256(repr(origin).encode('utf-8', 'replace')).hexdigest()[:16]}"


def categories(article: Article) -> tuple[tuple[str, bool], ...]:
    """The section, then the tags, each once and none blank; whether it is the section beside each."""
    named = ((article.section, True), *((tag, False) for tag in article.tags))
    told: dict[str, bool] = {}
    for name, section in named:
        if name.strip():
            told.setdefault(name.strip(), section)
    return tuple(told.items())
