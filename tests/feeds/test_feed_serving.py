"""The feeds over HTTP, by a real server: exact conditional GET, HEAD, gzip, and nothing that is not a feed."""

from __future__ import annotations

import gzip
import json
import os
import socket
from email.utils import formatdate
from typing import TYPE_CHECKING

import feedparser
import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from wireroom.channels.feed import FeedChannel
    from wireroom.model.article import Article
    from wireroom.model.post import Post

TYPES = {
    "rss.xml": "application/rss+xml; charset=utf-8",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "feed.json": "application/feed+json; charset=utf-8",
}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


@pytest.fixture
def written(
    channel: Callable[..., FeedChannel], article: Callable[..., Article], post: Callable[[Article], Post]
) -> Callable[[int], None]:
    """Puts a feed of `n` items there."""

    def write(n: int) -> None:
        channel([post(article(each)) for each in range(n)]).refresh()

    return write


@pytest.mark.parametrize("name", list(TYPES))
def test_a_second_request_gets_304(
    name: str, client: httpx.Client, written: Callable[[int], None], tmp_path: Path
) -> None:
    """A reader that comes back with the tag gets 304 without a body and with the same tag, until the feed changes."""
    written(2)
    first = client.get(f"/feeds/quay/{name}")
    assert first.status_code == 200
    assert first.content == (tmp_path / "feeds" / "quay" / name).read_bytes()
    assert first.headers["content-type"] == TYPES[name]
    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["x-content-type-options"] == "nosniff"
    second = client.get(f"/feeds/quay/{name}", headers={"if-none-match": first.headers["etag"]})
    assert (second.status_code, second.content) == (304, b"")
    for header in ("etag", "last-modified", "cache-control", "vary"):
        assert second.headers[header] == first.headers[header]
    assert "content-type" not in second.headers
    written(3)
    third = client.get(f"/feeds/quay/{name}", headers={"if-none-match": first.headers["etag"]})
    assert third.status_code == 200
    assert third.headers["etag"] != first.headers["etag"]


def test_feedparser_gets_its_304(
    client: httpx.Client, written: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader in the field, with its own headers, parses the feed and gets 304 the second time."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    written(2)
    address = f"{client.base_url}/feeds/quay/rss.xml"
    first = feedparser.parse(address)
    assert not first.bozo
    assert len(first.entries) == 2
    assert feedparser.parse(address, etag=first.etag, modified=first.modified).status == 304


def test_head_tells_all_but_the_body(client: httpx.Client, written: Callable[[int], None]) -> None:
    """HEAD gives the headers of GET, the length among them, and no body; with the tag it gives 304."""
    written(2)
    whole, head = client.get("/feeds/quay/rss.xml"), client.head("/feeds/quay/rss.xml")
    assert (head.status_code, head.content) == (200, b"")
    for header in ("etag", "content-type", "content-length", "last-modified", "vary"):
        assert head.headers[header] == whole.headers[header]
    assert client.head("/feeds/quay/rss.xml", headers={"if-none-match": head.headers["etag"]}).status_code == 304


def test_gzip_has_its_own_tag(client: httpx.Client, written: Callable[[int], None]) -> None:
    """Compressed and plain carry different tags and Vary, and neither tag stands for the other."""
    written(20)
    zipped = client.get("/feeds/quay/atom.xml", headers={"accept-encoding": "br;q=0.5, gzip;q=0.8"})
    plain = client.get("/feeds/quay/atom.xml", headers={"accept-encoding": "gzip;q=0, identity"})
    assert (zipped.headers.get("content-encoding"), plain.headers.get("content-encoding")) == ("gzip", None)
    assert zipped.content == plain.content
    assert int(zipped.headers["content-length"]) < int(plain.headers["content-length"]) / 4
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert zipped.headers["vary"] == plain.headers["vary"] == "Accept-Encoding, Accept"
    crossed = {"accept-encoding": "gzip", "if-none-match": plain.headers["etag"]}
    assert client.get("/feeds/quay/atom.xml", headers=crossed).status_code == 200
    matching = {"accept-encoding": "gzip", "if-none-match": f'"other", W/{zipped.headers["etag"]}'}
    assert client.get("/feeds/quay/atom.xml", headers=matching).status_code == 304


def test_gzip_on_the_wire_is_gzip(client: httpx.Client, written: Callable[[int], None]) -> None:
    """The compressed bytes are a gzip stream of the document, the same at every request."""
    written(1)
    with client.stream("GET", "/feeds/quay/feed.json", headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert json.loads(gzip.decompress(raw))["items"]


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("gzip", True),
        ("*", True),
        ("x-gzip", True),
        ("*;q=0", False),
        ("gzip; q=0.0", False),
        ("gzip;q=x", False),
        ("br", True),
        ("", False),
        ("GZIP", True),
        ("*, gzip;q=0", True),
        ("*;q=0, identity", False),
    ],
)
def test_encodings_are_weighed(
    accepted: str, zipped: bool, client: httpx.Client, written: Callable[[int], None]
) -> None:
    """Compressed bytes are sent to those who take them and to nobody else."""
    written(1)
    answer = client.get("/feeds/quay/rss.xml", headers={"accept-encoding": accepted})
    assert ("content-encoding" in answer.headers) == zipped


