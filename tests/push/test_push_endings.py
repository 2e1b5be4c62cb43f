"""What goes wrong on the way to a place, and what people are told: which ending, which remedy, and no secret."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh
import pytest
from tests.push import servers
from tests.push.conftest import FILES, Channels, Feed, channel_to
from tests.push.servers import Mirror, Sftp

from wireroom.channels.push import places
from wireroom.channels.push.sftp import private_key
from wireroom.model.errors import Ending, LockedOut, NotSent, RateLimited, Rejected
from wireroom.testing import Asked, HangUp, Reply, StandIn, closed_port, standin

if TYPE_CHECKING:
    from wireroom.model.post import Post

NEVER = ("hush-hush-1", "hush-hush-2", "hush-hush-3")


def seen(ending: Ending) -> str:
    """Everything of an ending that is logged or kept."""
    return repr((ending.message, ending.code, ending.exchange, ending.__cause__, ending.__context__))


@pytest.mark.parametrize(
    ("status", "headers", "expected", "words"),
    [
        (401, {}, LockedOut, "correct `username`"),
        (403, {}, LockedOut, "the right to write there"),
        (404, {}, LockedOut, "no such place"),
        (405, {}, LockedOut, "switch on PUT"),
        (301, {"Location": "https://elsewhere.example/feeds/"}, LockedOut, "it is at https://elsewhere.example/feeds/"),
        (409, {}, LockedOut, "no such folder"),
        (413, {}, LockedOut, "raise its limit"),
        (415, {}, Rejected, "will not take the file"),
        (207, {}, NotSent, "asking again does no harm"),
        (423, {}, NotSent, "asking again does no harm"),
        (500, {}, NotSent, "asking again does no harm"),
        (503, {}, NotSent, "asking again does no harm"),
        (507, {}, NotSent, "its disk is full"),
        (429, {}, RateLimited, "it asks to wait"),
        (429, {"Retry-After": "120"}, RateLimited, "it asks to wait"),
        (503, {"Retry-After": "120"}, RateLimited, "it asks to wait"),
    ],
)
def test_answers_of_a_web_server(
    feed: Feed, post: Post, status: int, headers: dict[str, str], expected: type[Ending], words: str
) -> None:
    """Each answer ends as fits it, in one sentence with a remedy; a server that asks to wait is obeyed."""
    with StandIn(lambda _: Reply(status, "<x>hush-hush-2</x>", headers)) as server:
        made = channel_to(feed.feeds, server.address, {}, dict(zip(("username", "password"), NEVER, strict=False)), 5.0)
        with pytest.raises(expected) as caught:
            made.send(post)
    assert words in caught.value.message
    assert caught.value.exchange is not None
    assert caught.value.exchange.method in ("PUT", "MKCOL")  # in a sub-folder, which is missing perhaps
    assert caught.value.exchange.status == status
    assert not any(secret in seen(caught.value) for secret in NEVER)
    if "Retry-After" in headers:
        assert isinstance(caught.value, RateLimited)
        assert caught.value.until is not None
        assert abs(caught.value.until - datetime.now(UTC) - timedelta(seconds=120)) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("status", "code", "expected", "words"),
    [
        (403, "SignatureDoesNotMatch", LockedOut, "correct `password`"),
        (403, "InvalidAccessKeyId", LockedOut, "correct `username`"),
        (403, "RequestTimeTooSkewed", LockedOut, "clock is wrong"),
        (403, "AccessDenied", LockedOut, "s3:PutObject"),
        (404, "NoSuchBucket", LockedOut, "no such bucket"),
        (301, "PermanentRedirect", LockedOut, "set `region`"),
        (400, "AuthorizationHeaderMalformed", LockedOut, "set `region`"),
        (503, "SlowDown", NotSent, "asking again"),
        (500, "InternalError", NotSent, "asking again"),
        (409, "OperationAborted", NotSent, "asking again"),
        (400, "InvalidRequest", Rejected, "will not take"),
    ],
)
def test_answers_of_a_storage(
    feed: Feed, post: Post, status: int, code: str, expected: type[Ending], words: str
) -> None:
    """A storage's own code decides, and its words are quoted without secrets."""
    body = f"<Error><Code>{code}</Code><Message>key hush-hush-2 said no</Message></Error>"

    def answer(asked: Asked) -> Reply:
        return Reply(404, "") if asked.method == "HEAD" else Reply(status, body)

    with StandIn(answer) as server:
        secrets = dict(zip(("username", "password"), NEVER, strict=False))
        made = channel_to(feed.feeds, "s3://bucket/a", {"endpoint": server.address}, secrets, 5.0)
        with pytest.raises(expected) as caught:
            made.send(post)
    assert words in caught.value.message
    assert caught.value.code == code
    assert "[secret] said no" in seen(caught.value)
    assert not any(secret in seen(caught.value) for secret in NEVER)


