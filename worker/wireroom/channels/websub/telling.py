"""Tells a WebSub hub that a feed has news: the hub fetches the feed and brings it to its subscribers.

W3C WebSub (Recommendation, 2018-01-23) leaves open how a publisher tells its hub. Hubs in the field take
`hub.mode=publish` with the topic in `hub.url` or in `hub.topic`, so both are sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wireroom.channels.websub.topics import MAIN, Topics
from wireroom.channels.wire import Answer, Ask, Wire
from wireroom.compose.backoff import retry_after
from wireroom.model.errors import Ending, LockedOut, NotSent, RateLimited, Rejected
from wireroom.model.post import Receipt

if TYPE_CHECKING:
    from wireroom.channels.websub.topics import Topic
    from wireroom.model.channel import Surroundings
    from wireroom.model.destination import Destination
    from wireroom.model.post import Exchange, Post

MOVED = frozenset({301, 308})
NO_HUB = frozenset({401, 403, 404, 405, 410})
PASSING = frozenset({408, 425})
REMEDY = "correct the hub's address in the settings, then `wireroom resume` the destination"


class WebSubChannel:
    """One hub that is told of one feed. Told twice it fetches twice, so everything unclear is simply told again.

    It has no `find`: a hub shows nobody what it was told, and what only this process remembers proves nothing.
    """

    repeatable = True

    def __init__(self, destination: Destination, surroundings: Surroundings) -> None:
        hub = urlsplit(str(destination.options.get("hub") or ""))
        self._host = hub.netloc
        self._path = (hub.path or "/") + (f"?{hub.query}" if hub.query else "")
        self._topics = Topics(destination.follows, surroundings)
        self._now = surroundings.now
        self._told: dict[str, str] = {}
        self._wire = Wire(f"{hub.scheme}://{hub.netloc}", timeout=destination.timeout, secrets=())

    def send(self, post: Post) -> Receipt:
        """Tell the hub of each document whose bytes it was not told of yet; where there is none all is well."""
        exchange: Exchange | None = None
        topics = self._topics.now()
        for topic in topics:
            if self._told.get(topic.file) != topic.digest:
                exchange = self._tell(topic)
                self._told[topic.file] = topic.digest
        return Receipt(remote_id=post.uid, remote_url=topics[0].url, at=self._now(), exchange=exchange)

    def amend(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 the hub fetches the feed as it is
        """Tell the hub that the feed has changed."""
        return self.send(post)

    def retract(self, receipt: Receipt, post: Post) -> Receipt:  # noqa: ARG002 the hub fetches the feed as it is
        """Tell the hub that the feed has changed."""
        return self.send(post)

    def check(self) -> str:
        """Ask whether anybody answers there; whatever is answered, short of an error of the server, is fine."""
        answer = self._wire.call(Ask(method="HEAD", path=self._path))
        if answer.status >= 500:
            raise answer.end(NotSent, f"{self._host} answered {answer.status}", code=str(answer.status))
        return f"{self._host} answers; it is told of {', '.join(MAIN)}"

    def _tell(self, topic: Topic) -> Exchange:
        form = {"hub.mode": "publish", "hub.url": topic.url, "hub.topic": topic.url}
        answer = self._wire.call(Ask(method="POST", path=self._path, form=form))
        if not answer.good:
            raise self._ending(answer)
        return answer.exchange

    def _ending(self, answer: Answer) -> Ending:
        status, code = answer.status, str(answer.status)
        said = f"{self._host} answered {status}{answer.quote('it said', answer.body.decode('utf-8', 'replace'))}"
        until = retry_after(answer.headers.get("retry-after", ""), self._now())
        if status == 429 or (status == 503 and until):
            return answer.end(RateLimited, f"{self._host} asks to wait", until=until, code=code)
        if status in MOVED:
            return answer.end(LockedOut, f"the hub has moved to {answer.headers.get('location')}: {REMEDY}", code=code)
        if status in NO_HUB:
            return answer.end(LockedOut, f"{said}, as no hub does: {REMEDY}", code=code)
        if status in PASSING or not 400 <= status < 500:
            return answer.end(NotSent, f"{said}; telling it again does no harm", code=code)
        return answer.end(Rejected, f"{said}: it will not take the feed's address", code=code)
