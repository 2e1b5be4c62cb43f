"""Every fault, with real clients and real sockets: what the client sees, and what was posted."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from tests.sandbox.conftest import ME, PAGE, Caller, Clock

from wireroom.model.sandbox import x_keys
from wireroom.sandbox import Sandbox, running
from wireroom.sandbox.faults import KINDS, Faults, Plan, plan_from

Post = Callable[[], requests.Response]


@pytest.fixture(params=["x", "facebook"])
def platform(request: pytest.FixtureRequest) -> str:
    """Both stand-ins."""
    found: str = request.param
    return found


@pytest.fixture
def post(call: Caller, platform: str) -> Post:
    """Posts once on the platform."""
    return {"x": lambda: call.post("Once"), "facebook": lambda: call.feed("Once")}[platform]


def _posted(call: Caller) -> int:
    return len(call.sandbox.posts())


def _fault(call: Caller, fault: str, **more: object) -> None:
    assert "added" in call.control("POST", "/faults", fault=fault, **more)


@pytest.mark.parametrize(("when", "posts"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("fault", ["close", "reset"])
def test_connections_that_break(call: Caller, post: Post, fault: str, when: str, posts: int) -> None:
    """No answer, an aborted connection; posted or not, as asked; the next call goes well."""
    _fault(call, fault, when=when)
    with pytest.raises(requests.ConnectionError) as caught:
        post()
    if when == "after":  # before, the client may still be writing, and sees it in one of several ways
        assert ("reset" if fault == "reset" else "without response") in str(caught.value).lower()
    assert _posted(call) == posts
    assert call.x("GET", "/2/users/me").status_code == 200


@pytest.mark.parametrize(("when", "posts"), [("before", 0), ("after", 1)])
def test_silence(call: Caller, platform: str, when: str, posts: int) -> None:
    """The client waits until its own timeout ends it."""
    _fault(call, "hold", when=when)
    with pytest.raises(requests.ReadTimeout):
        _impatient(call, platform)
    assert _posted(call) == posts


def test_silence_that_ends_by_itself(call: Caller, post: Post) -> None:
    """With `seconds` the connection is closed after them."""
    _fault(call, "hold", seconds=0.05)
    with pytest.raises(requests.ConnectionError):
        post()
    assert _posted(call) == 1


@pytest.mark.parametrize(("when", "posts"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_errors_in_json(call: Caller, platform: str, post: Post, status: int, when: str, posts: int) -> None:
    """5xx with the platform's own error body."""
    _fault(call, "status", status=status, when=when)
    answer = post()
    assert (answer.status_code, _posted(call)) == (status, posts)
    body = answer.json()
    assert body["status"] == status if platform == "x" else body["error"]["code"] == (1 if status == 500 else 2)


@pytest.mark.parametrize(("form", "media_type"), [("html", "text/html"), ("plain", "text/plain"), ("empty", "missing")])
def test_server_errors_from_the_edge(call: Caller, post: Post, form: str, media_type: str) -> None:
    """A machine in front of the API answers what is no JSON, after the post was made."""
    _fault(call, "status", status=503, format=form)
    answer = post()
    assert (answer.status_code, _posted(call)) == (503, 1)
    assert answer.headers.get("content-type", "missing") == media_type
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_truncated_json(call: Caller, post: Post) -> None:
    """A good status and half a body."""
    _fault(call, "truncate")
    answer = post()
    assert answer.ok
    assert len(answer.content) > 4
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert _posted(call) == 1


@pytest.mark.parametrize("extra", [64, -5])
def test_a_wrong_content_length(sandbox: Sandbox, call: Caller, platform: str, extra: int) -> None:
    """More announced than sent, or less; the client's library finds out."""
    _fault(call, "length", extra=extra)
    answer, whole = _raw(sandbox, platform)
    announced = int(answer.getheader("content-length") or 0)
    if extra > 0:
        with pytest.raises(http.client.IncompleteRead) as caught:
            answer.read()
        assert announced - len(caught.value.partial) == extra
    else:
        body = answer.read()
        assert len(body) == announced
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            json.loads(body)
    whole.close()
    assert _posted(call) == 1


