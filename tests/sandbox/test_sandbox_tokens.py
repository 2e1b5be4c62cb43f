"""Page tokens on the stand-in: their ends and permissions, set by the control address, told and enforced."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.sandbox.conftest import PAGE, Caller, Clock

from wireroom.model.sandbox import SANDBOX_FACEBOOK, facebook_keys

TOKEN = SANDBOX_FACEBOOK["access_token"]
APP = f"{SANDBOX_FACEBOOK['app_id']}|{SANDBOX_FACEBOOK['app_secret']}"


def data(call: Caller, token: str = TOKEN, **more: Any) -> dict[str, Any]:
    """What /debug_token tells of a token."""
    found: dict[str, Any] = call.graph("GET", "/debug_token", params={"input_token": token}, **more).json()["data"]
    return found


def numbers(answer: Any) -> tuple[int, int | None]:
    """An error's code and subcode."""
    error = answer.json()["error"]
    return error["code"], error.get("error_subcode")


def test_ends_are_told(call: Caller, clock: Clock) -> None:
    """A token's ends are what they were set to, in seconds; null is never, and consent lasts 90 days unless set."""
    assert data(call)["data_access_expires_at"] == pytest.approx((clock() + timedelta(days=90)).timestamp(), abs=60)
    ends = datetime(2030, 1, 2, 3, tzinfo=UTC)
    told = call.control("POST", "/token", account=PAGE, expires_at="2030-01-02T12:00:00+09:00")
    assert datetime.fromisoformat(told["expires_at"]) == ends
    call.control("POST", "/token", account=PAGE, data_access_expires_at=int(ends.timestamp()) + 5)
    found = data(call)
    assert (found["expires_at"], found["data_access_expires_at"]) == (ends.timestamp(), ends.timestamp() + 5)
    call.control("POST", "/token", account=PAGE, expires_at=None, data_access_expires_at=None)
    found = data(call)
    assert (found["expires_at"], found["data_access_expires_at"]) == (0, 0)


def test_a_token_that_has_ended_opens_nothing(call: Caller, clock: Clock) -> None:
    """From its end on a token is refused (190, 463), and /debug_token, asked by the app, calls it invalid."""
    call.control("POST", "/token", account=PAGE, expires_at=(clock() + timedelta(hours=1)).isoformat())
    assert call.feed("One").status_code == 200
    clock.forward(hours=2)
    assert numbers(call.feed("Two")) == (190, 463)
    found = data(call, headers={"Authorization": f"Bearer {APP}"})
    assert (found["is_valid"], found["error"]["subcode"]) == (False, 463)


def test_permissions(call: Caller) -> None:
    """Without the permission to publish a post is code 200, without that to read a list is code 10."""
    call.control("POST", "/token", account=PAGE, scopes=["pages_read_engagement"])
    assert numbers(call.feed("One")) == (200, None)
    assert call.graph("GET", f"/{PAGE}/published_posts").status_code == 200
    assert data(call)["scopes"] == ["pages_read_engagement"]
    call.control("POST", "/token", account=PAGE, scopes=["pages_manage_posts"])
    assert call.feed("One").status_code == 200
    assert numbers(call.graph("GET", f"/{PAGE}/published_posts")) == (10, None)
    assert call.graph("GET", f"/{PAGE}").status_code == 200


def test_the_apps_token_asks_and_does_nothing_else(call: Caller) -> None:
    """An app's own token is good for /debug_token alone; one of another app for nothing."""
    as_app = {"Authorization": f"Bearer {APP}"}
    assert data(call, headers=as_app)["is_valid"]
    assert numbers(call.graph("GET", f"/{PAGE}", headers=as_app)) == (190, 467)
    other = call.graph("GET", "/debug_token", headers={"Authorization": "Bearer 1|no-such-secret"})
    assert numbers(other) == (190, 467)


def test_a_token_that_opens_several_pages(call: Caller) -> None:
    """What a token may do it may do on every Page it opens; another Page's token is another."""
    call.graph("GET", "/200000000000009")
    targets = data(call)["granular_scopes"][0]["target_ids"]
    assert {PAGE, "200000000000009"} <= set(targets)
    call.control("POST", "/token", account=PAGE, scopes=[])
    own = facebook_keys("Asia Desk")["access_token"]
    call.graph("GET", "/300000000000009", headers={"Authorization": f"Bearer {own}"})
    assert "pages_manage_posts" in data(call, own)["scopes"]


def test_a_reset_forgets_them(call: Caller) -> None:
    """After a reset a token is good for all again."""
    call.control("POST", "/token", account=PAGE, scopes=[])
    call.control("POST", "/reset")
    assert call.feed("One").status_code == 200


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"account": "1"}, "there is no Page '1'"),
        ({"account": PAGE, "ends": 1}, "`ends` is not known"),
        ({"account": PAGE, "expires_at": "soon"}, "allowed are RFC 3339"),
        ({"account": PAGE, "scopes": "all"}, "a list of texts"),
    ],
)
def test_what_makes_no_sense_is_said(call: Caller, order: dict[str, Any], said: str) -> None:
    """An order that makes no sense is answered with what is allowed, and changes nothing."""
    assert said in call.control("POST", "/token", **order)["error"]
    assert data(call)["is_valid"]
