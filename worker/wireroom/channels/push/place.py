"""What a kind of place offers to the push channel, whatever it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from wireroom.channels.push.files import Page
    from wireroom.model.post import Exchange

MINE = "wireroom"  # stands in the name of every file that is not a feed's: probes, and what is not whole yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a place is reached: its address, and what the settings say of it. `timeout` is seconds for one request.

    `mark` is a word of this host's and destination's own, for the names of what is not whole yet. `now` gives aware
    times.
    """

    to: str
    timeout: float
    mark: str
    now: Callable[[], datetime]
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def staged(self, name: str) -> str:
        """Where a file of this name waits until it is whole: beside its place, hidden, with the same ending."""
        folder, slash, base = name.rpartition("/")
        return f"{folder}{slash}.{MINE}-{self.mark}-{base}"


class There(Protocol):
    """A place while it is open. Names are relative, with slashes; every method raises an `Ending` and nothing else.

    `exchange` is the last request and its answer, where the wire is HTTP.
    """

    exchange: Exchange | None

    def holds(self, page: Page, *, left: bool) -> bool:
        """Whether the place has exactly this page, cheaply told. `left` says that we remember leaving it there."""
        ...

    def put(self, page: Page) -> None:
        """Put the page in its place, whole or not at all wherever the place can."""
        ...

    def remove(self, name: str) -> None:
        """Take a file away; one that is gone already is no error."""
        ...

    def probe(self) -> None:
        """Write a file that is nobody's and take it away again."""
        ...


class Place(Protocol):
    """Somewhere to push to. `address` is for people's eyes. `tells` says that `holds` needs no memory of ours."""

    address: str
    tells: bool

    def open(self) -> AbstractContextManager[There]:
        """The place, open as long as the block lasts. Raises an `Ending`."""
        ...
