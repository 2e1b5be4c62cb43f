"""The feed channel: documents on disk, written anew from the items that stand, each replaced whole or not at all."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from wireroom.channels.feed.archive import Archive
from wireroom.channels.feed.folder import Folder, Page
from wireroom.channels.feed.items import Items
from wireroom.channels.feed.recent import Recent
from wireroom.compose.feeds.formats import FORMATS
from wireroom.compose.feeds.head import Gone
from wireroom.compose.feeds.labels import labels
from wireroom.compose.feeds.options import addresses, head, options, origin
from wireroom.compose.feeds.origin import NOWHERE, Origin
from wireroom.model.errors import NotSent, RateLimited, Rejected, WireroomError
from wireroom.model.post import Receipt
from wireroom.model.stock import feed_item

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from wireroom.channels.feed.items import Ready
    from wireroom.compose.feeds.formats import Format
    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.channel import Sent, Surroundings
    from wireroom.model.destination import Destination
    from wireroom.model.post import Post
    from wireroom.model.stock import FeedItem, Label


class FeedChannel:
    """A feed: sending a post writes the documents anew from all items that stand, so it may be repeated at will."""

    repeatable = True

    def __init__(self, destination: Destination, surroundings: Surroundings) -> None:
        self._name, self._surroundings, self._timeout = destination.name, surroundings, destination.timeout
        self._options = options(destination)
        self._folder = Folder(surroundings.feeds / destination.name, self._options.packed)
        self._head = head(destination, self._options, surroundings.publications, surroundings.public_url)
        self._stock = surroundings.stock or Recent(surroundings.recent)
        self._origins = {
            outlet.key: origin(
                destination,
                outlet.key,
                surroundings.publications,
                surroundings.sisters or (destination,),
                surroundings.public_url,
            )
            for outlet in surroundings.publications
        }
        formats, room = self._options.formats, max(4 * self._options.items, 64)
        self._items = Items(formats, self._stock, self._origin, room + max(kind.most for kind in formats))
        base = f"{surroundings.public_url}/feeds/{quote(destination.name, safe='')}"
        archived = formats if self._options.archives else ()
        self._archive = Archive(self._folder, archived, self._stock, self._items, self._options.items, base)
        self._served = f"{surroundings.feeds_from or surroundings.public_url}/feeds/{quote(destination.name, safe='')}"

    def send(self, post: Post) -> Receipt:
        """Write the feed with this post in it. Raises `NotSent` (disk) or `Rejected` (no item can be made of it).

        A post that is not to be seen yet raises `RateLimited` until then: no feed shows what is under embargo.
        """
        item = self._items.of_post(post).item
        if item.published_at > self._surroundings.now():
            raise RateLimited("It is not to be seen before its date of publication.", until=item.published_at)
        self._write(item)
        return self._receipt(post)

    def amend(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 the feed is written from what stands
        """Write the feed with the newer revision in it; guid and date of publication stay."""
        return self.send(post)

    def retract(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 the uid is all a feed needs
        """Write the feed without this post. Raises `NotSent`."""
        self._write(feed_item(post), without=post.uid)
        return self._receipt(post)

    def find(self, post: Post, since: datetime) -> Receipt | None:  # noqa: ARG002 an item has no time of sending
        """The receipt, when every document holds the item at exactly this revision. Raises `NotSent`."""
        try:
            fragments = self._items.of_post(post).fragments
        except Rejected:
            return None
        for kind, fragment in zip(self._options.formats, fragments, strict=True):
            if kind.span is None and fragment not in (self._folder.read(kind.file) or b""):
                return None
        return self._receipt(post)

    def visible(self, sent: Sequence[Sent], since: datetime) -> list[bool]:  # noqa: ARG002 an item has no such time
        """Fetch every document as readers do and look for each item; where nothing serves them nothing is there.

        What the feed is not to hold (any more: taken back, or older than its `items`) is not missed.
        """
        from wireroom.channels.feed.reader import documents, shows

        meant = {item.uid for item in self._newest(self._options.items)}
        pages = documents(self._served, [kind.file for kind in self._options.formats if not kind.span], self._timeout)
        uids = [each.post.uid for each in sent]
        return [uid not in meant or all(shows(page, uid) for page in pages) for uid in uids]

    def check(self) -> str:
        """Prove that the feed's folder can be written to. Raises `NotSent` that says what stands in the way."""
        self._folder.probe()
        return f"{', '.join(kind.file for kind in self._options.formats)} in {self._folder.path}"

    def refresh(self) -> tuple[Path, ...]:
        """Write the documents from the posts that stand, also when there are none yet.

        Returns the files whose bytes changed. Raises `NotSent`, and then no document has changed.
        """
        return self._write(None)

    def _write(self, item: FeedItem | None, without: str = "") -> tuple[Path, ...]:
        with self._folder.locked():
            try:
                pages = self._pages(item, without)
            except WireroomError as error:
                if isinstance(error, NotSent):
                    raise
                raise NotSent(f"The posts of this feed could not be read: {error}") from error
            return self._folder.replace(pages)

    def _pages(self, item: FeedItem | None, without: str) -> dict[str, Page]:
        """Every document that may change: archives before the documents that lead to them."""
        now = self._surroundings.now()
        newest = [each for each in self._newest(self._options.items + 1) if each.uid != without]
        pages, older = self._archive.update(self._head, now, newest, item, without)
        main = replace(self._head, older=self._archive.addresses(older), gone=self._gone())
        pages |= self._below(item, without)
        pages |= self._documents("", main, self._items.of(newest[: self._options.items]), without)
        unwritten = (kind for kind in FORMATS.values() if kind not in self._options.formats)
        return pages | {kind.file: Page(b"") for kind in unwritten}

    def _newest(self, limit: int, label: Label | None = None) -> Sequence[FeedItem]:
        """The newest items that may be seen by now, latest publication first; none under embargo."""
        now = self._surroundings.now()
        found = self._stock.newest(limit, label=label)
        if any(item.published_at > now for item in found):
            found = [item for item in self._stock.newest(2 * limit + 100, label=label) if item.published_at <= now]
        return sorted(found, key=lambda item: item.place, reverse=True)[:limit]

    def _documents(
        self, below: str, about: FeedHead, ready: Sequence[Ready], without: str, formats: Sequence[Format] = ()
    ) -> dict[str, Page]:
        """The documents of one feed, in each of its formats."""
        pages: dict[str, Page] = {}
        for place, kind in enumerate(self._options.formats):
            if formats and kind not in formats:
                continue
            items = self._recent(kind, without) if kind.span else ready
            dated = about.dated(max((each.updated_at for each in items), default=None))
            data = kind.document(dated, [each.fragments[place] for each in items])
            pages[below + kind.file] = Page(data, partial(kind.require_frame, dated))
        return pages

    def _recent(self, kind: Format, without: str) -> Sequence[Ready]:
        """The items of a format that goes back so far and no further."""
        now = self._surroundings.now()
        found = self._stock.newest(kind.most, since=now - (kind.span or now - now))
        return self._items.of(
            sorted(
                (each for each in found if each.uid != without and each.published_at <= now),
                key=lambda each: each.place,
                reverse=True,
            )
        )

    def _below(self, item: FeedItem | None, without: str) -> dict[str, Page]:
        """The feeds by section, tag and author that an item is in, or was."""
        if item is None or not self._options.by:
            return {}
        filed = {(each.kind, each.slug): each for each in self._stock.labels(item.uid)}
        article = item.post.article if item.post else None
        filed |= {(each.kind, each.slug): each for each in labels(article)} if article else {}
        pages: dict[str, Page] = {}
        for label in filed.values():
            if label.kind in self._options.by:
                newest = [each for each in self._newest(self._options.items, label) if each.uid != without]
                ready = self._items.of(newest)
                folder = f"{label.kind}/{label.slug}/"
                pages |= self._documents(folder, self._filed(label), ready, without, _everyday(self._options.formats))
        return pages

    def _filed(self, label: Label) -> FeedHead:
        """The head of the feed by one section, tag or author."""
        whole = self._head
        return replace(
            whole,
            id=uuid.uuid5(uuid.NAMESPACE_URL, f"{whole.id}/{label.kind}/{label.slug}").urn,
            title=f"{label.name} · {whole.title}",
            feed_urls=addresses(self._surroundings.public_url, self._name, label.kind, label.slug),
            hubs=(),
        )

    def _gone(self) -> tuple[Gone, ...]:
        if not self._options.deleted:
            return ()
        return tuple(Gone(uid, at) for uid, at in self._stock.gone(self._options.items))

    def _origin(self, publication: str) -> Origin:
        return self._origins.get(publication, NOWHERE)

    def _receipt(self, post: Post) -> Receipt:
        address = self._head.feed_urls[self._options.formats[0].name]
        return Receipt(remote_id=post.uid, remote_url=address, at=self._surroundings.now())


def _everyday(formats: Sequence[Format]) -> list[Format]:
    """Those that feeds by section, tag and author come in: what partners take, they take whole."""
    return [kind for kind in formats if kind.archived] or list(formats[:1])
