"""The API over HTTP: articles in, deliveries out, moves, and an error for every mistake that says what is wrong."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlsplit

import pytest
from tests.web.conftest import Room, article, error

from wireroom.model.delivery import Failure, Move, State
from wireroom.store import LogFilter

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_an_article_is_published(room: Room) -> None:
    """A new article gets 201, its uid and a delivery for each destination, all on disk when the answer comes."""
    answer = room.post("/api/v1/articles", json=article(tags=["harbor"]))
    assert answer.status_code == 201
    taken = answer.json()
    assert taken["new"] is True
    assert taken["article"]["uid"].startswith("tag:harbor.example.org,2026-03-01:")
    assert taken["article"]["paragraphs"] == ["The ferry left on time.", "Nobody was surprised."]
    assert {delivery["destination"] for delivery in taken["deliveries"]} == {"feed", "x", "page"}
    assert {delivery.id for delivery in room.app.store.log(LogFilter())} == {each["id"] for each in taken["deliveries"]}


def test_the_same_article_again_makes_nothing_new(room: Room) -> None:
    """An article published twice is one: 200, `new` false, the same deliveries."""
    first, answer = room.publish(), room.post("/api/v1/articles", json=article())
    assert (answer.status_code, answer.json()["new"]) == (200, False)
    assert answer.json()["deliveries"] == first["deliveries"]
    assert len(room.app.store.log(LogFilter())) == 3


def test_changed_text_is_a_revision(room: Room) -> None:
    """The same id with other words is a new revision of the same article, which what waits is made anew from."""
    first = room.publish(id="ferry-1")
    second = room.publish(id="ferry-1", body_text="The ferry left an hour late.")
    assert (second["new"], second["article"]["revision"]) == (False, 2)
    assert second["article"]["uid"] == first["article"]["uid"]
    assert room.delivery("x").revision == 2


def test_an_article_is_taken_back(room: Room) -> None:
    """What stands gets a delivery that takes it away, what waits is called off; asked again, nothing more happens."""
    uid = room.publish()["article"]["uid"]
    room.deliver("x")
    answer = room.post("/api/v1/articles/retract", json={"article": uid}).json()
    assert [(each["destination"], each["action"]) for each in answer["deliveries"]] == [("x", "retract")]
    assert {each["destination"] for each in answer["cancelled"]} == {"feed", "page"}
    again = room.post("/api/v1/articles/retract", json={"article": uid}).json()
    assert (again["deliveries"], again["cancelled"]) == ([], [])


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"article": "tag:nobody,2026:1"}, 404, "tag:nobody,2026:1"),
        ({}, 422, "`article` is missing"),
        ({"article": 7}, 422, "article"),
        ({"uid": "x"}, 422, "uid"),
    ],
)
def test_what_cannot_be_taken_back_is_said(small: Room, body: dict[str, object], status: int, says: str) -> None:
    """An unknown article and a body that does not read are refused with a sentence."""
    assert says in error(small, "POST", "/api/v1/articles/retract", status, json=body)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
        (b"[]", "not an object"),
        (b'"text"', "not an object"),
        (b"[" * 100_000, "nested too deeply"),
        (json.dumps(article(title="")).encode(), "headline"),
        (json.dumps(article(publication="nobody")).encode(), "nobody"),
        (json.dumps(article(body_text="")).encode(), "body"),
        (json.dumps(article(published_at="2026-02-30")).encode(), "2026-02-30"),
        (json.dumps(article(summry="x")).encode(), "`summary`"),
        (json.dumps(article(tags=7)).encode(), "tags"),
        (json.dumps(article(url="javascript:alert(1)")).encode(), "url"),
        (json.dumps(article(publication="\ud800")).encode(), "publication"),
    ],
)
def test_a_bad_article_is_refused_with_a_sentence(small: Room, body: bytes, says: str) -> None:
    """What cannot be read gets 422 and one sentence that names what is wrong; nothing is stored."""
    assert says in error(small, "POST", "/api/v1/articles", 422, data=body)
    assert small.app.store.log(LogFilter()) == []


@pytest.mark.parametrize("key", ["file", "path"])
@pytest.mark.parametrize("where", ["/etc/hostname", "picture.png", "../picture.png", "~/picture.png"])
def test_no_file_of_the_server_is_ever_taken(small: Room, key: str, where: str) -> None:
    """A picture named by a path of the server is refused, the file there or not."""
    (small.app.settings.home / "picture.png").write_bytes(PNG)
    assert key in error(small, "POST", "/api/v1/articles", 422, json=article(picture={key: where}))
    error(small, "POST", "/api/v1/articles", 422, json=article(picture=where))
    error(small, "POST", "/api/v1/articles", 422, json=article(picture={"url": "file:///etc/hostname"}))


def test_a_picture_comes_as_bytes(room: Room) -> None:
    """A picture sent as data is kept, served, and shown by its address; where it lies is never told."""
    picture = {"data": base64.b64encode(PNG).decode(), "alt": "a ferry"}
    taken = room.publish(picture=picture)
    told = taken["article"]["picture"]
    assert (told["media_type"], told["width"], told["alt"]) == ("image/png", 1, "a ferry")
    assert room.get(urlsplit(told["url"]).path).content == PNG
    shown = room.get(f"/api/v1/deliveries/{room.delivery('x').id}").text
    page = room.get(f"/deliveries/{room.delivery('x').id}").text
    home = str(room.app.settings.home)
    assert home not in json.dumps(taken)
    assert home not in shown
    assert home not in page
    assert f'src="{urlsplit(told["url"]).path}"' in page


def test_deliveries_are_listed_newest_first(room: Room) -> None:
    """The list has the shapes of `log --json`, newest first, as many as were asked for."""
    for number in range(3):
        room.publish(title=f"Ferry {number} sails", body_text=f"Ferry {number} left.")
    told = room.get("/api/v1/deliveries").json()["deliveries"]
    assert len(told) == 9
    assert [int(each["id"]) for each in told] == sorted((int(each["id"]) for each in told), reverse=True)
    assert len(room.get("/api/v1/deliveries?limit=2").json()["deliveries"]) == 2


def test_the_list_is_filtered(room: Room) -> None:
    """Destination, states, article and age each narrow the list, alone and together."""
    uid = room.publish(title="Ferry one sails")["article"]["uid"]
    room.deliver("x")
    room.publish(title="Ferry two sails", body_text="The second ferry left.")

    def found(query: str) -> list[tuple[str, str, str]]:
        told = room.get(f"/api/v1/deliveries?{query}").json()["deliveries"]
        return [(each["title"], each["destination"], each["state"]) for each in told]

    assert {destination for _, destination, _ in found("destination=page")} == {"page"}
    assert found("state=delivered") == [("Ferry one sails", "x", "delivered")]
    assert len(found("state=delivered,planned")) == len(found("state=delivered&state=planned")) == 6
    assert {title for title, _, _ in found("article=ferry%20two")} == {"Ferry two sails"}
    assert {title for title, _, _ in found(f"article={uid}")} == {"Ferry one sails"}
    assert len(found("since=24h&destination=x&state=planned")) == 1
    assert found("since=2100-01-01") == []
    assert len(found("since=2020-01-01T09:00:00+09:00")) == 6


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("state=lost", "held, planned, sending, unconfirmed, delivered, failed, cancelled"),
        ("state=delivered,gone", "gone"),
        ("since=yesterday", "24h"),
        ("limit=0", "1000"),
        ("limit=1001", "1000"),
        ("limit=many", "many"),
        ("limit=" + "9" * 6000, "1000"),
        ("stat=held", "did you mean state?"),
        ("since=" + "9" * 8 + "d", "24h"),
    ],
)
def test_a_query_that_does_not_read_is_refused(small: Room, query: str, says: str) -> None:
    """A filter nobody knows, or a value that is none, gets 422 and what is allowed; nothing is guessed."""
    assert says in error(small, "GET", f"/api/v1/deliveries?{query}", 422)


def test_a_destination_nobody_has_is_said_to_be_none(small: Room) -> None:
    """A list of a destination that never was is a mistake, and the nearest name is told."""
    assert "did you mean `page`?" in error(small, "GET", "/api/v1/deliveries?destination=pages", 404)


def test_one_delivery_is_told_whole(room: Room) -> None:
    """One delivery comes with its exact post, every attempt with request and answer, and every move."""
    room.publish()
    done = room.deliver("x")
    told = room.get(f"/api/v1/deliveries/{done.id}").json()
    assert (told["id"], told["state"], told["remote_id"]) == (done.id, "delivered", "4711")
    assert told["post"]["link"] in told["post"]["text"]
    assert [move["to"] for move in told["moves"]] == ["planned", "sending", "delivered"]
    assert told["attempt_log"][0]["request"]["method"] == "POST"
    assert told["attempt_log"][0]["response"]["status"] == 201


@pytest.mark.parametrize("name", ["0", "99", "x", "-1", "1.5", "9" * 50, "%00", "%F0%9F%9A%A2", "1%20or%201=1"])
def test_a_delivery_that_is_not_there(room: Room, name: str) -> None:
    """Any id that is nobody's gets 404 and a sentence, on every address of it."""
    assert "no delivery" in error(room, "GET", f"/api/v1/deliveries/{name}", 404)
    assert "no delivery" in error(room, "POST", f"/api/v1/deliveries/{name}/retry", 404)


