"""Articles made into fragments, each once per format and origin, for the feeds they go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wireroom.compose.feeds.options import options, origin
from wireroom.compose.feeds.origin import stamp
from wireroom.model.stock import Fragment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wireroom.compose.feeds.formats import Format
    from wireroom.compose.feeds.origin import Origin
    from wireroom.model.article import Article
    from wireroom.model.destination import Destination
    from wireroom.model.publication import Publication
    from wireroom.model.stock import FragmentKey

UNWRITABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What an article can be so wrong as to raise."""


def made(article: Article, kind: Format, origin: Origin) -> Fragment:
    """One article as one format writes it. Raises one of `UNWRITABLE` where it cannot."""
    return Fragment(article.updated_at, kind.fragment(article, origin))


class Press:
    """The feeds of one newsroom, and what an article's fragments in each of them are known by."""

    def __init__(
        self, destinations: Sequence[Destination], publications: Sequence[Publication], public_url: str
    ) -> None:
        self._feeds = {each.name: each for each in destinations if each.channel == "feed"}
        self._publications, self._public_url = publications, public_url
        self._known: dict[tuple[str, str], Mapping[str, tuple[Format, Origin]]] = {}

    def fragments(self, article: Article, names: Iterable[str]) -> dict[FragmentKey, Fragment]:
        """The fragments of an article for the destinations of these names that are feeds; what cannot be is left out.

        Two feeds that write an article alike share its fragment.
        """
        found: dict[FragmentKey, Fragment] = {}
        for name in names:
            for mark, (kind, whence) in self._stamps(name, article.publication).items():
                key = (article.uid, article.revision, mark)
                if key not in found:
                    try:
                        found[key] = made(article, kind, whence)
                    except UNWRITABLE:
                        continue  # the feed says so when it is written
        return found

    def _stamps(self, name: str, publication: str) -> Mapping[str, tuple[Format, Origin]]:
        feed = self._feeds.get(name)
        if feed is None:
            return {}
        known = self._known.get((name, publication))
        if known is None:
            whence = origin(feed, publication, self._publications, list(self._feeds.values()), self._public_url)
            known = {stamp(kind.version, whence): (kind, whence) for kind in options(feed).formats}
            self._known[name, publication] = known
        return known