def test_the_date_counts_only_without_a_tag(client: httpx.Client, written: Callable[[int], None]) -> None:
    """If-Modified-Since of the same or a later second gives 304; a tag that does not match beats it."""
    written(1)
    since = client.get("/feeds/quay/rss.xml").headers["last-modified"]

    def status(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get("/feeds/quay/rss.xml", headers=named).status_code

    assert status(if_modified_since=since) == 304
    assert status(if_modified_since="Fri, 01 Jan 2100 00:00:00 GMT") == 304
    assert status(if_modified_since="Thu, 01 Jan 2026 00:00:00 GMT") == 200
    assert status(if_modified_since="Thursday, 01-Jan-26 00:00:00 GMT") == 200
    assert status(if_modified_since="yesterday") == 200
    assert status(if_modified_since=since, if_none_match='"older"') == 200
    assert status(if_none_match="*") == 304


def test_two_changes_within_a_second_are_told_apart_by_date(
    tmp_path: Path, written: Callable[[int], None], serve: Callable[..., AbstractContextManager[httpx.Client]]
) -> None:
    """A reader that knows only the date does not miss a change made in the very second of its last visit."""
    now, path = 1_800_000_000.2, tmp_path / "feeds" / "quay" / "rss.xml"
    with serve(clock=lambda: now) as client:
        dates = []
        for n, late in enumerate((0.1, 0.2)):
            written(n)
            os.utime(path, ns=(0, int((1_800_000_000 + late) * 1e9)))
            dates.append(client.get("/feeds/quay/rss.xml").headers["last-modified"])
        assert dates == [formatdate(1_800_000_000, usegmt=True)] * 2
        assert client.get("/feeds/quay/rss.xml", headers={"if-modified-since": dates[0]}).status_code == 200
        now += 1
        settled = client.get("/feeds/quay/rss.xml").headers["last-modified"]
        assert settled == formatdate(1_800_000_001, usegmt=True)
        assert client.get("/feeds/quay/rss.xml", headers={"if-modified-since": settled}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/nobody/rss.xml",
        "/feeds/quay/secret.txt",
        "/feeds/quay/.lock",
        "/feeds/quay/",
        "/media/none.png",
        "/media/.hidden.png",
        "/feeds/quay/rss.xml%00",
        "/media/%00",
        "/media/" + "x" * 5000,
    ],
)
def test_what_is_not_there_is_404(path: str, client: httpx.Client, written: Callable[[int], None]) -> None:
    """Anything but a document of a feed, or a picture, is 404 with one plain line."""
    written(1)
    answer = client.get(path)
    assert answer.status_code == 404
    if path != "/feeds/quay/":
        assert answer.text.count("\n") == 1
        assert answer.text.startswith("There is no such")


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/../rss.xml",
        "/feeds/..%2f..%2fetc/rss.xml",
        "/feeds/%2e%2e/rss.xml",
        "/media/..%2fsecret.txt",
        "/media/%2e%2e%2fsecret.txt",
        "/media/..",
        "/media/link.png",
        "/feeds/link/rss.xml",
        "/media/..%5csecret.txt",
    ],
)
def test_nothing_outside_is_ever_served(path: str, client: httpx.Client, tmp_path: Path) -> None:
    """No spelling of a path and no symbolic link leads out of the two folders."""
    outside = tmp_path / "outside"
    for folder in (tmp_path / "feeds", tmp_path / "media", outside):
        folder.mkdir()
    for secret in (tmp_path / "secret.txt", tmp_path / "rss.xml", outside / "rss.xml"):
        secret.write_text("secret")
    (tmp_path / "media" / "link.png").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "feeds" / "link").symlink_to(outside)
    assert client.base_url.port
    with socket.create_connection(("127.0.0.1", client.base_url.port)) as wire:
        wire.sendall(f"GET {path} HTTP/1.0\r\nhost: x\r\n\r\n".encode())
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    assert b" 404 " in answer.split(b"\r\n", 1)[0]
    assert b"secret" not in answer


def test_pictures_are_served_with_tags_and_ranges(client: httpx.Client, tmp_path: Path) -> None:
    """A picture comes with its type, tag and true length; with the tag it is 304, in part it is 206, by HEAD empty."""
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "ferry 1.PNG").write_bytes(PNG)
    whole = client.get("/media/ferry%201.PNG")
    assert (whole.status_code, whole.content) == (200, PNG)
    assert whole.headers["content-type"] == "image/png"
    assert whole.headers["content-length"] == str(len(PNG))
    tag, date = whole.headers["etag"], whole.headers["last-modified"]
    assert client.get("/media/ferry%201.PNG", headers={"if-none-match": tag}).status_code == 304
    assert client.get("/media/ferry%201.PNG", headers={"if-modified-since": date}).status_code == 304
    part = client.get("/media/ferry%201.PNG", headers={"range": "bytes=0-7", "if-range": tag})
    assert (part.status_code, part.content) == (206, PNG[:8])
    head = client.head("/media/ferry%201.PNG")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(PNG)))


def test_a_picture_that_changes_gets_another_tag(client: httpx.Client, tmp_path: Path) -> None:
    """The tag of a picture is of its bytes: new bytes, new tag; an unknown kind of file is never run by a browser."""
    (tmp_path / "media").mkdir()
    path = tmp_path / "media" / "chart.svg"
    path.write_bytes(b"<svg/>")
    first = client.get("/media/chart.svg")
    assert first.headers["content-type"] == "application/octet-stream"
    path.write_bytes(b"<svg />")
    second = client.get("/media/chart.svg", headers={"if-none-match": first.headers["etag"]})
    assert second.status_code == 200


def test_only_reading_is_allowed(client: httpx.Client, written: Callable[[int], None]) -> None:
    """A feed cannot be posted to."""
    written(1)
    assert client.post("/feeds/quay/rss.xml").status_code == 405
