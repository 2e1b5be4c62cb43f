"""Posts on the X stand-in: what is taken, what is refused, and how timelines give it back."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
import tweepy
from tests.sandbox.conftest import ME, Caller, Clock

from wireroom.model.sandbox import x_keys
from wireroom.sandbox import Sandbox
from wireroom.sandbox.snowflake import moment, snowflake

LINK = "https://example.com/2026/11/harbour-lights?utm_source=x&wr=1"


def test_tweepy_posts_reads_and_deletes(client: Callable[[], tweepy.Client], sandbox: Sandbox) -> None:
    """The whole life of a post through an unchanged client library."""
    tweepy_client = client()
    made = tweepy_client.create_tweet(text=f"Harbour lights {LINK}").data
    assert made["text"].startswith("Harbour lights https://t.co/")
    assert abs(moment(made["id"]) - sandbox.state.now()) < timedelta(seconds=10)
    found = tweepy_client.get_users_tweets(ME, tweet_fields=["created_at", "entities"], user_auth=True)
    assert [str(tweet.id) for tweet in found.data] == [made["id"]]
    assert found.data[0].entities["urls"][0]["expanded_url"] == LINK
    assert tweepy_client.delete_tweet(made["id"]).data == {"deleted": True}
    assert tweepy_client.delete_tweet(made["id"]).data == {"deleted": False}
    assert tweepy_client.get_users_tweets(ME, user_auth=True).data is None


def test_the_answer_to_a_post(call: Caller) -> None:
    """201, the id as text, t.co links, escapes, and X's headers."""
    answer = call.post(f"Lights <on> & off {LINK}")
    data = answer.json()["data"]
    assert answer.status_code == 201
    assert data["id"].isdigit()
    assert html.unescape(data["text"]).startswith("Lights <on> & off https://t.co/")
    assert "&lt;on&gt; &amp;" in data["text"]
    headers = answer.headers
    assert (headers["x-rate-limit-limit"], headers["x-rate-limit-remaining"]) == ("100", "99")
    assert headers["x-access-level"] == "read-write"
    assert "x-app-limit-24hour-limit" not in headers


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "$.text: is missing"),
        ({"text": "   "}, "blank"),
        ({"text": 5}, "$.text: integer found, string expected"),
        ({"text": "a", "txt": "b"}, "$.txt: is not defined in the schema"),
        ({"text": "a", "reply": {"in_reply_to_tweet_id": 1}}, "integer found, string expected"),
        ({"text": "a", "reply": {}}, "$.reply.in_reply_to_tweet_id: is missing"),
        ({"text": "a", "quote_tweet_id": "x1"}, "does not match the regex pattern ^[0-9]{1,19}$"),
        ({"media": {"media_ids": []}}, "a minimum of 1 items"),
        ({"media": {"media_ids": ["1", "2", "3", "4", "5"]}}, "a maximum of 4 items"),
        ({"media": {"media_ids": ["1"], "colour": "red"}}, "$.media.colour: is not defined"),
        ({"text": "a", "poll": {"options": ["a"], "duration_minutes": 1}}, "a minimum of 2 items"),
        ({"text": "a", "reply_settings": "nobody"}, "enumeration"),
        ({"text": "a", "nullcast": "yes"}, "string found, boolean expected"),
        ({"text": "a", "card_uri": "card://1", "poll": {"options": ["a", "b"], "duration_minutes": 5}}, "exclusive"),
        ({"media": {"media_ids": ["123"]}}, "Your media IDs are invalid."),
    ],
)
def test_the_schema_is_enforced(call: Caller, body: dict[str, object], message: str) -> None:
    """What X's OpenAPI does not know is refused with Invalid Request, and nothing is posted."""
    answer = call.x("POST", "/2/tweets", json=body)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/invalid-request")
    assert any(message in error["message"] for error in answer.json()["errors"])
    assert call.sandbox.posts() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"text": "\\ud800"}', b"\xff"])