def test_a_failed_delivery_is_retried(room: Room) -> None:
    """Retry puts a failed delivery back in its lane, and the log says that the API did."""
    room.publish()
    failed = room.settle(Move.REJECT, failure=Failure("rejected", "403", "no"))
    answer = room.post(f"/api/v1/deliveries/{failed.id}/retry")
    assert (answer.status_code, answer.json()["state"]) == (200, "planned")
    assert room.app.store.dossier(failed.id).entries[-1].by == "api"


def test_an_unconfirmed_delivery_is_confirmed(room: Room) -> None:
    """Confirm takes the platform's id and address, and the delivery is delivered with them."""
    room.publish()
    doubtful = room.settle(Move.LOSE)
    proof = {"remote_id": "99", "remote_url": "https://x.example/99"}
    told = room.post(f"/api/v1/deliveries/{doubtful.id}/confirm", json=proof).json()
    assert (told["state"], told["remote_id"], told["remote_url"]) == ("delivered", "99", "https://x.example/99")


def test_a_delivery_is_cancelled_and_released(room: Room) -> None:
    """Cancel calls a delivery off; release lets a held one go."""
    room.publish()
    store = room.app.store
    assert store.move(room.delivery("page"), Move.HOLD, by="test", why="") is not None
    assert room.post(f"/api/v1/deliveries/{room.delivery('page').id}/release").json()["state"] == "planned"
    assert room.post(f"/api/v1/deliveries/{room.delivery('x').id}/cancel").json()["state"] == "cancelled"


