"""What Facebook tells of a Page's token: asked by the app or by the token itself, read, and never in the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from wireroom.channels import catalogue
from wireroom.channels.facebook import FacebookChannel, proof
from wireroom.model.channel import Credentialed, Health
from wireroom.model.errors import Ending, LockedOut, NotSent, RateLimited
from wireroom.testing import Asked, HangUp, Reply, StandIn, a_destination, surroundings

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECRETS = {"access_token": "page-token", "app_secret": "app-secret"}
ENDS = datetime(2026, 12, 1, tzinfo=UTC)
SCOPES = ["pages_show_list", "pages_manage_posts", "pages_read_engagement"]
VALID: dict[str, Any] = {
    "app_id": "77",
    "type": "PAGE",
    "is_valid": True,
    "expires_at": 0,
    "data_access_expires_at": int(ENDS.timestamp()),
    "scopes": SCOPES,
    "granular_scopes": [{"scope": scope, "target_ids": ["1122"]} for scope in SCOPES],
}


class Told:
    """A platform that answers every call with `reply`."""

    def __init__(self) -> None:
        self.reply: Reply | HangUp = Reply(200, {"data": VALID})

    def __call__(self, asked: Asked) -> Reply | HangUp:
        return self.reply

    def data(self, **changes: object) -> None:
        """Answer with a valid token's data, some of it otherwise; None leaves a key out."""
        data = {key: value for key, value in {**VALID, **changes}.items() if value is not None}
        self.reply = Reply(200, {"data": data})


@pytest.fixture
def told() -> Told:
    """What the platform tells."""
    return Told()


@pytest.fixture
def platform(told: Told) -> Iterator[StandIn]:
    """A stand-in that tells it."""
    with StandIn(told) as server:
        yield server


@pytest.fixture
def page(platform: StandIn) -> FacebookChannel:
    """The channel, which knows its app's number and secret."""
    return channel(platform, app_id="77")


def channel(platform: StandIn, secrets: dict[str, str] = SECRETS, **options: object) -> FacebookChannel:
    """The channel on that platform, at a fixed time."""
    given = {"base_url": platform.address, "page_id": "1122", **options}
    return FacebookChannel(a_destination(catalogue.FACEBOOK, given, secrets), surroundings(now=lambda: NOW))


def test_a_token_that_never_ends(page: FacebookChannel) -> None:
    """0 is no end; the consent has one; nothing is missing."""
    assert isinstance(page, Credentialed)
    assert page.health() == Health(checked=NOW, data_access_expires=ENDS)


def test_the_app_asks(page: FacebookChannel, platform: StandIn) -> None:
    """With the app's number and secret the app's own token asks, with its own proof, by one GET."""
    page.health()
    (asked,) = platform.asked
    assert (asked.method, asked.path) == ("GET", "/v26.0/debug_token")
    assert asked.headers["authorization"] == "Bearer 77|app-secret"
    assert asked.query == {"input_token": "page-token", "appsecret_proof": proof("app-secret", "77|app-secret")}


def test_the_token_asks_about_itself(platform: StandIn) -> None:
    """Without the app's number or its secret the token asks."""
    channel(platform).health()
    channel(platform, {"access_token": "page-token"}, app_id="77").health()
    assert [asked.headers["authorization"] for asked in platform.asked] == ["Bearer page-token"] * 2
    assert platform.asked[0].query["appsecret_proof"] == proof("app-secret", "page-token")
    assert "appsecret_proof" not in platform.asked[1].query


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"scopes": ["pages_read_engagement"]}, ("pages_manage_posts",)),
        ({"scopes": []}, ("pages_manage_posts", "pages_read_engagement")),
        ({"granular_scopes": [{"scope": "pages_manage_posts", "target_ids": ["9"]}]}, ("pages_manage_posts",)),
        ({"granular_scopes": [{"scope": "pages_manage_posts"}]}, ()),
        ({"granular_scopes": [{"scope": "pages_manage_posts", "target_ids": [1122]}, 7]}, ()),
        ({"granular_scopes": None}, ()),
        ({"scopes": None}, ()),
        ({"scopes": "all"}, ()),
    ],
)
def test_missing_permissions(page: FacebookChannel, told: Told, changes: dict[str, Any], missing: tuple[str]) -> None:
    """A permission that posting or looking needs is missing when it is not there, or is there for other Pages alone."""
    told.data(**changes)
    assert page.health().missing_scopes == missing