def test_bodies_that_are_no_json_objects(call: Caller, body: bytes) -> None:
    """Broken JSON and broken Unicode are Invalid Requests too."""
    answer = call.x("POST", "/2/tweets", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


@pytest.mark.parametrize("text", ["a" * 281, "京" * 141, "no\ufffeno", "$ONE and $TWO"])
def test_texts_that_do_not_fit(call: Caller, text: str) -> None:
    """Too long is 403 with the one vague sentence X has for it; the header says what was meant."""
    answer = call.post(text)
    assert answer.status_code == 403
    assert answer.json() == {
        "title": "Forbidden",
        "detail": "You are not permitted to perform this action.",
        "type": "about:blank",
        "status": 403,
    }
    assert answer.headers["x-sandbox-why"]


def test_premium_takes_long_posts(call: Caller) -> None:
    """With Premium 25,000 fit, and the whole text comes back as note_tweet."""
    call.control("POST", "/rules", x={"premium": True})
    assert call.post("long " * 100).status_code == 201
    assert "note_tweet" in call.timeline(**{"tweet.fields": "note_tweet"})["data"][0]


def test_duplicates_are_refused_word_for_word(call: Caller, clock: Clock) -> None:
    """The body is the one seen on the wire; another account may post the same; after a day it is over."""
    assert call.post("Twice told").status_code == 201
    second = call.post(" Twice told ")
    assert second.status_code == 403
    assert second.json() == {
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
    }
    other = call.x("POST", "/2/tweets", json={"text": "Twice told"}, keys=x_keys("other"))
    assert other.status_code == 201
    clock.forward(days=1, seconds=1)
    assert call.post("Twice told").status_code == 201


def test_the_duplicate_rule_can_be_set(call: Caller) -> None:
    """Off, the last posts only, and in force after deletion."""
    call.control("POST", "/rules", x={"duplicates": "last", "duplicate_last": 2})
    ids = [call.post(text).json()["data"]["id"] for text in ("one", "two", "three")]
    assert [call.post(text).status_code for text in ("two", "one")] == [403, 201]
    call.control("POST", "/rules", x={"duplicates": "window"})
    call.x("DELETE", f"/2/tweets/{ids[2]}")
    assert call.post("three").status_code == 201
    call.control("POST", "/rules", x={"after_deletion": True})
    call.x("DELETE", f"/2/tweets/{ids[1]}")
    assert call.post("two").status_code == 403
    call.control("POST", "/rules", x={"duplicates": "off"})
    assert call.post("two").status_code == 201


def test_threads_reply_to_ones_own_posts(call: Caller) -> None:
    """Replies to oneself are taken by default; the rule gives X's refusal of 2026-02-23."""
    parent = call.post("First part").json()["data"]["id"]
    reply = call.post("Second part", reply={"in_reply_to_tweet_id": parent})
    assert reply.status_code == 201
    fields = {"tweet.fields": "referenced_tweets,conversation_id,in_reply_to_user_id"}
    newest = call.timeline(**fields)["data"][0]
    assert newest["referenced_tweets"] == [{"type": "replied_to", "id": parent}]
    assert (newest["conversation_id"], newest["in_reply_to_user_id"]) == (parent, ME)
    assert len(call.timeline(exclude="replies,retweets")["data"]) == 1
    stranger = call.x(
        "POST", "/2/tweets", json={"text": "me too", "reply": {"in_reply_to_tweet_id": parent}}, keys=x_keys("s")
    )
    assert "have not been mentioned" in stranger.json()["detail"]
    call.control("POST", "/rules", x={"replies": "none"})
    assert call.post("Third part", reply={"in_reply_to_tweet_id": parent}).status_code == 403
    assert call.post("To nobody", reply={"in_reply_to_tweet_id": "1"}).status_code == 403


def test_edits_make_a_new_version(call: Caller, clock: Clock) -> None:
    """With Premium an edit has an id of its own, timelines show the latest, deleting takes the chain."""
    first = call.post("A tpyo").json()["data"]["id"]
    edit = {"edit_options": {"previous_post_id": first}}
    assert call.post("A typo", **edit).status_code == 403
    call.control("POST", "/rules", x={"premium": True})
    second = call.post("A typo", **edit).json()["data"]
    assert second["edit_history_tweet_ids"] == [first, second["id"]]
    assert [tweet["id"] for tweet in call.timeline()["data"]] == [second["id"]]
    assert [post["text"] for post in call.sandbox.posts()] == ["A typo"]
    clock.forward(minutes=31)
    assert call.post("Too late", edit_options={"previous_post_id": second["id"]}).status_code == 403
    call.x("DELETE", f"/2/tweets/{first}")
    assert call.timeline() == {"meta": {"result_count": 0}}


def test_only_ones_own_posts_can_be_deleted(call: Caller) -> None:
    """Another account's post is 403; an id that is none is 400."""
    identifier = call.post("Mine").json()["data"]["id"]
    assert call.x("DELETE", f"/2/tweets/{identifier}", keys=x_keys("other")).status_code == 403
    assert call.x("DELETE", "/2/tweets/abc").status_code == 400


def test_a_single_post(call: Caller) -> None:
    """GET /2/tweets/{id}; what is not there is an error inside a 200."""
    identifier = call.post("One").json()["data"]["id"]
    assert call.x("GET", f"/2/tweets/{identifier}").json()["data"]["text"] == "One"
    missing = call.x("GET", "/2/tweets/12345")
    assert missing.status_code == 200
    assert missing.json()["errors"][0]["type"].endswith("/resource-not-found")


def test_timelines_are_paged_and_bounded(call: Caller, clock: Clock) -> None:
    """Newest first, `max_results` a page, `next_token` to go on, since_id, until_id and start_time as bounds."""
    ids = []
    for number in range(12):
        ids.append(call.post(f"Post {number}").json()["data"]["id"])
        clock.forward(seconds=2)
    first = call.timeline(max_results=5)
    assert [tweet["id"] for tweet in first["data"]] == ids[:6:-1]
    assert first["meta"] | {"next_token": ""} == {
        "result_count": 5, "newest_id": ids[11], "oldest_id": ids[7], "next_token": "",
    }  # fmt: skip
    second = call.timeline(max_results=5, pagination_token=first["meta"]["next_token"])
    third = call.timeline(max_results=5, pagination_token=second["meta"]["next_token"])
    assert [tweet["id"] for tweet in second["data"] + third["data"]] == ids[6::-1]
    assert "next_token" not in third["meta"]
    inner = call.timeline(since_id=ids[3], until_id=ids[6])
    assert [tweet["id"] for tweet in inner["data"]] == [ids[5], ids[4]]
    start = moment(ids[9]).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    assert len(call.timeline(start_time=start)["data"]) == 3
    floor = snowflake(moment(ids[10]), 0)
    assert [tweet["id"] for tweet in call.timeline(since_id=int(floor) - 1)["data"]] == ids[:9:-1]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"max_results": 4}, "is not between 5 and 100"),
        ({"max_results": 101}, "is not between 5 and 100"),
        ({"colour": "red"}, "The query parameter [colour] is not one of"),
        ({"tweet.fields": "size"}, "The `tweet.fields` query parameter value [size]"),
        ({"since_id": "x"}, "since_id"),
        ({"start_time": "yesterday"}, "start_time"),
        ({"pagination_token": "!"}, "pagination_token"),
        ({"exclude": "cats"}, "exclude"),
    ],
)
def test_wrong_parameters_are_named(call: Caller, params: dict[str, object], message: str) -> None:
    """A timeline is refused for a parameter X does not know or take."""
    call.post("One")
    answer = call.x("GET", f"/2/users/{ME}/tweets", params=params)
    assert answer.status_code == 400
    assert message in answer.json()["errors"][0]["message"]


