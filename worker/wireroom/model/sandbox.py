"""The well-known keys of the local sandbox: public on purpose, they open nothing outside this machine."""

from __future__ import annotations

SANDBOX_X = {
    "consumer_key": "sandbox-consumer-key",
    "consumer_secret": "sandbox-consumer-secret",
    "access_token": "1000000000000000001-sandbox-access-token",
    "access_token_secret": "sandbox-access-token-secret",
}

SANDBOX_FACEBOOK = {
    "page_id": "100000000000001",
    "access_token": "sandbox-page-token",
    "app_secret": "sandbox-app-secret",
    "app_id": "200000000000001",
}


def x_keys(name: str) -> dict[str, str]:
    """The X keys of an account of its own called `name`: the sandbox opens it when it first sees the token."""
    return {**SANDBOX_X, "access_token": f"{SANDBOX_X['access_token']}.{name}"}


def facebook_keys(name: str) -> dict[str, str]:
    """The token and app secret of a Page called `name`: good for any page id, opened when first seen."""
    return {
        "access_token": f"{SANDBOX_FACEBOOK['access_token']}.{name}",
        "app_secret": SANDBOX_FACEBOOK["app_secret"],
    }
