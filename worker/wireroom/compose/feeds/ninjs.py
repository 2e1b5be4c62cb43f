"""IPTC ninjs 3.1 for partners: one composite whose associations are the articles, each a whole news object."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from wireroom.compose.feeds.jsonfeed import joined, written
from wireroom.compose.feeds.markup import address, body, iri, plain, rfc3339
from wireroom.compose.feeds.origin import NOWHERE, Origin, tags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wireroom.compose.feeds.head import FeedHead, Gone
    from wireroom.model.article import Article, Picture

_STANDARD = {
    "name": "ninjs",
    "version": "3.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#",
}


def item(article: Article, origin: Origin = NOWHERE) -> bytes:
    """The article as a news object of type text, with name and relation as an association has them."""
    return written(
        {
            "uri": _uri(article.uid),
            "name": plain(article.title),
            "rel": "item",
            "type": "text",
            "representationType": "full",
            "version": str(article.revision),
            "firstCreated": rfc3339(article.published_at),
            "versionCreated": rfc3339(article.updated_at),
            "pubStatus": "usable",
            "urgency": 1 if article.breaking else 5,
            "language": plain(article.language or origin.language),
            "title": plain(article.title),
            "headlines": _told("main", "text/plain", plain(article.title)),
            "by": ", ".join(plain(name) for name in origin.bylines(article)),
            "people": [{"name": plain(name), "rel": "author"} for name in article.authors if name.strip()],
            "descriptions": _told("summary", "text/plain", plain(article.summary)),
            "bodies": _told("main", "text/html", plain(body(article))),
            "subjects": _subjects(article),
            "copyrightHolder": plain(origin.name),
            "copyrightNotice": plain(origin.rights),
            "rightsInfo": {"linkedRights": address(origin.license)} if origin.license else {},
            "infoSources": [{"name": plain(origin.name), "role": "publisher"}] if origin.name else [],
            "altIds": [{"role": "guid", "value": plain(article.uid)}],
            "renditions": _page(article),
            "associations": _pictures(article.picture),
        },
        always=("uri", "name"),
    )


def document(head: FeedHead, fragments: Iterable[bytes]) -> bytes:
    """The whole feed as one news object of type composite."""
    opening = written(
        {
            "uri": _uri(head.id),
            "standard": _STANDARD,
            "type": "composite",
            "title": plain(head.title),
            "language": plain(head.language),
            "versionCreated": rfc3339(head.updated) if head.updated else "",
            "copyrightNotice": plain(head.rights),
            "descriptions": _told("summary", "text/plain", plain(head.description)),
        },
        always=("uri",),
    )
    return joined(opening, "associations", [*fragments, *(_cancelled(each) for each in head.gone)])


def _cancelled(gone: Gone) -> bytes:
    """What was taken back, as partners are told of it."""
    told = {
        "uri": _uri(gone.uid),
        "name": "canceled",
        "rel": "item",
        "pubStatus": "canceled",
        "versionCreated": rfc3339(gone.at),
    }
    return written(told, always=())


def _uri(text: str) -> str:
    """An id as a URI, in ASCII (JSON Schema's format `uri`): what is none has a URN made of it, always the same one."""
    said = iri(text)
    return said if said.isascii() else uuid.uuid5(uuid.NAMESPACE_URL, said).urn


def _subjects(article: Article) -> list[dict[str, str]]:
    """The section, then the tags."""
    section = [{"name": plain(article.section), "rel": "section"}] if article.section.strip() else []
    return section + [{"name": plain(name), "rel": "about"} for name in tags(article)]


def _told(role: str, kind: str, text: str) -> list[dict[str, str]]:
    return [{"role": role, "contentType": kind, "value": text}] if text else []


def _page(article: Article) -> list[dict[str, str]]:
    """Where readers find it."""
    url = address(article.url)
    return [{"name": "web", "href": url, "contentType": "text/html"}] if url else []


def _pictures(picture: Picture | None) -> list[dict[str, object]]:
    if picture is None or not picture.url:
        return []
    url = address(picture.url)
    facts = {
        "name": "original",
        "href": url,
        "contentType": plain(picture.media_type),
        "width": picture.width,
        "height": picture.height,
        "sizeInBytes": picture.length,
    }
    told = {
        "uri": _uri(url),
        "name": plain(picture.caption or picture.alt or "picture"),
        "rel": "picture",
        "type": "picture",
        "by": plain(picture.credit),
        "headlines": _told("caption", "text/plain", plain(picture.caption)),
        "descriptions": _told("alt", "text/plain", plain(picture.alt)),
        "renditions": [{name: value for name, value in facts.items() if value}],
    }
    return [{name: value for name, value in told.items() if value}]
