"""What the Graph API's answers mean, line by line of what it is known to say."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.channels import facebook_endings
from wireroom.channels.redact import Censor
from wireroom.channels.wire import Answer
from wireroom.model.errors import Duplicate, Ending, LockedOut, NotSent, RateLimited, Rejected, Unsure
from wireroom.model.post import Exchange

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def an_answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with this body as JSON, or as it is where it is text."""
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Answer(status, dict(headers or {}), raw, Exchange(method="POST", url="/feed", status=status), Censor([]))


def error(code: object, subcode: object = None, **more: object) -> dict[str, object]:
    """An error object."""
    return {"error": {"message": "no", "type": "OAuthException", "code": code, "error_subcode": subcode, **more}}


CASES: list[tuple[int, object, type[Ending], str]] = [
    (500, error(1), Unsure, "1"),
    (400, error(1), Unsure, "1"),
    (503, error(2, is_transient=True), Unsure, "2"),
    (400, error(4), RateLimited, "4"),
    (403, error(17), RateLimited, "17"),
    (400, error(32), RateLimited, "32"),
    (400, error(613), RateLimited, "613"),
    (400, error(80001), RateLimited, "80001"),
    (400, error(341), RateLimited, "341"),
    (500, error(4), RateLimited, "4"),
    (400, error(3), LockedOut, "3"),
    (403, error(10), LockedOut, "10"),
    (403, error(200), LockedOut, "200"),
    (403, error(299), LockedOut, "299"),
    (400, error(100), Rejected, "100"),
    (500, error(100), Rejected, "100"),
    (400, error(100, 33), Rejected, "100/33"),
    (401, error(102), LockedOut, "102"),
    *((400, error(190, sub), LockedOut, f"190/{sub}") for sub in (458, 459, 460, 463, 464, 467, 490, 492)),
    (400, error(190), LockedOut, "190"),
    (400, error("190", "463"), LockedOut, "190/463"),
    (400, error(368, 1390008), RateLimited, "368/1390008"),
    (400, error(368), RateLimited, "368"),
    (400, error(368, 4854002), LockedOut, "368/4854002"),
    (400, error(368, 1404082), Duplicate, "368/1404082"),
    (400, error(506), Duplicate, "506"),
    (500, error(506), Duplicate, "506"),
    (400, error(100, 1366051), Duplicate, "100/1366051"),
    (400, error(1366051), Duplicate, "1366051"),
    (400, error(200, 1404078), LockedOut, "200/1404078"),
    *((400, error(368, sub), LockedOut, f"368/{sub}") for sub in (1404006, 1404102, 1404112, 1346003)),
    (400, error(100, 1609005), NotSent, "100/1609005"),
    (400, error(1609005), NotSent, "1609005"),
    (400, error(100, 1609008), Rejected, "100/1609008"),
    (400, error(1609008), Rejected, "1609008"),
    (500, error(100, 1363047), Unsure, "100/1363047"),
    (400, error(1609010), Unsure, "1609010"),
    (400, error(100, 1366046), Rejected, "100/1366046"),
    (400, error(2635), LockedOut, "2635"),
    (400, error(4711), Rejected, "4711"),
    (500, error(4711), Unsure, "4711"),
    (400, error(4711, is_transient=True), Unsure, "4711"),
    (400, {"error": {"message": "?"}}, Unsure, "400"),
    (400, {"error": None}, Unsure, "400"),
    (401, "", LockedOut, "401"),
    (429, "", RateLimited, "429"),
    (403, "<html>", Unsure, "403"),
    (404, "<html>", Unsure, "404"),
    (502, "<html>", Unsure, "502"),
    (302, "", Unsure, "302"),
    (200, "", Unsure, "200"),
    (200, [], Unsure, "200"),
    (200, error(190), LockedOut, "190"),
]


@pytest.mark.parametrize(("status", "body", "kind", "code"), CASES, ids=lambda value: str(value)[:60])
def test_the_table(status: int, body: object, kind: type[Ending], code: str) -> None:
    """Each known answer to a write has its ending and its code, whatever the HTTP status, and the exchange."""
    with pytest.raises(Ending) as caught:
        facebook_endings.body_or_raise(an_answer(status, body), NOW, write=True)
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert caught.value.exchange is not None


