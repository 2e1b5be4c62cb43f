"""The channel of docs/how-to/new-channel.md is real: what the page shows runs as it stands."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from wireroom.model.channel import Checkable, Findable, Kind, Surroundings
from wireroom.model.destination import Destination
from wireroom.model.errors import LockedOut, NotSent, RateLimited, Rejected, Unsure
from wireroom.model.post import Post

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "new-channel.md").read_text(encoding="utf-8")
KIND, CHANNEL = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
POST = Post(
    key="k1",
    uid="tag:example.com,2026:a",
    revision=1,
    destination="lobby",
    channel="noticeboard",
    title="Ferry service resumes",
    text="Ferry service resumes",
    link="https://example.com/ferry",
)


def shown(source: str) -> Any:
    """A block of the page as the module it would be."""
    module = ModuleType("shown")
    exec(compile(source, "docs/how-to/new-channel.md", "exec"), vars(module))
    return module


@contextmanager
def board(status: int) -> Iterator[str]:
    """A notice board that answers everything with this status; its address."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"id": 7, "url": "https://board.example.com/7"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def channel(base_url: str) -> Iterator[Any]:
    """The page's channel on a board at this address."""
    surroundings = Surroundings(
        feeds=Path(), public_url="", now=lambda: datetime(2026, 3, 1, tzinfo=UTC), recent=lambda _: []
    )
    options = {"base_url": base_url, "board": "lobby"}
    destination = Destination(
        name="lobby", channel="noticeboard", timeout=5.0, options=options, secrets={"token": "hush-hush"}
    )
    made = shown(CHANNEL).NoticeboardChannel(destination, surroundings)
    yield made
    made._wire.close()


def test_the_kind_of_the_page_is_one() -> None:
    """The page's first block makes a Kind whose factory is the class of its second."""
    kind = shown(KIND).NOTICEBOARD
    assert isinstance(kind, Kind)
    assert hasattr(shown(CHANNEL), kind.factory.partition(":")[2])


def test_the_channel_of_the_page_sends() -> None:
    """A notice that went up comes back as a receipt, and the token is nowhere in what is logged."""
    with board(201) as address, channel(address) as made:
        abilities = [ability for ability in (Findable, Checkable) if isinstance(made, ability)]
        receipt = made.send(POST)
    assert abilities == [Findable, Checkable]
    assert (receipt.remote_id, receipt.remote_url) == ("7", "https://board.example.com/7")
    assert "hush-hush" not in repr(receipt)


@pytest.mark.parametrize(("status", "ending"), [(401, LockedOut), (429, RateLimited), (422, Rejected), (503, Unsure)])
def test_the_endings_of_the_page(status: int, ending: type[Exception]) -> None:
    """Each answer ends as the page's table says; above all, a 5xx after a POST leaves us unsure."""
    with board(status) as address, channel(address) as made, pytest.raises(ending):
        made.send(POST)


def test_a_board_nobody_reaches_was_not_sent_to() -> None:
    """Where no connection comes about, nothing has been sent."""
    with board(201) as address:
        pass
    with channel(address) as made, pytest.raises(NotSent):
        made.send(POST)
