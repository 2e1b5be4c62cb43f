"""What strict, independent validators would say of a document: every error and every warning, none for a good one.

No feed validator can be had as a package, so the rules are ours, each named as the W3C feed validator names its message
(github.com/w3c/feedvalidator, read 2026-11) or after the specification it stands in. Schemas help where there are some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.feeds.validate import atom, jsonfeed, ninjs, rss, sitemap
from tests.feeds.validate.rules import Told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

KINDS: dict[str, Callable[[bytes, Told], list[str]]] = {
    "rss": rss.faults,
    "atom": atom.faults,
    "json": jsonfeed.faults,
    "sitemap": sitemap.faults,
    "ninjs": ninjs.faults,
}


def faults(document: bytes, kind: str, *, now: datetime | None = None, address: str = "") -> list[str]:
    """Each error and warning as "Rule: where: what", for a document of this kind.

    `now` (aware) is the time of the look, that of the machine when None; `address` is where the document was fetched
    from, "" when that does not matter.
    """
    return KINDS[kind](document, Told(now, address))
