"""Whether what a platform shows is what was sent: addresses and texts compared as people would."""

from __future__ import annotations

import unicodedata
from urllib.parse import parse_qs, unquote, urlsplit


def same_address(one: str, other: str) -> bool:
    """Whether two addresses lead to the same place; scheme, case of the host, "www." and a last slash do not count."""
    return bool(one and other) and plain_address(one) == plain_address(other)


def plain_address(address: str) -> tuple[str, str, str]:
    """Host, path and query of an address, each in its plainest form; Facebook's link shim is taken off."""
    try:
        parts = urlsplit(unshimmed(address.strip()))
        host = (parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return "", address, ""
    return _ascii(host) + port, _nfc(unquote(parts.path)).rstrip("/"), _nfc(unquote(parts.query))


def unshimmed(address: str) -> str:
    """The address behind l.facebook.com/l.php?u=…, any other as it is."""
    parts = urlsplit(address)
    if (parts.hostname or "").endswith("facebook.com") and parts.path == "/l.php":
        return (parse_qs(parts.query).get("u") or [address])[0]
    return address


def same_text(one: str, other: str) -> bool:
    """Whether two texts read the same, however their characters are composed and their blanks are set."""
    return bool(one and other) and plain_text(one) == plain_text(other)


def plain_text(text: str) -> str:
    """NFC, every run of blanks one space."""
    return " ".join(_nfc(text).split())


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