def test_a_good_status_and_nothing_else(call: Caller, post: Post) -> None:
    """2xx with an empty body."""
    _fault(call, "empty")
    answer = post()
    assert (answer.ok, answer.content, _posted(call)) == (True, b"", 1)


def test_a_redirect(call: Caller) -> None:
    """302, after the post was made; whoever follows it thinks otherwise."""
    _fault(call, "redirect", location="/_control")
    answer = call.x("POST", "/2/tweets", json={"text": "Once"}, allow_redirects=False)
    assert (answer.status_code, answer.headers["location"], _posted(call)) == (302, "/_control", 1)


def test_a_slow_drip(call: Caller, platform: str, post: Post) -> None:
    """Byte by byte: each comes in time, the whole only at the end; a client may leave in between."""
    _fault(call, "drip", seconds=0.001)
    assert post().ok
    _fault(call, "drip", seconds=30)
    path = "/2/users/me" if platform == "x" else "/me"
    _fault(call, "drip", seconds=0.4, route="who", platform=platform)
    method = call.x if platform == "x" else call.graph
    with method("GET", path, stream=True) as answer:
        assert answer.raw.read(1, decode_content=False) == b"{"


@pytest.mark.parametrize(
    ("fault", "on_x", "on_facebook"),
    [
        ("invalid", (400, "Invalid Request"), (400, 100)),
        ("unauthorized", (401, "Unauthorized"), (401, 190)),
        ("credits", (402, "CreditsDepleted"), (400, 10)),
        ("forbidden", (403, "Forbidden"), (400, 200)),
        ("duplicate", (403, "Forbidden"), (400, 506)),
        ("rate-limit", (429, "Too Many Requests"), (400, 32)),
        ("day-limit", (429, "Too Many Requests"), (400, 80001)),
        ("usage-cap", (429, "UsageCapExceeded"), (400, 80001)),
    ],
)
def test_refusals(
    call: Caller, platform: str, post: Post, fault: str, on_x: tuple[int, str], on_facebook: tuple[int, int]
) -> None:
    """Each platform's own refusal; nothing is posted unless that is asked for."""
    _fault(call, fault)
    answer = post()
    body = answer.json()
    found = body["title"] if platform == "x" else body["error"]["code"]
    assert (answer.status_code, found) == (on_x if platform == "x" else on_facebook)
    assert _posted(call) == 0
    _fault(call, fault, when="after")
    assert post().status_code == answer.status_code
    assert _posted(call) == 1


def test_the_two_kinds_of_429_can_be_told_apart_by_all_resets(call: Caller, clock: Clock) -> None:
    """15 minutes: remaining 0 and a reset; 24 hours: calls left, a near reset, and the truth in the day's headers."""
    _fault(call, "rate-limit", seconds=60)
    short = call.post("Once").headers
    assert short["x-rate-limit-remaining"] == "0"
    assert 50 < int(short["x-rate-limit-reset"]) - clock().timestamp() < 62
    _fault(call, "day-limit")
    long = call.post("Once").headers
    assert int(long["x-rate-limit-remaining"]) > 0
    assert long["x-app-limit-24hour-remaining"] == "0"
    assert int(long["x-app-limit-24hour-reset"]) > int(long["x-rate-limit-reset"])


def test_a_throttled_page_learns_for_how_long(call: Caller) -> None:
    """Facebook's limits name the minutes in the usage header."""
    for fault, minutes in (("rate-limit", 15), ("day-limit", 1440)):
        _fault(call, fault)
        usage = json.loads(call.feed("Once").headers["x-business-use-case-usage"])
        assert usage[PAGE][0]["estimated_time_to_regain_access"] == minutes


