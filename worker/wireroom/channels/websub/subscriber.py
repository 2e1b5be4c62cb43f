"""Calls a subscriber's callback, an address that a stranger has named: verifies, denies, brings a document.

W3C WebSub (Recommendation, 2018-01-23), sections 5.2, 5.3, 7 and 7.1.
"""

from __future__ import annotations

import hashlib
import hmac
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from wireroom.channels.connection import Adapter
from wireroom.channels.websub.guard import GuardedAdapter
from wireroom.channels.wire import Answer, Ask, Wire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from wireroom.channels.websub.topics import Topic


class Subscriber:
    """One callback. What it is asked and what it says keeps secret and query to itself: either may be a key.

    `private` lets it be in our own network; `timeout` is in seconds.
    """

    def __init__(self, callback: str, *, private: bool, timeout: float, secret: str = "") -> None:
        parts = urlsplit(callback)
        self._path, self._query, self._secret = parts.path or "/", parts.query, secret
        self._wire = Wire(
            f"{parts.scheme}://{parts.netloc}",
            timeout=timeout,
            secrets=[each for each in (secret, parts.query) if each],
            adapter=Adapter if private else GuardedAdapter,
        )

    def intends(self, mode: str, topic: str, lease: timedelta) -> bool:
        """Whether it means what was asked in its name: it says a challenge back, once. Raises an `Ending`."""
        challenge = token_urlsafe(32)
        seconds = {"hub.lease_seconds": str(int(lease.total_seconds()))} if mode == "subscribe" else {}
        answer = self._get({"hub.mode": mode, "hub.topic": topic, "hub.challenge": challenge, **seconds})
        return answer.good and hmac.compare_digest(answer.body, challenge.encode())

    def deny(self, topic: str, why: str) -> None:
        """Tell it that there will be no subscription. Raises an `Ending`."""
        self._get({"hub.mode": "denied", "hub.topic": topic, "hub.reason": why})

    def bring(self, topic: Topic, hub: str) -> Answer:
        """Bring it a document, signed where it gave a secret; its answer. Raises an `Ending` where none came."""
        headers = {"Content-Type": topic.media_type, "Link": f'<{hub}>; rel="hub", <{topic.url}>; rel="self"'}
        if self._secret:
            headers["X-Hub-Signature"] = f"sha256={signature(self._secret, topic.data)}"
        asked = Ask(method="POST", path=self._at(""), raw=topic.data, headers=headers, shown=f"{topic.file}, whole")
        return self._call(asked)

    def _get(self, told: Mapping[str, str]) -> Answer:
        return self._call(Ask(method="GET", path=self._at(urlencode(told))))

    def _at(self, more: str) -> str:
        """The callback's path with its own query and what is put behind it."""
        query = "&".join(each for each in (self._query, more) if each)
        return f"{self._path}?{query}" if query else self._path

    def _call(self, ask: Ask) -> Answer:
        try:
            return self._wire.call(ask)
        finally:
            self._wire.close()


def signature(secret: str, data: bytes) -> str:
    """HMAC-SHA256 of a document in hexadecimal."""
    return hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
