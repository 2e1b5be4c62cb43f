"""The Facebook channel on the wire: token, proof, photos, looking through a Page, changing and taking back."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from wireroom.channels import catalogue, facebook_page
from wireroom.channels.facebook import PAGES, FacebookChannel, proof
from wireroom.model.article import Picture
from wireroom.model.errors import Ending, LockedOut, NotSent, Rejected, Unsure
from wireroom.model.post import Receipt
from wireroom.testing import Asked, HangUp, Reply, StandIn, a_destination, a_post, surroundings

NOW = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
FEED, LIST, PAGE = "/v26.0/1122/feed", "/v26.0/1122/published_posts", "/v26.0/1122"
SECRETS = {"access_token": "page-token", "app_secret": "app-secret"}
PROOF = "d8b448b9cc7d64c51098271805b3cc20b5b715e52bd587eb71b610259587c856"
GONE = Reply(400, {"error": {"message": "does not exist", "code": 100, "error_subcode": 33}})
Script = dict[str, Any]
Make = Callable[..., FacebookChannel]


@pytest.fixture
def script() -> Script:
    """Path -> reply, or a function of the request."""
    full = {
        "id": "1122_7",
        "permalink_url": "https://www.facebook.com/1122/posts/7",
        "created_time": "2026-11-22T12:00:01+0000",
    }
    return {FEED: Reply(200, full), PAGE: Reply(200, {"id": "1122", "name": "Modern Tokyo Times"})}


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
def make(platform: StandIn) -> Make:
    """Makes the channel on that platform, at a fixed time."""

    def build(secrets: dict[str, str] = SECRETS, **options: object) -> FacebookChannel:
        given = {"base_url": platform.address, "page_id": "1122", **options}
        return FacebookChannel(a_destination(catalogue.FACEBOOK, given, secrets), surroundings(now=lambda: NOW))

    return build


def test_the_proof_is_facebook_s() -> None:
    """The proof is the HMAC-SHA256 of the token under the app's secret, in hex; without a secret there is none."""
    assert proof("app-secret", "page-token") == PROOF
    assert proof("", "page-token") == ""


def test_a_link_post(make: Make, platform: StandIn) -> None:
    """Message and link go as a form, the token in a header, the proof in the body, nothing secret in the address."""
    receipt = make().send(a_post())
    (asked,) = platform.asked
    assert asked.form == {"message": a_post().text, "link": a_post().link, "appsecret_proof": PROOF}
    assert asked.query == {"fields": "id,permalink_url,created_time"}
    assert asked.headers["authorization"] == "Bearer page-token"
    assert (receipt.remote_id, receipt.remote_url) == ("1122_7", "https://www.facebook.com/1122/posts/7")
    assert receipt.at == datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC)
    assert receipt.exchange is not None
    assert PROOF not in repr(receipt.exchange)


def test_without_a_secret_there_is_no_proof(make: Make, platform: StandIn) -> None:
    """An app secret is optional."""
    make({"access_token": "page-token"}).send(a_post())
    assert "appsecret_proof" not in platform.asked[0].form


def test_the_version_is_the_newsroom_s(make: Make, platform: StandIn, script: Script) -> None:
    """The Graph API's version comes from the settings."""
    script["/v27.0/1122/feed"] = Reply(200, {"id": "1122_8"})
    assert make(graph_version="v27.0").send(a_post()).remote_url == "https://www.facebook.com/1122_8"


@pytest.mark.parametrize("body", [{"success": True}, {"id": ""}, {"id": None}, {"id": True}, {"id": ["1"]}])
def test_no_id_is_in_doubt(make: Make, script: Script, body: object) -> None:
    """A success without an id is no receipt."""
    script[FEED] = Reply(200, body)
    with pytest.raises(Unsure):
        make().send(a_post())


