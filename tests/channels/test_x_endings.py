"""What X's answers mean, line by line of what it is known to say."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.channels import x_endings
from wireroom.channels.redact import Censor
from wireroom.channels.wire import Answer
from wireroom.model.errors import Duplicate, Ending, LockedOut, NotSent, RateLimited, Rejected, Unsure
from wireroom.model.post import Exchange

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BLANK = {"type": "about:blank", "status": 403, "title": "Forbidden"}
OLD, NEW = "https://api.twitter.com/2/problems/", "https://api.x.com/2/problems/"


def an_answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with this body as JSON, or as it is where it is text."""
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Answer(status, dict(headers or {}), raw, Exchange(method="POST", url="/2/tweets", status=status), Censor([]))


CASES: list[tuple[int, object, type[Ending], str]] = [
    (400, {"title": "Invalid Request", "type": NEW + "invalid-request", "errors": [{"message": "x"}]}, Rejected, "400"),
    (400, {"errors": None, "title": "Invalid Request"}, Rejected, "400"),
    (401, {**BLANK, "title": "Unauthorized"}, LockedOut, "401"),
    (401, "", LockedOut, "401"),
    (402, {"type": NEW + "credits", "title": "CreditsDepleted", "detail": "no credits"}, LockedOut, "credits"),
    (402, "<html>", LockedOut, "402"),
    (403, {"title": "CreditsDepleted", "type": "about:blank"}, LockedOut, "credits"),
    (403, {**BLANK, "detail": "You are not allowed to create a Tweet with duplicate content."}, Duplicate, "403"),
    (403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}, Duplicate, "187"),
    (403, {**BLANK, "detail": "You are not permitted to perform this action."}, Rejected, "403"),
    (403, {**BLANK, "type": OLD + "client-forbidden", "reason": "client-not-enrolled"}, LockedOut, "client-forbidden"),
    (403, {**BLANK, "reason": "official-client-forbidden"}, LockedOut, "client-forbidden"),
    (403, {"title": "Forbidden", "type": OLD + "oauth1-permissions"}, LockedOut, "oauth1-permissions"),
    (403, {**BLANK, "detail": "Reply to this conversation is not allowed."}, Rejected, "403"),
    (403, {"title": "Unsupported Authentication"}, LockedOut, "unsupported-authentication"),
    (403, {"errors": [{"code": 326, "message": "locked"}]}, LockedOut, "326"),
    (403, {"errors": [{"code": 64, "message": "suspended"}]}, LockedOut, "64"),
    (403, {"errors": [{"code": 453, "message": "access level"}]}, LockedOut, "453"),
    (403, {"errors": [{"code": 185, "message": "daily limit"}]}, RateLimited, "185"),
    (403, "<html>who are you?</html>", Unsure, "403"),
    (404, {"title": "Not Found Error", "type": NEW + "resource-not-found"}, Rejected, "404"),
    (404, "<html>", Unsure, "404"),
    (408, {"title": "Request Timeout"}, Unsure, "408"),
    (409, {"title": "Conflict"}, Rejected, "409"),
    (413, {"title": "Payload Too Large"}, Rejected, "413"),
    (429, {"title": "Too Many Requests", "type": "about:blank"}, RateLimited, "429"),
    (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, RateLimited, "88"),
    (429, "", RateLimited, "429"),
    (429, {"title": "UsageCapExceeded", "type": NEW + "usage-capped", "period": "Monthly"}, LockedOut, "usage-capped"),
    (429, {"type": OLD + "usage-capped"}, LockedOut, "usage-capped"),
    (500, {"title": "Internal Server Error"}, Unsure, "500"),
    (502, "<html>", Unsure, "502"),
    (503, {"errors": [{"code": 130, "message": "Over capacity"}]}, Unsure, "130"),
    (504, "", Unsure, "504"),
    (302, "", Unsure, "302"),
    (200, "", Unsure, "200"),
    (201, {"data": None}, Unsure, "201"),
    (200, {"errors": [{"title": "Not Found Error"}]}, Unsure, "200"),
    (200, [], Unsure, "200"),
]


@pytest.mark.parametrize(("status", "body", "kind", "code"), CASES, ids=lambda value: str(value)[:40])
def test_the_table(status: int, body: object, kind: type[Ending], code: str) -> None:
    """Each known answer to a write has its ending and its code, and carries the exchange."""
    with pytest.raises(Ending) as caught:
        x_endings.receipt_or_raise(an_answer(status, body), NOW, write=True)
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert caught.value.exchange is not None


