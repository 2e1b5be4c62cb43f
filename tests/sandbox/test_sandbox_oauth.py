"""Who may call the X stand-in: signatures, nonces, clocks, tokens."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
import requests
import tweepy
from hypothesis import given
from hypothesis import strategies as st
from oauthlib import oauth1
from oauthlib.oauth1.rfc5849.signature import base_string_uri, sign_hmac_sha1_with_client, signature_base_string
from tests.sandbox.conftest import ME, Caller, Clock, signer

from wireroom.model.sandbox import SANDBOX_X, x_keys
from wireroom.sandbox import Sandbox, State, running
from wireroom.sandbox.answers import Refusal
from wireroom.sandbox.oauth import Nonces, Signed, verify
from wireroom.sandbox.state import DEFAULT_ACCOUNT, utc_now
from wireroom.sandbox.values import XAccount

NOW = 1_795_000_000.0
FORM = "application/x-www-form-urlencoded"
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def signed_request(
    *, origin: str = "http://127.0.0.1:8099", query: str = "", form: dict[str, str] | None = None, **client: object
) -> Signed:
    """A request as oauthlib's own client signs it."""
    options = {"timestamp": str(int(NOW)), **client}
    keys = (SANDBOX_X[name] for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret"))
    path = "/2/users/1/tweets"
    address = origin + path + (f"?{query}" if query else "")
    body = urlencode(form) if form else None
    headers = {"Content-Type": FORM} if body else {}
    _, found, _ = oauth1.Client(*keys, **options).sign(address, "POST", body, headers)
    return Signed("POST", origin, path, query, found["Authorization"], FORM if body else "", (body or "").encode())


def find(token: str) -> XAccount | None:
    """The well-known account by its token."""
    return DEFAULT_ACCOUNT if token == DEFAULT_ACCOUNT.access_token else None


def refused(request: Signed, now: float = NOW, nonces: Nonces | None = None) -> str:
    """Why a request is refused."""
    with pytest.raises(Refusal) as caught:
        verify(request, find, nonces or Nonces(), now)
    assert caught.value.answer.status == 401
    assert caught.value.answer.body == {
        "title": "Unauthorized", "detail": "Unauthorized", "type": "about:blank", "status": 401,
    }  # fmt: skip
    return caught.value.answer.why


@given(st.dictionaries(words, words, max_size=4), st.dictionaries(words, words, max_size=4))
def test_what_oauthlib_signs_is_accepted(query: dict[str, str], form: dict[str, str]) -> None:
    """Whatever stands in query and form, a signature made by oauthlib's client holds."""
    request = signed_request(query=urlencode(query), form=form)
    assert verify(request, find, Nonces(), NOW) is DEFAULT_ACCOUNT


@given(st.dictionaries(words, words, max_size=3), words.filter(bool))
def test_what_was_changed_on_the_way_is_refused(query: dict[str, str], more: str) -> None:
    """A parameter that was not signed breaks the signature."""
    request = signed_request(query=urlencode(query))
    changed = Signed(
        request.method,
        request.origin,
        request.path,
        urlencode({**query, "added": more}),
        request.authorization,
        "",
        b"",
    )
    assert "oauth_signature does not match" in refused(changed)


@pytest.mark.parametrize("origin", ["https://api.x.com", "https://api.twitter.com"])
def test_signed_for_the_real_hosts_is_accepted(origin: str) -> None:
    """A client with a fixed host, routed here after it signed, is let in."""
    request = signed_request(origin=origin)
    here = Signed("POST", "http://127.0.0.1:8099", request.path, "", request.authorization, "", b"")
    assert verify(here, find, Nonces(), NOW) is DEFAULT_ACCOUNT


def test_signed_for_another_host_is_refused() -> None:
    """The host is part of what is signed."""
    request = signed_request(origin="https://elsewhere.example.com")
    here = Signed("POST", "http://127.0.0.1:8099", request.path, "", request.authorization, "", b"")
    assert "another address" in refused(here)


def test_a_published_vector_holds() -> None:
    """The base string and signature of RFC 5849's kind of request agree with a calculation by hand."""
    base = signature_base_string(
        "POST", base_string_uri("https://api.x.com/2/tweets"), "oauth_nonce=n&oauth_timestamp=1"
    )
    assert base == "POST&https%3A%2F%2Fapi.x.com%2F2%2Ftweets&oauth_nonce%3Dn%26oauth_timestamp%3D1"
    assert sign_hmac_sha1_with_client(base, oauth1.Client("k", "s", "t", "ts"))


def test_a_nonce_is_good_once() -> None:
    """The same request sent again is refused, another nonce is not."""
    nonces, request = Nonces(), signed_request()
    verify(request, find, nonces, NOW)
    assert "nonce" in refused(request, nonces=nonces)
    verify(signed_request(), find, nonces, NOW)


@pytest.mark.parametrize("skew", [-301, 301])
def test_a_clock_that_is_off_is_refused(skew: int) -> None:
    """More than five minutes between the two clocks are too much."""
    assert "oauth_timestamp" in refused(signed_request(), now=NOW + skew)
    verify(signed_request(), find, Nonces(), NOW + skew * 299 / 301)


def test_posts_and_signatures_may_have_clocks_of_their_own() -> None:
    """A client that signs by the true time is believed by a sandbox whose own clock a test has turned."""
    clock = Clock(timedelta(days=3))
    with running(State(now=clock, signing=utc_now)) as sandbox, requests.Session() as session:
        answer = session.post(f"{sandbox.url}/2/tweets", json={"text": "Once"}, auth=signer(), timeout=10)
        assert answer.status_code == 201
        assert datetime.fromisoformat(str(sandbox.posts("x")[0]["created"])) > utc_now() + timedelta(days=2)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ('OAuth oauth_token="nobody"', "oauth_token is not known"),
        (f'OAuth oauth_token="{SANDBOX_X["access_token"]}", oauth_consumer_key="x"', "oauth_consumer_key"),
        ("OAuth nonsense", "cannot be read"),
    ],
)
def test_headers_that_do_not_hold(header: str, why: str) -> None:
    """A header that is broken, or names nobody we know, is refused with a reason."""
    assert why in refused(Signed("POST", "http://h", "/2/tweets", "", header, "", b""))