@pytest.mark.parametrize(("options", "secrets"), [({"page_id": ""}, SECRETS), ({}, {"app_secret": "app-secret"})])
def test_what_is_missing_needs_a_person(
    make: Make, platform: StandIn, options: dict[str, object], secrets: dict[str, str]
) -> None:
    """Without token or Page nothing is asked."""
    with pytest.raises(LockedOut, match="missing"):
        make(secrets, **options).send(a_post())
    assert platform.asked == []


@pytest.mark.parametrize("call", ["send", "find", "check"])
def test_a_missing_page_needs_a_person(make: Make, script: Script, call: str) -> None:
    """A Page that is not there locks the destination rather than failing post after post."""
    script.update({FEED: GONE, LIST: GONE, PAGE: GONE})
    arguments = {"send": (a_post(),), "find": (a_post(), NOW), "check": ()}[call]
    with pytest.raises(LockedOut, match="page_id"):
        getattr(make(), call)(*arguments)


def test_a_photo(make: Make, platform: StandIn, script: Script, png: Path) -> None:
    """With `photo` the picture itself is posted, described, with the link in its caption; the log keeps no bytes."""
    script["/v26.0/1122/photos"] = Reply(200, {"id": "555", "post_id": "1122_9"})
    post = a_post(text="Lamps are lit", picture=Picture(path=str(png), alt="Lamps"))
    receipt = make(photo=True).send(post)
    (asked,) = platform.asked
    assert asked.headers["content-type"].startswith("multipart/form-data")
    for part in (
        png.read_bytes(),
        b'name="alt_text_custom"\r\n\r\nLamps\r\n',
        f"Lamps are lit\n\n{post.link}".encode(),
    ):
        assert part in asked.body
    assert receipt.remote_id == "1122_9"
    assert receipt.exchange is not None
    assert "source: (photo.png, 264 bytes)" in receipt.exchange.body
    assert PROOF not in receipt.exchange.body


@pytest.mark.parametrize("content", [b"GIF89a", None])
def test_a_useless_photo_becomes_a_link_post(
    make: Make, platform: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    """A photo Facebook would not take does not keep the news back, and that it is missing is said."""
    path = tmp_path / "photo"
    if content is not None:
        path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        receipt = make(photo=True).send(a_post(picture=Picture(path=str(path))))
    assert [asked.path for asked in platform.asked] == [FEED]
    assert receipt.exchange is not None
    assert "the photo was left out" in receipt.exchange.headers["wireroom-note"]
    assert "the photo was left out" in caplog.text


def test_without_the_option_a_picture_stays_home(make: Make, platform: StandIn, png: Path) -> None:
    """By default the linked page's card is shown, so no photo is posted."""
    make().send(a_post(picture=Picture(path=str(png))))
    assert [asked.path for asked in platform.asked] == [FEED]


# looking


def entry(number: int, at: datetime = NOW, **more: object) -> dict[str, object]:
    """A published post."""
    return {"id": f"1122_{number}", "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"), **more}


def card(link: str) -> dict[str, Any]:
    """A post's attachment."""
    return {"attachments": {"data": [{"unshimmed_url": link}]}}


def pages(*each: list[dict[str, object]]) -> Callable[[Asked], Reply]:
    """An edge of several pages, whose next address carries the token as Facebook's does."""

    def answer(asked: Asked) -> Reply:
        number = int(asked.query.get("after", "0"))
        address = f"https://graph.facebook.com{LIST}?access_token=page-token&fields=id&limit=100&after={number + 1}"
        return Reply(200, {"data": each[number], "paging": {"next": address} if number + 1 < len(each) else {}})

    return answer


def test_looking_turns_every_page(make: Make, platform: StandIn, script: Script) -> None:
    """The edge is ranked: a post on the last page, behind older ones, is found; no token is put into an address."""
    old = entry(1, NOW - timedelta(days=9), message="old")
    script[LIST] = pages([old], [old], [entry(7, message=a_post().text)])
    found = make().find(a_post(), NOW)
    assert found is not None
    assert found.remote_id == "1122_7"
    assert all("page-token" not in asked.url and "appsecret_proof" in asked.query for asked in platform.asked)
    assert platform.asked[0].query["fields"] == facebook_page.FIELDS


