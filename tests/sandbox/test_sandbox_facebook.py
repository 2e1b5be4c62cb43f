"""Posts on the Facebook stand-in: tokens, proofs, what is taken and refused, lists."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from tests.sandbox.conftest import PAGE, PICTURE, Caller, Clock

from wireroom.model.sandbox import SANDBOX_FACEBOOK, facebook_keys
from wireroom.sandbox.answers import Refusal
from wireroom.sandbox.facebook import proof_of
from wireroom.sandbox.graph_fields import parse

_names = st.text("abc_1", min_size=1)
trees: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.dictionaries(_names, st.just({}), max_size=3),
    lambda inner: st.dictionaries(_names, inner, min_size=1, max_size=3),
    max_leaves=8,
)
LINK = "https://example.com/2026/11/harbour-lights"


def _error(answer: requests.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["error"]
    assert found["fbtrace_id"]
    return found


def _code(answer: requests.Response) -> tuple[int, int | None]:
    found = _error(answer)
    return found["code"], found.get("error_subcode")


def test_a_link_post_is_read_back_in_its_own_answer(call: Caller) -> None:
    """`fields` gives the id, the permalink and the time with the answer; the permalink shows the post."""
    answer = call.graph(
        "POST",
        f"/{PAGE}/feed?fields=id,permalink_url,created_time",
        data={"message": "Harbour lights", "link": LINK},
    )
    body = answer.json()
    assert answer.status_code == 200
    assert body["id"].startswith(f"{PAGE}_")
    assert datetime.fromisoformat(body["created_time"]).tzinfo
    seen = call.session.get(body["permalink_url"], timeout=10)
    assert (seen.status_code, "Harbour lights" in seen.text) == (200, True)
    assert call.feed("Without fields").json().keys() == {"id"}


def test_the_headers_of_an_answer(call: Caller) -> None:
    """Version and usage come with every answer."""
    headers = call.feed("One").headers
    assert headers["facebook-api-version"] == "v26.0"
    assert json.loads(headers["x-app-usage"])["call_count"] == 0
    usage = json.loads(headers["x-business-use-case-usage"])[PAGE][0]
    assert (usage["type"], usage["estimated_time_to_regain_access"]) == ("pages", 0)


@pytest.mark.parametrize("place", ["header", "body", "query"])
def test_the_token_may_come_three_ways(call: Caller, place: str) -> None:
    """Authorization header, body, query."""
    token = SANDBOX_FACEBOOK["access_token"]
    url = f"{call.sandbox.url}/{PAGE}/feed"
    more: dict[str, Any] = {
        "header": {"headers": {"Authorization": f"Bearer {token}"}, "data": {"message": "Hi"}},
        "body": {"data": {"message": "Hi", "access_token": token}},
        "query": {"params": {"access_token": token}, "json": {"message": "Hi"}},
    }[place]
    assert call.session.post(url, timeout=10, **more).status_code == 200
    assert token not in json.dumps(call.control("GET", "/requests"))


def test_tokens_that_open_nothing(call: Caller) -> None:
    """None is 104, an unknown one 190/467, a revoked one 190/458."""
    bare = call.session.get(f"{call.sandbox.url}/me", timeout=10)
    assert _code(bare) == (104, None)
    assert _code(call.graph("GET", "/me", headers={"Authorization": "Bearer nonsense"})) == (190, 467)
    call.control("POST", "/revoke", account=PAGE)
    assert _code(call.graph("GET", "/me")) == (190, 458)


def test_the_proof_of_a_published_vector() -> None:
    """appsecret_proof is the hex HMAC-SHA256 of the token under the app's secret."""
    known = "d8b448b9cc7d64c51098271805b3cc20b5b715e52bd587eb71b610259587c856"
    assert proof_of("page-token", "app-secret") == known


def test_proofs_are_verified(call: Caller) -> None:
    """A wrong one is refused, a right one taken; none is taken unless the app asks for it."""
    right = proof_of(SANDBOX_FACEBOOK["access_token"], SANDBOX_FACEBOOK["app_secret"])
    assert call.graph("GET", "/me", params={"appsecret_proof": right}).status_code == 200
    assert "Invalid appsecret_proof" in _error(call.graph("GET", "/me", params={"appsecret_proof": "0"}))["message"]
    assert call.graph("GET", "/me").status_code == 200
    call.control("POST", "/rules", facebook={"require_proof": True})
    assert "require an appsecret_proof" in _error(call.graph("GET", "/me"))["message"]
    assert call.feed("With proof", appsecret_proof=right).status_code == 200