def test_a_token_revoked_midway(call: Caller, post: Post, platform: str) -> None:
    """The call that is hit is the last that goes well, or the first that does not; the token can be given back."""
    account = ME if platform == "x" else PAGE
    for when, first, posts in (("after", True, 1), ("before", False, 0)):
        call.control("POST", "/reset")
        _fault(call, "revoke", when=when)
        assert (post().ok, _posted(call)) == (first, posts)
        assert not post().ok
        call.control("POST", "/revoke", account=account, revoked=False)
        assert post().ok is not first  # given back: what is there already is refused as a duplicate
        assert _posted(call) == 1


def test_any_facebook_error(call: Caller) -> None:
    """Code, subcode and status as asked."""
    _fault(call, "graph", code=190, subcode=460, status=400)
    error = call.feed("Once").json()["error"]
    assert (error["code"], error["error_subcode"], error["is_transient"]) == (190, 460, False)
    _fault(call, "graph", code=4)
    assert call.feed("Once").json()["error"]["is_transient"] is True


def test_an_answer_of_ones_own(call: Caller, post: Post) -> None:
    """Any status with any body."""
    _fault(call, "answer", status=200, body="[1, 2]")
    answer = post()
    assert (answer.json(), answer.headers["content-type"], _posted(call)) == ([1, 2], "application/json", 1)


def test_a_post_that_comes_late(call: Caller, post: Post, clock: Clock) -> None:
    """The error comes first, the post some seconds later: until then nobody sees it, and it is no duplicate."""
    _fault(call, "late", seconds=20)
    assert post().status_code == 503
    assert _posted(call) == 0
    clock.forward(seconds=21)
    assert _posted(call) == 1
    assert call.timeline()["meta"]["result_count"] + len(_page(call)) == 1


def test_a_post_that_lists_miss_for_a_while(call: Caller, post: Post, clock: Clock) -> None:
    """The answer is good, reading back finds nothing yet."""
    _fault(call, "lag", seconds=20)
    assert post().ok
    assert call.timeline()["meta"]["result_count"] + len(_page(call)) == 0
    clock.forward(seconds=21)
    assert call.timeline()["meta"]["result_count"] + len(_page(call)) == 1


def test_a_lost_answer_can_come_late_or_lag_too(call: Caller, post: Post, clock: Clock) -> None:
    """Any fault takes `late` and `lag`: the post comes to be then, and lists show it still later."""
    _fault(call, "close", late=20, lag=30)
    with pytest.raises(requests.ConnectionError):
        post()
    counts = []
    for seconds in (0, 21, 30):
        clock.forward(seconds=seconds)
        counts.append((_posted(call), call.timeline()["meta"]["result_count"] + len(_page(call))))
    assert counts == [(0, 0), (1, 0), (1, 1)]


def test_reading_back_can_be_down(call: Caller, post: Post) -> None:
    """Posting works, reading does not, until it is cleared."""
    _fault(call, "status", status=503, route="read", count=None)
    assert post().ok
    assert call.x("GET", f"/2/users/{ME}/tweets").status_code == 503
    assert call.graph("GET", f"/{PAGE}/published_posts").status_code == 503
    assert call.control("DELETE", "/faults") == {"cleared": 1}
    assert call.x("GET", f"/2/users/{ME}/tweets").status_code == 200


def test_scripts_run_step_by_step(call: Caller) -> None:
    """A list of faults and of calls that go well, one for each call."""
    script = ["ok", {"fault": "status", "status": 502, "when": "before"}, "duplicate", "ok"]
    call.control("POST", "/faults", script=script, platform="x")
    found = [call.post(f"Post {number}").status_code for number in range(5)]
    assert found == [201, 502, 403, 201, 201]
    assert call.control("GET", "/faults") == {"faults": []}