@pytest.mark.parametrize(
    ("found", "is_ours"),
    [
        (entry(7, message=a_post().text), True),
        (entry(7, message="changed by an editor", **card(a_post().link)), True),
        (entry(7, message="other", **card("https://example.com/other/")), False),
        (entry(7, NOW - timedelta(minutes=3), message=a_post().text), False),
        (entry(7, message=a_post().text, is_published=False), False),
        (entry(7, message=None, attachments=[]), False),
        ({"id": "1122_7", "message": a_post().text, "created_time": None}, True),
        ({"message": a_post().text}, False),
    ],
)
def test_what_is_ours(make: Make, script: Script, found: dict[str, object], is_ours: bool) -> None:
    """A post is ours by its words or its link, when it is public and not older than the send."""
    script[LIST] = pages([found])
    assert (make().find(a_post(), NOW) is not None) is is_ours


def test_the_same_words_are_preferred(make: Make, script: Script) -> None:
    """Of two posts with the link, the one with the same words is ours."""
    both = [entry(6, message="a reader's", **card(a_post().link)), entry(7, message=a_post().text)]
    script[LIST] = pages(both)
    found = make().find(a_post(), NOW)
    assert found is not None
    assert found.remote_id == "1122_7"


def test_a_page_without_end(make: Make, script: Script) -> None:
    """Posts without end that are all new are no answer; once a whole page lies before the send, it is absent."""
    script[LIST] = pages(*[[entry(n, message="new")] for n in range(PAGES + 1)])
    with pytest.raises(NotSent):
        make().find(a_post(), NOW)
    script[LIST] = pages(*[[entry(n, NOW - timedelta(days=n + 1), message="old")] for n in range(PAGES + 1)])
    assert make().find(a_post(), NOW) is None


# changing and taking back


def test_amending_changes_the_words(make: Make, platform: StandIn, script: Script) -> None:
    """An amended post gets its new message; the receipt stays this post's."""
    script["/v26.0/1122_7"] = Reply(200, {"success": True})
    receipt = make().amend(Receipt(remote_id="1122_7", remote_url="u"), a_post(text="Corrected"))
    assert platform.asked[0].form["message"] == "Corrected"
    assert (receipt.remote_id, receipt.remote_url) == ("1122_7", "u")


@pytest.mark.parametrize(
    ("reply", "kind"), [(GONE, Rejected), (HangUp(), NotSent), (Reply(500, {"error": {"code": 1}}), NotSent)]
)
def test_amending_may_be_repeated(make: Make, script: Script, reply: Reply | HangUp, kind: type[Ending]) -> None:
    """An unclear answer to a change means: ask again; a post that is gone cannot be changed."""
    script["/v26.0/1122_7"] = reply
    with pytest.raises(kind):
        make().amend(Receipt(remote_id="1122_7"), a_post())


@pytest.mark.parametrize("reply", [GONE, Reply(200, {"success": True})])
def test_gone_is_gone(make: Make, platform: StandIn, script: Script, reply: Reply) -> None:
    """Deleted now or deleted before: the post is away."""
    script["/v26.0/1122_7"] = reply
    assert make().retract(Receipt(remote_id="1122_7"), a_post()).remote_id == "1122_7"
    assert platform.asked[0].method == "DELETE"


def test_what_was_not_deleted_is_deleted_again(make: Make, script: Script) -> None:
    """A deletion that did not succeed is asked for again."""
    script["/v26.0/1122_7"] = Reply(200, {"success": False})
    with pytest.raises(NotSent):
        make().retract(Receipt(remote_id="1122_7"), a_post())


def test_a_check_names_the_page(make: Make) -> None:
    """The check says which Page this is."""
    assert make().check() == "Modern Tokyo Times (1122)"
