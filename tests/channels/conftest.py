"""What the tests of channels share: a check of OAuth 1.0a signatures, pictures, and keys that are hard to hide."""

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote

import pytest
from oauthlib.common import Request
from oauthlib.oauth1.rfc5849 import signature

from wireroom.testing import Asked

KEYS = {
    "consumer_key": "ck/0001+Aa=",
    "consumer_secret": 'cs "quoted" & long',
    "access_token": "42-at/Token+0001",
    "access_token_secret": "ats~0001%2F<b>",
}


@pytest.fixture(scope="session")
def keys() -> Mapping[str, str]:
    """Four keys with every character that is written differently somewhere."""
    return KEYS


@pytest.fixture(scope="session")
def signed() -> Callable[[Asked], bool]:
    """Whether a request carries a valid signature over the very address it came to."""

    def verify(asked: Asked) -> bool:
        kind, _, rest = asked.headers.get("authorization", "").partition(" ")
        fields = dict(part.strip().split("=", 1) for part in rest.split(",")) if kind == "OAuth" else {}
        given = {name: unquote(value.strip('"')) for name, value in fields.items()}
        if given.get("oauth_token") != KEYS["access_token"] or given.get("oauth_consumer_key") != KEYS["consumer_key"]:
            return False
        request = Request(asked.url, http_method=asked.method)
        request.params = [*asked.query.items(), *((k, v) for k, v in given.items() if k != "oauth_signature")]
        request.signature = given["oauth_signature"]
        found: bool = signature.verify_hmac_sha1(request, KEYS["consumer_secret"], KEYS["access_token_secret"])
        return found

    return verify


@pytest.fixture
def png(tmp_path: Path) -> Path:
    """A file that begins as a PNG does."""
    path = tmp_path / "harbour.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    return path