@pytest.mark.parametrize(("status", "body", "kind", "code"), CASES, ids=lambda value: str(value)[:40])
def test_reads_are_never_in_doubt(status: int, body: object, kind: type[Ending], code: str) -> None:
    """The same answer to a call that may be repeated is never unsure: it may simply be asked again."""
    found = x_endings.classify(an_answer(status, body), NOW, write=False)
    assert type(found) is (NotSent if kind is Unsure else kind)


def test_what_to_do_is_said() -> None:
    """A locked destination's message says what a person must do, and quotes X."""
    found = x_endings.classify(an_answer(402, {"type": NEW + "credits", "detail": "None left."}), NOW, write=True)
    assert "buy some" in found.message
    assert "wireroom resume" in found.message
    assert 'X: "None left."' in found.message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errors", "title", "type", "code", "detail", "data", "reason"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(status=st.integers(100, 599), body=JSON, write=st.booleans())
def test_any_answer_has_an_ending(status: int, body: object, write: bool) -> None:
    """No body, whatever its shape, makes the reading of it fail; nothing but a good `data` object passes."""
    answer = an_answer(status, body)
    if answer.good and isinstance(answer.json().get("data"), dict):
        assert x_endings.receipt_or_raise(answer, NOW, write=write) == answer.json()["data"]
        return
    with pytest.raises(Ending) as caught:
        x_endings.receipt_or_raise(answer, NOW, write=write)
    assert write or not isinstance(caught.value, Unsure)


def at(minutes: float) -> str:
    """A moment from now, as X's headers have it."""
    return str(int((NOW + timedelta(minutes=minutes)).timestamp()))


def window(prefix: str, remaining: int, minutes: float) -> dict[str, str]:
    """One window's headers."""
    return {f"{prefix}-limit": "100", f"{prefix}-remaining": str(remaining), f"{prefix}-reset": at(minutes)}


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({}, None),
        (window("x-rate-limit", 0, 9), 9),
        ({"x-rate-limit-reset": at(9)}, 9),
        (window("x-rate-limit", 57, 9), None),
        ({**window("x-rate-limit", 57, 9), **window("x-app-limit-24hour", 0, 300)}, 300),
        ({**window("x-rate-limit", 0, 9), **window("x-user-limit-24hour", 0, 400)}, 400),
        ({**window("x-rate-limit", 0, 9), **window("x-app-limit-24hour", 3, 300)}, 9),
        ({**window("x-rate-limit", 0, 9), "retry-after": "1200"}, 20),
        ({"retry-after": "Sun, 22 Nov 2026 12:05:00 GMT"}, 5),
        ({"retry-after": "soon"}, None),
        (window("x-rate-limit", 0, -3), None),
        (window("x-rate-limit", 0, 60 * 24 * 365), 24 * 60),
        ({"x-rate-limit-reset": "999999999999"}, None),
        ({"x-rate-limit-reset": "nan", "x-rate-limit-remaining": "-"}, None),
    ],
)
def test_until_is_the_last_empty_window(headers: dict[str, str], minutes: float | None) -> None:
    """The wait ends when every window that is empty has been refilled; a window with room does not count."""
    expected = None if minutes is None else NOW + timedelta(minutes=minutes)
    assert x_endings.until(headers, NOW) == expected


def test_quota_is_read() -> None:
    """Each window the headers name is told with limit, rest and reset."""
    (quota,) = x_endings.quotas(window("x-rate-limit", 57, 9))
    assert (quota.limit, quota.remaining, quota.reset) == (100, 57, NOW + timedelta(minutes=9))


@pytest.mark.parametrize("before", [0, 280, 295, 299, 300])
def test_a_secret_at_the_end_of_a_quotation_leaves_no_stump(before: int) -> None:
    """X's words are freed of secrets before they are cut short, so that no half of one is left."""
    secret = "hush-hush-0123456789"
    raw = json.dumps({"title": "Invalid Request", "detail": "." * before + secret}).encode()
    answer = Answer(400, {}, raw, Exchange(method="POST", url="/2/tweets", status=400), Censor([secret]))
    ending = x_endings.classify(answer, NOW, write=True)
    assert secret[:3] not in ending.message
    assert len(ending.message) < 350
