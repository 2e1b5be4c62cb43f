"""A newsroom for the storm: many destinations on the sandbox, quick to retry, and the articles it publishes."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wireroom.model.article import Draft
from wireroom.model.destination import Destination

QUAYS = 6  # an article has one as its tag; each has an X account, a Page and a feed of its own
PAGE_ID = 300_000_000_000_000
ITEMS = 5000  # more than a run publishes, so that every article must stand in its feed
_START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

_HEAD = """
[wireroom]
database = "{database}"
broker = "{broker}"
listen = "127.0.0.1:{port}"
sandbox = "{sandbox}"

[publications.harbor-post]
name = "Harbor Post"
url = "https://harbor.example.org"
"""

_PLACE = """
[destinations.{channel}-{quay}]
channel = "{channel}"
when = {{ tags = ["quay-{quay}"] }}
max_age = "none"
timeout = "3s"
settle = {{ after = "1s", looks = 2 }}
retry = {{ attempts = 1000, first = "0.5s", longest = "2s" }}
"""

_OWN = {
    "x": 'base_url = "sandbox"\n',
    "facebook": 'base_url = "sandbox"\npage_id = "{page}"\n',
    "feed": "items = {items}\n",
}
_NEWER = {
    "gap": 'gap = "0s"\n',  # late posts follow each other at once
    "caps": "caps = []\n",  # more posts than an account of X takes in three hours
    "breaker": 'breaker = { failures = 1000, first = "1s", longest = "1s" }\n',  # nor is a place left alone for long
}
"""Rules that would make the run long, each set where this Wireroom knows it."""


def furnish(home: Path, *, database: str, broker: str, port: int, sandbox: str) -> None:
    """Write the newsroom's settings into `home`."""
    known = {field.name for field in fields(Destination)}
    newer = "".join(line for key, line in _NEWER.items() if key in known)
    text = _HEAD.format(database=database, broker=broker, port=port, sandbox=sandbox)
    for quay in range(QUAYS):
        for channel, own in _OWN.items():
            text += _PLACE.format(channel=channel, quay=quay) + own.format(page=PAGE_ID + quay, items=ITEMS) + newer
    (home / "config").mkdir(parents=True)
    (home / "config" / "wireroom.toml").write_text(text)


def account(destination: str) -> str:
    """The id that the sandbox gives the account behind a destination on X or Facebook."""
    channel, _, quay = destination.partition("-")
    if channel == "facebook":
        return str(PAGE_ID + int(quay))
    return str(10**18 + int.from_bytes(hashlib.sha256(destination.encode()).digest()[:6]))


def draft(number: int) -> Draft:
    """The n-th article: at an address, in words and at a time of its own."""
    text = f"Ferry {number} left on time, said the harbor master, and nobody was left behind on the quay. " * 3
    return Draft(
        publication="harbor-post",
        title=f"Ferry number {number} leaves the harbor on time",
        published_at=_START + timedelta(seconds=number),
        url=f"https://harbor.example.org/ferries/{number}/",
        html=f"<p>{text}</p>",
        text=text,
        summary="It left on time.",
        tags=(f"quay-{number % QUAYS}", "ferries"),
        source="-",
    )