def test_any_page_opens_for_the_well_known_token(call: Caller) -> None:
    """A newsroom's own page id works; a name after the token is the Page's name."""
    token = facebook_keys("Asia Desk")["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    made = call.graph("POST", "/112233445566/feed", data={"message": "Hi"}, headers=headers)
    assert made.json()["id"].startswith("112233445566_")
    assert call.graph("GET", "/112233445566", headers=headers).json() == {"name": "Asia Desk", "id": "112233445566"}
    assert _code(call.graph("POST", "/112233445566/feed", data={"message": "Ho"})) == (200, None)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, 100),
        ({"message": " "}, 100),
        ({"message": "x" * 63_207}, 100),
        ({"link": "not a link"}, 100),
        ({"link": "https://www.facebook.com/somebody"}, 1609008),
        ({"message": "Hi", "published": "perhaps"}, 100),
        ({"message": "Hi", "scheduled_publish_time": "1"}, 100),
        ({"message": "Hi", "published": "false", "scheduled_publish_time": "2020-01-01"}, 100),
        ({"message": "Hi", "attached_media": '[{"media_fbid":"1"}]'}, 100),
        ({"message": "Hi", "attached_media": "nonsense"}, 100),
    ],
)
def test_posts_that_do_not_hold(call: Caller, fields: dict[str, str], code: int) -> None:
    """Each is refused with Facebook's code, and nothing is posted."""
    answer = call.graph("POST", f"/{PAGE}/feed", data=fields)
    assert (answer.status_code, _code(answer)[0]) == (400, code)
    assert call.sandbox.posts() == []


def test_links_that_cannot_be_scraped(call: Caller) -> None:
    """1609005 for hosts the rules name; scraping again answers from the card registry."""
    call.control("POST", "/rules", facebook={"unscrapable": ["example.com"]})
    assert _code(call.feed("Hi", link=LINK)) == (1609005, None)
    call.control("POST", "/cards", url=LINK, title="Harbour lights")
    scraped = call.graph("POST", "/", params={"id": LINK, "scrape": "true"})
    assert scraped.json()["title"] == "Harbour lights"


def test_the_same_post_twice_in_a_row(call: Caller) -> None:
    """506 for what was posted just before; with another post between, it is taken."""
    assert call.feed("Same", link=LINK).status_code == 200
    refused = call.feed("Same", link=LINK)
    assert (refused.status_code, _code(refused)) == (400, (506, 1455006))
    assert call.feed("Other").status_code == 200
    assert call.feed("Same", link=LINK).status_code == 200


def test_other_duplicate_rules(call: Caller, clock: Clock) -> None:
    """Over a window with 368/1404082, and off."""
    call.control("POST", "/rules", facebook={"duplicates": "window", "duplicate_code": 368})
    call.feed("Same")
    call.feed("Other")
    assert _code(call.feed("Same")) == (368, 1404082)
    clock.forward(days=1, seconds=1)
    assert call.feed("Same").status_code == 200
    call.control("POST", "/rules", facebook={"duplicates": "last", "duplicate_last": 2})
    assert [call.feed(text).status_code for text in ("two", "three", "two", "one")] == [200, 200, 400, 200]
    call.control("POST", "/rules", facebook={"duplicates": "off"})
    assert call.feed("Same").status_code == 200


def test_posts_are_edited_and_deleted(call: Caller) -> None:
    """POST and DELETE of a post's id; what is gone is code 100, subcode 33."""
    identifier = call.feed("Frist").json()["id"]
    assert call.graph("POST", f"/{identifier}", data={"message": "First"}).json() == {"success": True}
    assert call.graph("GET", f"/{identifier}?fields=message").json() == {"message": "First", "id": identifier}
    assert call.graph("DELETE", f"/{identifier}").json() == {"success": True}
    for method in ("GET", "POST", "DELETE"):
        assert _code(call.graph(method, f"/{identifier}")) == (100, 33)
    assert call.feed("Frist").status_code == 200


