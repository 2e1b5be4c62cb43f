"""The documents of a feed from where they are: files, or addresses on the web, and on to older ones."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from wireroom.model.errors import ArticleError
from wireroom.sources.feed import read_document
from wireroom.sources.outlets import is_address
from wireroom.sources.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wireroom.sources.feed_item import Document

MOST = 64 * 1024 * 1024  # bytes of one document
DOCUMENTS = 1000  # of one feed; more are a loop
_TIMEOUT = 20.0  # seconds without a byte
_PATIENCE = 300.0  # seconds for one document
_HOPS = 5
_HEADERS = {
    "User-Agent": "Wireroom (import-feed)",
    "Accept": "application/rss+xml, application/atom+xml, application/feed+json, application/xml, */*;q=0.5",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A document and what it is called in errors and in the log: its address without secrets, or its path."""

    name: str
    document: Document


def documents(place: str, *, archives: bool) -> Iterator[Found | ArticleError]:
    """The document at an address or in a file; with `archives` the older ones it leads to, newest first.

    What cannot be had or read comes as an error, and ends it.
    """
    seen: set[str] = set()
    while place and place not in seen and len(seen) < DOCUMENTS:
        seen.add(place)
        name = shown(place)
        try:
            raw, place = fetch(place)
            document = read_document(raw, name)
        except ArticleError as error:
            yield error
            return
        yield Found(name, document)
        place = _onward(place, document.older) if archives else ""


def fetch(place: str) -> tuple[bytes, str]:
    """The bytes at an address or in a file, and where they were found in the end. Raises `ArticleError`."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", place) and not is_address(place):
        raise ArticleError(shown(place), "found no web address; expected http://, https:// or the path of a file")
    return _from_web(place) if is_address(place) else (_from_file(place), place)


def shown(place: str) -> str:
    """A place as it may be told: an address without a user's name, password and query."""
    if not is_address(place):
        return one_line(place)
    parts = urlsplit(place)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _onward(place: str, older: str) -> str:
    """Where the older document is: from the web only on the web, from a file on the web or beside the file."""
    if not older or is_address(older):
        return older
    if is_address(place):
        onward = urljoin(place, older)
        return onward if is_address(onward) else ""
    return "" if "://" in older else str(Path(place).parent / Path(older).name)


def _from_file(place: str) -> bytes:
    try:
        path = Path(place)
        if path.is_dir():
            raise ArticleError(one_line(place), "found a folder; expected a file with a feed in it")
        with path.open("rb") as file:
            raw = file.read(MOST + 1)
    except FileNotFoundError:
        raise ArticleError(one_line(place), "found no such file; expected a feed, or an address") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArticleError(one_line(place), f"found a file that cannot be read ({reason}); expected a feed") from None
    return _bounded(raw, one_line(place))


def _from_web(address: str) -> tuple[bytes, str]:
    import requests

    name = shown(address)
    try:
        with requests.Session() as session:
            session.max_redirects = _HOPS
            with session.get(address, headers=_HEADERS, timeout=_TIMEOUT, stream=True) as answer:
                if not answer.ok:
                    raise ArticleError(name, f"found the answer {answer.status_code}; expected a feed")
                return _bounded(_body(answer, name), name), answer.url
    except requests.TooManyRedirects:
        raise ArticleError(name, f"found more than {_HOPS} redirects; expected a feed") from None
    except requests.Timeout:
        raise ArticleError(name, f"found no answer within {_TIMEOUT:.0f} seconds; expected a feed") from None
    except requests.exceptions.SSLError:
        raise ArticleError(name, "found a certificate that is not trusted; expected a feed") from None
    except (requests.RequestException, ValueError) as error:  # ValueError: an address that is none after all
        what = "an answer that breaks off" if "Chunked" in type(error).__name__ else "no server that answers there"
        raise ArticleError(name, f"found {what}; expected a feed") from None


def _body(answer: object, name: str) -> bytes:
    raw, end = bytearray(), time.monotonic() + _PATIENCE
    for piece in answer.iter_content(65536):  # type: ignore[attr-defined]  # requests is loaded when it is needed
        raw += piece
        if len(raw) > MOST:
            break
        if time.monotonic() > end:
            raise ArticleError(name, f"found an answer that takes over {_PATIENCE:.0f} seconds; expected a feed")
    return bytes(raw)


def _bounded(raw: bytes, name: str) -> bytes:
    if len(raw) > MOST:
        raise ArticleError(name, f"found more than {MOST:,} bytes; expected a feed of at most so many")
    if not raw.strip():
        raise ArticleError(name, "found nothing; expected a feed")
    return raw
