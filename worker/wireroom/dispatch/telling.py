"""Tells people what is wrong: once, gathered into one message, and once more when it is over."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

from wireroom import alerts
from wireroom.channels.redact import Censor
from wireroom.dispatch.troubles import lines
from wireroom.model.trouble import Message, Trouble, TroubleKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from wireroom.model.trouble import Address, Noted
    from wireroom.store import Store

log = logging.getLogger(__name__)

_LEASE = "alerts"
_MOST = 40  # lines of a message; the rest is counted


@dataclass(frozen=True, slots=True)
class News:
    """What people have not been told yet: what is wrong, and what of that they were told is over."""

    wrong: tuple[Noted, ...]
    over: tuple[Noted, ...]

    def __bool__(self) -> bool:
        return bool(self.wrong or self.over)


def news(kept: Sequence[Noted], now: datetime, digest: timedelta) -> News:
    """What is to be told of the troubles that are kept.

    That something is over is told when it has been for one `digest`: what comes and goes faster is not told again.
    """
    return News(
        wrong=tuple(each for each in kept if not each.solved and not each.told),
        over=tuple(each for each in kept if each.told and each.solved and now - each.solved >= digest),
    )


def message(told: News, signature: str) -> Message:
    """The one message that tells it all; `signature` says who writes."""
    wrong, over = lines(told.wrong), lines(told.over)
    parts = [f"{len(wrong)} wrong" if wrong else "", f"{len(over)} solved" if over else ""]
    title = f"Wireroom: {', '.join(part for part in parts if part)}"
    body = [*_listed("", [str(line) for line in wrong]), *_listed("Solved:", [str(line) for line in over])]
    return Message(title, "\n\n".join([*body, signature]), good=not wrong)


def send(address: Address, what: Message) -> str:
    """Send a message to one address; "" when its service took it, else why not, in words without the address."""
    return alerts.send(address, what, hide=Censor(_pieces(address.url)))


class Teller:
    """Sends what is news. Every part of the daemon has one; a lease and the database's memory keep them from repeating.

    `post` sends one message to one address. Nothing here raises but `StoreError`.
    """

    def __init__(
        self,
        store: Store,
        addresses: Sequence[Address],
        *,
        digest: timedelta,
        holder: str,
        signature: str,
        post: Callable[[Address, Message], str] = send,
    ) -> None:
        self._store, self._digest, self._holder, self._signature = store, digest, holder, signature
        self._addresses = [address for address in addresses if address.url]
        self.names = frozenset(address.name for address in addresses)
        self._post = post

    def tell(self) -> bool:
        """Send what is news, unless the last message is younger than the digest; whether anybody took it."""
        if not self._addresses or not self._due():
            return False
        if not self._store.lease(_LEASE, self._holder, len(self._addresses) * timedelta(seconds=alerts.TIMEOUT + 30)):
            return False
        try:
            return self._due() and self._send(self._news())
        finally:
            self._store.release(_LEASE, self._holder)

    def _due(self) -> bool:
        if not self._news():
            return False
        last = self._store.alerted()
        return last is None or self._store.now() - last >= self._digest

    def _news(self) -> News:
        return news(self._store.troubles(), self._store.now(), self._digest)

    def _send(self, told: News) -> bool:
        """Send it to every address. It counts as told when one took it; one that did not is a trouble itself."""
        self._store.set_alerted()  # also when nobody takes it: then it is tried again after the digest, not at once
        what = message(told, self._signature)
        refused = {address.name: why for address in self._addresses if (why := self._post(address, what))}
        for name, why in refused.items():
            log.warning("an alert could not be sent to %s: %s", name, why)
        taken = [address.name for address in self._addresses if address.name not in refused]
        found = [_deaf(name, why) for name, why in refused.items()]
        self._store.note(found, over=[_deaf(name, "") for name in taken])
        if taken:
            self._store.told(told.wrong, told.over)
        return bool(taken)


def _deaf(name: str, why: str) -> Trouble:
    said = f"Alerts do not get through to {name}: {why} `wireroom alert --test` tries again."
    return Trouble(TroubleKind.ALERTS, name, said)


def _listed(heading: str, said: Sequence[str]) -> list[str]:
    if not said:
        return []
    more = [f"… and {len(said) - _MOST} more: `wireroom status` lists all."] if len(said) > _MOST else []
    return [*([heading] if heading else []), *(f"• {line}" for line in said[:_MOST]), *more]


def _pieces(url: str) -> set[str]:
    """Every part of an Apprise address beside its scheme, as it stands there and decoded: any may be a secret."""
    rest = url.partition("://")[2]
    found = {piece for piece in re.split(r"[/:@?&=#,;+ ]+", rest) if piece}
    return found | {unquote(piece) for piece in found} | ({rest} if rest else set())