def test_prepare_and_commit(call: Caller) -> None:
    """An unpublished post is out of the readers' sight until `is_published=true`, which may be repeated."""
    identifier = call.feed("Ready", published="false").json()["id"]
    assert _listed(call) == []
    assert [post["id"] for post in _listed(call, "feed")] == [identifier]
    for _ in range(2):
        assert call.graph("POST", f"/{identifier}", data={"is_published": "true"}).json() == {"success": True}
    assert call.graph("GET", f"/{identifier}?fields=is_published").json()["is_published"] is True
    assert [post["id"] for post in _listed(call)] == [identifier]
    assert _code(call.graph("POST", f"/{identifier}", data={"is_published": "false"})) == (100, None)


def test_scheduled_posts_come_out_by_themselves(call: Caller, clock: Clock) -> None:
    """Ten minutes to thirty days ahead."""
    at = int((clock() + timedelta(minutes=11)).timestamp())
    made = call.feed("Later", published="false", scheduled_publish_time=str(at))
    assert made.status_code == 200
    assert _listed(call) == []
    clock.forward(minutes=12)
    assert len(_listed(call)) == 1


def test_photos(call: Caller) -> None:
    """A photo makes a post of its own; its bytes, caption and alt text are kept."""
    files = {"source": ("dot.png", PICTURE, "image/png")}
    data = {"caption": f"A dot {LINK}", "alt_text_custom": "One dot"}
    made = call.graph("POST", f"/{PAGE}/photos", files=files, data=data).json()
    assert made["post_id"].startswith(f"{PAGE}_")
    assert call.graph("GET", f"/{made['id']}?fields=alt_text_custom").json()["alt_text_custom"] == "One dot"
    post = _listed(call, fields="message,attachments{media_type,media}")[0]
    assert post["message"] == f"A dot {LINK}"
    picture = post["attachments"]["data"][0]
    assert picture["media_type"] == "photo"
    assert call.session.get(picture["media"]["image"]["src"], timeout=10).content == PICTURE


def test_several_photos_in_one_post(call: Caller) -> None:
    """Uploaded unpublished, then attached; a photo can be shown once."""
    files = {"source": ("dot.png", PICTURE, "image/png")}
    ids = [
        call.graph("POST", f"/{PAGE}/photos", files=files, data={"published": "false"}).json()["id"] for _ in range(2)
    ]
    attached = json.dumps([{"media_fbid": identifier} for identifier in ids])
    assert call.feed("Two dots", attached_media=attached).status_code == 200
    inner = _listed(call, fields="attachments{subattachments}")[0]["attachments"]["data"][0]["subattachments"]["data"]
    assert len(inner) == 2
    again = {"attached_media[0]": json.dumps({"media_fbid": ids[0]})}
    assert _code(call.feed("Again", **again)) == (100, 1366051)


@pytest.mark.parametrize("source", [b"plain text", bytes(11 * 1024 * 1024)])
def test_what_is_no_photo(call: Caller, source: bytes) -> None:
    """Too large, or not a picture: subcode 1366046."""
    answer = call.graph("POST", f"/{PAGE}/photos", files={"source": ("x.png", source, "image/png")})
    assert _code(answer)[1] == 1366046


def test_lists_are_paged_by_cursor(call: Caller) -> None:
    """Newest first, `limit` a page, `paging.next` until there is no more."""
    ids = [call.feed(f"Post {number}").json()["id"] for number in range(5)]
    answer = call.graph("GET", f"/{PAGE}/published_posts?limit=2&fields=id").json()
    found = [post["id"] for post in answer["data"]]
    while "next" in answer["paging"]:
        headers = {"Authorization": f"Bearer {SANDBOX_FACEBOOK['access_token']}"}
        answer = call.session.get(answer["paging"]["next"], headers=headers, timeout=10).json()
        found += [post["id"] for post in answer["data"]]
    assert found == ids[::-1]
    assert _code(call.graph("GET", f"/{PAGE}/posts?limit=101")) == (100, None)
    assert _code(call.graph("GET", f"/{PAGE}/posts?after=nowhere")) == (100, None)


