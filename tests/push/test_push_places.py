"""Each kind of place, a real one: a feed's files come there, change there and go from there."""

from __future__ import annotations

import pytest
from tests.push.conftest import FILES, Channels, Feed
from tests.push.servers import Mirror, Storage

from wireroom.model.channel import Amendable, Checkable, Findable, Retractable
from wireroom.model.errors import LockedOut
from wireroom.model.post import Post


def test_everything_comes_there(channel: Channels, mirror: Mirror, post: Post) -> None:
    """The first push brings every file, sub-folders included, and nothing that begins with a dot."""
    made = channel(url="https://feeds.example.org/mtt")
    assert made.repeatable
    assert all(isinstance(made, ability) for ability in (Findable, Amendable, Retractable, Checkable))
    receipt = made.send(post)
    assert mirror.held() == FILES
    assert receipt.remote_url == "https://feeds.example.org/mtt"
    assert len(receipt.remote_id) == 16
    assert receipt.at is not None


def test_what_changed_is_replaced_and_what_went_is_removed(
    channel: Channels, mirror: Mirror, feed: Feed, post: Post
) -> None:
    """A change and a new file go there, a file that is gone here goes there too, and other people's files stay."""
    mirror.leave("index.html", b"not ours")
    mirror.leave("section/food & drink/atom.xml", b"not ours either")
    made = channel()
    first = made.send(post)
    feed.write({"rss.xml": b"<rss>two, and longer</rss>", "author/Ö. Å/atom.xml": b"<feed/>"})
    feed.drop("feed.json")
    feed.drop("archive/2026-01.rss.xml")
    second = made.amend(first, post)
    expected = {
        **FILES,
        "rss.xml": b"<rss>two, and longer</rss>",
        "author/Ö. Å/atom.xml": b"<feed/>",
        "index.html": b"not ours",
        "section/food & drink/atom.xml": b"not ours either",
    }
    del expected["feed.json"], expected["archive/2026-01.rss.xml"]
    assert mirror.held() == expected
    assert second.remote_id != first.remote_id
    assert made.retract(second, post).remote_id == second.remote_id


def test_only_what_differs_is_pushed(channel: Channels, mirror: Mirror, feed: Feed, post: Post) -> None:
    """A second push of the same files writes nothing there, in the same process and in a new one."""
    made = channel()
    receipt = made.send(post)
    mirror.leave("rss.xml", b"<rss>x</rss>")  # of the same length: whoever pushes would put it right
    mirror.leave("archive/2026-01.rss.xml", FILES["archive/2026-01.rss.xml"])
    assert made.send(post).remote_id == receipt.remote_id
    assert mirror.held()["rss.xml"] == b"<rss>x</rss>"


def test_a_new_process_puts_right_what_was_lost_there(channel: Channels, mirror: Mirror, post: Post) -> None:
    """A process compares before it trusts: a file that somebody took away there, or cut short, is pushed again."""
    channel().send(post)
    mirror.lose("atom.xml")
    mirror.leave("archive/2026-01.rss.xml", b"<rss>jan")
    channel().send(post)
    assert mirror.held() == FILES


def test_two_processes_do_not_mislead_each_other(channel: Channels, mirror: Mirror, feed: Feed, post: Post) -> None:
    """What another process pushed since is known: a file that has its old bytes again is pushed again."""
    one, other = channel(), channel()
    one.send(post)
    feed.write({"rss.xml": b"<rss>2</rss>"})
    other.send(post)
    feed.write({"rss.xml": FILES["rss.xml"]})
    one.send(post)
    assert mirror.held() == FILES


def test_looking_tells_what_can_be_told(channel: Channels, mirror: Mirror, feed: Feed, post: Post) -> None:
    """Folders and S3 tell whether they hold what we have; WebDAV and SFTP tell nothing, which sends again."""
    made = channel()
    now = made.send(post).at
    assert now is not None
    tells = mirror.kind in ("directory", "s3")
    found = made.find(post, now)
    assert (found is not None) == tells
    feed.write({"rss.xml": b"<rss>2</rss>"})
    assert made.find(post, now) is None
    feed.write({"rss.xml": FILES["rss.xml"]})
    feed.drop("atom.xml")
    assert made.find(post, now) is None


def test_a_check_leaves_nothing_behind(channel: Channels, mirror: Mirror) -> None:
    """The check writes a probe and takes it away, and names the place without its secrets."""
    told = channel().check()
    assert told.endswith("takes files")
    assert mirror.held() == {}
    assert not any(secret in told for secret in mirror.secrets.values())


@pytest.mark.parametrize("mirror", ["webdav", "sftp", "s3"], indirect=True)
def test_wrong_credentials_wait_for_a_person(channel: Channels, mirror: Mirror, post: Post) -> None:
    """A password that is not the right one locks the destination, with a remedy and without either password."""
    with pytest.raises(LockedOut) as caught:
        channel(password="quite-another-word").send(post)
    assert "`password`" in caught.value.message
    assert "wireroom resume" in caught.value.message
    shown = repr((caught.value.message, caught.value.exchange))
    assert "quite-another-word" not in shown
    assert mirror.held() == {}


def test_a_place_that_is_not_there_waits_for_a_person(channel: Channels, mirror: Mirror, post: Post) -> None:
    """A missing folder or bucket is not made: it may be a disk that is not mounted, or a slip in the settings."""
    gone = mirror.to.rstrip("/") + "-gone" if mirror.kind != "s3" else "s3://no-such-bucket/feeds"
    for act in (channel(to=gone).check, lambda: channel(to=gone).send(post)):
        with pytest.raises(LockedOut, match=r"wireroom resume"):
            act()


@pytest.mark.parametrize("mirror", ["s3"], indirect=True)
def test_storage_keeps_media_type_and_cache_headers(
    channel: Channels, mirror: Mirror, storage: Storage, post: Post
) -> None:
    """Each object is kept with the media type of its format and the Cache-Control of the settings."""
    channel(cache_control="public, max-age=300").send(post)
    bucket, _, prefix = mirror.to.removeprefix("s3://").partition("/")
    types = {
        name: storage.client.head_object(Bucket=bucket, Key=prefix + name)
        for name in ("rss.xml", "feed.json", "archive/2026-01.rss.xml")
    }
    assert {name: head["ContentType"] for name, head in types.items()} == {
        "rss.xml": "application/rss+xml; charset=utf-8",
        "feed.json": "application/feed+json; charset=utf-8",
        "archive/2026-01.rss.xml": "application/rss+xml; charset=utf-8",
    }
    assert {head["CacheControl"] for head in types.values()} == {"public, max-age=300"}
