"""A feed fetched over HTTP as its readers fetch it, to see whether an item is there."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from wireroom.channels.wire import MOST, Answer, Ask, Wire
from wireroom.compose.feeds.markup import escaped, iri, plain
from wireroom.model.errors import Ending

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

_HOPS = 3  # redirects that are followed: a reader would, say from http to https
_READER = {"Accept": "*/*", "Cache-Control": "no-cache"}


def documents(address: str, names: Sequence[str], timeout: float) -> list[bytes]:
    """The documents of these names below an address, up to the first that is not served, which is empty.

    `timeout` is seconds for each.
    """
    found: list[bytes] = []
    for name in names:
        found.append(_document(f"{address}/{name}", timeout))
        if not found[-1]:
            break
    return found


def shows(document: bytes, uid: str) -> bool:
    """Whether an RSS, Atom or JSON feed has an item of this id; one too long to be read whole is given the benefit."""
    as_json = json.dumps(plain(uid), ensure_ascii=False)
    told = (f">{escaped(plain(uid))}<", f">{escaped(iri(uid))}<", as_json)
    return any(each.encode() in document for each in told) or len(document) >= MOST


def _document(address: str, timeout: float) -> bytes:
    told = ""
    for _ in range(_HOPS + 1):
        try:
            answer = _get(address, timeout)
        except Ending as ending:
            told = ending.message
            break
        if answer.good:
            return answer.body
        told = f"{address} answered {answer.status}"
        onward = answer.headers.get("location", "") if 300 <= answer.status < 400 else ""
        if not onward:
            break
        address = urljoin(address, onward)
    log.warning("a feed is not to be seen: %s", told)
    return b""


def _get(address: str, timeout: float) -> Answer:
    parts = urlsplit(address)
    wire = Wire(f"{parts.scheme}://{parts.netloc}", timeout=timeout, secrets=())
    try:
        return wire.call(Ask(method="GET", path=address.partition(parts.netloc)[2] or "/", headers=_READER))
    finally:
        wire.close()