def test_faults_hit_what_they_name(call: Caller) -> None:
    """Only the platform, the route and the account; only after `skip` calls and `count` times."""
    other = x_keys("other")
    account = call.x("GET", "/2/users/me", keys=other).json()["data"]["id"]
    _fault(call, "status", route="POST /2/tweets", account=account, skip=1, count=2, when="before")
    codes = [
        call.x("POST", "/2/tweets", json={"text": f"Post {number}"}, keys=other).status_code for number in range(4)
    ]
    assert codes == [201, 503, 503, 201]
    _fault(call, "status", account=PAGE, when="before")
    assert call.post("Not hit").status_code == 201
    assert call.feed("Hit").status_code == 503


def test_faults_of_pictures(call: Caller) -> None:
    """The route "media" is the uploads."""
    _fault(call, "status", route="media", when="before")
    assert call.post("Not hit").status_code == 201
    assert call.x("POST", "/2/media/upload", json={}).status_code == 503


@given(st.integers(0, 2**32), st.floats(0.05, 0.95))
def test_chance_is_repeatable(seed: int, probability: float) -> None:
    """The same seed hits the same calls; over many calls about the share that was asked for."""
    order = {"fault": "close", "probability": probability, "seed": seed}
    runs = []
    for _ in range(2):
        plan = plan_from("p", order)
        runs.append([plan.take("x", "POST", "/2/tweets", "") is not None for _ in range(400)])
    assert runs[0] == runs[1]
    assert abs(sum(runs[0]) / 400 - probability) < 0.2


@given(st.integers(0, 5), st.integers(1, 5), st.integers(0, 20))
def test_plans_are_used_up(skip: int, count: int, calls: int) -> None:
    """Exactly `count` calls are hit, after exactly `skip` that are not."""
    plan = plan_from("p", {"fault": "close", "skip": skip, "count": count})
    hits = [plan.take("x", "POST", "/2/tweets", "") is not None for _ in range(calls)]
    assert hits == [skip <= number < skip + count for number in range(calls)]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({}, "`fault` is None"),
        ({"fault": "flood"}, "`fault` is 'flood'; allowed are close, reset"),
        ({"fault": "close", "when": "during"}, "'before' and 'after'"),
        ({"fault": "close", "colour": "red"}, "`colour` is not known"),
        ({"fault": "close", "count": "many"}, "wrong type"),
        ({"fault": "close", "platform": "myspace"}, "allowed are 'x' and 'facebook'"),
        ({"fault": "status", "format": "pdf"}, "'json', 'html'"),
        ({"script": []}, "`script` is a list"),
        ({"script": [7]}, "a step of the script is 7"),
        ({"script": ["ok"], "fault": "close"}, "stands instead of `fault`"),
    ],
)
def test_orders_that_make_no_sense(call: Caller, order: dict[str, Any], message: str) -> None:
    """Each is refused with what is wrong and what is allowed, and nothing is in force."""
    assert message in call.control("POST", "/faults", **order)["error"]
    assert call.control("GET", "/faults") == {"faults": []}


def test_the_first_plan_that_hits_decides() -> None:
    """Two faults for the same call come one after the other."""
    faults = Faults()
    for kind in ("close", "hold"):
        faults.add({"fault": kind})
    hit = [faults.take("x", "POST", "/2/tweets", "") for _ in range(3)]
    assert [fault.fault if fault else None for fault in hit] == ["close", "hold", None]


def test_every_fault_is_described(call: Caller) -> None:
    """GET /_control names every fault there is."""
    assert call.control("GET")["kinds_of_fault"].keys() == KINDS.keys()
    assert isinstance(plan_from("p", {"fault": "close"}), Plan)


def test_an_outage_refuses_connections(platform: str) -> None:
    """Nothing listens for a while: connections are refused, then all is as before."""
    with running() as sandbox, requests.Session() as session:
        session.post(f"{sandbox.url}/_control/outage", json={"seconds": 0.4}, timeout=10)
        with pytest.raises(requests.ConnectionError, match="refused"):
            session.get(f"{sandbox.url}/2/users/me", timeout=10)
        _until(lambda: _answers(session, sandbox, platform))


