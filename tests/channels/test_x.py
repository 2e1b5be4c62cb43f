"""The X channel on the wire: signatures, pictures, looking, taking back, and what it costs."""

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from wireroom.channels import catalogue
from wireroom.channels.x import PAGES, XChannel, local
from wireroom.model.article import Picture
from wireroom.model.errors import Ending, LockedOut, NotSent, RateLimited, Unsure
from wireroom.model.post import Receipt
from wireroom.testing import Asked, HangUp, Reply, StandIn, a_destination, a_post, surroundings

NOW = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
POSTED = Reply(
    201, {"data": {"id": "1991", "text": "…"}}, {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "99"}
)
ME = Reply(200, {"data": {"id": "42", "name": "MTT", "username": "mtt"}})
Script = dict[str, Any]


@pytest.fixture
def script() -> Script:
    """Path -> reply, or a function of the request."""
    return {"/2/tweets": POSTED, "/2/users/me": ME}


@pytest.fixture
def platform(script: Script) -> Iterator[StandIn]:
    """A stand-in that answers as the script says."""

    def answer(asked: Asked) -> Reply | HangUp:
        reply = script[asked.path]
        found: Reply | HangUp = reply(asked) if callable(reply) else reply
        return found

    with StandIn(answer) as server:
        yield server


@pytest.fixture
def x(platform: StandIn, keys: Mapping[str, str]) -> XChannel:
    """The channel on that platform, at a fixed time."""
    destination = a_destination(catalogue.X, {"base_url": platform.address + "/"}, keys)
    return XChannel(destination, surroundings(now=lambda: NOW))


def test_a_post_is_signed_where_it_goes(x: XChannel, platform: StandIn, signed: Callable[[Asked], bool]) -> None:
    """The signature is valid over the very address that was called, and the body is the text alone."""
    receipt = x.send(a_post())
    (asked,) = platform.asked
    assert signed(asked)
    assert asked.json == {"text": a_post().text}
    assert asked.headers["content-type"] == "application/json"
    assert (receipt.remote_id, receipt.remote_url) == ("1991", f"{platform.address}/i/web/status/1991")
    assert receipt.quota[0].remaining == 99


def test_a_post_on_the_real_platform_has_its_address_there() -> None:
    """A post's address is on x.com, unless the platform is a stand-in on this machine, which shows it itself."""
    assert not local("https://api.x.com")
    assert not local("https://127.example.org")
    assert local("http://127.0.0.1:8099")
    assert local("http://localhost:1")


def test_parameters_are_signed_too(
    x: XChannel, platform: StandIn, script: Script, signed: Callable[[Asked], bool]
) -> None:
    """A read with parameters carries a valid signature as well."""
    script["/2/users/42/tweets"] = Reply(200, {"meta": {"result_count": 0}})
    assert x.find(a_post(), NOW) is None
    assert [signed(asked) for asked in platform.asked] == [True, True]


def test_no_two_requests_are_alike(x: XChannel, platform: StandIn) -> None:
    """Each request has a nonce of its own, or the platform would take it for a replay."""
    x.send(a_post())
    x.send(a_post())
    assert len({asked.headers["authorization"] for asked in platform.asked}) == 2