@pytest.mark.parametrize(("status", "body", "kind", "code"), CASES, ids=lambda value: str(value)[:60])
def test_what_may_be_repeated_is_never_in_doubt(status: int, body: object, kind: type[Ending], code: str) -> None:
    """The same answer to a call that may be repeated is never unsure."""
    found = facebook_endings.classify(an_answer(status, body), NOW, write=False)
    assert type(found) is (NotSent if kind is Unsure else kind)


@pytest.mark.parametrize(
    ("subcode", "words"), [(459, "facebook.com"), (463, "expired"), (492, "role"), (460, "password")]
)
def test_what_to_do_is_said(subcode: int, words: str) -> None:
    """A locked destination's message says what a person must do about this very subcode."""
    found = facebook_endings.classify(an_answer(400, error(190, subcode)), NOW, write=True)
    assert words in found.message
    assert "wireroom resume" in found.message


def test_an_unread_page_is_tried_again_after_minutes() -> None:
    """A linked page that Facebook could not read gets some minutes."""
    found = facebook_endings.classify(an_answer(400, error(1609005)), NOW, write=True)
    assert isinstance(found, NotSent)
    assert found.after is not None
    assert found.after >= timedelta(minutes=1)


def usage(minutes: object, calls: object = 100, kind: str = "pages") -> dict[str, object]:
    """One entry of the business header."""
    return {"type": kind, "call_count": calls, "total_time": 1, "estimated_time_to_regain_access": minutes}


BUSINESS, APP = "x-business-use-case-usage", "x-app-usage"


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({}, None),
        ({BUSINESS: json.dumps({"1": [usage(12)]})}, 12),
        ({BUSINESS: json.dumps({"1": [usage(12), usage(40, kind="x")], "2": [usage(3)]})}, 40),
        ({BUSINESS: json.dumps({"1": [usage(0)]})}, None),
        ({APP: json.dumps({"call_count": 100})}, 60),
        ({APP: json.dumps({"call_count": 99})}, None),
        ({APP: json.dumps({"total_cputime": 120}), BUSINESS: json.dumps({"1": [usage(90)]})}, 90),
        ({BUSINESS: json.dumps({"1": [usage(10**9)]})}, 24 * 60),
        ({BUSINESS: "{", APP: "[]"}, None),
        ({BUSINESS: json.dumps({"1": [None, usage("soon")], "2": 3})}, None),
    ],
)
def test_until_is_the_longest_wait_named(headers: dict[str, str], minutes: int | None) -> None:
    """The wait is the longest that a usage header names; an app's own budget is a rolling hour."""
    expected = None if minutes is None else NOW + timedelta(minutes=minutes)
    assert facebook_endings.until(headers, NOW) == expected


def test_acting_too_fast_rests_for_hours() -> None:
    """A block for acting too fast names no end; hours are waited."""
    found = facebook_endings.classify(an_answer(400, error(368, 1390008)), NOW, write=True)
    assert isinstance(found, RateLimited)
    assert found.until is not None
    assert found.until >= NOW + timedelta(hours=1)


def test_quota_is_in_percent() -> None:
    """What is left of each budget is told in percent."""
    headers = {APP: json.dumps({"call_count": 28, "total_time": 25}), BUSINESS: json.dumps({"1": [usage(0, 97)]})}
    assert [quota.remaining for quota in facebook_endings.quotas(headers, NOW)] == [72, 3]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "message", "code", "error_subcode", "id"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(status=st.integers(100, 599), body=JSON, headers=st.dictionaries(st.sampled_from([BUSINESS, APP]), st.text()))
def test_any_answer_has_an_ending(status: int, body: object, headers: dict[str, str]) -> None:
    """No body and no header, whatever their shape, make the reading of an error fail."""
    assert isinstance(facebook_endings.classify(an_answer(status, body, headers), NOW, write=True), Ending)


@pytest.mark.parametrize("before", [0, 280, 295, 299, 300])
def test_a_secret_at_the_end_of_a_quotation_leaves_no_stump(before: int) -> None:
    """Facebook's words are freed of secrets before they are cut short, so that no half of one is left."""
    secret = "hush-hush-0123456789"
    raw = json.dumps({"error": {"message": "." * before + secret, "code": 100}}).encode()
    answer = Answer(400, {}, raw, Exchange(method="POST", url="/feed", status=400), Censor([secret]))
    ending = facebook_endings.classify(answer, NOW, write=True)
    assert secret[:3] not in ending.message
    assert len(ending.message) < 350
