"""Which channels there are, what settings each takes, and how one is loaded; imports no platform's library."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, cast

from wireroom.model.channel import ChannelFactory, Kind, Option
from wireroom.model.destination import Cap
from wireroom.model.errors import Problem, SettingsError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "wireroom.channels"

FEED = Kind(
    name="feed",
    factory="wireroom.channels.feed:FeedChannel",
    options={
        "formats": Option(
            type="texts",
            default=("rss", "atom", "json"),
            choices=("rss", "atom", "json", "sitemap", "ninjs", "msn", "smartnews"),
            help="Which feeds to write: rss, atom, json; for partners sitemap, ninjs, msn, smartnews.",
        ),
        "items": Option(type="number", default=50, least=1, help="How many articles a feed holds, newest first."),
        "by": Option(
            type="texts",
            default=(),
            choices=("section", "tag", "author"),
            help="Feeds of their own by section, tag or author, below the feed's address.",
        ),
        "archives": Option(
            type="flag", default=True, help="Tell what is older in archive documents by month (RFC 5005)."
        ),
        "deleted_entries": Option(type="flag", default=False, help="Tell Atom readers what was taken back (RFC 6721)."),
        "precompress": Option(
            type="texts",
            default=(),
            choices=("gzip", "br"),
            help="Keep each file compressed beside it, for nginx: gzip, br.",
        ),
        "hubs": Option(
            type="texts", default=(), help="WebSub hubs that are told of the feed; `own` is the newsroom's."
        ),
        "language": Option(default="", help="The feed's language; the publication's where it is left out."),
        "title": Option(default="", help="The feed's title; the publication's name where it is left out."),
        "description": Option(default="", help="One sentence on what the feed brings."),
    },
    social=False,
    amendable=True,
    retractable=True,
)

X = Kind(
    name="x",
    factory="wireroom.channels.x:XChannel",
    options={
        "base_url": Option(
            type="address", default="https://api.x.com", help="Where the API stands; a test server goes here."
        ),
        "consumer_key": Option(type="secret", required=True, help="The app's API key (OAuth 1.0a)."),
        "consumer_secret": Option(type="secret", required=True, help="The app's API key secret."),
        "access_token": Option(type="secret", required=True, help="The account's access token, with write permission."),
        "access_token_secret": Option(type="secret", required=True, help="The account's access token secret."),
        "account": Option(default="", help="The account's name, to tell when an article's footer names another."),
        "pictures": Option(type="flag", default=True, help="Attach the article's picture with its alt text."),
        "prices": Option(
            type="dollars",
            default={"post": 0.015, "link": 0.20, "alt": 0.005, "read": 0.001, "delete": 0.010},
            help="US dollars a call, X's price list of 2026-08: what the budget is counted by.",
        ),
    },
    template="posts/x.j2",
    measure="x",
    limit=280,
    caps=(Cap(300, timedelta(hours=3)), Cap(10_000, timedelta(days=1))),  # X's rate limits and its guide, 2026-08
    retractable=True,
)

FACEBOOK = Kind(
    name="facebook",
    factory="wireroom.channels.facebook:FacebookChannel",
    options={
        "base_url": Option(type="address", default="https://graph.facebook.com", help="Where the Graph API stands."),
        "graph_version": Option(
            default="v26.0", form=r"v[1-9][0-9]?\.[0-9]", help="The version of the Graph API that is spoken."
        ),
        "page_id": Option(required=True, help="The Page's number, as its settings show it."),
        "access_token": Option(type="secret", required=True, help="A Page access token with pages_manage_posts."),
        "app_secret": Option(type="secret", help="The app's secret; with it every call carries an appsecret_proof."),
        "app_id": Option(
            default="", help="The app's number; with its secret the app asks how long the token is good for."
        ),
        "account": Option(default="", help="The Page's name in its address, to tell when a footer names another."),
        "photo": Option(
            type="flag", default=False, help="Post the picture, link in its caption, instead of a link card."
        ),
    },
    template="posts/facebook.j2",
    measure="characters",
    limit=63_206,
    link_beside=True,
    amendable=True,
    retractable=True,
)

PUSH = Kind(
    name="push",
    factory="wireroom.channels.push.channel:PushChannel",
    options={
        "to": Option(type="target", required=True, help="Where the files go: a folder, or https, sftp or s3 address."),
        "username": Option(type="secret", help="Who we are there; for S3 the access key."),
        "password": Option(type="secret", help="The password; for S3 the secret key, with `key` its passphrase."),
        "key": Option(type="secret", lines=True, help="A private key for SFTP, or a bearer token for HTTP."),
        "host_key": Option(default="", help="The SFTP server's public key; those in known_hosts where it is left out."),
        "endpoint": Option(
            type="address", default="", help="Where S3-compatible storage stands; Amazon's if left out."
        ),
        "region": Option(default="us-east-1", help="The region of the bucket."),
        "cache_control": Option(default="", help="The header Cache-Control that is kept with each file, where it can."),
        "url": Option(type="address", default="", help="Where readers see what is put there."),
    },
    social=False,
    amendable=True,
    retractable=True,
    follows=True,
)

WEBSUB = Kind(
    name="websub",
    factory="wireroom.channels.websub.telling:WebSubChannel",
    options={"hub": Option(type="url", required=True, help="The WebSub hub's address.")},
    social=False,
    amendable=True,
    retractable=True,
    follows=True,
)

HUB = Kind(
    name="hub",
    factory="wireroom.channels.websub.hub:HubChannel",
    options={},
    social=False,
    amendable=True,
    retractable=True,
    follows=True,
)

BUILT_IN: Mapping[str, Kind] = {
    "feed": FEED,
    "x": X,
    "twitter": X,
    "facebook": FACEBOOK,
    "push": PUSH,
    "websub": WEBSUB,
    "hub": HUB,
}


class Kinds(Mapping[str, Kind]):
    """The built-in channels, and behind them the plug-ins: those are looked up when an unknown name is asked for."""

    def __getitem__(self, name: str) -> Kind:
        return BUILT_IN[name] if name in BUILT_IN else _plugged(plugins()[name])

    def __contains__(self, name: object) -> bool:
        return name in BUILT_IN or name in plugins()

    def __iter__(self) -> Iterator[str]:
        return iter({**BUILT_IN, **plugins()})

    def __len__(self) -> int:
        return len({**BUILT_IN, **plugins()})


def kinds() -> Mapping[str, Kind]:
    """Every channel by name: the built-in ones, "twitter" as the old name of x, and those of installed packages.

    A package offers a channel by an entry point of the group "wireroom.channels" that names a `Kind`. Looking one up
    raises `SettingsError` when it cannot be loaded.
    """
    return Kinds()


def load(kind: Kind) -> ChannelFactory:
    """The class of a channel, imported now. Raises `SettingsError` when there is no such class."""
    module, _, name = kind.factory.partition(":")
    try:
        return cast("ChannelFactory", getattr(importlib.import_module(module), name))
    except (ImportError, AttributeError, ValueError) as error:
        raise _broken(kind.name, f"{kind.factory} cannot be loaded ({error})") from error


@cache
def plugins() -> Mapping[str, EntryPoint]:
    """The entry points of other packages by name, read once per process; a built-in name is never replaced."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP) if point.name not in BUILT_IN}


def _plugged(point: EntryPoint) -> Kind:
    try:
        kind = point.load()
    except Exception as error:  # foreign code may fail in any way
        raise _broken(point.name, f"{point.value} cannot be loaded ({type(error).__name__}: {error})") from error
    if not isinstance(kind, Kind):
        raise _broken(point.name, f"{point.value} is a {type(kind).__name__}")
    return kind


def _broken(name: str, found: str) -> SettingsError:
    allowed = "expected is the name of a wireroom.model.channel.Kind whose class can be imported"
    return SettingsError([Problem(f'channel "{name}"', found, allowed)])
