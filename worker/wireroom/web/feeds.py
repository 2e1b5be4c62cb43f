"""The feeds and pictures over HTTP: bytes from the disk, exact conditional GET, compressed once per change."""

from __future__ import annotations

import hashlib
import stat
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from wireroom.compose.feeds.formats import FILES, Format, of_file
from wireroom.compose.feeds.labels import KINDS
from wireroom.web.conditional import asked, encoding, fresh, raw, standing, tags
from wireroom.web.readable import page, wants_page
from wireroom.web.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from wireroom.web.shelf import Document

    Headers = Sequence[tuple[bytes, bytes]]
    Links = Callable[[str, str], str]

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
_VARY = "Accept-Encoding, Accept"


def feed_routes(
    feeds_dir: Path, media_dir: Path, *, clock: Callable[[], float] = time.time, links: Links = lambda *_: ""
) -> list[BaseRoute]:
    """Routes for `/feeds/<destination>/<document>` and `/media/<name>`, GET and HEAD.

    `clock` gives seconds since 1970, `links` the Link header of a feed's document (destination, path below it).
    Nothing outside the two folders is ever served, through links neither.
    """

    def media(request: Request) -> Response:
        path = _inside(media_dir, request.path_params["name"])
        return (_media(request, path) if path else None) or _missing(_NO_MEDIA)

    return [Mount("/feeds", app=Feeds(feeds_dir, clock, links)), Route("/media/{name}", media)]


class Feeds:
    """Serves feed documents, as an ASGI application: what a reader asks for a thousand times costs little."""

    def __init__(self, folder: Path, clock: Callable[[], float], links: Links) -> None:
        self._folder, self._clock, self._links = folder, clock, links
        self._shelf = Shelf()
        self._places: dict[str, tuple[Path, Format, str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            allow = {"allow": "GET, HEAD"}
            await PlainTextResponse("Feeds are for reading.\n", 405, headers=allow)(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        place = self._place(path)
        document = self._shelf.document(place[0], place[1]) if place else None
        if place is None or document is None:
            await _missing(_NO_FEED)(scope, receive, send)
            return
        status, headers, body = self._answer(scope["headers"], document, place[2])
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _answer(self, headers: Headers, document: Document, link: str) -> tuple[int, Headers, bytes]:
        if wants_page(headers) and (told := page(document)):
            return 200, raw(told.headers), told.body
        coding = encoding(asked(headers, b"accept-encoding"))
        tag = f'"{document.tag}-{coding}"' if coding else f'"{document.tag}"'
        told_headers = standing(tag, min(document.modified, int(self._clock()))) | {"vary": _VARY}
        if link:
            told_headers["link"] = link
        named = asked(headers, b"if-none-match")
        if fresh(named, asked(headers, b"if-modified-since"), tag, document.modified):
            return 304, raw(told_headers), b""
        told_headers["content-type"] = document.kind.media_type
        if coding:
            told_headers["content-encoding"] = coding
        delta = _delta(headers, named, document, coding)
        if delta is not None:
            told_headers |= {
                "im": "feed",
                "cache-control": "private, im, max-age=0",
                "vary": f"{_VARY}, A-IM, If-None-Match",
                "content-length": str(len(delta)),
            }
            return 226, raw(told_headers), delta
        body = document.packed(coding)
        return 200, raw(told_headers | {"content-length": str(len(body))}), body

    def _place(self, path: str) -> tuple[Path, Format, str] | None:
        """Where the document of an address is, its format, and its Link header; None for no document's address."""
        known = self._places.get(path)
        if known is None:
            known = self._found(path.strip("/").split("/"))
            if known is not None and len(self._places) < 10_000:
                self._places[path] = known
        return known

    def _found(self, names: list[str]) -> tuple[Path, Format, str] | None:
        destination, *below = names
        if not below or not _a_document(below):
            return None
        kind, path = of_file(below[-1]), _inside(self._folder, destination, *below)
        return (path, kind, self._links(destination, "/".join(below))) if kind and path else None


def _a_document(below: Sequence[str]) -> bool:
    """Whether names below a feed's folder are a document's: its own, an archive's, one by section, tag or author."""
    if len(below) == 1:
        return below[0] in FILES
    if len(below) == 2:
        return below[0] == "archive" and below[1] not in FILES
    return len(below) == 3 and below[0] in KINDS and below[2] in FILES


def _delta(headers: Headers, named: str, document: Document, coding: str) -> bytes | None:
    """What is new to a reader that takes changes alone (RFC 3229, A-IM: feed), where it names a version we remember."""
    if "feed" not in [each.strip() for each in asked(headers, b"a-im").lower().split(",")]:
        return None
    for tag in tags(named):
        found = document.since(tag.strip('"').partition("-")[0], coding)
        if found is not None:
            return found
    return None


def _media(request: Request, path: Path) -> Response | None:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            return None
        tag = f'"{_fingerprint(path, facts.st_mtime_ns, facts.st_size, facts.st_ino)}"'
    except OSError:
        return None
    headers = standing(tag, int(facts.st_mtime))
    named = ", ".join(request.headers.getlist("if-none-match"))
    if fresh(named, request.headers.get("if-modified-since", ""), tag, int(facts.st_mtime)):
        return Response(status_code=304, headers=headers)
    kind = _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
    return FileResponse(path, headers=headers, media_type=kind, stat_result=facts)


@lru_cache(maxsize=1024)
def _fingerprint(path: Path, changed: int, size: int, inode: int) -> str:  # noqa: ARG001 they tell versions apart
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _inside(root: Path, *names: str) -> Path | None:
    """The file of that name under `root`; None for a name that is hidden, holds a slash or leads elsewhere."""
    if any(not name or name.startswith(".") or set(name) & set("/\\\0") for name in names):
        return None
    path = root.joinpath(*names).resolve()
    return path if path.is_relative_to(root.resolve()) else None


def _missing(line: str) -> Response:
    headers = {"cache-control": "no-store", "access-control-allow-origin": "*", "x-content-type-options": "nosniff"}
    return PlainTextResponse(line, status_code=404, headers=headers)
