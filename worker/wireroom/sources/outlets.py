"""Which publication a name, an alias or an address means."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wireroom.model.publication import Publication

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


@dataclass(frozen=True, slots=True)
class Outlets:
    """The newsroom's publications, to look one up in."""

    publications: Sequence[Publication]

    def by_name(self, text: str) -> Publication | None:
        """The publication with this key, name or alias; case, width and marks around it do not count."""
        wanted = same(text)
        for publication in self.publications:
            if wanted and wanted in {same(name) for name in _names(publication)}:
                return publication
        return None

    def by_url(self, url: str) -> Publication | None:
        """The publication on whose site this address is, with or without `www.`; the longest path wins."""
        host, path = host_of(url), _path(url)
        at_home = [
            publication
            for publication in self.publications
            if host and publication.host.casefold() == host and path.startswith(_path(publication.url))
        ]
        return max(at_home, key=lambda publication: len(_path(publication.url)), default=None)

    def has_host(self, url: str) -> bool:
        """Whether the address is on the host of any publication."""
        return host_of(url) in {publication.host.casefold() for publication in self.publications}

    def named_in(self, text: str) -> bool:
        """Whether the name of a publication stands in the text."""
        return any(f" {same(outlet.name)} " in f" {same(text)} " for outlet in self.publications)

    def known(self) -> str:
        """All of them for an error: `key (Name), key (Name)`."""
        return ", ".join(f"{publication.key} ({publication.name})" for publication in self.publications) or "none"

    def nearest(self, text: str) -> str:
        """The key of the publication whose name is most like this, "" where none is."""
        names = {same(name): publication.key for publication in self.publications for name in _names(publication)}
        close = difflib.get_close_matches(same(text), names, n=1, cutoff=0.6)
        return names[close[0]] if close else ""


def same(text: str) -> str:
    """The form in which two spellings of a name are one."""
    return " ".join(_EDGES.sub("", unicodedata.normalize("NFKC", text)).casefold().split())


def host_of(url: str) -> str:
    """The host of an address, in lower case and without `www.`; "" for what has none."""
    try:
        return (urlsplit(url.strip()).hostname or "").casefold().removeprefix("www.")
    except ValueError:
        return ""


def is_address(text: str) -> bool:
    """Whether this is a whole web address: http or https, a host, no blanks."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0 and not re.search(
            r"[\s<>\"]", text
        )  # fmt: skip
    except ValueError:
        return False


def _names(publication: Publication) -> tuple[str, ...]:
    return (publication.key, publication.name, *publication.aliases)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/") + "/"
    except ValueError:
        return "/"
