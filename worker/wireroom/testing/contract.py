"""What every channel must keep, as tests: a plug-in's author subclasses `ChannelContract` and runs pytest."""

# ruff: noqa: S101 - assertions are what this module is for
from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from wireroom.model.channel import (
    Amendable,
    Channel,
    ChannelFactory,
    Checkable,
    Findable,
    Kind,
    Priced,
    Retractable,
    Sent,
    Visible,
)
from wireroom.model.errors import Duplicate, Ending, LockedOut, NotSent, RateLimited, Rejected, Unsure
from wireroom.model.post import Post, Receipt
from wireroom.testing.fakes import a_destination, a_post, surroundings
from wireroom.testing.standin import Asked, HangUp, Reply, Silence, StandIn, closed_port

Answer = Reply | HangUp | Silence
NONSENSE: tuple[Reply, ...] = (
    Reply(200, b""),
    Reply(200, "<html>maintenance</html>"),
    Reply(200, []),
    Reply(200, None),
    Reply(200, {"data": None, "errors": None}),
    Reply(200, b'{"data": {"id": "1', headers={"Content-Length": "80"}, cut=18),
    Reply(204, b""),
    Reply(302, b"", headers={"Location": "http://127.0.0.1:1/elsewhere"}),
    Reply(403, "<html>who are you?</html>"),
    Reply(404, []),
    Reply(418, {"errors": None, "error": None}),
    Reply(500, {"title": "Internal Error"}),
    Reply(503, "<html>come back</html>"),
)
"""Answers no channel can make sense of."""


@dataclass
class Bench:
    """A channel on the bench: how to make it, the platform it talks to, and how to make that platform misbehave."""

    make: Callable[..., Channel]
    platform: StandIn
    trouble: list[Answer]
    secrets: Mapping[str, str]

    def channel(self, **options: object) -> Channel:
        """The channel, talking to the platform unless `base_url` says otherwise."""
        return self.make(**options)