def test_another_method_of_signing_is_refused() -> None:
    """Only HMAC-SHA1 is understood, as on the platform."""
    assert "HMAC-SHA1" in refused(signed_request(signature_method=oauth1.SIGNATURE_HMAC_SHA256))


def test_the_reason_travels_in_a_header(call: Caller) -> None:
    """The body is X's own; what is wrong stands in x-sandbox-why and in the list of requests."""
    answer = call.x("GET", "/2/users/me", keys={**SANDBOX_X, "consumer_secret": "wrong"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "oauth_signature" in answer.headers["x-sandbox-why"]
    assert "oauth_signature" in call.control("GET", "/requests")["requests"][-1]["why"]


def test_no_credentials_at_all(call: Caller) -> None:
    """Without an Authorization header the answer is 401."""
    answer = call.session.get(f"{call.sandbox.url}/2/users/me", timeout=10)
    assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized")


def test_tweepy_itself_gets_in(client: Callable[[], tweepy.Client]) -> None:
    """tweepy's client, unchanged but for where its requests are routed, is who it says it is."""
    assert client().get_me().data.id == int(ME)


def test_signed_over_the_address_really_called(sandbox: Sandbox, call: Caller) -> None:
    """The host of the address counts as the client named it."""
    local = sandbox.url.replace("127.0.0.1", "localhost")
    assert call.session.get(f"{local}/2/users/me", auth=signer(), timeout=10).status_code == 200


def test_a_revoked_token_is_refused(call: Caller) -> None:
    """Revoking takes effect at once, and can be undone."""
    call.control("POST", "/revoke", account=ME)
    assert call.x("GET", "/2/users/me").status_code == 401
    call.control("POST", "/revoke", account=ME, revoked=False)
    assert call.x("GET", "/2/users/me").status_code == 200


def test_a_name_after_the_well_known_token_opens_an_account(call: Caller) -> None:
    """Several destinations on one sandbox can have an account each."""
    found = call.x("GET", "/2/users/me", keys=x_keys("Asia Desk")).json()["data"]
    assert (found["name"], found["username"]) == ("Asia Desk", "Asia_Desk")
    assert found["id"] != ME


def test_an_apps_bearer_token_may_read_but_not_write(call: Caller) -> None:
    """X tells an app's token from a user's."""
    headers = {"Authorization": "Bearer sandbox-app-bearer-token"}
    url = call.sandbox.url
    assert requests.get(f"{url}/2/users/{ME}/tweets", headers=headers, timeout=10).status_code == 200
    refused_write = requests.post(f"{url}/2/tweets", json={"text": "no"}, headers=headers, timeout=10)
    assert refused_write.status_code == 403
    assert refused_write.json()["type"].endswith("/unsupported-authentication")


def test_oauth2_tokens_rotate_and_die_as_a_family(call: Caller, clock: Clock) -> None:
    """A refresh token is good once; using it again kills every token that came of the same consent."""
    first = call.control("POST", "/oauth2", account=ME)
    assert _me(call, first["access_token"]) == 200
    second = _refreshed(call, first["refresh_token"])
    assert second.status_code == 200
    assert _refreshed(call, first["refresh_token"]).status_code == 400
    assert _me(call, second.json()["access_token"]) == 401
    third = call.control("POST", "/oauth2", account=ME)
    clock.forward(hours=2, seconds=1)
    assert _me(call, third["access_token"]) == 401


def test_oauth2_tokens_can_be_revoked(call: Caller) -> None:
    """POST /2/oauth2/revoke ends a token."""
    pair = call.control("POST", "/oauth2", account=ME)
    url = f"{call.sandbox.url}/2/oauth2/revoke"
    assert call.session.post(url, data={"token": pair["access_token"]}, timeout=10).json() == {"revoked": True}
    assert _me(call, pair["access_token"]) == 401


def _me(call: Caller, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return call.session.get(f"{call.sandbox.url}/2/users/me", headers=headers, timeout=10).status_code


def _refreshed(call: Caller, token: str) -> requests.Response:
    data = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "sandbox"}
    return call.session.post(f"{call.sandbox.url}/2/oauth2/token", data=data, timeout=10)
