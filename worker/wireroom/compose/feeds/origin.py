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
    def domain(self) -> str:
        """The IRI of the outlet's own list of tags, which tells them from those of others; "" without a site."""
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


def tags(article: Article) -> tuple[str, ...]:
    """What the article is tagged with, each once and none blank."""
    return tuple(dict.fromkeys(tag.strip() for tag in article.tags if tag.strip()))
