"""Which article a draft is: the uid minted at first sight, the aliases it is known by, its revisions."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from wireroom.model.article import Article, Draft, Picture
from wireroom.store import Alias

if TYPE_CHECKING:
    from datetime import datetime

    from wireroom.model.publication import Publication

_SAME_STORY = 0.5  # share of four-letter runs two texts must have in common to be one story under one file name


@dataclass(frozen=True, slots=True)
class Identity:
    """What a draft turned out to be: the article as it shall stand, and how that differs from what was known."""

    article: Article
    new: bool
    changed: bool


def aliases(draft: Draft, publication: Publication) -> list[Alias]:
    """What a draft can be recognised by, strongest first: the sender's id, its address, its date and text.

    The headline is part of the text: "More follows." under two headlines is two articles.
    """
    found = []
    if draft.external_id:
        found.append(Alias("id", f"{publication.key}|{draft.external_id}"))
    if draft.url:
        found.append(Alias("url", normal_url(draft.url)))
    told = _sha(f"{_words(draft.title)}\n{_words(draft.text)}")
    found.append(Alias("text", f"{publication.key}|{local_date(draft, publication)}|{told}"))
    if not draft.dated:  # sent again tomorrow it says nothing of today
        found.append(Alias("undated", f"{publication.key}|{told}"))
    return found


def file_alias(draft: Draft, publication: Publication) -> Alias | None:
    """The file a draft was read from; weaker than the rest, since file names are used again for other stories."""
    if not draft.source.startswith("/"):
        return None
    return Alias("file", f"{publication.key}|{draft.source}")


def title_alias(draft: Draft, publication: Publication) -> Alias:
    """Its headline and day: by these too is an article known that came from a feed, whose text may read otherwise."""
    return Alias("title", f"{publication.key}|{local_date(draft, publication)}|{_sha(_words(draft.title))}")


def before_alias(uid: str) -> Alias:
    """What says for ever that an article was out before it came to Wireroom, taken over from another system's feed."""
    return Alias("before", uid)


def same_news(known: Article, draft: Draft) -> bool:
    """Whether a draft of the same headline and day is `known`: under the same address, none, or in like words."""
    if not draft.url or not known.url or normal_url(draft.url) == normal_url(known.url):
        return True
    return _alike(known.text, draft.text)


def same_story(known: Article, draft: Draft) -> bool:
    """Whether a draft from the same file is a new version of `known` and not another story under its name."""
    same_day = known.published_at.date() == draft.published_at.astimezone(known.published_at.tzinfo).date()
    if same_day and known.title.casefold() == draft.title.casefold():
        return True
    return _alike(known.text, draft.text)


def _alike(one: str, other: str) -> bool:
    ours, theirs = _shingles(one), _shingles(other)
    return len(ours & theirs) >= _SAME_STORY * len(ours | theirs)


def mint(draft: Draft, publication: Publication) -> str:
    """A `tag:` URI (RFC 4151) from the publication's host, the article's date there, and a hash of what it says."""
    seed = "|".join((publication.key, draft.external_id, draft.url, draft.title, draft.text))
    name = base64.b32encode(hashlib.sha256(seed.encode("utf-8", "replace")).digest())[:12].decode().lower()
    return f"tag:{publication.host},{local_date(draft, publication)}:{name}"


def local_date(draft: Draft, publication: Publication) -> str:
    """The day the article was published, in the publication's time zone, as YYYY-MM-DD."""
    return draft.published_at.astimezone(ZoneInfo(publication.timezone)).date().isoformat()


def normal_url(url: str) -> str:
    """An address in the form two spellings of it share: https, no `www.`, no last slash, no fragment."""
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    return urlunsplit(("https", host + port, parts.path.rstrip("/"), parts.query, ""))


def identify(
    draft: Draft, known: Article | None, *, uid: str, url: str, picture: Picture | None, now: datetime
) -> Identity:
    """Hold a draft against the article it is known as (None: at first sight). Touches nothing.

    A known article keeps its uid and its address unless the draft names another, and its time of publication once
    that is past.
    """
    fresh = _article(draft, uid=uid, url=url, picture=picture)
    if known is None:
        return Identity(replace(fresh, updated_at=fresh.published_at), new=True, changed=True)
    published = known.published_at if known.published_at <= now else draft.published_at
    fresh = _sealed(replace(fresh, published_at=published))
    if fresh.digest == known.digest:
        return Identity(known, new=False, changed=False)
    return Identity(replace(fresh, revision=known.revision + 1, updated_at=now), new=False, changed=True)


def _article(draft: Draft, *, uid: str, url: str, picture: Picture | None) -> Article:
    return _sealed(
        Article(
            uid=uid,
            revision=1,
            publication=draft.publication,
            title=draft.title,
            url=url,
            published_at=draft.published_at,
            updated_at=draft.published_at,
            html=draft.html,
            text=draft.text,
            authors=draft.authors,
            summary=draft.summary,
            language=draft.language,
            tags=draft.tags,
            section=draft.section,
            picture=picture,
            breaking=draft.breaking,
            footer=draft.footer,
        )
    )


def _sealed(article: Article) -> Article:
    picture = article.picture
    seen = (
        article.title,
        article.authors,
        article.html,
        article.text,
        article.summary,
        article.language,
        article.tags,
        article.section,
        article.url,
        article.published_at.timestamp(),
        (picture.url, picture.alt, picture.credit, picture.caption) if picture else None,
    )
    return replace(article, digest=_sha(repr(seen)))


def _shingles(text: str) -> set[str]:
    words = _words(text)
    return {words[start : start + 4] for start in range(max(1, len(words) - 3))}


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip().casefold()


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
