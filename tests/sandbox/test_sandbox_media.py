"""Pictures and video on the X stand-in."""

import base64
from typing import Any

import pytest
import requests
from tests.sandbox.conftest import PICTURE, Caller, Clock

from wireroom.model.sandbox import x_keys

PIECE = b"\x00\x00\x00\x18ftypmp42" + b"v" * 100


def _upload(call: Caller, **more: Any) -> requests.Response:
    body = {"media": base64.b64encode(PICTURE).decode(), "media_category": "tweet_image"} | more
    return call.x("POST", "/2/media/upload", json=body)


def _media_id(answer: requests.Response) -> str:
    found: str = answer.json()["data"]["id"]
    return found


def test_a_picture_goes_up_and_out(call: Caller) -> None:
    """One call takes the picture, another its alt text; the post shows it behind a t.co link of its own."""
    answer = _upload(call)
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert (data["size"], data["expires_after_secs"], data["media_key"]) == (len(PICTURE), 86_400, f"3_{data['id']}")
    alt = call.x("POST", "/2/media/metadata", json={"id": data["id"], "metadata": {"alt_text": {"text": "A dot"}}})
    assert alt.status_code == 200
    post = call.post("Look", media={"media_ids": [data["id"]]})
    assert post.json()["data"]["text"].startswith("Look https://t.co/")
    fields = {"tweet.fields": "entities,attachments"}
    tweet = call.timeline(**fields)["data"][0]
    link = tweet["entities"]["urls"][0]
    assert tweet["text"][link["start"] : link["end"]] == link["url"]
    assert link["expanded_url"].endswith("/photo/1")
    assert tweet["attachments"]["media_keys"] == [data["media_key"]]
    assert call.sandbox.posts()[0]["pictures"] == 1


def test_multipart_is_taken_too(call: Caller) -> None:
    """The same upload as a multipart form; the bytes arrive unharmed."""
    files = {"media": ("dot.png", PICTURE, "image/png")}
    answer = call.x("POST", "/2/media/upload", files=files, data={"media_category": "tweet_image"})
    assert answer.json()["data"]["size"] == len(PICTURE)
    seen = call.session.get(f"{call.sandbox.url}/_media/x/{_media_id(answer)}", timeout=10)
    assert (seen.content, seen.headers["content-type"]) == (PICTURE, "image/png")


def test_media_alone_makes_a_post(call: Caller) -> None:
    """A post with a picture needs no text."""
    answer = call.post(media={"media_ids": [_media_id(_upload(call))]})
    assert answer.status_code == 201
    assert answer.json()["data"]["text"].startswith("https://t.co/")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"media": "%%%"}, "is not base64"),
        ({"media": ""}, "unrecognized"),
        ({"media": base64.b64encode(b"plain text").decode()}, "unrecognized"),
        ({"media": base64.b64encode(PICTURE + bytes(5 * 1024 * 1024)).decode()}, "exceeds"),
        ({"media_category": "tweet_video"}, "enumeration"),
        ({"media_category": ""}, "is missing"),
        ({"command": "INIT"}, "paths of their own"),
        ({"colour": "red"}, "is not defined in the schema"),
    ],
)
def test_what_is_no_picture_is_refused(call: Caller, more: dict[str, str], message: str) -> None:
    """One-shot uploads are for images of at most 5 MB, in the categories the schema names."""
    answer = _upload(call, **more)
    assert answer.status_code == 400
    assert message in answer.json()["errors"][0]["message"]


def test_media_expire(call: Caller, clock: Clock) -> None:
    """An upload can be used for a day."""
    identifier = _media_id(_upload(call))
    clock.forward(days=1, seconds=1)
    assert call.post("Too late", media={"media_ids": [identifier]}).status_code == 400


def test_media_belong_to_an_account(call: Caller) -> None:
    """Another account cannot show, describe or ask after an upload."""
    identifier = _media_id(_upload(call))
    other = x_keys("other")
    body = {"text": "Stolen", "media": {"media_ids": [identifier]}}
    assert call.x("POST", "/2/tweets", json=body, keys=other).status_code == 400
    assert call.x("GET", f"/2/media/upload?command=STATUS&media_id={identifier}", keys=other).status_code == 400


def test_video_goes_up_in_pieces(call: Caller, clock: Clock) -> None:
    """Initialize, append, finalize; STATUS tells when processing has ended, and only then a post may show it."""
    start = {"media_type": "video/mp4", "total_bytes": 2 * len(PIECE), "media_category": "tweet_video"}
    opened = call.x("POST", "/2/media/upload/initialize", json=start)
    identifier = _media_id(opened)
    assert opened.json()["data"]["expires_after_secs"] == 1_295_999
    base = f"/2/media/upload/{identifier}"
    as_json = {"media": base64.b64encode(PIECE).decode(), "segment_index": 1}
    assert call.x("POST", f"{base}/append", json=as_json).status_code == 200
    as_form = call.x("POST", f"{base}/append", files={"media": ("piece", PIECE)}, data={"segment_index": "0"})
    assert as_form.json()["data"]["expires_at"] > clock().timestamp()
    done = call.x("POST", f"{base}/finalize").json()["data"]
    assert done["processing_info"]["state"] == "in_progress"
    assert call.post("Too soon", media={"media_ids": [identifier]}).status_code == 400
    clock.forward(seconds=2)
    status = call.x("GET", f"/2/media/upload?command=STATUS&media_id={identifier}").json()["data"]
    assert status["processing_info"]["state"] == "succeeded"
    assert call.post("In time", media={"media_ids": [identifier]}).status_code == 201


def test_pieces_must_add_up(call: Caller) -> None:
    """Finalize is refused while bytes are missing, append where there are too many."""
    start = {"media_type": "image/png", "total_bytes": 20, "media_category": "tweet_image"}
    base = f"/2/media/upload/{_media_id(call.x('POST', '/2/media/upload/initialize', json=start))}"
    assert call.x("POST", f"{base}/finalize").status_code == 400
    too_much = {"media": base64.b64encode(bytes(21)).decode(), "segment_index": 0}
    assert call.x("POST", f"{base}/append", json=too_much).status_code == 400
    assert call.x("POST", f"{base}/append", json={**too_much, "segment_index": 1000}).status_code == 400


@pytest.mark.parametrize(
    "body", [{"media_type": "image/psd"}, {"total_bytes": 0}, {"total_bytes": "many"}, {"media_category": "poster"}]
)
def test_uploads_are_announced_rightly(call: Caller, body: dict[str, object]) -> None:
    """Initialize knows 15 media types, a size, and the categories."""
    start = {"media_type": "image/png", "total_bytes": 10, "media_category": "tweet_image"} | body
    assert call.x("POST", "/2/media/upload/initialize", json=start).status_code == 400


@pytest.mark.parametrize("text", ["", "x" * 1001, 5, None])
def test_alt_texts_are_bounded(call: Caller, text: object) -> None:
    """An alt text has 1 to 1000 characters."""
    body = {"id": _media_id(_upload(call)), "metadata": {"alt_text": {"text": text}}}
    assert call.x("POST", "/2/media/metadata", json=body).status_code == 400