@pytest.mark.parametrize("value", [None, "never", -5, 10**30, []])
def test_an_end_that_is_no_time_is_none(page: FacebookChannel, told: Told, value: object) -> None:
    """Whatever stands where a time should and is none, it is no end."""
    told.data(expires_at=value)
    assert page.health().expires is None


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ({"code": 190, "subcode": 463, "message": "expired"}, "the token has expired: make a new Page token"),
        ({"code": 190, "subcode": 460, "message": "changed"}, "the owner's password was changed"),
        ({"code": 190, "message": "Invalid"}, "Facebook no longer accepts the token"),
        (None, "Facebook no longer accepts the token"),
        ("broken", "Facebook no longer accepts the token"),
    ],
)
def test_a_dead_token_needs_a_person(page: FacebookChannel, told: Told, error: object, advice: str) -> None:
    """A token that Facebook calls invalid locks, and says why and what to do in one sentence."""
    told.data(is_valid=False, error=error)
    with pytest.raises(LockedOut, match=advice) as raised:
        page.health()
    assert "; then `wireroom resume` the destination" in raised.value.message


@pytest.mark.parametrize(
    "reply",
    [
        Reply(400, {"error": {"code": 100, "message": "You must provide an app access token"}}),
        Reply(400, {"error": {"code": 190, "message": "Invalid OAuth access token signature."}}),
        Reply(403, {"error": {"code": 200, "message": "not a developer of the app"}}),
    ],
)
def test_a_platform_that_will_not_tell_locks_nobody_out(
    page: FacebookChannel, told: Told, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    """A refusal to tell says nothing about the token: nothing is known then, and the daemon's log says so."""
    told.reply = reply
    with caplog.at_level(logging.WARNING):
        assert page.health() == Health(checked=NOW)
    assert "does not tell how long" in caplog.text


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (HangUp(), NotSent),
        (Reply(503, "<html>"), NotSent),
        (Reply(200, {"data": []}), NotSent),
        (Reply(400, {"error": {"code": 4, "message": "limit"}}), RateLimited),
    ],
)
def test_what_may_pass_is_asked_again(
    page: FacebookChannel, told: Told, reply: Reply | HangUp, kind: type[Ending]
) -> None:
    """Silence and limits are no news of the token."""
    told.reply = reply
    with pytest.raises(kind):
        page.health()


def test_no_token_is_in_any_log(page: FacebookChannel, told: Told, caplog: pytest.LogCaptureFixture) -> None:
    """The token stands in the address of this one call: neither endings, exchanges nor logs show it."""
    caplog.set_level("DEBUG")
    told_back = "page-token 77|app-secret " + proof("app-secret", "77|app-secret")
    told.data(is_valid=False, error={"code": 190, "message": told_back})
    with pytest.raises(LockedOut) as raised:
        page.health()
    seen = f"{raised.value!r}{raised.value.message}{raised.value.exchange!r}{caplog.text}"
    assert "input_token=" in seen
    for secret in ("page-token", "app-secret", proof("app-secret", "77|app-secret")):
        assert secret not in seen


def test_without_a_token_nothing_is_asked(platform: StandIn) -> None:
    """A token that is missing in the settings is said, and nobody is called."""
    with pytest.raises(LockedOut, match="access_token missing"):
        channel(platform, {}).health()
    assert platform.asked == []