class ChannelContract:
    """Subclass it, say what the channel is and how its platform answers; every test must then pass.

    `kind`, `factory`, `options` and `secrets` describe the channel; `answer` is the platform while all is well, its
    posts kept in `self.posts` or wherever you like (`begin` is called before each test). The replies say how the
    platform refuses; None where it never does. `networked = False` is for a channel that calls nobody.
    """

    kind: Kind
    factory: ChannelFactory
    options: Mapping[str, object] = {}
    secrets: Mapping[str, str] = {}
    networked = True
    locked_out: Reply | None = None
    rate_limited: Reply | None = None
    refused: Reply | None = None
    duplicate: Reply | None = None

    def begin(self) -> None:
        """Forget every post."""

    def answer(self, asked: Asked) -> Answer:
        """What the platform answers while all is well."""
        raise NotImplementedError(f"say what the platform answers to {asked.method} {asked.path}")

    @pytest.fixture
    def post(self) -> Post:
        """The post that is sent."""
        return a_post(channel=self.kind.name)

    @pytest.fixture
    def other(self, post: Post) -> Post:
        """A post that is never sent."""
        return replace(post, key="other", uid="tag:example.com,2026:2", link="https://example.com/2/", text="Other")

    @pytest.fixture
    def bench(self, tmp_path: Path, post: Post) -> Iterator[Bench]:
        """The channel and its platform, ready."""
        self.begin()
        trouble: list[Answer] = []
        around = surroundings(tmp_path, posts=[post])
        with StandIn(lambda asked: trouble[0] if trouble else self.answer(asked)) as platform:

            def make(**options: object) -> Channel:
                given = {"base_url": platform.address} if self.networked else {}
                destination = a_destination(self.kind, {**self.options, **given, **options}, self.secrets, timeout=5.0)
                return type(self).factory(destination, around)

            yield Bench(make, platform, trouble, self.secrets)

    # what a send ends in

    def test_a_sent_post_has_a_receipt(self, bench: Bench, post: Post) -> None:
        """A post that was taken gives a receipt with an id; its address is one, and its time knows its zone."""
        receipt = bench.channel().send(post)
        assert receipt.remote_id
        assert receipt.remote_url == "" or receipt.remote_url.startswith(("https://", "http://"))
        assert receipt.at is None or receipt.at.utcoffset() is not None
        assert receipt.cost >= 0

    def test_what_went_over_the_wire_is_kept(self, bench: Bench, post: Post) -> None:
        """A receipt carries the exchange that proves it: asked, answered, and how."""
        self._needs_network()
        exchange = bench.channel().send(post).exchange
        assert exchange is not None
        assert exchange.method
        assert exchange.url.startswith(bench.platform.address)
        assert 200 <= exchange.status < 300
        assert exchange.answer

    def test_an_unreachable_platform_got_nothing(self, bench: Bench, post: Post) -> None:
        """Where nobody listens nothing was sent, and it may be tried again."""
        self._needs_network()
        with pytest.raises(NotSent):
            bench.channel(base_url=closed_port()).send(post)

    def test_silence_after_reading_is_unsure(self, bench: Bench, post: Post) -> None:
        """A platform that read the post and hung up may have taken it."""
        self._needs_network()
        bench.trouble.append(HangUp())
        with pytest.raises(NotSent if bench.channel().repeatable else Unsure):
            bench.channel().send(post)

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_a_server_error_is_unsure(self, bench: Bench, post: Post, status: int) -> None:
        """An error of the server does not say whether the post was taken."""
        self._needs_network()
        bench.trouble.append(Reply(status, "<html>oops</html>"))
        with pytest.raises(NotSent if bench.channel().repeatable else Unsure):
            bench.channel().send(post)

    def test_bad_credentials_need_a_person(self, bench: Bench, post: Post) -> None:
        """Refused credentials lock the destination, and the message says more than a number."""
        with self._ending(bench, self.locked_out, LockedOut) as caught:
            bench.channel().send(post)
        assert len(caught.value.message.split()) > 3

    def test_a_rate_limit_names_its_end(self, bench: Bench, post: Post) -> None:
        """A platform that asks to wait until a moment is understood: the moment is aware and lies ahead."""
        with self._ending(bench, self.rate_limited, RateLimited) as caught:
            bench.channel().send(post)
        until = getattr(caught.value, "until", None)
        assert isinstance(until, datetime)
        assert datetime.now(UTC) < until < datetime.now(UTC) + timedelta(days=2)

    def test_a_refusal_is_for_good(self, bench: Bench, post: Post) -> None:
        """A post the platform will never take is rejected, and not called a duplicate."""
        with self._ending(bench, self.refused, Rejected) as caught:
            bench.channel().send(post)
        assert not isinstance(caught.value, Duplicate)

    def test_a_duplicate_is_told_apart(self, bench: Bench, post: Post) -> None:
        """A platform that has the post already is understood as saying just that."""
        with self._ending(bench, self.duplicate, Duplicate):
            bench.channel().send(post)

    @pytest.mark.parametrize("reply", NONSENSE, ids=lambda reply: f"{reply.status}-{str(reply.body)[:12]}")
    def test_only_endings_are_raised(self, bench: Bench, post: Post, reply: Reply) -> None:
        """Whatever is answered, a call raises nothing but endings, and nonsense never makes a receipt."""
        self._needs_network()
        bench.trouble.append(reply)
        with pytest.raises(Ending):
            bench.channel().send(post)
        for call in self._calls(bench.channel(), post):
            with contextlib.suppress(Ending):
                call()

    # what it can do beside sending

    def test_a_sent_post_is_found(self, bench: Bench, post: Post) -> None:
        """What was sent can be looked up, by another process too, and the receipt names the same post."""
        before = datetime.now(UTC)
        receipt = bench.channel().send(post)
        found = _finder(bench.channel()).find(post, before)
        assert found is not None
        assert found.remote_id == receipt.remote_id

    def test_what_was_never_sent_is_not_found(self, bench: Bench, post: Post, other: Post) -> None:
        """Looking for a post that is not there says so."""
        channel = _finder(bench.channel())
        assert channel.find(other, datetime.now(UTC)) is None
        bench.channel().send(post)
        assert channel.find(other, datetime.now(UTC) - timedelta(minutes=1)) is None

    def test_a_look_that_fails_is_no_answer(self, bench: Bench, post: Post) -> None:
        """A platform that cannot be asked has not said that the post is absent."""
        self._needs_network()
        for trouble in (HangUp(), Reply(503, "<html>oops</html>"), Reply(200, b"{")):
            bench.trouble[:] = [trouble]
            with pytest.raises(NotSent):
                _finder(bench.channel()).find(post, datetime.now(UTC))

    def test_many_are_seen_at_once(self, bench: Bench, post: Post, other: Post) -> None:
        """Of several posts it tells in their order which readers see; without an answer it tells nothing."""
        self._needs_network()
        channel = _seer(bench.channel())
        sent, never = Sent(post, bench.channel().send(post)), Sent(other, Receipt(remote_id="404"))
        since = datetime.now(UTC) - timedelta(minutes=1)
        assert list(channel.visible([never, sent, never], since)) == [False, True, False]
        bench.trouble[:] = [Reply(503, "<html>oops</html>")]
        with pytest.raises(NotSent):
            channel.visible([sent], since)

    def test_an_amended_post_is_the_same_post(self, bench: Bench, post: Post) -> None:
        """Amending may be repeated and keeps the post's id."""
        channel = _amender(bench.channel())
        receipt = bench.channel().send(post)
        newer = replace(post, revision=2, text=f"Corrected: {post.text}")
        assert channel.amend(receipt, newer).remote_id == receipt.remote_id
        assert channel.amend(receipt, newer).remote_id == receipt.remote_id

    def test_a_retracted_post_stays_away(self, bench: Bench, post: Post) -> None:
        """Taking a post away works, and once more when it is gone already."""
        channel = _retractor(bench.channel())
        receipt = bench.channel().send(post)
        assert channel.retract(receipt, post).remote_id == receipt.remote_id
        assert channel.retract(receipt, post).remote_id == receipt.remote_id

    def test_a_check_says_who_we_are(self, bench: Bench) -> None:
        """A check answers in a few words and posts nothing."""
        said = _checker(bench.channel()).check()
        assert said.strip()
        assert "\n" not in said

    def test_its_kind_tells_the_truth(self, bench: Bench, post: Post) -> None:
        """What the kind says the channel can do is what it can do; a price is no less than nothing."""
        channel = bench.channel()
        assert isinstance(channel.repeatable, bool)
        assert self.kind.amendable == isinstance(channel, Amendable)
        assert self.kind.retractable == isinstance(channel, Retractable)
        assert not isinstance(channel, Priced) or channel.price(post) >= 0

    # what it must never do

    @pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 429, 500])
    def test_secrets_stay_secret(self, bench: Bench, post: Post, status: int, caplog: pytest.LogCaptureFixture) -> None:
        """No secret is in an ending, an exchange or a log, even when the platform says it back to us."""
        self._needs_network()
        caplog.set_level("DEBUG")
        told = " ".join(self.secrets.values())
        words = {"title": told, "detail": told, "message": told, "code": 0, "type": told}
        body = {**words, "errors": [words], "error": {**words, "code": 100}}
        bench.trouble.append(Reply(status, body, headers={"X-Echo": told, "Location": f"/?{told}"}))
        channel = bench.channel()
        calls: list[Callable[[], object]] = [partial(channel.send, post), *self._calls(channel, post)]
        for call in calls:
            try:
                seen = repr(call())
            except Ending as ending:
                seen = _whole(ending)
            assert _leaks(seen + caplog.text, self.secrets) == []

    def test_a_receipt_keeps_secrets_too(self, bench: Bench, post: Post, caplog: pytest.LogCaptureFixture) -> None:
        """No secret is in what a receipt carries, nor in the log at its most talkative."""
        caplog.set_level("DEBUG")
        receipt = bench.channel().send(post)
        assert _leaks(repr(receipt) + repr(receipt.exchange) + caplog.text, self.secrets) == []

    # how the tests above are helped

    def _needs_network(self) -> None:
        if not self.networked:
            pytest.skip("this channel calls nobody")

    @contextlib.contextmanager
    def _ending(self, bench: Bench, reply: Reply | None, kind: type[Ending]) -> Iterator[pytest.ExceptionInfo[Ending]]:
        if reply is None:
            pytest.skip(f"this platform gives no cause for {kind.__name__}")
        bench.trouble.append(reply)
        with pytest.raises(kind) as caught:
            yield caught
        assert caught.value.exchange is not None
        assert caught.value.exchange.status == reply.status

    def _calls(self, channel: Channel, post: Post) -> Iterator[Callable[[], object]]:
        receipt = Receipt(remote_id="1")
        if isinstance(channel, Findable):
            yield partial(channel.find, post, datetime.now(UTC))
        if isinstance(channel, Visible):
            yield partial(channel.visible, [Sent(post, receipt)], datetime.now(UTC))
        if isinstance(channel, Checkable):
            yield channel.check
        if isinstance(channel, Amendable):
            yield partial(channel.amend, receipt, post)
        if isinstance(channel, Retractable):
            yield partial(channel.retract, receipt, post)


def _finder(channel: Channel) -> Findable:
    return channel if isinstance(channel, Findable) else pytest.skip("this channel cannot look for a post")


def _seer(channel: Channel) -> Visible:
    return channel if isinstance(channel, Visible) else pytest.skip("this channel cannot tell of many posts at once")


def _amender(channel: Channel) -> Amendable:
    return channel if isinstance(channel, Amendable) else pytest.skip("this channel cannot amend a post")


def _retractor(channel: Channel) -> Retractable:
    return channel if isinstance(channel, Retractable) else pytest.skip("this channel cannot take a post away")


def _checker(channel: Channel) -> Checkable:
    return channel if isinstance(channel, Checkable) else pytest.skip("this channel has no live check")


def _leaks(text: str, secrets: Mapping[str, str]) -> list[str]:
    return [name for name, value in secrets.items() if value in text]


def _whole(ending: Ending) -> str:
    parts = [repr(ending), str(ending), repr(ending.exchange), repr(ending.code)]
    below: BaseException | None = ending.__cause__ or ending.__context__
    while below is not None:
        parts.append(repr(below))
        below = below.__cause__ or below.__context__
    return "\n".join(parts)
