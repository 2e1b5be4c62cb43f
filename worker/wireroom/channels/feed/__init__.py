"""The feed: documents on disk that readers, partners and archives fetch."""

from __future__ import annotations

from wireroom.channels.feed.channel import FeedChannel

__all__ = ["FeedChannel"]