def test_what_lists_tell(call: Caller) -> None:
    """All that a look for a lost post needs: marker link, message, time, app."""
    call.feed("Harbour lights", link=LINK)
    fields = (
        "id,created_time,message,permalink_url,is_published,application{id,name},"
        "attachments.limit(1){unshimmed_url,url,title,media_type}"
    )
    post = _listed(call, fields=fields)[0]
    attachment = post["attachments"]["data"][0]
    assert attachment["unshimmed_url"] == LINK
    assert attachment["url"].startswith("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.com")
    assert (attachment["title"], attachment["media_type"]) == ("example.com", "link")
    assert post["application"].keys() == {"id", "name"}
    assert post["is_published"] is True


def test_lists_may_lag_lose_and_shuffle(call: Caller, clock: Clock) -> None:
    """Lag, gaps and ranking are rules; gaps are the same at every reading."""
    call.control("POST", "/rules", facebook={"lag": 30})
    for number in range(20):
        call.feed(f"Post {number}")
    assert _listed(call) == []
    clock.forward(seconds=31)
    ordered = [post["id"] for post in _listed(call)]
    assert len(ordered) == 20
    call.control("POST", "/rules", facebook={"ranked": True})
    shuffled = [post["id"] for post in _listed(call)]
    assert shuffled != ordered
    assert sorted(shuffled) == sorted(ordered)
    call.control("POST", "/rules", facebook={"missing": 0.5})
    some = _listed(call)
    assert 0 < len(some) < 20
    assert some == _listed(call)


def test_a_pages_budget_of_calls(call: Caller, clock: Clock) -> None:
    """Over 24 rolling hours; used up it is 80001 with the minutes to wait."""
    call.control("POST", "/limits", facebook={"calls_per_day": 3})
    assert [call.graph("GET", "/me").status_code for _ in range(4)] == [200, 200, 200, 400]
    refused = call.graph("GET", "/me")
    assert _code(refused) == (80001, 2446079)
    usage = json.loads(refused.headers["x-business-use-case-usage"])[PAGE][0]
    assert usage["call_count"] >= 100
    assert 1430 < usage["estimated_time_to_regain_access"] <= 1440
    clock.forward(days=1, seconds=1)
    assert call.graph("GET", "/me").status_code == 200


def test_debug_token(call: Caller) -> None:
    """What a token may do; one that opens nothing is not valid, which is no error."""
    found = call.graph("GET", "/debug_token", params={"input_token": SANDBOX_FACEBOOK["access_token"]}).json()["data"]
    assert (found["is_valid"], found["profile_id"], found["expires_at"]) == (True, PAGE, 0)
    assert "pages_manage_posts" in found["scopes"]
    unknown = call.graph("GET", "/debug_token", params={"input_token": "nonsense"})
    assert (unknown.status_code, unknown.json()["data"]["is_valid"]) == (200, False)


def test_unknown_fields_and_paths(call: Caller) -> None:
    """A field that does not exist is code 100, a path that does not, 2500."""
    call.feed("One")
    assert "nonexisting field (colour)" in _error(call.graph("GET", f"/{PAGE}/posts?fields=colour"))["message"]
    assert _code(call.graph("GET", f"/{PAGE}/posts?fields=id{{"))[0] == 2500
    assert _code(call.graph("GET", f"/{PAGE}/videos"))[0] == 2500
    assert _code(call.graph("GET", f"/{PAGE}_999")) == (100, 33)


@given(trees)
def test_field_lists_are_read_as_they_are_written(tree: dict[str, Any]) -> None:
    """Writing a tree of fields and reading it gives the tree."""

    def write(node: dict[str, Any]) -> str:
        return ",".join(f"{name}{{{write(inner)}}}" if inner else name for name, inner in node.items())

    assert parse(write(tree)) == tree


@pytest.mark.parametrize("text", ["id}", "id{a", "id;a", "a b!"])
def test_field_lists_that_are_none(text: str) -> None:
    """What is no field list is refused."""
    with pytest.raises(Refusal):
        parse(text)


def _listed(call: Caller, edge: str = "published_posts", fields: str = "id") -> list[dict[str, Any]]:
    answer = call.graph("GET", f"/{PAGE}/{edge}", params={"fields": fields, "limit": "100"})
    found: list[dict[str, Any]] = answer.json()["data"]
    return found
