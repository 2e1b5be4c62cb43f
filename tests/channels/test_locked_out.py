"""What a person reads when a destination is locked: one sentence that says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from wireroom.channels import catalogue
from wireroom.model.channel import Channel
from wireroom.model.errors import LockedOut
from wireroom.model.sandbox import SANDBOX_FACEBOOK, SANDBOX_X
from wireroom.sandbox import Sandbox, running
from wireroom.testing import a_destination, a_post, surroundings

THEN = "; then `wireroom resume` the destination"
NO_WRITE = '{"type": "https://api.twitter.com/2/problems/oauth1-permissions", "detail": "Read-only"}'


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    """A sandbox for these tests."""
    with running() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    """The same, remembering nothing."""
    served.state.reset()
    return served


def channel(sandbox: Sandbox, name: str, **more: str) -> Channel:
    """A channel on the sandbox with the well-known keys."""
    kind = catalogue.BUILT_IN[name]
    keys = SANDBOX_X if name == "x" else SANDBOX_FACEBOOK
    options = {"base_url": sandbox.url, "page_id": SANDBOX_FACEBOOK["page_id"]}
    secrets = {key: value for key, value in {**keys, **more}.items() if kind.options[key].type == "secret"}
    return catalogue.load(kind)(a_destination(kind, options, secrets), surroundings())


def sentence(locked: LockedOut) -> str:
    """Our own words, without the platform's that are quoted behind them."""
    return locked.message.partition(" (X: ")[0].partition(" (Facebook: ")[0]


@pytest.mark.parametrize(
    ("name", "fault", "advice"),
    [
        ("x", {"fault": "credits"}, "the X account has no credits left: buy some in the developer console"),
        ("x", {"fault": "usage-cap"}, "the X app has used up its plan or its spending limit: raise it"),
        ("x", {"fault": "unauthorized"}, "X does not accept the keys: check all four"),
        ("x", {"fault": "answer", "status": 403, "body": NO_WRITE}, "the X app may only read: allow it Read and Write"),
        ("facebook", {"fault": "unauthorized", "subcode": 463}, "the token has expired: make a new Page token and"),
        ("facebook", {"fault": "unauthorized", "subcode": 458}, "the app was removed from the account: add it again"),
        ("facebook", {"fault": "unauthorized", "subcode": 492}, "the token's owner has lost the role on this Page"),
        ("facebook", {"fault": "credits"}, "the token lacks a permission: grant pages_manage_posts and"),
        ("facebook", {"fault": "forbidden"}, "the token lacks a permission: grant pages_manage_posts and"),
    ],
)
def test_one_sentence_says_what_to_do(sandbox: Sandbox, name: str, fault: dict[str, Any], advice: str) -> None:
    """Credits used up, a permission lost, a token revoked: what is wrong, the remedy, and how to go on."""
    sandbox.fault(**fault, platform=name, when="before")
    with pytest.raises(LockedOut) as raised:
        channel(sandbox, name).send(a_post())
    told = sentence(raised.value)
    assert told.startswith(advice)
    assert told.endswith(THEN)
    assert ". " not in told
    assert "\n" not in told
    assert sandbox.posts() == []


@pytest.mark.parametrize("name", ["x", "facebook"])
def test_a_revoked_token(sandbox: Sandbox, name: str) -> None:
    """A token that was taken back says so at the next call, whichever it is."""
    state = sandbox.state
    if name == "x":
        state.add_account(replace(next(iter(state.accounts.values())), revoked=True))
    else:
        state.add_page(replace(state.pages[SANDBOX_FACEBOOK["page_id"]], revoked=True))
    with pytest.raises(LockedOut) as raised:
        channel(sandbox, name).send(a_post())
    assert sentence(raised.value).endswith(THEN)


@pytest.mark.parametrize(("name", "key"), [("x", "consumer_key"), ("facebook", "access_token")])
def test_a_key_that_is_missing(sandbox: Sandbox, name: str, key: str) -> None:
    """A key that is not there is named, with where it belongs."""
    with pytest.raises(LockedOut) as raised:
        channel(sandbox, name, **{key: ""}).send(a_post())
    assert raised.value.message == f"{key} missing: set it in this destination's settings{THEN}"
