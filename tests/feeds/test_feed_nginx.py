"""The configuration for nginx that is given: the same bytes and the same headers as Wireroom's own web."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from wireroom.channels.feed import FeedChannel
    from wireroom.model.article import Article
    from wireroom.model.post import Post

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx here; it is in no package registry")
GIVEN = Path(__file__).parents[2] / "config" / "nginx.conf"
ALIKE = ("cache-control", "access-control-allow-origin", "x-content-type-options", "content-type", "link", "vary")


@pytest.fixture
def own(
    serve: Callable[..., AbstractContextManager[httpx.Client]], channel: Callable[..., FeedChannel],
    article: Callable[..., Article], post: Callable[[Article], Post],
) -> Iterator[httpx.Client]:  # fmt: skip
    """Our own web over a feed in all formats."""
    posts = [post(article(n, tags=("sea",))) for n in range(3)]
    formats = ["rss", "atom", "json", "sitemap", "ninjs", "msn", "smartnews"]
    channel(posts, formats=formats, by=["tag"], precompress=["gzip"]).send(posts[0])
    with serve(links=lambda feed, below: f'<https://localhost/feeds/{feed}/{below}>; rel="self"') as http:
        yield http


@pytest.fixture
def nginx(tmp_path: Path, own: httpx.Client) -> Iterator[httpx.Client]:
    """nginx over the same files, with the configuration given and its places filled in."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = re.sub(r"listen 80;", f"listen 127.0.0.1:{port};", GIVEN.read_text())
    told = told.replace("root /srv/newsroom/var;", f"root {tmp_path};")
    told = told.replace("127.0.0.1:8080", f"{own.base_url.host}:{own.base_url.port}")
    conf = tmp_path / "nginx.conf"
    conf.write_text(
        f"pid {tmp_path}/nginx.pid;\nerror_log {tmp_path}/nginx.log;\nuser root;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{told}\n}}\n"
    )
    with subprocess.Popen(["nginx", "-p", str(tmp_path), "-c", str(conf), "-g", "daemon off;"]) as server:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"host": "localhost"}, trust_env=False) as http:
            for _ in range(200):
                with suppress(httpx.TransportError):
                    http.get("/feeds/quay/rss.xml")
                    break
                time.sleep(0.05)
            yield http
        server.terminate()


@pytest.mark.parametrize(
    "name",
    ["rss.xml", "atom.xml", "feed.json", "sitemap.xml", "ninjs.json", "msn.xml", "smartnews.xml", "tag/sea/rss.xml"],
)
def test_the_same_bytes_and_headers(name: str, own: httpx.Client, nginx: httpx.Client) -> None:
    """Each document comes with the bytes, the media type and the headers that Wireroom's own web gives it."""
    path = f"/feeds/quay/{name}"
    ours, theirs = own.get(path), nginx.get(path)
    assert (theirs.status_code, theirs.content) == (200, ours.content)
    told = {header: theirs.headers.get(header, "").replace("http://", "https://") for header in ALIKE}
    assert told == {header: ours.headers[header] for header in ALIKE}


def test_conditional_packed_and_closed(own: httpx.Client, nginx: httpx.Client) -> None:
    """304 by tag and by date, the packed file for who takes it, no hidden file, and nothing to write."""
    first = nginx.get("/feeds/quay/rss.xml", headers={"accept-encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    same = {"accept-encoding": "gzip", "if-none-match": first.headers["etag"]}
    assert nginx.get("/feeds/quay/rss.xml", headers=same).status_code == 304
    later = {"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    assert nginx.get("/feeds/quay/rss.xml", headers=later).status_code == 304
    for hidden in ("/feeds/quay/.lock", "/feeds/.pushed/x.json", "/wireroom.db"):
        assert nginx.get(hidden).status_code == 404
    assert nginx.post("/feeds/quay/rss.xml").status_code in (403, 405)
    assert own.get("/feeds/quay/rss.xml").status_code == 200


def test_people_and_readers_of_changes_are_handed_on(nginx: httpx.Client) -> None:
    """A browser gets the page, and who takes changes alone gets them, from Wireroom behind nginx."""
    browser = {"accept": "text/html,application/xml;q=0.9", "sec-fetch-dest": "document"}
    assert nginx.get("/feeds/quay/rss.xml", headers=browser).headers["content-type"].startswith("text/html")
    whole = nginx.get("/feeds/quay/rss.xml", headers={"a-im": "feed"})
    assert whole.headers["content-type"] == "application/rss+xml; charset=utf-8"
