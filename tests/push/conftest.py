"""What the tests of pushing share: a feed's folder, the four kinds of places, and channels to each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.push import servers
from tests.push.servers import Dav, Mirror, Sftp, Storage

from wireroom.channels.catalogue import PUSH
from wireroom.channels.push.channel import PushChannel
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination
from wireroom.model.post import Post
from wireroom.testing import a_post

FILES = {
    "rss.xml": b"<rss>1</rss>",
    "archive/empty.json": b"",
    "atom.xml": b"<feed>1</feed>",
    "feed.json": b'{"items": [1]}',
    "archive/2026-01.rss.xml": b"<rss>january</rss>",
    "section/food & drink/rss.xml": b"<rss>food</rss>",
    "section/food & drink/archive/2026-01.rss.xml": b"<rss>old food</rss>",
    "tag/佐渡 +1%/feed.json": b"{}",
}

Channels = Callable[..., PushChannel]


class Feed:
    """The folder of the feed that is followed."""

    def __init__(self, feeds: Path) -> None:
        self.feeds, self.folder = feeds, feeds / "mtt-feed"

    def write(self, files: dict[str, bytes]) -> None:
        """Put files in place as the feed channel does: whole, by a change of name."""
        for name, body in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            (path.parent / ".new").write_bytes(body)
            (path.parent / ".new").replace(path)

    def drop(self, name: str) -> None:
        """Take a file away."""
        (self.folder / name).unlink()


def channel_to(feeds: Path, to: str, options: dict[str, str], secrets: dict[str, str], timeout: float) -> PushChannel:
    """A channel as a new process makes it."""
    usual = {name: option.default for name, option in PUSH.options.items() if option.type != "secret"}
    destination = Destination(
        name="mirror",
        channel="push",
        follows="mtt-feed",
        timeout=timeout,
        options={**usual, "to": to, **options},
        secrets=secrets,
    )
    now = lambda: datetime.now(UTC)  # noqa: E731
    return PushChannel(destination, Surroundings(feeds=feeds, public_url="", now=now, recent=lambda _: ()))


@pytest.fixture
def post() -> Post:
    """Any post: the feed's files hold it."""
    return a_post(channel="push", destination="mirror")


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    """A feed with an archive, a section with an archive of its own, and a tag with a name that is hard to spell."""
    made = Feed(tmp_path / "feeds")
    made.write(FILES)
    (made.folder / ".lock").touch()
    return made


@pytest.fixture(scope="session")
def webdav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dav]:
    """A WebDAV server."""
    with servers.dav(tmp_path_factory.mktemp("dav")) as server:
        yield server


@pytest.fixture(scope="session")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sftp]:
    """An SFTP server."""
    with servers.sftp(tmp_path_factory.mktemp("sftp") / "root") as server:
        yield server


@pytest.fixture(scope="session")
def storage() -> Iterator[Storage]:
    """S3-compatible storage."""
    with servers.storage() as server:
        yield server


@pytest.fixture(params=["directory", "webdav", "sftp", "s3"])
def mirror(request: pytest.FixtureRequest, tmp_path: Path) -> Mirror:
    """A place of each kind, empty, its path with blanks and Japanese in it."""
    kind, name = str(request.param), f"ミラー {uuid.uuid4().hex}"
    if kind == "s3":
        store: Storage = request.getfixturevalue("storage")
        return servers.storage_mirror(store, f"b{uuid.uuid4().hex}", "フィード a+b/")
    credentials = {"username": servers.USER, "password": servers.PASSWORD}
    if kind == "directory":
        (tmp_path / name).mkdir()
        return servers.folder_mirror(kind, str(tmp_path / name), tmp_path / name)
    server: Dav | Sftp = request.getfixturevalue(kind)
    (server.root / name).mkdir()
    if isinstance(server, Dav):
        return servers.folder_mirror(kind, f"{server.address}/{name}/", server.root / name, secrets=credentials)
    to, options = f"sftp://127.0.0.1:{server.port}/{name}", {"host_key": server.host_key}
    return servers.folder_mirror(kind, to, server.root / name, secrets=credentials, options=options)


@pytest.fixture
def channel(feed: Feed, mirror: Mirror) -> Channels:
    """Makes channels to the mirror, each as a new process has it."""

    def make(**changes: str) -> PushChannel:
        given: dict[str, str] = {name: changes.pop(name) for name in ("password", "key") if name in changes}
        secrets = {**mirror.secrets, **given}
        to = changes.pop("to", mirror.to)
        return channel_to(feed.feeds, to, {**mirror.options, **changes}, secrets, timeout=20.0)

    return make
