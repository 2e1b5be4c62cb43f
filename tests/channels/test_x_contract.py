"""X keeps the contract of channels against a stand-in that checks signatures and rewrites links as X does."""

import html
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wireroom.channels import catalogue
from wireroom.channels.x import XChannel
from wireroom.channels.x_timeline import EPOCH
from wireroom.model.errors import Unsure
from wireroom.model.post import Post
from wireroom.testing import Asked, ChannelContract, HangUp, Reply
from wireroom.testing.contract import Bench

SOON = {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "0"}


def in_a_quarter() -> str:
    """A quarter of an hour from now, as X writes it."""
    return str(int((datetime.now(UTC) + timedelta(minutes=15)).timestamp()))


class TestXContract(ChannelContract):
    """The contract on X."""

    kind = catalogue.X
    factory = XChannel
    locked_out = Reply(401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})
    rate_limited = Reply(429, {"title": "Too Many Requests"}, {**SOON, "x-rate-limit-reset": in_a_quarter()})
    refused = Reply(403, {"title": "Forbidden", "type": "about:blank", "detail": "You are not permitted to do this."})
    duplicate = Reply(
        403,
        {
            "detail": "You are not allowed to create a Tweet with duplicate content.",
            "type": "about:blank",
            "title": "Forbidden",
            "status": 403,
        },
    )
    tweets: dict[str, dict[str, Any]]

    @pytest.fixture(autouse=True)
    def _keys(self, keys: Mapping[str, str], signed: Callable[[Asked], bool]) -> None:
        self.secrets, self.signed = keys, signed

    def begin(self) -> None:
        self.tweets = {}

    def answer(self, asked: Asked) -> Reply:
        if not self.signed(asked):
            return Reply(401, {"title": "Unauthorized", "detail": "Unauthorized", "status": 401})
        if asked.path == "/2/users/me":
            return Reply(200, {"data": {"id": "42", "name": "MTT", "username": "mtt"}})
        if asked.path == "/2/users/42/tweets":
            return self.timeline(int(asked.query["since_id"]))
        if asked.method == "DELETE":
            return self.delete(asked.path.rpartition("/")[2])
        assert (asked.method, asked.path) == ("POST", "/2/tweets")
        return self.create(asked.json)

    def create(self, body: dict[str, Any]) -> Reply:
        """Keep a post as X shows it: links shortened, markup escaped."""
        assert body.keys() == {"text"}
        urls = [
            {"url": f"https://t.co/{n}", "expanded_url": url}
            for n, url in enumerate(re.findall(r"https?://\S+", body["text"]))
        ]
        text = html.escape(body["text"], quote=False)
        for url in urls:
            text = text.replace(html.escape(url["expanded_url"], quote=False), url["url"])
        now = datetime.now(UTC)
        milliseconds = (now - EPOCH) // timedelta(milliseconds=1)
        number = str((milliseconds << 22) + len(self.tweets))
        made = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.tweets[number] = {"id": number, "text": text, "created_at": made, "entities": {"urls": urls}}
        return Reply(201, {"data": {"id": number, "text": text}}, {"x-rate-limit-limit": "100"})

    def timeline(self, since_id: int) -> Reply:
        """What was posted after an id."""
        data = [tweet for number, tweet in self.tweets.items() if int(number) > since_id]
        return Reply(
            200, {"data": data, "meta": {"result_count": len(data)}} if data else {"meta": {"result_count": 0}}
        )

    def delete(self, number: str) -> Reply:
        """Delete as X does, also what is not there."""
        if self.tweets.pop(number, None):
            return Reply(200, {"data": {"deleted": True}})
        return Reply(
            200, {"errors": [{"type": "https://api.x.com/2/problems/resource-not-found", "title": "Not Found"}]}
        )

    def test_a_lost_post_is_found(self, bench: Bench, post: Post) -> None:
        """A post that X took before it hung up is found on the timeline, with the id X gave it."""
        before = datetime.now(UTC)

        def take_and_hang_up(asked: Asked) -> Reply | HangUp:
            self.answer(asked)
            return HangUp()

        bench.platform.answer = take_and_hang_up
        with pytest.raises(Unsure):
            bench.channel().send(post)
        bench.platform.answer = self.answer
        found = XChannel.find(bench.channel(), post, before)  # type: ignore[arg-type]
        assert found is not None
        assert [found.remote_id] == list(self.tweets)
        assert found.cost == 0.20, "what went out was billed, though its answer was lost"
