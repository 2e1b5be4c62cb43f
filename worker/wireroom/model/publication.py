"""One outlet: its name, site, language, time zone and permalink pattern."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """An outlet articles are published by. `key` is its name in the settings and in every row.

    `rights` are the words of its copyright notice, `license` the address of its terms and `rsl` that of its terms for
    machines (RSL 1.0); `icon` and `logo` are addresses of pictures, a square one and a wide one. All may be "".
    """

    key: str
    name: str
    url: str
    language: str = "en"
    timezone: str = "UTC"
    permalink: str = ""
    aliases: tuple[str, ...] = ()
    description: str = ""
    rights: str = ""
    license: str = ""
    rsl: str = ""
    icon: str = ""
    logo: str = ""

    @property
    def host(self) -> str:
        """The site's host without `www.`: the authority in every uid this outlet mints."""
        return (urlsplit(self.url).hostname or self.key).removeprefix("www.")