def test_a_move_that_cannot_be_made_is_refused(room: Room) -> None:
    """A move the state does not allow gets 409 and what is possible; nothing changes."""
    room.publish()
    planned = room.delivery("x")
    assert "cannot release" in error(room, "POST", f"/api/v1/deliveries/{planned.id}/release", 409)
    assert "confirm, cancel" not in error(room, "POST", f"/api/v1/deliveries/{planned.id}/confirm", 409)
    assert room.delivery("x").state is State.PLANNED


@pytest.mark.parametrize(
    ("move", "body", "status"),
    [
        ("destroy", None, 404),
        ("confirm", {"remote_url": "javascript:alert(1)"}, 422),
        ("confirm", {"remote_url": "/2/tweets"}, 422),
        ("confirm", {"remote_id": 7}, 422),
        ("confirm", {"remote_id": "a\nb"}, 422),
        ("confirm", {"remote": "7"}, 422),
        ("confirm", {"remote_id": "7" * 3000}, 422),
        ("confirm", [], 422),
        ("cancel", {"why": "because"}, 422),
    ],
)
def test_a_move_that_makes_no_sense(small: Room, move: str, body: object, status: int) -> None:
    """A move nobody knows and a body nobody understands are refused, and nothing is moved."""
    small.publish()
    doubtful = small.settle(Move.LOSE)
    error(small, "POST", f"/api/v1/deliveries/{doubtful.id}/{move}", status, json=body)
    assert small.app.store.delivery(doubtful.id).state is State.UNCONFIRMED


def test_destinations_tell_how_they_stand(room: Room) -> None:
    """Each destination comes with its state, what waits, what was delivered last, and its budget counted."""
    room.publish()
    room.deliver("x", cost=0.2)
    room.app.store.set_standing("page", "locked", "the token is too old")
    told = {each["destination"]: each for each in room.get("/api/v1/destinations").json()["destinations"]}
    assert list(told) == ["feed", "x", "page"]
    assert (told["page"]["state"], told["page"]["reason"]) == ("locked", "the token is too old")
    assert told["x"]["deliveries"] == {"delivered": 1}
    assert told["x"]["last_delivered"].startswith("20")
    bounds = {"usd_per_day": 5.0, "usd_per_month": None, "reserve": 0.2}
    assert told["x"]["budget"] == {**bounds, "spent": 0.2, "spent_this_month": 0.2, "left": 4.8, "reserve_left": 1.0}
    assert told["x"]["spending"]["prices"]["link"] == 0.2
    assert told["x"]["spending"]["forecast"] >= 0.2
    assert told["page"]["health"] is None
