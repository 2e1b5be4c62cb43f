"""What one form of article said, and the draft that comes of it: the steps all three forms share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING
from unicodedata import category

from wireroom.model.article import Draft, Footer, Picture
from wireroom.model.errors import ArticleError
from wireroom.sources import footer as footers
from wireroom.sources import html as markup
from wireroom.sources.decode import MAX_BYTES, too_large
from wireroom.sources.fields import distinct
from wireroom.sources.language import language_of
from wireroom.sources.outlets import Outlets, is_address
from wireroom.sources.summary import summarise
from wireroom.sources.times import aware
from wireroom.sources.wording import one_line, quote

if TYPE_CHECKING:
    from datetime import date

    from wireroom.model.publication import Publication

LONGEST_TITLE = 1000  # characters; beyond that a line end is missing
_BEGINNING = 20_000  # characters of HTML in which the first paragraph is looked for
DEEPEST = 500  # elements within elements


@dataclass(frozen=True, slots=True)
class Hints:
    """What the command line or the API adds to an article; it overrides what the article says, and adds its tags.

    `publication` is a key, name, alias or the site's address; `at` is when its posts may go out.
    """

    publication: str = ""
    url: str = ""
    published_at: datetime | None = None
    tags: tuple[str, ...] = ()
    at: datetime | None = None
    breaking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """An article as its form told it. `named` is the publication it names; `html` is not yet sanitised.

    `footer` None means that the footer, if any, is still in the `html`. Lines are where errors point to.
    """

    name: str
    title: str
    html: str
    title_line: int | None = None
    named: str = ""
    named_line: int | None = None
    date: date | None = None
    authors: tuple[str, ...] = ()
    footer: Footer | None = None
    summary: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    section: str = ""
    picture: Picture | None = None
    url: str = ""
    external_id: str = ""
    breaking: bool = False


def finish(script: Manuscript, outlets: Outlets, now: datetime, hints: Hints, source: str) -> Draft:
    """The draft. An article without a date is published now.

    Raises `ArticleError` for no headline, no body, and a publication that is unknown or not named.
    """
    title = _checked_title(script)
    url = _url(script, hints)
    body, footer = script.html, script.footer
    if footer is None:
        body, footer = _without_footer(body, outlets)
    publication = _publication(script, outlets, hints, url, footer)
    html = markup.sanitise(body, url or publication.url)
    text = markup.to_text(html)
    if not text:
        raise ArticleError(
            script.name, "found no body; expected at least one paragraph below the headline", script.title_line
        )
    published = hints.published_at or script.date or now
    return Draft(
        publication=publication.key,
        title=title,
        published_at=aware(published, publication.timezone),
        html=html,
        text=text,
        authors=script.authors,
        summary=one_line(script.summary) or _summary(html, text),
        language=script.language or language_of(f"{title}\n{text}", publication.language),
        tags=distinct([*script.tags, *(one_line(tag) for tag in hints.tags)]),
        section=script.section,
        picture=script.picture,
        url=url,
        external_id=script.external_id,
        breaking=script.breaking or hints.breaking,
        footer=footer,
        source=source,
        at=hints.at,
        dated=bool(hints.published_at or script.date),
    )


def _summary(html: str, text: str) -> str:
    """The beginning of the first paragraph that is no heading; what stands further down is not looked at."""
    return summarise(markup.to_text(html[:_BEGINNING], headings=False) or text)


def plain_title(text: str) -> str:
    """A headline in which another program left entities (`&#8217;`, `&amp;`); &lt; and &gt; may be meant."""
    return re.sub(
        r"&(?!(?:lt|gt|#60|#62);)(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|[a-z]{2,8});", lambda match: unescape(match[0]), text
    )


def _checked_title(script: Manuscript) -> str:
    """The headline in one line, after a look at the sizes of everything."""
    title = one_line(script.title)
    if not any(category(character)[0] in "LNS" for character in title):
        raise ArticleError(script.name, "found no headline; expected one", script.title_line)
    if len(title) > LONGEST_TITLE:
        found = f"found a headline of {len(title):,} characters; expected at most {LONGEST_TITLE:,}"
        raise ArticleError(script.name, found, script.title_line)
    if len(script.html) > 2 * MAX_BYTES:
        raise too_large(script.name, len(script.html))
    if (deep := markup.depth(script.html)) > DEEPEST:
        raise ArticleError(script.name, f"found elements nested {deep:,} deep; expected at most {DEEPEST}")
    return title


def _url(script: Manuscript, hints: Hints) -> str:
    if hints.url and not is_address(hints.url):
        raise ArticleError(
            script.name, f"found the url {quote(hints.url)}; expected an address that begins with https://"
        )
    return hints.url or script.url


def _without_footer(html: str, outlets: Outlets) -> tuple[str, Footer]:
    """The body above the footer, and the footer. Elements cut open are closed when the body is sanitised."""
    whole = markup.well_formed(html)
    lines = markup.lines_of(whole)
    begin, footer = footers.split([words for _, words in lines], outlets)
    return (html if begin == len(lines) else whole[: lines[begin][0]]), footer


def _publication(script: Manuscript, outlets: Outlets, hints: Hints, url: str, footer: Footer) -> Publication:
    """By the hint, else by the name in the article, else by its address, else by the footer's first link."""
    if named := hints.publication or script.named:
        line = None if hints.publication else script.named_line
        found = outlets.by_name(named) or (outlets.by_url(named) if is_address(named) else None)
        return found or _unknown(script.name, named, outlets, line)
    first = footer.links[0].url if footer.links else ""
    found = outlets.by_url(url) or outlets.by_url(first)
    if found is None:
        expected = f"found no publication's name; expected one of {outlets.known()}"
        raise ArticleError(script.name, expected, script.title_line)
    return found


def _unknown(name: str, named: str, outlets: Outlets, line: int | None) -> Publication:
    nearest = outlets.nearest(named)
    hint = f" (did you mean {nearest}?)" if nearest else ""
    found = f"found the unknown publication {quote(named)}; expected one of {outlets.known()}{hint}"
    raise ArticleError(name, one_line(found), line)
