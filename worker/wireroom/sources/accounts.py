"""Whose profile on which platform an address is."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from wireroom.model.article import Account
from wireroom.sources.outlets import host_of, same

_PLATFORMS = {
    "twitter.com": "x", "x.com": "x", "mobile.twitter.com": "x", "facebook.com": "facebook",
    "m.facebook.com": "facebook", "fb.com": "facebook", "ja-jp.facebook.com": "facebook", "instagram.com": "instagram",
    "threads.net": "threads", "threads.com": "threads", "linkedin.com": "linkedin", "youtube.com": "youtube",
    "bsky.app": "bluesky", "tiktok.com": "tiktok", "t.me": "telegram",
}  # fmt: skip
_KINDS = frozenset({"c", "channel", "user", "company", "in", "school", "profile"})
_NO_ACCOUNT = frozenset(
    {"home", "share", "intent", "hashtag", "search", "i", "watch", "events", "sharer", "sharer.php", "p", "reel",
     "explore", "results", "playlist", "feed", "tag"}
)  # fmt: skip


def account_of(url: str) -> Account | None:
    """The account a profile's address names; None for a post, a share button or any other site."""
    platform = _PLATFORMS.get(host_of(url))
    if platform is None:
        return None
    parts = urlsplit(url.replace("/#!/", "/"))
    segments = [segment for segment in parts.path.split("/") if segment]
    if not segments or same(segments[0]) in _NO_ACCOUNT:
        return None
    if platform == "facebook":
        return _page(url, segments, parse_qs(parts.query).get("id", [""])[0])
    if platform != "x" and segments[0] in _KINDS:
        segments = segments[1:]
    return Account(platform, segments[0].removeprefix("@"), url) if len(segments) == 1 else None


def is_platform(url: str) -> bool:
    """Whether an address is on a platform where people have accounts."""
    return host_of(url) in _PLATFORMS


def depth(url: str) -> int:
    """How deep in its site an address is; a query counts as depth."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return 9
    return len([segment for segment in parts.path.split("/") if segment]) + 2 * bool(parts.query)


def _page(url: str, segments: list[str], number: str) -> Account | None:
    if segments[0] == "profile.php":
        return Account("facebook", number, url) if number else None
    if segments[0] in ("pages", "pg", "people", "groups") and len(segments) > 1:
        return Account("facebook", segments[1], url)
    return Account("facebook", segments[0], url) if len(segments) == 1 else None