@pytest.mark.parametrize("missing", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"])
def test_a_missing_key_needs_a_person(platform: StandIn, keys: Mapping[str, str], missing: str) -> None:
    """Without one of its keys nothing is asked, and the message names the key."""
    left = {name: value for name, value in keys.items() if name != missing}
    channel = XChannel(a_destination(catalogue.X, {"base_url": platform.address}, left), surroundings())
    with pytest.raises(LockedOut, match=missing):
        channel.send(a_post())
    assert platform.asked == []


@pytest.mark.parametrize("body", [{"data": {}}, {"data": {"id": ""}}, {"data": {"id": True}}, {"data": {"id": []}}])
def test_no_id_is_in_doubt(x: XChannel, script: Script, body: object) -> None:
    """A success without an id is no receipt."""
    script["/2/tweets"] = Reply(201, body)
    with pytest.raises(Unsure):
        x.send(a_post())


def test_price(x: XChannel, png: Path) -> None:
    """A post costs 1.5 cents, with a link 20, and half a cent more for a picture's description."""
    assert x.price(a_post(text="no link", link="")) == 0.015
    assert x.price(a_post()) == 0.20
    assert x.price(a_post(picture=Picture(path=str(png), alt="lamps"))) == pytest.approx(0.205)
    assert x.send(a_post()).cost == 0.20


def test_prices_are_settings(platform: StandIn, keys: Mapping[str, str], png: Path) -> None:
    """Each price of the settings takes the place of the usual one, and what is left out stays as it is."""
    destination = a_destination(catalogue.X, {"base_url": platform.address, "prices": {"link": 0.25}}, keys)
    x = XChannel(destination, surroundings(now=lambda: NOW))
    assert x.price(a_post()) == 0.25
    assert x.price(a_post(text="no link", link="")) == 0.015
    assert x.price(a_post(picture=Picture(path=str(png), alt="lamps"))) == 0.255


def test_looking_costs_what_is_read(x: XChannel, script: Script) -> None:
    """A look costs a tenth of a cent for each post that X gives out, and for the account the first time."""
    tweets = [{"id": str(number), "text": "another"} for number in range(1, 4)]
    script["/2/users/42/tweets"] = Reply(200, {"data": tweets, "meta": {"result_count": 3}})
    assert x.reading() == 0
    x.find(a_post(), NOW)
    assert x.reading() == 0.004
    x.find(a_post(), NOW)
    assert x.reading() == 0.003
    script["/2/users/42/tweets"] = Reply(503, "<html>")
    with pytest.raises(NotSent):
        x.find(a_post(), NOW)
    assert x.reading() == 0


# pictures


def with_media(script: Script, upload: object = None, describe: object = None) -> None:
    """A platform that takes pictures, unless told otherwise."""
    script["/2/media/upload"] = upload or Reply(200, {"data": {"id": "77", "media_key": "3_77"}})
    script["/2/media/metadata"] = describe or Reply(200, {"data": {"id": "77"}})


def test_a_picture_goes_first(x: XChannel, platform: StandIn, script: Script, png: Path) -> None:
    """The picture is uploaded, described, and attached; the log keeps its size, not its bytes."""
    with_media(script)
    receipt = x.send(a_post(picture=Picture(path=str(png), alt="Lamps over the harbour")))
    upload, describe, create = platform.asked
    assert base64.b64decode(upload.json["media"]) == png.read_bytes()
    assert upload.json["media_category"] == "tweet_image"
    assert describe.json == {"id": "77", "metadata": {"alt_text": {"text": "Lamps over the harbour"}}}
    assert create.json["media"] == {"media_ids": ["77"]}
    assert receipt.exchange is not None
    assert "wireroom-note" not in receipt.exchange.headers


def test_a_long_description_is_cut(x: XChannel, platform: StandIn, script: Script, png: Path) -> None:
    """A description is never longer than the 1000 characters X takes."""
    with_media(script)
    x.send(a_post(picture=Picture(path=str(png), alt="lamp " * 300)))
    assert len(platform.asked[1].json["metadata"]["alt_text"]["text"]) <= 1000


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + b"0" * 5 * 1024 * 1024, None])
def test_a_useless_picture_is_left_out_and_said(
    x: XChannel, platform: StandIn, tmp_path: Path, content: bytes | None
) -> None:
    """A file that is no picture, too large or gone does not keep the news back; the receipt's log says so."""
    path = tmp_path / "picture"
    if content is not None:
        path.write_bytes(content)
    receipt = x.send(a_post(picture=Picture(path=str(path), alt="lamps")))
    assert [asked.path for asked in platform.asked] == ["/2/tweets"]
    assert receipt.exchange is not None
    assert "the picture was left out" in receipt.exchange.headers["wireroom-note"]


def test_a_refused_picture_is_left_out_and_said(x: XChannel, platform: StandIn, script: Script, png: Path) -> None:
    """A picture X will never take does not keep the news back."""
    with_media(script, upload=Reply(400, {"title": "Invalid Request", "detail": "bad image"}))
    receipt = x.send(a_post(picture=Picture(path=str(png), alt="lamps")))
    assert "media" not in platform.asked[-1].json
    assert receipt.exchange is not None
    assert "bad image" in receipt.exchange.headers["wireroom-note"]


def test_a_refused_description_is_said(x: XChannel, platform: StandIn, script: Script, png: Path) -> None:
    """A picture whose description is refused goes out, and that it lacks one is said."""
    with_media(script, describe=Reply(400, {"title": "Invalid Request"}))
    receipt = x.send(a_post(picture=Picture(path=str(png), alt="lamps")))
    assert platform.asked[-1].json["media"] == {"media_ids": ["77"]}
    assert receipt.exchange is not None
    assert "without its alt text" in receipt.exchange.headers["wireroom-note"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (HangUp(), NotSent),
        (Reply(503, "<html>"), NotSent),
        (Reply(200, {"data": {}}), NotSent),
        (Reply(302, ""), NotSent),
        (Reply(429, {"title": "Too Many Requests"}), RateLimited),
        (Reply(401, {"title": "Unauthorized"}), LockedOut),
    ],
)
def test_trouble_with_a_picture_posts_nothing(
    x: XChannel, platform: StandIn, script: Script, png: Path, reply: Reply | HangUp, kind: type[Ending]
) -> None:
    """What may pass is waited for: nothing has been posted yet, so it is never in doubt."""
    with_media(script, upload=reply)
    with pytest.raises(kind):
        x.send(a_post(picture=Picture(path=str(png), alt="lamps")))
    assert [asked.path for asked in platform.asked] == ["/2/media/upload"]


