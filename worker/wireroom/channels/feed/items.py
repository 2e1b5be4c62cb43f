"""The items of a feed as fragments: kept in memory, else in the stock, else made now."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wireroom.compose.feeds.origin import Origin, stamp
from wireroom.compose.feeds.press import UNWRITABLE, made
from wireroom.model.errors import Rejected
from wireroom.model.stock import Fragment, feed_item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from wireroom.compose.feeds.formats import Format
    from wireroom.model.article import Article
    from wireroom.model.post import Post
    from wireroom.model.stock import FeedItem, FragmentKey, Stock

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ready:
    """An item as its fragments, one for each format of the feed, in the feed's order of formats."""

    item: FeedItem
    updated_at: datetime
    fragments: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept of one article: what its post carried if that was known; its fragments, or why there are none."""

    article: Article | None
    found: tuple[Fragment, ...] | str


class Items:
    """Ready-made items: at most `room` of them in memory, the least used make way."""

    def __init__(self, formats: tuple[Format, ...], stock: Stock, origin: Callable[[str], Origin], room: int) -> None:
        self._formats, self._stock, self._origin, self._room = formats, stock, origin, room
        self._stamps: dict[str, tuple[str, ...]] = {}
        self._kept: OrderedDict[tuple[str, int], _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def of_post(self, post: Post) -> Ready:
        """The item of a post. Raises `Rejected` where none can be made, which is noted once."""
        item = feed_item(post)
        if item is None:
            raise Rejected(f"No feed item can be made of {post.uid}: the post carries no article", code="no-item")
        (ready,) = self.of([item], strict=True)
        return ready

    def of(self, wanted: Iterable[FeedItem], *, strict: bool = False) -> list[Ready]:
        """The items ready to be joined, in the order given; one of which none can be made is left out.

        With `strict` that raises `Rejected`. Each such item is noted in the log once.
        """
        asked = list(wanted)
        with self._lock:
            self._fetch(asked)
            found = [(item, self._ready(item)) for item in asked]
            while len(self._kept) > max(self._room, len(asked)):
                self._kept.popitem(last=False)
        wrong = [why for _, why in found if isinstance(why, str)]
        if strict and wrong:
            raise Rejected(wrong[0], code="no-item")
        return [ready for _, ready in found if not isinstance(ready, str)]

    def _fetch(self, wanted: Sequence[FeedItem]) -> None:
        """Have at hand what the stock keeps ready made and memory does not."""
        missing = {
            (item.uid, item.revision): self._keys(item)
            for item in wanted
            if (item.uid, item.revision) not in self._kept and self._formats
        }
        if not missing:
            return
        there = self._stock.fragments([key for keys in missing.values() for key in keys])
        for name, keys in missing.items():
            found = tuple(there[key] for key in keys if key in there)
            if len(found) == len(keys) and self._sound(found):
                self._kept[name] = _Kept(None, found)

    def _sound(self, found: Sequence[Fragment]) -> bool:
        """Whether fragments that were kept elsewhere are well-formed still: one that is not would spoil its feed."""
        try:
            for kind, fragment in zip(self._formats, found, strict=True):
                if fragment.body:
                    kind.require(fragment.body)
        except ValueError:
            return False
        return True

    def _ready(self, item: FeedItem) -> Ready | str:
        name = (item.uid, item.revision)
        kept = self._kept.get(name)
        article = item.post.article if item.post else None
        if kept is None or (article is not None and kept.article is not None and kept.article != article):
            kept = self._kept[name] = self._made(item)
        self._kept.move_to_end(name)
        if isinstance(kept.found, str):
            return kept.found
        newest = max(fragment.updated_at for fragment in kept.found)
        return Ready(item, newest, tuple(fragment.body for fragment in kept.found))

    def _made(self, item: FeedItem) -> _Kept:
        """The fragments made now and put in stock, or the sentence that says why there can be none."""
        post = item.post or self._stock.post(item)
        article = post.article if post else None
        try:
            if article is None:
                raise ValueError("the post carries no article")
            origin = self._origin(article.publication)
            found = tuple(made(article, kind, origin) for kind in self._formats)
        except UNWRITABLE as error:
            problem = f"No feed item can be made of {item.uid}, revision {item.revision}: {error}"
            _log.warning("%s. The feed goes out without it.", problem)
            return _Kept(article, problem)
        self._stock.keep(dict(zip(self._keys(item), found, strict=True)))
        return _Kept(article, found)

    def _keys(self, item: FeedItem) -> list[FragmentKey]:
        stamps = self._stamps.get(item.publication)
        if stamps is None:
            origin = self._origin(item.publication)
            stamps = tuple(stamp(kind.version, origin) for kind in self._formats)
            self._stamps[item.publication] = stamps
        return [(item.uid, item.revision, each) for each in stamps]
