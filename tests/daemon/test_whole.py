"""From articles as they arrive to feeds, posts and log as readers and editors see them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feedparser
import pytest
import requests
from tests.newsrooms import Newsroom, free_port, until

from wireroom import assets
from wireroom.sandbox import Sandbox

pytestmark = pytest.mark.timeout(240)
FOOTER = re.compile(r"PLEASE JOIN|is part of the|moderntokyonews\.com Modern Tokyo News|twitter\.com/", re.IGNORECASE)


@dataclass(frozen=True)
class Published:
    """The samples, published in a newsroom that `wireroom init` made, and what came of them."""

    room: Newsroom
    sandbox: Sandbox
    first: list[dict[str, Any]]
    samples: list[str]

    def feed(self, destination: str, name: str) -> requests.Response:
        """A feed over HTTP."""
        return requests.get(f"http://127.0.0.1:{self.room.port}/feeds/{destination}/{name}", timeout=10)


@pytest.fixture
def published(tmp_path: Path, sandbox: Sandbox) -> Iterator[Published]:
    """A newsroom as `init` makes it, moved to free ports, its daemon up, the samples out."""
    home, port = tmp_path / "mtt", free_port()
    subprocess.run([sys.executable, "-m", "wireroom", "init", str(home)], check=True, capture_output=True)
    settings = home / "config" / "wireroom.toml"
    text = settings.read_text().replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    settings.write_text(text.replace("127.0.0.1:8099", f"127.0.0.1:{sandbox.port}"))
    room = Newsroom(home, port, "sqlite:///var/wireroom.db")
    try:
        room.command("start")
        samples = sorted(str(path) for path in assets.samples().iterdir())
        first = room.told("publish", *samples, "--wait")
        yield Published(room, sandbox, first, samples)
    finally:
        room.kill_all()


def test_articles_become_feed_items_and_posts(published: Published) -> None:
    """The samples reach feed, X and Facebook; no footer in any of it; feeds read back what went in; 304 afterwards."""
    told = {each["article"]["uid"]: each["article"] for each in published.first}
    assert all(each["new"] for each in published.first)
    assert {row["state"] for row in published.room.log()} == {"delivered"}
    check_posts(published, told)
    for destination in ("mtt-feed", "mtn-feed"):
        check_feed(published, destination, told)
    check_again(published)


def check_posts(published: Published, told: dict[str, dict[str, Any]]) -> None:
    """Every article is on both platforms once, with its own link and without the outlet's footer."""
    links = {article["url"] for article in told.values()}
    for platform in ("x", "facebook"):
        posts = published.sandbox.posts(platform)
        assert sorted(str(post["link"]) for post in posts) == sorted(links)
        assert not [post["text"] for post in posts if FOOTER.search(str(post["text"]))]


def check_feed(published: Published, destination: str, told: dict[str, dict[str, Any]]) -> None:
    """RSS, Atom and JSON hold the same articles, and a parser reads exactly what was published."""
    rss = published.feed(destination, "rss.xml")
    atom = published.feed(destination, "atom.xml")
    found = {}
    for answer in (rss, atom):
        parsed = feedparser.parse(answer.content)
        assert not parsed.bozo
        assert not FOOTER.search(answer.text)
        found[answer.url] = [entry.id for entry in parsed.entries]
        for entry in parsed.entries:
            article = told[entry.id]
            assert (entry.title, entry.link) == (article["title"], article["url"])
            assert [author.name for author in entry.get("authors", []) if author.get("name")] == article["authors"]
            assert [tag.term for tag in entry.get("tags", [])] == article["tags"]
            text = re.sub(r"<[^>]+>", "", entry.content[0].value)
            for paragraph in article["paragraphs"][:1]:
                assert squeezed(paragraph)[:80] in squeezed(text)
    items = json.loads(published.feed(destination, "feed.json").content)["items"]
    assert [item["id"] for item in items] == next(iter(found.values())) == list(found.values())[1]
    tag = rss.headers["etag"]
    again = requests.get(rss.url, headers={"If-None-Match": tag}, timeout=10)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def squeezed(text: str) -> str:
    """Text without its blanks and with its entities undone."""
    import html

    return re.sub(r"\s+", "", html.unescape(text))


def check_again(published: Published) -> None:
    """Published again the articles are known, and nothing is queued or posted."""
    before = published.sandbox.posts()
    again = published.room.told("publish", *published.samples)
    assert not any(each["new"] for each in again)
    assert len(published.room.log()) == 3 * len(published.first)
    assert published.sandbox.posts() == before


def test_a_correction_reaches_what_can_be_changed(published: Published) -> None:
    """A corrected article is amended in feed and on the Page under the same ids, and X says why it is not."""
    original = Path(next(path for path in published.samples if path.endswith(".txt")))
    copy = published.room.home / original.name
    raw = original.read_bytes()
    copy.write_bytes(raw)
    published.room.command("publish", str(copy))
    headline = raw.splitlines()[0]
    copy.write_bytes(raw.replace(headline, headline + b" Again"))
    told = published.room.told("publish", str(copy), "--wait")[0]
    assert (told["new"], told["article"]["revision"]) == (False, 2)
    assert "cannot be changed" in next(skip["reason"] for skip in told["skipped"] if skip["destination"] == "mtt-x")
    until(lambda: {row["state"] for row in published.room.log()} == {"delivered"}, "the amendments are out")
    page = [post for post in published.sandbox.posts("facebook") if post["link"] == told["article"]["url"]]
    assert len(page) == 1
    assert str(page[0]["text"]).splitlines()[0].endswith("Again")
    titles = [entry.title for entry in feedparser.parse(published.feed("mtt-feed", "rss.xml").content).entries]
    assert sum(title.endswith("Again") for title in titles) == 1