@pytest.mark.parametrize("scheme", ["http", "sftp", "s3"])
def test_nobody_there(feed: Feed, post: Post, scheme: str) -> None:
    """Where no connection comes about nothing has happened, and it is tried again."""
    address = closed_port()
    to = {"http": address, "sftp": address.replace("http", "sftp") + "/x", "s3": "s3://bucket/a"}[scheme]
    secrets = dict(zip(("username", "password"), NEVER, strict=False))
    made = channel_to(feed.feeds, to, {"endpoint": address}, secrets, 5.0)
    for act in (made.check, lambda: made.send(post)):
        with pytest.raises(NotSent) as caught:
            act()
        assert not any(secret in seen(caught.value) for secret in NEVER)


def test_a_server_that_hangs_up_is_asked_again(feed: Feed, post: Post) -> None:
    """A PUT without an answer may be repeated, so nothing is ever unsure."""
    with StandIn(lambda asked: HangUp() if asked.method == "PUT" else Reply(200, "")) as server:
        made = channel_to(feed.feeds, server.address, {}, {}, 5.0)
        with pytest.raises(NotSent, match="asking again does no harm"):
            made.send(post)


@pytest.mark.parametrize(("server_name", "moves"), [("Apache/2.4.68 (Unix)", False), ("Sabre", True)])
def test_a_name_is_changed_where_a_put_is_not_whole(
    feed: Feed, post: Post, server_name: str, moves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers known to replace a file whole get one PUT; others that speak WebDAV get a PUT beside it and a MOVE."""
    told = {"Allow": "OPTIONS,GET,PUT,DELETE,MOVE,MKCOL"}
    monkeypatch.setattr(standin._Handler, "version_string", lambda _: server_name)
    with StandIn(lambda _: Reply(201, "", told)) as server:
        channel_to(feed.feeds, f"{server.address}/a b", {"cache_control": "max-age=60"}, {"key": NEVER[2]}, 5.0).send(
            post
        )
    puts = [asked for asked in server.asked if asked.method == "PUT"]
    assert len(puts) == len(FILES)
    assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {NEVER[2]}"}
    assert puts[-1].headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert puts[-1].headers["cache-control"] == "max-age=60"
    assert (puts[-1].path == "/a%20b/rss.xml") != moves
    moved = [asked.headers["destination"] for asked in server.asked if asked.method == "MOVE"]
    assert moved[-1:] == ([f"{server.address}/a%20b/rss.xml"] if moves else [])


def test_a_move_that_is_refused_becomes_a_put(feed: Feed, post: Post) -> None:
    """Behind a proxy that ends TLS a MOVE is refused (502): the file beside it goes, and one PUT puts it in place."""

    def answer(asked: Asked) -> Reply:
        return Reply(502 if asked.method == "MOVE" else 200, "", {"Allow": "PUT, MOVE"})

    with StandIn(answer) as server:
        channel_to(feed.feeds, server.address, {}, {}, 5.0).send(post)
    methods = [asked.method for asked in server.asked]
    assert methods[:5] == ["OPTIONS", "PUT", "MOVE", "DELETE", "PUT"]
    assert methods.count("MOVE") == 1


def test_a_full_disk_is_told(feed: Feed, post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full is one line that says so, nothing is left half written, and it is tried again."""
    (tmp_path / "mirror").mkdir()
    made = channel_to(feed.feeds, f"file://{tmp_path}/mirror", {}, {}, 5.0)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(NotSent, match=r"the disk is full\. Free some space") as caught:
            made.send(post)
    assert caught.value.code == "ENOSPC"
    assert [path for path in (tmp_path / "mirror").rglob("*") if path.is_file()] == []
    made.send(post)
    assert (tmp_path / "mirror" / "rss.xml").read_bytes() == FILES["rss.xml"]


@pytest.mark.parametrize("mirror", ["directory"], indirect=True)
def test_a_web_server_may_read_what_is_pushed(channel: Channels, mirror: Mirror, post: Post) -> None:
    """Files and folders that are made can be read by everybody, however careful the service's umask is."""
    before = os.umask(0o077)
    try:
        channel().send(post)
    finally:
        os.umask(before)
    for path in mirror.folder.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path


@pytest.mark.parametrize("mirror", ["sftp"], indirect=True)
def test_a_full_disk_far_away(channel: Channels, mirror: Mirror, sftp: Sftp, feed: Feed, post: Post) -> None:
    """An SFTP server that cannot take a whole file keeps the old one, and gets it when there is room again."""
    made = channel()
    made.send(post)
    feed.write({"rss.xml": b"<rss>two, and longer</rss>"})
    sftp.full.set()
    try:
        with pytest.raises(NotSent, match=r"could not take rss.xml .*is its disk full\?"):
            made.send(post)
    finally:
        sftp.full.clear()
    assert mirror.held()["rss.xml"] == FILES["rss.xml"]
    made.send(post)
    assert mirror.held() == {**FILES, "rss.xml": b"<rss>two, and longer</rss>"}


@pytest.mark.parametrize("mirror", ["sftp"], indirect=True)
def test_nothing_to_get_in_with(channel: Channels, mirror: Mirror) -> None:
    """Without a password and a key there is no use in calling."""
    with pytest.raises(LockedOut, match="without a `password` or a `key`"):
        channel(password="").check()


@pytest.mark.parametrize("mirror", ["sftp"], indirect=True)
def test_a_host_key_is_never_taken_on_trust(
    channel: Channels, mirror: Mirror, sftp: Sftp, post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown key, another key and a key that is none lock the destination; one in known_hosts is taken."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(LockedOut, match=r"nobody has said yet .* SHA256:.*known_hosts"):
        channel(host_key="").send(post)
    another = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(LockedOut, match="shows another key than the one that is known"):
        channel(host_key=another).send(post)
    with pytest.raises(LockedOut, match="`host_key` is no public key"):
        channel(host_key="AAAA").send(post)
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{sftp.port} {sftp.host_key}\n")
    channel(host_key="").send(post)
    assert mirror.held() == FILES


@pytest.mark.parametrize("mirror", ["sftp"], indirect=True)
def test_a_private_key_opens(channel: Channels, mirror: Mirror, sftp: Sftp, post: Post) -> None:
    """A private key lets us in, with a passphrase where it has one; one that does not open is told, and not shown."""
    channel(key=sftp.private_key, password="").send(post)
    assert mirror.held() == FILES
    key = asyncssh.import_private_key(sftp.private_key)
    locked = key.export_private_key("pkcs1-pem", passphrase="open sesame").decode()
    for private, password in ((locked, "open sesame"), (sftp.private_key, "of no use")):
        channel(key=private, password=password).check()
    for password in ("", "another"):
        with pytest.raises(LockedOut, match=r"`key` cannot be used .*`password` does not open it"):
            channel(key=locked, password=password).check()
    with pytest.raises(LockedOut, match="`key` cannot be used") as caught:
        channel(key="hush-hush-1\nhush-hush-2").check()
    assert not any(secret in seen(caught.value) for secret in NEVER)


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521", "ssh-rsa"])
@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem"])
def test_every_kind_of_private_key_is_read(kind: str, form: str) -> None:
    """Keys of each kind are read in both of their usual forms, and are the same key then."""
    for _ in range(1 if kind == "ssh-rsa" else 8):  # ecdsa keys have one of two lengths
        key = asyncssh.generate_private_key(kind)
        read = private_key(key.export_private_key(form).decode(), None)
        assert read.asbytes() == key.public_data


@pytest.mark.parametrize("mirror", ["sftp"], indirect=True)
def test_a_home_on_a_server(channel: Channels, mirror: Mirror, sftp: Sftp, post: Post) -> None:
    """An address that begins with /~/ is below the home of the user there."""
    folder = mirror.to.rpartition("/")[2]
    channel(to=f"sftp://{servers.USER}@127.0.0.1:{sftp.port}/~/{folder}").send(post)
    assert mirror.held() == FILES


@pytest.mark.parametrize(("to", "extra"), [("sftp://host/feeds", "sftp"), ("s3://bucket/feeds", "s3")])
def test_what_is_not_installed_is_named(
    feed: Feed, post: Post, to: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its library a place is built all the same, and says in one line what to install."""
    monkeypatch.setattr(places, "find_spec", lambda _: None)
    assert util.find_spec("paramiko") is not None
    made = channel_to(feed.feeds, to, {}, {}, 5.0)
    for act in (made.check, lambda: made.send(post)):
        with pytest.raises(LockedOut, match=rf"pip install 'wireroom\[{extra}\]'"):
            act()
