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

from wireroom.compose.feeds.formats import ARCHIVE, FILES, Format, of_file
from wireroom.compose.feeds.labels import KINDS
from wireroom.web.conditional import encoding, fresh, raw, standing, tags
from wireroom.web.readable import PERSON, page, wants_page
from wireroom.web.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

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
_HEARD = frozenset((b"accept", b"accept-encoding", b"a-im", b"if-none-match", b"if-modified-since", *PERSON))


def feed_routes(
    feeds_dir: Path, media_dir: Path, *, clock: Callable[[], float] = time.time, links: Links = lambda *_: ""
) -> list[BaseRoute]:
    """Routes for `/feeds/<destination>/<document>` and `/media/<name>`, GET and HEAD.

    `clock` gives seconds since 1970, `links` the Link header of a feed's document (destination, path below it).
    Nothing outside the two folders is ever served, through links neither.
    """
    return [Mount("/feeds", app=Feeds(feeds_dir, clock, links)), media_route(media_dir)]


def media_route(media_dir: Path) -> BaseRoute:
    """The route for `/media/<name>`, GET and HEAD."""

    def media(request: Request) -> Response:
        path = _inside(media_dir, request.path_params["name"])
        return (_media(request, path) if path else None) or _missing(_NO_MEDIA)

    return Route("/media/{name}", media)


class Front:
    """Hands what asks for a feed to the feeds at once: nine of ten requests never see the rest of the web."""

    def __init__(self, app: ASGIApp, feeds: Feeds) -> None:
        self._app, self._feeds = app, feeds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope["path"].startswith("/feeds/"):
            await self._feeds.serve(scope["path"].removeprefix("/feeds"), scope, receive, send)
        else:
            await self._app(scope, receive, send)


class Feeds:
    """Serves feed documents, as an ASGI application: what a reader asks for a thousand times costs little."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time, links: Links = lambda *_: "") -> None:
        self._folder, self._clock, self._links = folder, clock, links
        self._shelf = Shelf()
        self._places: dict[str, tuple[Path, Format, str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, where the feeds are mounted somewhere."""
        await self.serve(scope["path"].removeprefix(scope.get("root_path", "")), scope, receive, send)

    async def serve(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for what is at `path` below the feeds."""
        method, place = scope["method"], self._place(path)
        document = self._shelf.document(place[0], place[1]) if place else None
        if method not in ("GET", "HEAD"):
            allow = {"allow": "GET, HEAD"}
            await PlainTextResponse("Feeds are for reading.\n", 405, headers=allow)(scope, receive, send)
        elif place is None or document is None:
            await _missing(_NO_FEED)(scope, receive, send)
        else:
            status, headers, body = self._answer(_told(scope["headers"]), document, place[2])
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})

    def _answer(self, told: Mapping[bytes, str], document: Document, link: str) -> tuple[int, Headers, bytes]:
        """Status, headers and body for what a request said of itself."""
        if wants_page(told) and (shown := page(document)):
            return 200, raw(shown.headers), shown.body
        coding = encoding(told.get(b"accept-encoding", ""))
        tag = f'"{document.tag}-{coding}"' if coding else f'"{document.tag}"'
        whole, same = self._headers(document, coding, tag, link)
        named = told.get(b"if-none-match", "")
        if named == tag or fresh(named, told.get(b"if-modified-since", ""), tag, document.modified):
            return 304, same, b""
        if (delta := _delta(told, named, document, coding)) is not None:
            return 226, _of_changes(whole, delta), delta
        return 200, whole, document.packed(coding)

    def _headers(self, document: Document, coding: str, tag: str, link: str) -> tuple[Headers, Headers]:
        """Those of a 200 and of its 304, made once for each version and encoding."""
        known: tuple[Headers, Headers] | None = document.notes.get((coding, link))
        if known is not None:
            return known
        now = int(self._clock())
        same = standing(tag, min(document.modified, now)) | {"vary": _VARY} | ({"link": link} if link else {})
        whole = {"content-type": document.kind.media_type, "content-length": str(len(document.packed(coding)))}
        made = raw(same | whole | ({"content-encoding": coding} if coding else {})), raw(same)
        if document.modified <= now:
            document.notes[coding, link] = made
        return made

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
        return below[0] == ARCHIVE and below[1] not in FILES
    return len(below) == 3 and below[0] in KINDS and below[2] in FILES


def _told(headers: Headers) -> dict[bytes, str]:
    """What a request says of itself, as far as it matters here; several headers of one name are joined."""
    told: dict[bytes, str] = {}
    for name, value in headers:
        if name in _HEARD:
            told[name] = f"{told[name]}, {value.decode('latin-1')}" if name in told else value.decode("latin-1")
    return told


def _delta(told: Mapping[bytes, str], named: str, document: Document, coding: str) -> bytes | None:
    """What is new to a reader that takes changes alone (RFC 3229, A-IM: feed), where it names a version we remember."""
    if b"a-im" not in told or "feed" not in [each.strip() for each in told[b"a-im"].lower().split(",")]:
        return None
    for tag in tags(named):
        found = document.since(tag.strip('"').partition("-")[0], coding)
        if found is not None:
            return found
    return None


def _of_changes(whole: Headers, delta: bytes) -> Headers:
    """The headers of a whole document as those of its changes: for this reader alone."""
    changed = {
        b"im": b"feed",
        b"cache-control": b"private, im, max-age=0",
        b"vary": f"{_VARY}, A-IM, If-None-Match".encode(),
        b"content-length": str(len(delta)).encode(),
    }
    return [*((name, value) for name, value in whole if name not in changed), *changed.items()]


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
