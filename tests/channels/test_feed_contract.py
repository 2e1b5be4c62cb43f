"""The feed keeps the contract of channels; it calls nobody, so what is about networks does not concern it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from wireroom.channels import catalogue
from wireroom.channels.feed import FeedChannel
from wireroom.model.article import Article
from wireroom.model.post import Post
from wireroom.testing import ChannelContract, a_post


class TestFeedContract(ChannelContract):
    """The contract on the feed."""

    kind = catalogue.FEED
    factory = FeedChannel
    networked = False

    @pytest.fixture
    def post(self) -> Post:
        """A post for a feed carries its whole article."""
        return self._of("1")

    @pytest.fixture
    def other(self) -> Post:
        """Another article's."""
        return self._of("2")

    def _of(self, number: str) -> Post:
        plain = a_post(channel="feed", uid=f"tag:example.com,2026:{number}")
        noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
        article = Article(
            uid=plain.uid,
            revision=1,
            publication="mtt",
            title=plain.title,
            url=plain.link,
            published_at=noon,
            updated_at=noon,
            html="<p>The lamps are lit.</p>",
            text="The lamps are lit.",
        )
        return replace(plain, text=plain.title, article=article)
