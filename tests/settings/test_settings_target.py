"""Where files can be pushed to: right addresses as they stand, and a password in one refused without showing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wireroom.settings.secret import Missing, Place, fetch
from wireroom.settings.target import target
from wireroom.settings.values import Wrong


@pytest.mark.parametrize(
    "to",
    [
        "/srv/www/feeds",
        "/srv/www/フィード a",
        "file:///srv/www/feeds",
        "https://dav.example.org/feeds/",
        "http://user@dav.example.org:8080/フィード",
        "sftp://feeds@host.example.org:2222/~/www",
        "s3://bucket/prefix/of/it",
        "s3://bucket",
    ],
)
def test_places_to_push_to(to: str) -> None:
    """A folder's whole path and the address of each kind are taken as they are."""
    assert target(to) == to


@pytest.mark.parametrize(
    "to",
    [
        "https://me:hunter2@dav.example.org/feeds",
        "sftp://me:hunter2@host/feeds",
        "s3://AKIA:hunter2@bucket/feeds",
        "s3://hunter2@bucket/feeds",
        "https://host/feeds?token=hunter2",
        "https://me:hunter2@host:port/",
        "ftp://me:hunter2@host/feeds",
        "feeds",
        "ftp://host/feeds",
        "https:///feeds",
        "s3:///prefix",
        "file://host/feeds",
        "https://host/../etc",
        "https://host/a\nb",
        "",
        5,
    ],
)
def test_what_is_no_place(to: object) -> None:
    """Anything else is refused with what is allowed; a password in it is not shown again."""
    with pytest.raises(Wrong) as caught:
        target(to)
    assert "/srv/www/feeds" in caught.value.allowed
    assert "hunter2" not in repr((caught.value.allowed, caught.value.found))
    if isinstance(to, str) and "hunter2" in to:
        assert caught.value.found  # without words of its own the value itself would be shown


def test_a_private_key_has_several_lines(tmp_path: Path) -> None:
    """A secret is one line, except where a private key is expected; what is not text is refused there too."""
    (tmp_path / "key").write_text("-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n")
    where = Place(file="key")
    assert fetch(where, tmp_path, {}, lines=True).splitlines() == ["-----BEGIN KEY-----", "AAAA", "-----END KEY-----"]
    with pytest.raises(Missing, match="more than one line"):
        fetch(where, tmp_path, {})
    (tmp_path / "key").write_text("AAAA\n\x00")
    with pytest.raises(Missing):
        fetch(where, tmp_path, {}, lines=True)