def test_pictures_can_be_switched_off(platform: StandIn, keys: Mapping[str, str], png: Path) -> None:
    """With `pictures = false` X shows the link's card instead."""
    destination = a_destination(catalogue.X, {"base_url": platform.address, "pictures": False}, keys)
    XChannel(destination, surroundings()).send(a_post(picture=Picture(path=str(png), alt="lamps")))
    assert [asked.path for asked in platform.asked] == ["/2/tweets"]


# looking


def entry(number: int, text: str, at: datetime = NOW) -> dict[str, object]:
    """A timeline's entry without links."""
    return {"id": str(number), "text": text, "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z")}


def pages(*each: list[dict[str, object]]) -> Callable[[Asked], Reply]:
    """A timeline of several pages."""

    def answer(asked: Asked) -> Reply:
        number = int(asked.query.get("pagination_token", "0"))
        meta = {"next_token": str(number + 1)} if number + 1 < len(each) else {}
        return Reply(200, {"data": each[number], "meta": meta})

    return answer


def test_looking_turns_pages(x: XChannel, platform: StandIn, script: Script) -> None:
    """A post behind other posts is found, and who we are is asked once."""
    post = a_post()
    script["/2/users/42/tweets"] = pages([entry(3, "a"), entry(2, "b")], [entry(1, post.text)])
    for _ in range(2):
        found = x.find(post, NOW)
        assert found is not None
        assert found.remote_id == "1"
        assert found.at == NOW.replace(microsecond=0)
    assert [asked.path for asked in platform.asked].count("/2/users/me") == 1
    query = platform.asked[1].query
    assert query["exclude"] == "retweets"
    assert query["tweet.fields"] == "created_at,entities,note_tweet"
    assert int(query["since_id"]) > 0


def test_an_older_post_is_not_ours(x: XChannel, script: Script) -> None:
    """The same words from before the send are not this post."""
    script["/2/users/42/tweets"] = pages([entry(1, a_post().text, NOW - timedelta(minutes=5))])
    assert x.find(a_post(), NOW) is None


def test_a_timeline_without_end_is_no_answer(x: XChannel, script: Script) -> None:
    """When there is too much to look through, the post is not declared absent."""
    script["/2/users/42/tweets"] = pages(*[[entry(n, "other")] for n in range(PAGES + 1)])
    with pytest.raises(NotSent):
        x.find(a_post(), NOW)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(200, {}), NotSent),
        (Reply(404, {"title": "Not Found Error", "type": "/resource-not-found"}), NotSent),
        (Reply(200, {"errors": [{"title": "Not Found Error"}]}), NotSent),
        (Reply(429, {}), RateLimited),
        (Reply(402, {}), LockedOut),
    ],
)
def test_a_look_ends_in_reading_endings(x: XChannel, script: Script, reply: Reply, kind: type[Ending]) -> None:
    """A look that fails says why, and never that the post is refused or absent."""
    script["/2/users/42/tweets"] = reply
    with pytest.raises(kind):
        x.find(a_post(), NOW)


# taking back


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"data": {"deleted": True}}),
        Reply(404, {"title": "Not Found Error", "type": "about:blank"}),
        Reply(200, {"errors": [{"type": "https://api.twitter.com/2/problems/resource-not-found"}]}),
        Reply(404, {"errors": [{"code": 144, "message": "No status found with that ID."}]}),
    ],
)
def test_gone_is_gone(x: XChannel, script: Script, reply: Reply) -> None:
    """Deleted now or deleted before: the post is away, and the call is paid for."""
    script["/2/tweets/7"] = reply
    taken = x.retract(Receipt(remote_id="7"), a_post())
    assert (taken.remote_id, taken.cost) == ("7", 0.010)


@pytest.mark.parametrize("reply", [HangUp(), Reply(404, "<html>"), Reply(500, "")])
def test_taking_back_is_repeated_until_clear(x: XChannel, script: Script, reply: Reply | HangUp) -> None:
    """An unclear answer to a deletion means: ask again."""
    script["/2/tweets/7"] = reply
    with pytest.raises(NotSent):
        x.retract(Receipt(remote_id="7"), a_post())


@pytest.mark.parametrize(
    ("seen", "gone"),
    [
        (Reply(200, {"errors": [{"type": "https://api.x.com/2/problems/resource-not-found"}]}), True),
        (Reply(200, {"data": {"id": "7", "text": "still here"}}), False),
        (Reply(503, ""), False),
    ],
)
def test_not_deleted_is_looked_into(x: XChannel, script: Script, seen: Reply, gone: bool) -> None:
    """Told that nothing was deleted, the channel looks whether the post is there before it says that it is gone."""
    script["/2/tweets/7"] = lambda asked: seen if asked.method == "GET" else Reply(200, {"data": {"deleted": False}})
    with nullcontext() if gone else pytest.raises(NotSent):
        assert x.retract(Receipt(remote_id="7"), a_post()).remote_id == "7"


def test_a_check_names_the_account(x: XChannel) -> None:
    """The check says whose keys these are."""
    assert x.check() == "@mtt"
