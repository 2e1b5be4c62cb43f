"""What a newsroom published: a draft as a source read it, and the article Wireroom made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that goes with an article.

    `path` is a local file (absolute), "" where there is none; `url` where readers find it, "" until it is known;
    `length` is in bytes, `width` and `height` in pixels, 0 where unknown.
    """

    path: str = ""
    url: str = ""
    media_type: str = ""
    length: int = 0
    width: int = 0
    height: int = 0
    alt: str = ""
    credit: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An address and the words beside it."""

    url: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account the outlet's footer asks readers to join: platform ("x", "facebook", …), name and address."""

    platform: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Footer:
    """What an outlet appends to its wire text, kept as data and never as body."""

    lines: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    accounts: tuple[Account, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article as a source read it: everything but the identity that Wireroom gives it.

    `publication` is a publication's key. `html` is sanitised, `text` its plain form with paragraphs parted by a
    blank line. `url` is the address the source named, "" when the publication's pattern is to make one.
    `source` is where it came from (an absolute path, or "-"), `external_id` the sender's own id. `dated` says that
    it told its date itself; `published_at` is the time it was read otherwise.
    """

    publication: str
    title: str
    published_at: datetime
    html: str
    text: str
    authors: tuple[str, ...] = ()
    summary: str = ""
    language: str = "en"
    tags: tuple[str, ...] = ()
    section: str = ""
    picture: Picture | None = None
    url: str = ""
    external_id: str = ""
    breaking: bool = False
    footer: Footer = Footer()
    source: str = "-"
    at: datetime | None = None
    dated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What the publication published. `uid` is minted once and never changes; `revision` counts up from 1.

    `digest` is a SHA-256 over everything a reader sees: two articles with one digest are the same revision.
    `published_at` and `updated_at` are aware; `updated_at` moves with each revision.
    """

    uid: str
    revision: int
    publication: str
    title: str
    url: str
    published_at: datetime
    updated_at: datetime
    html: str
    text: str
    authors: tuple[str, ...] = ()
    summary: str = ""
    language: str = "en"
    tags: tuple[str, ...] = ()
    section: str = ""
    picture: Picture | None = None
    breaking: bool = False
    footer: Footer = Footer()
    digest: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The plain text, paragraph by paragraph."""
        return tuple(part for part in self.text.split("\n\n") if part)
