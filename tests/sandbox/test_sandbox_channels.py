"""The real channels against the stand-ins: what was posted and not acknowledged is found again, once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wireroom.channels.facebook import FacebookChannel
from wireroom.channels.x import XChannel
from wireroom.model.channel import Sent, Surroundings, Visible
from wireroom.model.destination import Destination
from wireroom.model.errors import Duplicate, NotSent, RateLimited, Unsure
from wireroom.model.post import Post, Receipt
from wireroom.model.sandbox import SANDBOX_FACEBOOK, SANDBOX_X
from wireroom.sandbox import Sandbox


def _surroundings(tmp_path: Path) -> Surroundings:
    return Surroundings(feeds=tmp_path, public_url="", now=lambda: datetime.now(UTC), recent=lambda _: ())


def _look(channel: XChannel | FacebookChannel, post: Post, since: datetime) -> Receipt | None:
    """Look for a post, once more where the first look met the broken connection that the fault left behind."""
    try:
        return channel.find(post, since)
    except NotSent:
        return channel.find(post, since)


@pytest.fixture(params=["x", "facebook"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both social channels."""
    found: str = request.param
    return found


@pytest.fixture
def channel(kind: str, sandbox: Sandbox, tmp_path: Path) -> XChannel | FacebookChannel:
    """A channel on the sandbox with the well-known keys, that waits two seconds for an answer."""
    keys = SANDBOX_X if kind == "x" else SANDBOX_FACEBOOK
    options = {"base_url": sandbox.url, "page_id": SANDBOX_FACEBOOK["page_id"]}
    destination = Destination(name=kind, channel=kind, options=options, secrets=keys, timeout=2.0)
    factory = XChannel if kind == "x" else FacebookChannel
    return factory(destination, _surroundings(tmp_path))


@pytest.fixture
def post(kind: str) -> Post:
    """A post with everything that comes back changed: a long link, escapes, Japanese."""
    link = "https://example.com/2026/11/harbour-lights?a=1&b=2"
    text = f"Lights <on> & off: 港の灯 {link}" if kind == "x" else "Lights <on> & off: 港の灯"
    return Post(key="1", uid="u", revision=1, destination=kind, channel=kind, title="t", text=text, link=link)


def test_a_post_gets_its_receipt(channel: XChannel | FacebookChannel, post: Post, sandbox: Sandbox) -> None:
    """The receipt's id is that of the post that is there."""
    receipt = channel.send(post)
    assert [entry["id"] for entry in sandbox.posts()] == [receipt.remote_id]


@pytest.mark.parametrize(
    "order",
    [
        {"fault": "status"},
        {"fault": "status", "status": 502, "format": "html"},
        {"fault": "close"},
        {"fault": "reset"},
        {"fault": "hold"},
        {"fault": "truncate"},
        {"fault": "length"},
        {"fault": "length", "extra": -4},
        {"fault": "empty"},
        {"fault": "redirect"},
        {"fault": "drip"},
    ],
    ids=str,
)
def test_a_lost_answer_is_unsure_and_the_post_is_found(
    channel: XChannel | FacebookChannel, post: Post, kind: str, sandbox: Sandbox, order: dict[str, object]
) -> None:
    """However the answer is lost: unsure, found by looking, refused as a duplicate, and there once."""
    sandbox.fault(platform=kind, **order)
    since = datetime.now(UTC) - timedelta(seconds=1)
    with pytest.raises(Unsure):
        channel.send(post)
    found = _look(channel, post, since)
    assert found is not None
    with pytest.raises(Duplicate):
        channel.send(post)
    assert [(entry["id"], entry["same_link"]) for entry in sandbox.posts()] == [(found.remote_id, 1)]


def test_what_never_arrived_is_not_found(
    channel: XChannel | FacebookChannel, post: Post, kind: str, sandbox: Sandbox
) -> None:
    """An error before the post was made leaves nothing to find."""
    sandbox.fault(platform=kind, fault="status", when="before")
    with pytest.raises(Unsure):
        channel.send(post)
    assert _look(channel, post, datetime.now(UTC) - timedelta(seconds=1)) is None
    assert channel.send(post).remote_id


def test_what_was_sent_is_seen_and_what_was_not_is_not(
    channel: XChannel | FacebookChannel, post: Post, kind: str, sandbox: Sandbox
) -> None:
    """One look tells of many posts: by the id of each, else by its words or its link; in the order asked."""
    assert isinstance(channel, Visible)
    sent = Sent(post, channel.send(post))
    never = replace(post, key="2", link="https://example.com/never/", text="Never sent https://example.com/never/")
    changed = replace(never, key="3")
    nobody = Receipt(remote_id="1")
    since = datetime.now(UTC) - timedelta(minutes=1)
    asked = [Sent(never, nobody), sent, Sent(post, nobody), Sent(changed, sent.receipt)]
    assert list(channel.visible(asked, since)) == [False, True, True, True]
    channel.retract(sent.receipt, post)
    assert list(channel.visible([sent], since)) == [False]


def test_a_look_that_is_refused_says_so(
    channel: XChannel | FacebookChannel, post: Post, kind: str, sandbox: Sandbox
) -> None:
    """A rate limit, an error and silence are endings, and never mean that a post is missing."""
    sent = [Sent(post, channel.send(post))]
    since = datetime.now(UTC) - timedelta(minutes=1)
    for order, ending in (
        ({"fault": "rate-limit"}, RateLimited),
        ({"fault": "status"}, NotSent),
        ({"fault": "close"}, NotSent),
    ):
        sandbox.fault(platform=kind, when="before", route="read", count=None, **order)
        with pytest.raises(ending):
            channel.visible(sent, since)
        sandbox.state.faults.clear()
