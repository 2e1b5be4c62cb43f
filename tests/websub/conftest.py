"""What the tests of WebSub share: a feed's folder to publish into, and what surrounds a channel there."""

from __future__ import annotations

from pathlib import Path

import pytest

from wireroom.model.channel import Surroundings
from wireroom.testing import surroundings

FEED = "mtt-feed"


class FeedFolder:
    """The documents of a feed, written as a feed's own channel would leave them."""

    def __init__(self, home: Path) -> None:
        self.surroundings: Surroundings = surroundings(home)
        self._folder = home / FEED

    def publish(self, words: str, *files: str) -> None:
        """Put these words into the documents, all three unless named."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for file in files or ("rss.xml", "atom.xml", "feed.json"):
            (self._folder / file).write_text(f"{file}: {words}", encoding="utf-8")

    def topic(self, file: str = "rss.xml") -> str:
        """The address of a document."""
        return f"{self.surroundings.public_url}/feeds/{FEED}/{file}"


@pytest.fixture
def folder(tmp_path: Path) -> FeedFolder:
    """A feed that holds something."""
    made = FeedFolder(tmp_path)
    made.publish("first")
    return made
