"""The topics of a feed: its main documents as they stand on the disk now, each under the address readers know."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from wireroom.compose.feeds.formats import FORMATS
from wireroom.model.errors import NotSent

if TYPE_CHECKING:
    from pathlib import Path

    from wireroom.model.channel import Surroundings

MAIN = ("rss.xml", "atom.xml", "feed.json")
"""The documents that readers subscribe to."""


def topic_url(public_url: str, feed: str, file: str) -> str:
    """The address of a feed's document, which is the topic's name in WebSub."""
    return f"{public_url}/feeds/{quote(feed, safe='')}/{file}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One document: its address, which is the topic's name in WebSub, its media type, its bytes and their digest."""

    url: str
    file: str
    media_type: str
    data: bytes = field(repr=False)
    digest: str


class Topics:
    """The documents of one feed."""

    def __init__(self, feed: str, surroundings: Surroundings) -> None:
        self._folder = surroundings.feeds / feed
        self._feed, self._public = feed, surroundings.public_url
        self._types = {kind.file: kind.media_type for kind in FORMATS.values()}

    def now(self) -> list[Topic]:
        """The documents there are. Raises `NotSent` where there is none, or one cannot be read."""
        found = [topic for file in MAIN if (topic := self._topic(file))]
        if not found:
            raise NotSent(f"{self._folder} has no document of the feed yet")
        return found

    def _topic(self, file: str) -> Topic | None:
        data = _read(self._folder / file)
        if data is None:
            return None
        digest = hashlib.sha256(data).hexdigest()
        return Topic(
            url=topic_url(self._public, self._feed, file),
            file=file,
            media_type=self._types[file],
            data=data,
            digest=digest,
        )


def _read(path: Path) -> bytes | None:
    try:
        with suppress(FileNotFoundError):
            return path.read_bytes()
    except OSError as error:
        raise NotSent(f"{path} cannot be read: {error.strerror or error}") from error
    return None
