"""What the Link header of a feed's documents says (RFC 8288)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from wireroom.compose.feeds.options import hubs_of, rsl_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.settings import Settings


def link_headers(settings: Settings) -> Callable[[str, str], str]:
    """Gives the Link header of a document: destination, path below it.

    Every document names its own address and the terms for machines, a feed's main ones its hubs too (WebSub, 4).
    """
    hubs = {place.name: hubs_of(place, settings.public_url) for place in settings.destinations}

    terms = {place.name: rsl_of(place, settings.publications) for place in settings.destinations}

    def link(destination: str, below: str) -> str:
        address = f"{settings.public_url}/feeds/{quote(destination, safe='')}/{quote(below)}"
        told = [f'<{address}>; rel="self"']
        told += [f'<{hub}>; rel="hub"' for hub in hubs.get(destination, ()) if "/" not in below]
        told += [f'<{each}>; rel="license"; type="application/rsl+xml"' for each in terms.get(destination, ())]
        return ", ".join(told)

    return link
