"""What a feed tells of itself and of an entry, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from wireroom.model.article import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry as its feed told it, whatever the format; "" and None for what it did not tell.

    `html` is not yet sanitised, addresses may be relative to `base`; `short` is a summary beside it, in HTML.
    """

    id: str
    link: str = ""
    title: str = ""
    html: str = ""
    short: str = ""
    base: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of a feed: where it links to, its entries as they stand in it, the next older document.

    `broken` says what is wrong with its form, "" for nothing.
    """

    link: str = ""
    language: str = ""
    updated: datetime | None = None
    items: tuple[Item, ...] = ()
    older: str = ""
    broken: str = ""
