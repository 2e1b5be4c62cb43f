"""Hubs are told of a feed's documents: which, how, how often, and what their answers mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.websub.conftest import FEED, FeedFolder

from wireroom.channels import catalogue
from wireroom.channels.websub.telling import WebSubChannel
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination
from wireroom.model.errors import Ending, LockedOut, NotSent, RateLimited, Rejected
from wireroom.testing import Asked, ChannelContract, HangUp, Reply, StandIn, a_destination, a_post, closed_port

POST = a_post(channel="websub")
ATOM, JSON = "atom.xml", "feed.json"


@dataclass
class Hub:
    """A hub that says yes unless it is told what else to say."""

    platform: StandIn = field(init=False)
    says: list[Reply | HangUp] = field(default_factory=list)

    def answer(self, _: Asked) -> Reply | HangUp:
        """What stands in the script, or yes."""
        return self.says.pop(0) if self.says else Reply(204, b"")

    @property
    def told(self) -> list[str]:
        """The topics it was told of."""
        return [asked.form["hub.url"] for asked in self.platform.asked if asked.method == "POST"]


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub on 127.0.0.1."""
    made = Hub()
    with StandIn(made.answer) as made.platform:
        yield made


def channel(address: str, folder: FeedFolder) -> WebSubChannel:
    """The channel to the hub at an address."""
    return WebSubChannel(destination(address), folder.surroundings)


def destination(address: str) -> Destination:
    """A destination that follows the feed to a hub."""
    return replace(a_destination(catalogue.WEBSUB, {"hub": address}, {}), follows=FEED)


def test_a_hub_is_told_of_each_document(hub: Hub, folder: FeedFolder) -> None:
    """Each document there is is told of in a form with both names of the topic, at the hub's own path and query."""
    receipt = channel(f"{hub.platform.address}/hub/?a=1", folder).send(POST)
    assert [asked.form for asked in hub.platform.asked] == [
        {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}
        for topic in map(folder.topic, ("rss.xml", ATOM, JSON))
    ]
    assert {asked.url for asked in hub.platform.asked} == {f"{hub.platform.address}/hub/?a=1"}
    assert hub.platform.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert (receipt.remote_id, receipt.remote_url) == (POST.uid, folder.topic())
    assert receipt.exchange is not None
    assert receipt.exchange.status == 204


def test_the_same_bytes_are_told_once(hub: Hub, folder: FeedFolder) -> None:
    """A burst of articles that one writing of the feed holds tells once; only what has changed is told again."""
    told = channel(hub.platform.address, folder)
    receipts = [told.send(replace(POST, uid=f"tag:{number}")) for number in range(16)]
    assert len(hub.told) == 3
    assert [receipt.exchange is None for receipt in receipts] == [False] + [True] * 15
    assert len({receipt.remote_id for receipt in receipts}) == 16
    folder.publish("second", ATOM)
    told.send(POST)
    assert hub.told[3:] == [folder.topic(ATOM)]


def test_corrections_and_retractions_are_news(hub: Hub, folder: FeedFolder) -> None:
    """An article that was changed or taken back has changed the feed, and the hub is told."""
    told = channel(hub.platform.address, folder)
    first = told.send(POST)
    folder.publish("corrected")
    assert told.amend(first, POST).remote_id == first.remote_id
    folder.publish("without it")
    assert told.retract(first, POST).remote_id == first.remote_id
    assert len(hub.told) == 9


def test_what_was_told_before_a_failure_is_not_told_again(hub: Hub, folder: FeedFolder) -> None:
    """Where the second of three topics failed the next try begins there."""
    hub.says = [Reply(204, b""), HangUp()]
    told = channel(hub.platform.address, folder)
    with pytest.raises(NotSent):
        told.send(POST)
    told.send(POST)
    assert hub.told == [folder.topic("rss.xml"), folder.topic(ATOM), folder.topic(ATOM), folder.topic(JSON)]


def test_only_documents_that_are_there_are_told(hub: Hub, folder: FeedFolder) -> None:
    """A feed of one format has one topic, and without any document there is nothing to tell yet."""
    for file in (ATOM, JSON):
        (folder.surroundings.feeds / FEED / file).unlink()
    channel(hub.platform.address, folder).send(POST)
    assert hub.told == [folder.topic("rss.xml")]
    (folder.surroundings.feeds / FEED / "rss.xml").unlink()
    with pytest.raises(NotSent, match="has no document"):
        channel(hub.platform.address, folder).send(POST)


@pytest.mark.parametrize(
    ("reply", "ending", "said"),
    [
        (Reply(429, b"", headers={"Retry-After": "90"}), RateLimited, "asks to wait"),
        (Reply(429, b""), RateLimited, "asks to wait"),
        (Reply(503, b"", headers={"Retry-After": "90"}), RateLimited, "asks to wait"),
        (Reply(503, b""), NotSent, "answered 503"),
        (Reply(500, b""), NotSent, "no harm"),
        (Reply(408, b""), NotSent, "no harm"),
        (Reply(302, b"", headers={"Location": "http://127.0.0.1:1/"}), NotSent, "answered 302"),
        (Reply(308, b"", headers={"Location": "https://new.example/"}), LockedOut, "moved to https://new.example/"),
        (Reply(404, "no such page"), LockedOut, "correct the hub's address"),
        (Reply(400, "topic <unknown>"), Rejected, "topic <unknown>"),
        (HangUp(), NotSent, "no harm"),
    ],
    ids=lambda value: getattr(value, "status", ""),
)
def test_every_answer_has_its_ending(
    hub: Hub, folder: FeedFolder, reply: Reply | HangUp, ending: type[Ending], said: str
) -> None:
    """Waiting is obeyed, what may pass is told again, a wrong address needs a person, a refusal is for good."""
    hub.says = [reply]
    with pytest.raises(ending, match=said) as caught:
        channel(hub.platform.address, folder).send(POST)
    assert len(hub.platform.asked) == 1
    if isinstance(reply, Reply) and "Retry-After" in reply.headers:
        until = getattr(caught.value, "until", None)
        assert isinstance(until, datetime)
        assert timedelta(seconds=80) < until - datetime.now(UTC) < timedelta(seconds=91)


def test_a_check_tells_nothing(hub: Hub, folder: FeedFolder) -> None:
    """A check asks whether the hub answers, and tells it of no topic; who does not answer is told of."""
    hub.says = [Reply(405, b"")]
    assert "answers" in channel(hub.platform.address, folder).check()
    assert [asked.method for asked in hub.platform.asked] == ["HEAD"]
    hub.says = [Reply(502, b"")]
    with pytest.raises(NotSent):
        channel(hub.platform.address, folder).check()
    with pytest.raises(NotSent, match="connection refused"):
        channel(closed_port(), folder).check()


def made(destination: Destination, surroundings: Surroundings) -> WebSubChannel:
    """The channel of the contract: it follows a feed that is there."""
    folder = FeedFolder(surroundings.feeds)
    folder.publish("first")
    return channel(str(destination.options["base_url"]), folder)


class TestWebSubContract(ChannelContract):
    """The contract on a hub. Whatever it answers with a 2xx is its yes."""

    kind = catalogue.WEBSUB
    factory = staticmethod(made)
    rate_limited = Reply(429, b"", headers={"Retry-After": "60"})
    locked_out = Reply(401, b"")
    refused = Reply(400, "not a topic")

    def answer(self, asked: Asked) -> Reply:
        """Yes."""
        return Reply(202, "told")

    test_only_endings_are_raised = None  # type: ignore[assignment]
