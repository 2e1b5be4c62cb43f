"""Secrets are cut out of whatever is kept, however they are written."""

import base64
import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.channels.redact import MARK, Censor

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40)


@settings(max_examples=100, deadline=None)
@given(secret=SECRETS, before=TEXTS, after=TEXTS)
def test_a_known_secret_never_comes_through(secret: str, before: str, after: str) -> None:
    """A known secret is gone from plain, URL-encoded, form-encoded and JSON text alike."""
    whole = f"{before} {secret} {after}"
    shown = Censor([secret])
    spelt = (whole, quote(whole), quote(whole, safe=""), quote_plus(whole), urlencode({"k": whole}), json.dumps(whole))
    for text in spelt:
        assert not any(form in shown(text) for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]))


@pytest.mark.parametrize(
    "text",
    [
        'OAuth oauth_consumer_key="KEY9876", oauth_signature="KEY9876%3D", oauth_token="KEY9876"',
        "access_token=KEY9876&limit=25",
        "https://graph.example/next?limit=1&access_token%3DKEY9876&after=x",
        '{"access_token":"KEY9876","token_type":"bearer"}',
        '{"paging":"{\\"access_token\\": \\"KEY9876\\"}"}',
        "appsecret_proof=KEY9876",
        "client_secret = 'KEY9876'",
        "access_token&quot;:&quot;KEY9876&quot;",
        "Authorization: Bearer KEY9876|abc",
        "refresh_token:KEY9876}",
    ],
)
def test_what_is_named_like_a_secret_is_cut_out(text: str) -> None:
    """Keys nobody told us of are cut out where their name gives them away."""
    shown = Censor([])(text)
    assert "KEY9876" not in shown
    assert MARK in shown


@pytest.mark.parametrize(
    "text",
    [
        '{"title":"Forbidden","type":"https://api.x.com/2/problems/oauth1-permissions"}',
        '{"meta":{"next_token":"7140dibdnow9c7btw","result_count":5}}',
        "Bearer of good news: the oauth libraries of Kyoto",
        "text=Access+denied+at+the+token+ring+museum",
        '{"message":"Error validating access token: session has expired"}',
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    """Words about keys are no keys."""
    assert Censor(["s3cret-value"])(text) == text


def test_very_short_secrets_do_not_blot_out_the_text() -> None:
    """A one-letter "secret" does not make the log unreadable."""
    assert Censor(["a", ""])("a banana") == "a banana"


def test_json_stays_json() -> None:
    """A cut-out value leaves the JSON around it whole."""
    token = base64.b64encode(b"0123456789abcdef").decode()
    assert json.loads(Censor([token])(json.dumps({"token": token, "n": 1}))) == {"token": MARK, "n": 1}
