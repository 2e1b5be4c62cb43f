"""The control address: what was posted and asked, rules, limits, accounts, forgetting."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sandbox.conftest import ME, PAGE, Caller

from wireroom.model.sandbox import SANDBOX_FACEBOOK
from wireroom.sandbox import Sandbox, control
from wireroom.sandbox.faults import KINDS, ROUTES
from wireroom.sandbox.gate import cut, platform_of
from wireroom.sandbox.rules import FacebookRules, XRules, changed

LINK = "https://example.com/2026/11/harbour-lights"


def test_posts_of_both_platforms(call: Caller) -> None:
    """One plain shape for both, with how often an account has posted the same link."""
    x_id = call.post(f"Harbour lights {LINK}").json()["data"]["id"]
    call.post(f"Harbour lights, again {LINK}")
    page_id = call.feed("Harbour lights", link=LINK).json()["id"]
    in_text = call.feed(f"See {LINK}.").json()["id"]
    gone = call.post("Gone soon").json()["data"]["id"]
    call.x("DELETE", f"/2/tweets/{gone}")
    posts = call.control("GET", "/posts")["posts"]
    assert posts == call.sandbox.posts()
    assert [(post["platform"], post["link"], post["same_link"]) for post in posts] == [
        ("x", LINK, 2), ("x", LINK, 2), ("facebook", LINK, 2), ("facebook", LINK, 2),
    ]  # fmt: skip
    assert posts[0] | {"created": "", "text": ""} == {
        "platform": "x", "id": x_id, "account": ME, "text": "", "link": LINK, "created": "", "pictures": 0,
        "published": True, "same_link": 2,
    }  # fmt: skip
    assert [post["id"] for post in posts[2:]] == [page_id, in_text]
    url = f"{call.sandbox.url}/_control/posts"
    only = call.session.get(url, params={"platform": "facebook", "account": PAGE}, timeout=10).json()["posts"]
    assert len(only) == 2


def test_requests_are_listed_without_their_secrets(call: Caller) -> None:
    """Method, path, body, status, fault and time of each; tokens and proofs are cut out."""
    call.control("POST", "/faults", fault="status", status=502)
    call.post("One")
    call.feed("Two", appsecret_proof="0", access_token="nobody-may-see")
    first, second = call.control("GET", "/requests")["requests"]
    assert (first["platform"], first["method"], first["path"]) == ("x", "POST", "/2/tweets")
    assert (first["status"], first["fault"], first["account"]) == (502, "status 502 after", ME)
    assert "One" in first["body"]
    assert first["milliseconds"] > 0
    assert "appsecret_proof=[cut]" in second["body"]
    assert "nobody-may-see" not in str(second)
    assert "Invalid appsecret_proof" in second["why"]


@pytest.mark.parametrize(
    "text",
    [
        '{"access_token": "secret-1", "message": "m"}',
        "message=m&access_token=secret-1&x=1",
        '--b\r\nContent-Disposition: form-data; name="access_token"\r\n\r\nsecret-1\r\n--b--\r\n',
    ],
)
def test_bodies_are_shown_without_secrets(text: str) -> None:
    """Whatever form the body has."""
    assert "secret-1" not in cut(text)
    assert "[cut]" in cut(text)


def test_the_whole_picture(call: Caller) -> None:
    """GET /_control counts and tells what is in force."""
    call.post("One")
    call.control("POST", "/faults", fault="close", platform="facebook", count=None)
    found = call.control("GET")
    assert found["posts"] == {"x": 1, "facebook": 0}
    assert found["requests"] == 1
    assert found["faults"][0]["script"] == [{"fault": "close", "when": "after"}]
    assert found["limits"]["x"]["POST /2/tweets"] == {"user": 100, "app_day": 10_000, "window": 900}


def test_reset_forgets_all_but_the_accounts(call: Caller, sandbox: Sandbox) -> None:
    """Posts, faults, rules, limits, revocations are as at the start."""
    call.post("One")
    call.control("POST", "/rules", x={"duplicates": "off"})
    call.control("POST", "/limits", x="unlimited")
    call.control("POST", "/faults", fault="close")
    call.control("POST", "/revoke", account=ME)
    assert call.control("POST", "/reset") == {"reset": True}
    assert sandbox.posts() == []
    assert call.control("GET")["faults"] == []
    assert call.control("GET", "/rules")["x"]["duplicates"] == "window"
    assert call.post("One").headers["x-rate-limit-limit"] == "100"


def test_accounts_can_be_added(call: Caller) -> None:
    """Keys that are not given are the well-known ones; keys are never shown."""
    keys = {
        "consumer_key": "ck", "consumer_secret": "cs", "access_token": "7-at", "access_token_secret": "ats",
    }  # fmt: skip
    call.control("POST", "/accounts", platform="x", user_id="7", name="Seven", username="seven", **keys)
    listed = call.control("POST", "/accounts", platform="facebook", page_id="77", name="Page Seven", access_token="pt")
    assert {"user_id": "7", "name": "Seven", "username": "seven", "revoked": False} in listed["x"]
    assert {"page_id": "77", "name": "Page Seven", "revoked": False} in listed["facebook"]
    assert call.x("GET", "/2/users/me", keys=keys).json()["data"]["id"] == "7"
    headers = {"Authorization": "Bearer pt"}
    assert call.graph("GET", "/me", headers=headers).json()["name"] == "Page Seven"
    assert SANDBOX_FACEBOOK["app_secret"] not in str(listed)


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/rules", {"x": {"colour": 1}}, "`colour` is no switch"),
        ("/rules", {"x": {"duplicates": "maybe"}}, "'window', 'last', 'off'"),
        ("/rules", {"facebook": {"lag": "long"}}, "a value like 0.0"),
        ("/rules", {"bluesky": {}}, "allowed are x, facebook"),
        ("/limits", {"x": "none"}, '"real", "unlimited"'),
        ("/limits", {"x": {"POST /2/everything": {"user": 1}}}, "quotas for POST /2/tweets"),
        ("/limits", {"facebook": {"calls": 1}}, "calls_per_day"),
        ("/accounts", {"platform": "myspace"}, "'x' and 'facebook'"),
        ("/accounts", {"platform": "x", "name": "No id"}, "user_id"),
        ("/revoke", {"account": "nobody"}, "there is no account 'nobody'"),
        ("/oauth2", {"account": "nobody"}, "there is no X account"),
        ("/cards", {"url": "u", "picture": "p"}, "`picture` is not known"),
    ],
)
def test_what_makes_no_sense_is_told(call: Caller, path: str, body: dict[str, Any], message: str) -> None:
    """What was found and what is allowed, and nothing is changed."""
    before = call.control("GET", "/rules")
    answer = call.session.post(f"{call.sandbox.url}/_control{path}", json=body, timeout=10)
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert call.control("GET", "/rules") == before


@given(st.sampled_from(["lag", "duplicate_window", "credits"]), st.floats(0, 1e6))
def test_switches_hold_what_they_are_given(name: str, value: float) -> None:
    """A switch set is a switch read; the others stay."""
    rules = changed(XRules(), {name: value})
    assert getattr(rules, name) == value
    assert changed(rules, {name: getattr(XRules(), name)}) == XRules()


def test_some_switches_take_none_and_some_lists() -> None:
    """None is no bound; a list of hosts is a list."""
    assert changed(XRules(credits=1.0), {"credits": None}).credits is None
    assert changed(FacebookRules(), {"unscrapable": ["a"]}).unscrapable == ("a",)
    with pytest.raises(ValueError, match="`lag` is None"):
        changed(XRules(), {"lag": None})


@pytest.mark.parametrize(
    ("method", "path", "platform"),
    [
        ("POST", "/2/tweets", "x"),
        ("POST", "/v26.0/1/feed", "facebook"),
        ("GET", "/me", "facebook"),
        ("GET", "/1_2", "facebook"),
        ("POST", "/", "facebook"),
        ("GET", "/", ""),
        ("GET", "/1/posts/2", ""),
        ("GET", "/_control/posts", ""),
        ("GET", "/somebody/status/1", ""),
    ],
)
def test_calls_are_told_from_pages(method: str, path: str, platform: str) -> None:
    """Faults and the list of requests are about calls of the platforms, never about the sandbox's own pages."""
    assert platform_of(method, path) == platform


def test_the_page_about_it_tells_everything() -> None:
    """docs/sandbox.md names every fault, route, switch and control address there is."""
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    names = {field.name for rules in (XRules, FacebookRules) for field in fields(rules)} | set(KINDS) | set(ROUTES)
    assert {name for name in names if f"`{name}`" not in text} == set()
    addresses = {route.path.removesuffix("/{id}") for route in control.routes()}
    assert {address for address in addresses if address not in text} == set()
