"""Pictures and video uploaded to the X stand-in: one call, or initialize, append, finalize."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from wireroom.sandbox import problems
from wireroom.sandbox.snowflake import snowflake
from wireroom.sandbox.values import Medium

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

ONE_SHOT = ("tweet_image", "dm_image", "subtitles")
CATEGORIES = (*ONE_SHOT, "amplify_video", "tweet_gif", "tweet_video", "dm_gif", "dm_video")
MEDIA_TYPES = (
    "video/mp4", "video/webm", "video/mp2t", "video/quicktime", "text/srt", "text/vtt", "image/jpeg", "image/gif",
    "image/bmp", "image/png", "image/webp", "image/pjpeg", "image/tiff", "model/gltf-binary", "model/vnd.usdz+zip",
)  # fmt: skip
MEGABYTE = 1024 * 1024
BOUNDS = {"image": 5 * MEGABYTE, "gif": 15 * MEGABYTE, "video": 512 * MEGABYTE}
UNFINISHED_LIFE = timedelta(seconds=1_295_999)
LIFE = timedelta(seconds=86_400)
_MAGIC = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF8", "image/gif"))


def media_type_of(data: bytes) -> str:
    """The type of a picture by its first bytes, "" for anything X does not take as one."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((name for magic, name in _MAGIC if data.startswith(magic)), "")


class MediaBook:
    """All uploads. Not locked: the state that owns it holds the lock."""

    def __init__(self, sequence: Callable[[], int]) -> None:
        self._sequence = sequence
        self._media: dict[str, Medium] = {}

    def upload(self, user_id: str, category: str, data: bytes, now: datetime) -> Medium:
        """Take a whole picture in one call; only image categories, 5 MB at most."""
        if category not in ONE_SHOT:
            raise problems.invalid([f"$.media_category: does not have a value in the enumeration {list(ONE_SHOT)}"])
        media_type = media_type_of(data)
        if category != "subtitles" and not media_type:
            raise problems.invalid(["media type unrecognized."])
        return self._finish(self._new(user_id, category, media_type or "text/srt", now), data, now, timedelta(0))

    def initialize(self, user_id: str, category: str, media_type: str, total: int, now: datetime) -> Medium:
        """Open an upload in pieces."""
        return self._keep(replace(self._new(user_id, category, media_type, now), total=total))

    def append(self, identifier: str, user_id: str, index: int, data: bytes, now: datetime) -> Medium:
        """Take one piece; the same index again replaces it."""
        medium = self.own(identifier, user_id, now)
        if medium.finished:
            raise problems.invalid([f"Media ID {identifier} is finalized already."])
        kept = {**medium.segments, index: data}
        if sum(map(len, kept.values())) > medium.total:
            raise problems.invalid(["Segments do not add up to provided total file size."])
        return self._keep(replace(medium, segments=kept))

    def finalize(self, identifier: str, user_id: str, now: datetime, processing: timedelta) -> Medium:
        """Close an upload in pieces: they must be there from 0 on and add up to the size announced."""
        medium = self.own(identifier, user_id, now)
        if medium.finished:
            return medium
        data = b"".join(medium.segments[index] for index in sorted(medium.segments))
        if len(data) != medium.total or sorted(medium.segments) != list(range(len(medium.segments))):
            raise problems.invalid(["Segments do not add up to provided total file size."])
        return self._finish(replace(medium, segments={}), data, now, processing)

    def describe(self, identifier: str, user_id: str, alt: str, now: datetime) -> Medium:
        """Set the text for those who do not see the picture."""
        return self._keep(replace(self.own(identifier, user_id, now), alt=alt))

    def own(self, identifier: str, user_id: str, now: datetime) -> Medium:
        """A user's upload that has not expired. Raises the 400 refusal where there is none."""
        medium = self._media.get(identifier)
        if medium is None or medium.user_id != user_id or medium.expires <= now:
            raise problems.invalid([f"Media ID {identifier} is invalid or expired."], {"media_id": [identifier]})
        return medium

    def usable(self, identifiers: Sequence[str], user_id: str, now: datetime) -> bool:
        """Whether a post may show these: all there, ready, unexpired, 4 pictures or 1 GIF or 1 video."""
        found = [self._media.get(identifier) for identifier in identifiers]
        for medium in found:
            if medium is None or medium.user_id != user_id or not medium.finished:
                return False
            if medium.expires <= now or medium.ready > now:
                return False
        moving = [one for one in found if one is not None and one.category not in ONE_SHOT]
        return not moving or len(found) == 1

    def get(self, identifier: str) -> Medium | None:
        """An upload, expired or not: a post keeps its picture."""
        return self._media.get(identifier)

    def _new(self, user_id: str, category: str, media_type: str, now: datetime) -> Medium:
        return Medium(
            id=snowflake(now, self._sequence()),
            user_id=user_id,
            category=category,
            media_type=media_type,
            created=now,
            ready=now,
            expires=now + UNFINISHED_LIFE,
        )

    def _finish(self, medium: Medium, data: bytes, now: datetime, processing: timedelta) -> Medium:
        kind = "gif" if medium.category.endswith("gif") else "video" if medium.category.endswith("video") else "image"
        if not data or len(data) > BOUNDS[kind]:
            raise problems.invalid([f"File size exceeds {BOUNDS[kind]} bytes." if data else "The media is empty."])
        kept = b"" if kind == "video" else data
        wait = timedelta(0) if kind == "image" else processing
        done = replace(medium, data=kept, size=len(data), finished=True, ready=now + wait, expires=now + LIFE)
        return self._keep(done)

    def _keep(self, medium: Medium) -> Medium:
        self._media[medium.id] = medium
        return medium
