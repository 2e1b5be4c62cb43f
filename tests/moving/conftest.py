"""A newsroom that moves in: feeds of its old system, on disk and served on 127.0.0.1, and commands typed in it."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wireroom.app import Application, open_app
from wireroom.cli import main

SETTINGS = """
[wireroom]
timezone = "Asia/Tokyo"

[publications.harbor]
name = "Harbor Post"
url = "https://harbor.example"

[publications.hill]
name = "Hill Post"
url = "https://hill.example"

[destinations.all]
channel = "feed"
items = 100

[destinations.second]
channel = "feed"
publications = ["harbor"]
when = { tags = ["ferries"] }

[destinations.hills]
channel = "feed"
publications = ["hill"]

[destinations.birds]
channel = "x"
base_url = "sandbox"

[destinations.page]
channel = "facebook"
base_url = "sandbox"
max_age = "none"
"""

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/">
<channel>
<title>Harbor Post</title>
<link>https://www.harbor.example/</link>
<description>Old feed</description>
<language>en</language>
<item>
<title>Ferry &amp;amp; crew return</title>
<link>https://harbor.example/2026/ferry/</link>
<guid isPermaLink="false">https://harbor.example/?p=17</guid>
<pubDate>Tue, 10 Feb 2026 09:00:00 +0900</pubDate>
<dc:creator>Mio Arai</dc:creator>
<dc:creator>Ben Ota</dc:creator>
<category>ferries</category>
<description>They &lt;b&gt;return&lt;/b&gt;.</description>
<content:encoded><![CDATA[<p>They return. <a href="/up">Up</a><script>x()</script></p>]]></content:encoded>
<media:content url="/a.jpg" medium="image" type="image/jpeg" width="12" height="8"/>
</item>
<item>
<title>No date here</title>
<guid>17</guid>
<description>Words of it.</description>
</item>
<item>
<title>The market opens</title>
<link>https://harbor.example/market</link>
<guid>https://harbor.example/market</guid>
<pubDate>Mon, 09 Feb 2026 08:30:00 GMT</pubDate>
<description>&lt;p&gt;It opens at nine.&lt;/p&gt;</description>
</item>
</channel>
</rss>
"""

ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://harbor.example/">
<title>Harbor Post</title>
<id>urn:x-harbor:feed</id>
<updated>2026-02-12T00:00:00Z</updated>
<link href="https://harbor.example/"/>
<link rel="prev-archive" href="{older}"/>
<entry>
<title type="html">A &amp;lt;new&amp;gt; berth</title>
<id>tag:harbor.example,2026-02-11:berth</id>
<published>2026-02-11T01:02:03Z</published>
<updated>2026-02-12T04:05:06Z</updated>
<author><name>佐藤 花</name></author>
<link href="2026/berth"/>
<content type="html">&lt;p&gt;港は静か。&lt;/p&gt;</content>
</entry>
</feed>
"""

JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Harbor Post",
    "home_page_url": "https://harbor.example",
    "items": [
        {
            "id": "urn:x-harbor:5",
            "url": "https://harbor.example/tide",
            "title": "High tide",
            "content_text": "It comes & goes.",
            "date_published": "2026-02-08T07:00:00+09:00",
            "date_modified": "2026-02-08T09:00:00+09:00",
            "authors": [{"name": "Mio Arai"}],
            "tags": ["ferries"],
            "image": "https://harbor.example/t.png",
            "attachments": [{"url": "https://harbor.example/t.png", "mime_type": "image/png", "size_in_bytes": 99}],
        },
        {"id": 6, "url": "https://harbor.example/note", "content_html": "<p>Only a note.</p>"},
    ],
}


@dataclass(frozen=True)
class Said:
    """How a command ended: its exit code, what it said on stdout and on stderr."""

    code: int
    out: str
    err: str

    @property
    def shapes(self) -> list[dict[str, Any]]:
        """Standard output as one JSON object per line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Room:
    """The newsroom, and a folder with feeds of its old system."""

    home: Path
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def type(self, *words: object) -> Said:
        """Type a command in it."""
        self.capsys.readouterr()
        code = main([*(str(word) for word in words), "--home", str(self.home)])
        said = self.capsys.readouterr()
        return Said(code, said.out, said.err)

    def file(self, name: str, text: str | bytes) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def log(self) -> list[dict[str, Any]]:
        """All deliveries."""
        return self.type("log", "--limit", "100000", "--json").shapes

    def app(self) -> Any:
        """Its application, as a context."""
        return open_app(self.home, env=os.environ)

    def feed(self, app: Application, name: str) -> dict[str, bytes]:
        """The documents of one of its feeds, after its lane has delivered what was due."""
        app.lanes.drain(name)
        folder = app.settings.feeds / name
        return {path.name: path.read_bytes() for path in folder.glob("[!.]*") if path.is_file()}


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Room:
    """A newsroom with three feeds, an X account and a Page, and nothing of the machine's own environment."""
    for name in [name for name in os.environ if name.startswith("WIREROOM")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "*")
    home, folder = tmp_path / "newsroom", tmp_path / "old"
    (home / "config").mkdir(parents=True)
    folder.mkdir()
    (home / "config" / "wireroom.toml").write_text(SETTINGS, encoding="utf-8")
    return Room(home, folder, capsys)


@pytest.fixture
def serve(room: Room) -> Iterator[Callable[[], str]]:
    """Serves the folder with the old feeds on 127.0.0.1; /moved/NAME redirects to NAME, /round to itself."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(room.folder))

        def do_GET(self) -> None:
            if not self.path.startswith(("/moved/", "/round")):
                super().do_GET()
                return
            self.send_response(301)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield lambda: f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
