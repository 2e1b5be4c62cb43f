"""A picture for X: looked at here, uploaded before the post, described for those who cannot see it."""

from __future__ import annotations

import base64
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wireroom.channels.x_endings import receipt_or_raise
from wireroom.model.errors import NotSent, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from wireroom.channels.wire import Answer
    from wireroom.model.article import Picture

log = logging.getLogger(__name__)

LARGEST = 5 * 1024 * 1024  # bytes of an image that X takes
ALT = 1000  # characters of alt text that X takes
SIGNS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"RIFF")


@dataclass(frozen=True, slots=True)
class Attached:
    """What came of a picture: X's id for it, "" where there is none, and what a person should know about that."""

    media_id: str = ""
    note: str = ""


def attach(picture: Picture, ask: Callable[[str, dict[str, object]], Answer], now: Callable[[], datetime]) -> Attached:
    """Upload a picture and its alt text; `ask(route, body)` posts JSON.

    A picture that X will never take is left out with a note: the news goes out without it. Raises `NotSent`,
    `RateLimited` or `LockedOut` for whatever may pass; nothing was posted then.
    """
    found = look_at(picture)
    if isinstance(found, str):
        return Attached(note=f"the picture was left out: {found}")
    body: dict[str, object] = {"media": base64.b64encode(found).decode(), "media_category": "tweet_image"}
    try:
        data = receipt_or_raise(ask("/2/media/upload", body), now(), write=False)
    except Rejected as refusal:
        return Attached(note=f"the picture was left out: {refusal.message}")
    media_id = str(data.get("id") or "")
    if not media_id:
        raise NotSent("X took the picture but gave no id for it; nothing was posted")
    return Attached(media_id, describe(media_id, picture.alt, ask, now))


def describe(
    media_id: str, alt: str, ask: Callable[[str, dict[str, object]], Answer], now: Callable[[], datetime]
) -> str:
    """Give an uploaded picture its alt text; what a person should know about that, "" when all is well."""
    if not alt:
        return ""
    words = alt if len(alt) <= ALT else alt[: ALT - 1].rstrip() + "…"
    body: dict[str, object] = {"id": media_id, "metadata": {"alt_text": {"text": words}}}
    answer = ask("/2/media/metadata", body)
    if answer.good:
        return ""
    try:
        receipt_or_raise(answer, now(), write=False)
    except Rejected as refusal:
        return f"the picture went out without its alt text: {refusal.message}"
    return ""


def look_at(picture: Picture) -> bytes | str:
    """The picture's bytes, or why X would not take them."""
    try:
        path = Path(picture.path)
        if path.stat().st_size > LARGEST:
            return f"{path.name} is larger than the 5 MB that X takes"
        found = path.read_bytes()
    except OSError as error:
        return f"{picture.path} cannot be read ({error.strerror})"
    return found if found.startswith(SIGNS) else f"{path.name} is not a JPEG, PNG, GIF or WebP"