def test_entities_place_links_in_the_returned_text(call: Caller) -> None:
    """Start and end cut the t.co link out of the very text that stands beside them."""
    call.control("POST", "/cards", url=LINK, title="Harbour lights", description="They shine again")
    call.post(f"A & B <c> {LINK} and example.org/x #東京 @desk")
    tweet = call.timeline(**{"tweet.fields": "entities,created_at,author_id"})["data"][0]
    first, second = tweet["entities"]["urls"]
    for link in (first, second):
        assert tweet["text"][link["start"] : link["end"]] == link["url"]
    assert first["unwound_url"] == first["expanded_url"] == LINK
    assert (first["title"], first["display_url"]) == ("Harbour lights", "example.com/2026/11/harbour…")
    assert second["expanded_url"] == "http://example.org/x"
    assert tweet["entities"]["hashtags"][0]["tag"] == "東京"
    assert tweet["author_id"] == ME


def test_rate_limits_close_and_open(call: Caller, clock: Clock) -> None:
    """When a window's calls are used up the answer is 429 with the time it opens again."""
    call.control("POST", "/limits", x={"GET /2/users/me": {"user": 2}})
    assert [_me(call).status_code for _ in range(3)] == [200, 200, 429]
    refused = _me(call)
    assert refused.json()["title"] == "Too Many Requests"
    assert refused.headers["x-rate-limit-remaining"] == "0"
    reset = int(refused.headers["x-rate-limit-reset"]) - clock().timestamp()
    assert 890 < reset <= 901
    clock.forward(seconds=901)
    assert _me(call).status_code == 200


