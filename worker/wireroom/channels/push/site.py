"""Files over HTTP: what a web server and an object storage have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from wireroom.channels.push.answers import refused
from wireroom.channels.wire import Answer, Ask, Wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests.auth import AuthBase

    from wireroom.channels.push.files import Page
    from wireroom.channels.push.place import Way
    from wireroom.model.errors import Ending
    from wireroom.model.post import Exchange

PROBE = b"Wireroom can write here.\n"


class Site:
    """An open place behind HTTP. `who` is what people call it, `above` the path that stands before every name."""

    exchange: Exchange | None = None

    def __init__(self, way: Way, wire: Wire, *, who: str, above: str = "", auth: AuthBase | None = None) -> None:
        self.way, self._wire, self._who, self._above, self._auth = way, wire, who, above, auth

    def put(self, page: Page) -> None:
        """One PUT."""
        self.well(self.send(page, page.name), "PUT", page.name)

    def remove(self, name: str) -> None:
        """One DELETE."""
        answer = self.ask("DELETE", name)
        if answer.status not in (404, 410):
            self.well(answer, "DELETE", name)

    def probe(self) -> None:
        """A PUT and a DELETE of a name that is nobody else's."""
        name = self.way.staged("probe.txt")
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        self.well(self.ask("PUT", name, body=PROBE, headers=headers, shown="a probe"), "PUT", "a probe")
        self.well(self.ask("DELETE", name), "DELETE", "a probe")

    def send(self, page: Page, name: str) -> Answer:
        """The answer to a PUT of the page under this name, with its headers."""
        headers = {"Content-Type": page.media_type}
        if control := self.way.options.get("cache_control"):
            headers["Cache-Control"] = control
        shown = f"{page.name}, {len(page.body)} bytes, {page.media_type}"
        return self.ask("PUT", name, body=page.body, headers=headers, shown=shown)

    def ask(
        self,
        method: str,
        name: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        shown: str = "",
    ) -> Answer:
        """The answer to one request. Raises `NotSent` or `LockedOut` where there is none."""
        usual = {"Accept": "*/*", "Accept-Encoding": "identity"}  # a length is to be that of the file itself
        path = quote(f"{self._above}/{name}", safe="/")
        ask = Ask(
            method=method, path=path, raw=body, headers={**usual, **(headers or {})}, auth=self._auth, shown=shown
        )
        answer = self._wire.call(ask)
        self.exchange = answer.exchange
        return answer

    def well(self, answer: Answer, method: str, name: str) -> None:
        """Raises the ending for an answer that is no yes."""
        if not done(answer):
            raise self.refused(answer, method, name)

    def refused(self, answer: Answer, method: str, name: str) -> Ending:
        """The ending for an answer that is no yes."""
        return refused(answer, self._who, f"{method} {name}", self.way.now())


def done(answer: Answer) -> bool:
    """Whether it was done: a 2xx, except WebDAV's list of what failed (RFC 4918, 13)."""
    return answer.good and answer.status != 207
