"""The feeds and pictures over HTTP: bytes from the disk, exact conditional GET, compressed once per change."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import stat
import threading
import time
from dataclasses import dataclass
from email.utils import formatdate, mktime_tz, parsedate_tz
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from wireroom.compose.feeds.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

MAX_AGE = 300
"""Seconds a reader may keep a feed or picture without asking again."""

_FEED_TYPES = {kind.file: kind.media_type for kind in FORMATS.values()}
_MEDIA_TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
_NO_FEED = "There is no such feed. A feed is at /feeds/<destination>/rss.xml, atom.xml or feed.json.\n"
_NO_MEDIA = "There is no such picture.\n"
_TAG = re.compile(r'(?:W/)?("[^"]*")')


def feed_routes(feeds_dir: Path, media_dir: Path, *, clock: Callable[[], float] = time.time) -> list[BaseRoute]:
    """Routes for `/feeds/<destination>/<document>` and `/media/<name>`, GET and HEAD.

    `clock` gives seconds since 1970. Nothing outside the two folders is ever served, through links neither.
    """
    shelf = _Shelf()

    def feed(request: Request) -> Response:
        destination, name = request.path_params["destination"], request.path_params["document"]
        path = _inside(feeds_dir, destination, name) if name in _FEED_TYPES else None
        page = shelf.page(path) if path else None
        return _feed(request, page, _FEED_TYPES[name], clock()) if page else _missing(_NO_FEED)

    def media(request: Request) -> Response:
        path = _inside(media_dir, request.path_params["name"])
        return (_media(request, path) if path else None) or _missing(_NO_MEDIA)

    return [Route("/feeds/{destination}/{document}", feed), Route("/media/{name}", media)]


@dataclass(frozen=True, slots=True)
class _Page:
    """A document as it is served: plain and compressed, with what tells it from every other."""

    stamp: tuple[int, int, int]
    data: bytes
    zipped: bytes
    tag: str
    modified: int  # the first whole second (since 1970) at which no older version can have been served

    def as_asked(self, request: Request) -> tuple[bytes, dict[str, str]]:
        """The bytes in the encoding the reader takes, and the headers that name it; each encoding has its tag."""
        if _takes_gzip(request.headers.getlist("accept-encoding")):
            return self.zipped, {"etag": f'"{self.tag}-gzip"', "content-encoding": "gzip"}
        return self.data, {"etag": f'"{self.tag}"'}


class _Shelf:
    """The documents in memory, read again when the file has changed."""

    def __init__(self) -> None:
        self._pages: dict[Path, _Page] = {}
        self._lock = threading.Lock()

    def page(self, path: Path) -> _Page | None:
        """The document at `path` as it is now, None where there is none."""
        with self._lock:
            known = self._pages.get(path)
            try:
                with path.open("rb") as file:
                    facts = os.fstat(file.fileno())
                    stamp = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
                    if known is None or known.stamp != stamp:
                        known = self._pages[path] = _page(stamp, file.read(), known)
            except OSError:
                self._pages.pop(path, None)
                return None
            return known


def _page(stamp: tuple[int, int, int], data: bytes, before: _Page | None) -> _Page:
    """A document just read. `before` is the version served until now.

    A date has only whole seconds. Where two versions were served within one, the newer counts as changed in the
    next, so that a reader who knows the older only by its date is not told that nothing changed (RFC 9110, 8.8.2.2).
    """
    tag = hashlib.sha256(data).hexdigest()[:32]
    modified = stamp[0] // 1_000_000_000
    if before is not None:
        modified = before.modified if before.tag == tag else max(modified, before.modified + 1)
    return _Page(stamp, data, gzip.compress(data, 6, mtime=0), tag, modified)


def _feed(request: Request, page: _Page, media_type: str, now: float) -> Response:
    data, coding = page.as_asked(request)
    headers = _headers(coding["etag"], min(page.modified, int(now))) | {"vary": "Accept-Encoding"}
    if _fresh(request, coding["etag"], page.modified):
        return Response(status_code=304, headers=headers)
    headers |= coding | {"content-type": media_type, "content-length": str(len(data))}
    return Response(b"" if request.method == "HEAD" else data, headers=headers)


def _media(request: Request, path: Path) -> Response | None:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            return None
        tag = f'"{_fingerprint(path, facts.st_mtime_ns, facts.st_size, facts.st_ino)}"'
    except OSError:
        return None
    headers = _headers(tag, int(facts.st_mtime))
    if _fresh(request, tag, int(facts.st_mtime)):
        return Response(status_code=304, headers=headers)
    kind = _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
    return FileResponse(path, headers=headers, media_type=kind, stat_result=facts)


@lru_cache(maxsize=1024)
def _fingerprint(path: Path, changed: int, size: int, inode: int) -> str:  # noqa: ARG001 they tell versions apart
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _headers(tag: str, modified: int) -> dict[str, str]:
    """What a 200 and its 304 have in common (RFC 9110, 15.4.5)."""
    return {
        "etag": tag,
        "last-modified": formatdate(modified, usegmt=True),
        "cache-control": f"public, max-age={MAX_AGE}",
        "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
    }


def _fresh(request: Request, tag: str, modified: int) -> bool:
    """Whether the reader holds this very version: by tag where it names one, else by date (RFC 9110, 13.2.2).

    Some readers make up the date, so a later one counts as well.
    """
    named = ", ".join(request.headers.getlist("if-none-match"))
    if named:
        return named.strip() == "*" or tag in _TAG.findall(named)
    since = parsedate_tz(request.headers.get("if-modified-since", ""))
    try:
        return since is not None and mktime_tz((*since[:9], since[9] or 0)) >= modified
    except (ValueError, OverflowError):
        return False


def _takes_gzip(accepted: list[str]) -> bool:
    """Whether gzip is among the encodings a reader accepts (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for part in ",".join(accepted).lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        try:
            weights[name] = float(weight or 1)
        except ValueError:
            weights[name] = 0.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _inside(root: Path, *names: str) -> Path | None:
    """The file of that name under `root`; None for a name that is hidden, holds a slash or leads elsewhere."""
    if any(not name or name.startswith(".") or set(name) & set("/\\\0") for name in names):
        return None
    path = root.joinpath(*names).resolve()
    return path if path.is_relative_to(root.resolve()) else None


def _missing(line: str) -> Response:
    headers = {"cache-control": "no-store", "access-control-allow-origin": "*", "x-content-type-options": "nosniff"}
    return PlainTextResponse(line, status_code=404, headers=headers)