def test_the_days_cap_hides_behind_the_window(call: Caller) -> None:
    """A 429 of the 24-hour cap has 15-minute headers with calls left; the day's own are shown only on request."""
    call.control("POST", "/limits", x={"GET /2/users/me": {"user": 75, "app_day": 1}})
    assert _me(call).status_code == 200
    capped = _me(call)
    assert capped.status_code == 429
    assert int(capped.headers["x-rate-limit-remaining"]) > 0
    assert "x-app-limit-24hour-remaining" not in capped.headers
    call.control("POST", "/limits", x={"GET /2/users/me": {"user": 75, "app_day": 0}}, day_headers=True)
    assert _me(call).headers["x-app-limit-24hour-remaining"] == "0"


def test_limits_can_be_lifted(call: Caller) -> None:
    """For benchmarks there are no limits and no headers of them."""
    call.control("POST", "/limits", x="unlimited", facebook="unlimited")
    assert "x-rate-limit-limit" not in _me(call).headers
    call.control("POST", "/limits", x="real")
    assert _me(call).headers["x-rate-limit-limit"] == "75"


def test_money_runs_out(call: Caller) -> None:
    """A post costs $0.015, one with a link $0.20; when the credits do not reach, the answer is 402."""
    call.control("POST", "/rules", x={"credits": 0.23})
    assert call.post(f"With a link {LINK}").status_code == 201
    assert [call.post(text).status_code for text in ("Without one", "And another")] == [201, 201]
    broke = call.post(f"Not again {LINK}")
    assert (broke.status_code, broke.json()["title"]) == (402, "CreditsDepleted")
    assert broke.json()["type"].endswith("/credits")


def test_the_months_posts_run_out(call: Caller) -> None:
    """The usage cap is a 429 that waiting does not cure."""
    call.control("POST", "/rules", x={"posts_left": 1})
    assert call.post("The last").status_code == 201
    capped = call.post("One too many")
    assert (capped.status_code, capped.json()["title"]) == (429, "UsageCapExceeded")
    assert (capped.json()["period"], capped.json()["type"].rpartition("/")[2]) == ("Monthly", "usage-capped")


def test_timelines_may_lag(call: Caller, clock: Clock) -> None:
    """A post is there (and refused a second time) before timelines show it."""
    call.control("POST", "/rules", x={"lag": 20})
    identifier = call.post("Wait for me").json()["data"]["id"]
    assert call.timeline()["meta"]["result_count"] == 0
    assert call.post("Wait for me").status_code == 403
    clock.forward(seconds=21)
    assert call.timeline()["data"][0]["id"] == identifier


def test_unknown_calls_are_404(call: Caller) -> None:
    """What the stand-in does not have says so."""
    answer = call.x("GET", "/2/lists/1")
    assert (answer.status_code, answer.headers["x-sandbox-why"]) == (404, "the sandbox has no GET /2/lists/1")


def test_an_unknown_users_timeline(call: Caller) -> None:
    """A user that is not there is an error inside a 200."""
    found: dict[str, Any] = call.x("GET", "/2/users/42/tweets").json()
    assert found["errors"][0]["resource_type"] == "user"


def _me(call: Caller) -> requests.Response:
    return call.x("GET", "/2/users/me")
