"""The picture that goes with an article: a file beside it, an address, or the bytes themselves."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wireroom.model.article import Picture
from wireroom.sources.outlets import is_address
from wireroom.sources.wording import one_line, quote

if TYPE_CHECKING:
    from wireroom.sources.fields import Fields

_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/avif": "avif"}
_TYPES = {suffix: media_type for media_type, suffix in _SUFFIXES.items()} | {"jpeg": "image/jpeg"}
_FORMATS = "expected a PNG, JPEG, GIF, WebP or AVIF picture"
_MOST = 20 * 1024 * 1024  # bytes; no platform takes a larger still picture


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article was found: the folder its files are beside, and what it may name.

    `allow_paths` is for a person's own files; a stranger's JSON must not name files of this machine. `media` is the
    folder into which pictures that come as bytes are written, None to refuse them.
    """

    folder: Path
    allow_paths: bool = True
    media: Path | None = None


def media_type_of(head: bytes) -> str:
    """The media type of a picture by its first 16 bytes, "" where they are no picture's."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return "image/avif" if head[4:12] in (b"ftypavif", b"ftypavis") else ""


def picture_of(fields: Fields, key: str, place: Place) -> Picture | None:
    """The picture under `key`: an address or file name, or a group of {file|path|url|data, alt, credit, caption, …}.

    Raises `ArticleError` for a file that is missing, is no picture or may not be named here.
    """
    if not fields.has(key):
        return None
    if not fields.is_group(key):
        where = fields.text(key)
        name = "url" if is_address(where) else "data" if where.startswith("data:") else "file"
        return _locate(fields.within(key, {name: where}), place) if where else None
    inner = fields.within(key)
    if not any(inner.has(name) for name in ("file", "path", "url", "data")):
        raise fields.wrong(key, "found neither `file` nor `url`; expected one of them")
    located = _locate(inner, place)
    return replace(
        located, alt=one_line(inner.text("alt")), credit=one_line(inner.text("credit")),
        caption=one_line(inner.text("caption")),
    )  # fmt: skip


def _locate(fields: Fields, place: Place) -> Picture:
    url = fields.text("url")
    key = next((name for name in ("file", "path") if fields.has(name)), "")
    if url.startswith("data:") or (not key and not url):
        return _from_bytes(fields, "url" if url else "data", place)
    if url and not is_address(url):
        raise fields.wrong("url", f"found {quote(url)}; expected an address that begins with https://")
    if not key:
        return _remote(fields, url)
    if not place.allow_paths:
        raise fields.wrong(key, "found the path of a file; expected `url` (an address) or `data` (base64)")
    return replace(_local(fields, key, place), url=url)


def _remote(fields: Fields, url: str) -> Picture:
    guessed = _TYPES.get(urlsplit(url).path.rpartition(".")[2].lower(), "")
    return Picture(
        url=url,
        media_type=fields.text("media_type") or guessed,
        length=fields.number("length"),
        width=fields.number("width"),
        height=fields.number("height"),
    )


def _local(fields: Fields, key: str, place: Place) -> Picture:
    named = fields.text(key)
    try:
        path = (place.folder / Path(named).expanduser()).resolve()
        if not path.is_file():
            raise fields.wrong(key, f"found no file {quote(named)}; expected a picture beside the article")
        length = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(16)
    except (OSError, ValueError, RuntimeError) as error:
        raise fields.wrong(key, f"{quote(named)} cannot be read ({one_line(str(error))}); {_FORMATS}") from None
    return _measured(fields, key, path, head, length)


def _measured(fields: Fields, key: str, path: Path, head: bytes, length: int) -> Picture:
    import imagesize

    media_type = media_type_of(head)
    if not media_type:
        raise fields.wrong(key, f"{quote(path.name)} is no picture; {_FORMATS}")
    if length > _MOST:
        raise fields.wrong(key, f"{quote(path.name)} has {length:,} bytes; expected at most {_MOST:,}")
    try:
        width, height = imagesize.get(path)
    except Exception:  # noqa: BLE001 (a damaged file can make the reader fail in any way)
        width = height = 0
    if width <= 0 or height <= 0 or _cut_short(path, media_type):
        raise fields.wrong(key, f"{quote(path.name)} is a damaged picture; {_FORMATS}")
    return Picture(path=str(path), media_type=media_type, length=length, width=int(width), height=int(height))


def _cut_short(path: Path, media_type: str) -> bool:
    """Whether a picture's end is missing, as after a transfer that broke off; platforms refuse such a file."""
    raw = path.read_bytes()
    if media_type == "image/png":
        return b"IEND" not in raw
    if media_type == "image/jpeg":
        return b"\xff\xd9" not in raw
    return media_type == "image/webp" and int.from_bytes(raw[4:8], "little") > len(raw) - 8


def _from_bytes(fields: Fields, key: str, place: Place) -> Picture:
    if place.media is None:
        raise fields.wrong(key, "found a picture as data; expected `url` (an address), data is not taken here")
    coded = fields.text(key)
    if coded.startswith("data:"):
        coded = coded.partition(",")[2]
    try:
        raw = base64.b64decode("".join(coded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise fields.wrong(key, "found no base64; expected the picture's bytes in base64") from None
    media_type = media_type_of(raw[:16])
    if not media_type:
        raise fields.wrong(key, f"the data is no picture; {_FORMATS}")
    path = place.media.resolve() / f"{hashlib.sha256(raw).hexdigest()[:32]}.{_SUFFIXES[media_type]}"
    try:
        place.media.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    except OSError as error:
        raise fields.wrong(key, f"the picture cannot be kept: {one_line(str(error))}") from None
    return _measured(fields, key, path, raw[:16], len(raw))
