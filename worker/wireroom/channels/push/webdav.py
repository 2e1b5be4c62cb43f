"""A web server that takes files: HTTP PUT, and where it speaks WebDAV, folders and a name that changes in one step."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from requests.auth import AuthBase, _basic_auth_str

from wireroom.channels.push.answers import RESUME
from wireroom.channels.push.site import Site, done
from wireroom.channels.wire import Wire
from wireroom.model.errors import LockedOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from requests import PreparedRequest

    from wireroom.channels.push.files import Page
    from wireroom.channels.push.place import Way
    from wireroom.channels.wire import Answer
    from wireroom.model.errors import Ending

_SAFE = "/!$&'()*+,;=:@~-._%"
_WHOLE = ("apache", "nginx")
"""Servers whose PUT writes beside the file and renames (httpd's mod_dav_fs, ngx_http_dav_module).

Others cut the file short first, and so need a MOVE, in which most take the old file away for a moment: readers may find
none, and never half of one.
"""
_NO_MOVE = frozenset({400, 405, 501, 502})  # 502: behind a proxy that ends TLS, servers take themselves for another


class _Bearing(AuthBase):
    """Puts the same words into the header Authorization of each request."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self.words
        return request


class WebPlace:
    """A folder of a web server. Who we are is Basic (`username`, `password`) or a bearer token (`key`)."""

    tells = False

    def __init__(self, way: Way) -> None:
        parts = urlsplit(way.to.rstrip("/"))
        user, _, self._host = parts.netloc.rpartition("@")
        self._way = way
        self._base = urlunsplit((parts.scheme, self._host, quote(parts.path, safe=_SAFE), "", ""))
        self.address = f"{self._base}/"
        words = _authorization(way.secrets, unquote(user))
        self._auth = _Bearing(words) if words else None
        hidden = [*way.secrets.values(), words.partition(" ")[2]]
        self._wire = Wire(self._base, timeout=way.timeout, secrets=hidden)

    @contextmanager
    def open(self) -> Iterator[_Dav]:
        """The folder; its first request is the connection."""
        yield _Dav(self._way, self._wire, who=self._host, base=self._base, auth=self._auth)


class _Dav(Site):
    def __init__(self, way: Way, wire: Wire, *, who: str, base: str, auth: AuthBase | None) -> None:
        super().__init__(way, wire, who=who, auth=auth)
        self._base = base
        self._moves: bool | None = None

    def holds(self, page: Page, *, left: bool) -> bool:
        """What we remember leaving is there while its length is right; a digest a web server does not tell."""
        if not left:
            return False
        answer = self.ask("HEAD", page.name)
        return answer.good and answer.headers.get("content-length", "") in ("", str(len(page.body)))

    def put(self, page: Page) -> None:
        """Under another name first and then in place, where the server can; servers that cannot get one PUT."""
        if not (self._may_move() and self._put_and_move(page)):
            self.well(self._with_folders(page, page.name), "PUT", page.name)

    def refused(self, answer: Answer, method: str, name: str) -> Ending:
        """A conflict is a folder that is missing above `to` (RFC 4918, 9.7.1)."""
        if answer.status == 409:
            told = f"{self._who} answered 409 to {method} {name}: there is no such folder: make it there"
            return answer.end(LockedOut, f"{told}, or correct `to`, {RESUME}", code="409")
        return super().refused(answer, method, name)

    def _may_move(self) -> bool:
        if self._moves is None:
            answer = self.ask("OPTIONS", "")
            whole = answer.headers.get("server", "").lower().startswith(_WHOLE)
            self._moves = answer.good and not whole and "MOVE" in answer.headers.get("allow", "").upper()
        return self._moves

    def _put_and_move(self, page: Page) -> bool:
        """Whether the page came to its place by a change of name; False where the server does not do that."""
        staged = self.way.staged(page.name)
        self.well(self._with_folders(page, staged), "PUT", page.name)
        headers = {"Destination": f"{self._base}/{quote(page.name, safe='/')}", "Overwrite": "T"}
        answer = self.ask("MOVE", staged, headers=headers, shown=page.name)
        if done(answer):
            return True
        self.ask("DELETE", staged)
        if answer.status not in _NO_MOVE:
            raise self.refused(answer, "MOVE", page.name)
        self._moves = False
        return False

    def _with_folders(self, page: Page, name: str) -> Answer:
        """The answer to a PUT; the folders that are missing on the way are made."""
        answer = self.send(page, name)
        folders = name.split("/")[:-1]
        if answer.status not in (403, 404, 409) or not folders:
            return answer
        for depth in range(len(folders)):
            made = self.ask("MKCOL", "/".join(folders[: depth + 1]) + "/")
            if not done(made) and made.status != 405:  # 405: it is there (RFC 4918, 9.3.1)
                return made
        return self.send(page, name)


def _authorization(secrets: Mapping[str, str], user: str) -> str:
    """The value of the header Authorization, "" for none."""
    if token := secrets.get("key"):
        return f"Bearer {token}"
    name, password = secrets.get("username") or user, secrets.get("password", "")
    return _basic_auth_str(name.encode(), password.encode()) if name or password else ""
