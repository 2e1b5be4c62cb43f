"""The posts and photos on the Facebook stand-in and its duplicate rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING

from wireroom.sandbox import graph_errors
from wireroom.sandbox.values import PagePost, Photo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from wireroom.sandbox.rules import FacebookRules
    from wireroom.sandbox.values import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPost:
    """A Page post as it was asked for; `late` and `lag` are the fault's: exists later, is seen later."""

    message: str
    link: str = ""
    published: bool = True
    publish_at: datetime | None = None
    photo_ids: tuple[str, ...] = ()
    late: timedelta = timedelta(0)
    lag: timedelta = timedelta(0)


class PageBook:
    """All posts and photos of the Facebook stand-in. Not locked: the state that owns it holds the lock."""

    def __init__(self, sequence: Callable[[], int]) -> None:
        self._sequence = sequence
        self._posts: dict[str, PagePost] = {}
        self._of_page: dict[str, list[str]] = {}
        self._same: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
        self._photos: dict[str, Photo] = {}

    def post(self, page: Page, new: NewPost, rules: FacebookRules, now: datetime) -> PagePost:
        """Put a post on a Page. Raises the refusals for duplicates and for photos shown before."""
        self._refuse_duplicate(page, new, rules, now)
        self._refuse_used_photos(page, new)
        created = now + new.late
        post = PagePost(
            id=f"{page.page_id}_{self._number()}",
            page_id=page.page_id,
            app_id=page.app_id,
            message=new.message,
            link=new.link,
            created=created,
            updated=created,
            visible=created + max(timedelta(seconds=rules.lag), new.lag),
            published=new.published,
            publish_at=new.publish_at,
            photo_ids=new.photo_ids,
        )
        self._keep(post)
        self._of_page.setdefault(page.page_id, []).append(post.id)
        self._same.setdefault((page.page_id, new.message, new.link, new.photo_ids), []).append(post.id)
        for identifier in new.photo_ids:
            self._photos[identifier] = replace(self._photos[identifier], post_id=post.id)
        return post

    def add_photo(self, page: Page, photo: Photo) -> Photo:
        """Keep a photo under an id of its own."""
        kept = replace(photo, id=self._number(), page_id=page.page_id)
        self._photos[kept.id] = kept
        return kept

    def photo(self, identifier: str) -> Photo | None:
        """A photo, or None."""
        return self._photos.get(identifier)

    def get(self, identifier: str, now: datetime) -> PagePost | None:
        """A post that exists at `now` and was not deleted, or None."""
        post = self._posts.get(identifier)
        return post if post and post.created <= now and post.deleted is None else None

    def change(self, post: PagePost, **changes: object) -> PagePost:
        """Set some of a post's fields anew."""
        return self._keep(replace(post, **changes))  # type: ignore[arg-type]

    def of_page(self, page_id: str, rules: FacebookRules, now: datetime, *, all_of_them: bool) -> list[PagePost]:
        """A Page's visible posts, newest first (or in no order, or with gaps, if the rules say so).

        `all_of_them` takes in unpublished and scheduled ones, as `/feed` does.
        """
        posts = [self._posts[key] for key in reversed(self._of_page.get(page_id, []))]
        shown = [
            one
            for one in posts
            if one.visible <= now and one.deleted is None and (all_of_them or one.is_out(now)) and not _lost(one, rules)
        ]
        shown.sort(key=lambda one: _shuffled(one.id) if rules.ranked else -one.created.timestamp())
        return shown

    def every(self) -> tuple[PagePost, ...]:
        """All posts ever made, also deleted ones and those that do not exist yet, oldest first."""
        return tuple(self._posts.values())

    def _number(self) -> str:
        return str(122_100_000_000_000_000 + self._sequence())

    def _keep(self, post: PagePost) -> PagePost:
        self._posts[post.id] = post
        return post

    def _refuse_duplicate(self, page: Page, new: NewPost, rules: FacebookRules, now: datetime) -> None:
        if rules.duplicates == "off" or not (new.message or new.link) or not new.published:
            return
        same = self._same.get((page.page_id, new.message, new.link, new.photo_ids), ())
        standing = [one for one in (self.get(key, now) for key in same) if one is not None]
        if rules.duplicates == "last":
            out = (one for one in self._newest_first(page, now) if one.is_out(now))
            hit = any(one in standing for one in islice(out, rules.duplicate_last))
        else:
            hit = any(now - one.created <= timedelta(seconds=rules.duplicate_window) for one in standing)
        if hit:
            raise graph_errors.duplicate(rules.duplicate_code)

    def _newest_first(self, page: Page, now: datetime) -> Iterator[PagePost]:
        keys = reversed(self._of_page.get(page.page_id, []))
        return (one for one in (self.get(key, now) for key in keys) if one is not None)

    def _refuse_used_photos(self, page: Page, new: NewPost) -> None:
        for identifier in new.photo_ids:
            photo = self._photos.get(identifier)
            if photo is None or photo.page_id != page.page_id:
                raise graph_errors.parameter(f"attached_media: there is no photo {identifier}")
            if photo.post_id:
                raise graph_errors.photos_posted()


def _shuffled(identifier: str) -> float:
    """A number in 0..1 that belongs to an id: order and gaps are the same at every reading."""
    return int.from_bytes(sha256(identifier.encode()).digest()[:6]) / float(1 << 48)


def _lost(post: PagePost, rules: FacebookRules) -> bool:
    return rules.missing > 0 and _shuffled(f"{post.id}?") < rules.missing