def test_an_outage_can_begin_at_a_call(platform: str) -> None:
    """The call is cut, posted or not as asked, and connections are refused until the outage is over."""
    with running(verify=False) as sandbox, requests.Session() as session:
        sandbox.fault(fault="outage", seconds=0.4, when="after", platform=platform)
        sent = {"json": {"text": "Once"}} if platform == "x" else {"data": {"message": "Once"}}
        with pytest.raises(requests.ConnectionError):
            session.post(f"{sandbox.url}/{'2/tweets' if platform == 'x' else f'{PAGE}/feed'}", timeout=10, **sent)  # type: ignore[arg-type]
        with pytest.raises(requests.ConnectionError, match="refused"):
            session.get(f"{sandbox.url}/2/users/me", timeout=10)
        _until(lambda: _answers(session, sandbox, platform))
        assert len(sandbox.posts(platform)) == 1


def test_an_outage_lasts_as_long_as_a_test_wants(platform: str) -> None:
    """Connections are refused inside the block and taken after it, at the same address, also the second time."""
    with running() as sandbox, requests.Session() as session:
        for _ in range(2):
            with sandbox.outage(), pytest.raises(requests.ConnectionError, match="refused"):
                session.get(f"{sandbox.url}/2/users/me", timeout=10)
            assert _answers(session, sandbox, platform)


def _answers(session: requests.Session, sandbox: Sandbox, platform: str) -> bool:
    try:
        path = "2/users/me" if platform == "x" else "me"
        return bool(session.get(f"{sandbox.url}/{path}", timeout=10).status_code)
    except requests.ConnectionError:
        return False


def test_a_client_that_speaks_tls_sees_it_fail(sandbox: Sandbox) -> None:
    """The sandbox is plain HTTP: `https` at its address is the TLS failure a client must cope with."""
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(sandbox.url.replace("http:", "https:"), timeout=10)


def test_held_connections_do_not_hold_up_the_end() -> None:
    """A sandbox that is told to end lets go of what it holds."""
    seen: list[Exception] = []
    with running() as sandbox:
        sandbox.fault(fault="hold")
        thread = threading.Thread(target=_hang, args=(sandbox, seen))
        thread.start()
        _until(lambda: not sandbox.state.faults.plans)
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(seen[0], http.client.RemoteDisconnected | ConnectionResetError)


def _hang(sandbox: Sandbox, seen: list[Exception]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=20)
    try:
        connection.request("POST", "/2/tweets", b"{}")
        connection.getresponse()
    except (http.client.HTTPException, OSError) as error:
        seen.append(error)
    finally:
        connection.close()


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def _raw(sandbox: Sandbox, platform: str) -> tuple[http.client.HTTPResponse, socket.socket]:
    """A post over a bare socket, whose answer no library has tidied. The other side is trusted with nothing."""
    sandbox.state.verify = False
    body, path = (b'{"text":"Once"}', "/2/tweets") if platform == "x" else (b'{"message":"Once"}', f"/{PAGE}/feed")
    wire = socket.create_connection(("127.0.0.1", sandbox.port), timeout=10)
    lines = (f"POST {path} HTTP/1.1", "Host: sandbox", "Content-Type: application/json", f"Content-Length: {len(body)}")
    head = "\r\n".join([*lines, "", ""])
    try:
        wire.sendall(head.encode() + body)
        answer = http.client.HTTPResponse(wire)
        answer.begin()
    finally:
        sandbox.state.verify = True
    return answer, wire


def _impatient(call: Caller, platform: str) -> requests.Response:
    url = call.sandbox.url
    call.sandbox.state.verify = False
    try:
        if platform == "x":
            return call.session.post(f"{url}/2/tweets", json={"text": "Once"}, timeout=(10, 0.5))
        return call.session.post(f"{url}/{PAGE}/feed", data={"message": "Once"}, timeout=(10, 0.5))
    finally:
        call.sandbox.state.verify = True


def _page(call: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call.graph("GET", f"/{PAGE}/published_posts").json()["data"]
    return found
