"""The sandbox as a server: starting, ending, many at once, under a burst."""

import gc
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from tests.sandbox.conftest import ME, signer

from wireroom.model.sandbox import SANDBOX_FACEBOOK, SANDBOX_X
from wireroom.sandbox import Page, Sandbox, State, XAccount, create_app, running
from wireroom.sandbox.listener import bound


def test_it_is_gone_afterwards() -> None:
    """No thread, no listening socket, no warning is left."""
    before = set(threading.enumerate())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with running() as sandbox, requests.Session() as session:
            assert session.get(sandbox.url, timeout=10).status_code == 200
        gc.collect()
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", sandbox.port), timeout=5)
    with running(port=sandbox.port) as again:
        assert again.port == sandbox.port


def test_an_error_in_the_block_ends_it_too() -> None:
    """Whatever happens in the block, the server goes with it."""
    with pytest.raises(ZeroDivisionError), running() as sandbox:
        raise ZeroDivisionError
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", sandbox.port), timeout=5)


def test_a_taken_address_is_named() -> None:
    """The error says which address cannot be had."""
    with (
        running() as sandbox,
        pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{sandbox.port}"),
        running(port=sandbox.port),
    ):
        pass


def test_two_sandboxes_know_nothing_of_each_other() -> None:
    """State belongs to one sandbox."""
    with running() as one, running() as other:
        _post(one, "Only here")
        assert (len(one.posts()), len(other.posts())) == (1, 0)


def test_accounts_can_be_given() -> None:
    """A test or a newsroom brings its own accounts; the well-known ones are there as well."""
    account = XAccount("7", "Seven", "seven", "ck", "cs", "7-at", "ats")
    page = Page("77", "Page Seven", "pt", "secret")
    with running(accounts=[account], pages=[page]) as sandbox:
        me = requests.get(
            f"{sandbox.url}/2/users/me",
            auth=signer({
                "consumer_key": "ck", "consumer_secret": "cs", "access_token": "7-at", "access_token_secret": "ats",
            }),
            timeout=10,
        )  # fmt: skip
        assert me.json()["data"]["username"] == "seven"
        graph = requests.get(f"{sandbox.url}/me", headers={"Authorization": "Bearer pt"}, timeout=10)
        assert graph.json()["id"] == "77"
        assert set(sandbox.state.accounts) == {ME, "7"}


def test_checks_can_be_left_out_for_benchmarks() -> None:
    """With `verify=False` nobody has to sign, with `limited=False` nothing is counted."""
    with running(verify=False, limited=False) as sandbox:
        answer = requests.post(f"{sandbox.url}/2/tweets", json={"text": "Fast"}, timeout=10)
        assert answer.status_code == 201
        assert "x-rate-limit-limit" not in answer.headers
        page = SANDBOX_FACEBOOK["page_id"]
        feed = requests.post(f"{sandbox.url}/v26.0/{page}/feed", data={"message": "Fast"}, timeout=10)
        assert feed.status_code == 200


def test_a_burst_from_many_clients() -> None:
    """Posts of eight threads at once: each is there once, each id is its own."""
    with running(limited=False) as sandbox, ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda number: _post(sandbox, f"Post {number}"), range(200)))
        posts = sandbox.posts()
    assert len(set(made)) == 200
    assert sorted(str(post["text"]) for post in posts) == sorted(f"Post {number}" for number in range(200))


def test_one_duplicate_in_a_race_is_let_through_once() -> None:
    """The same text from many threads at once is posted once."""
    with running(limited=False) as sandbox, ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: _status(sandbox, "All the same"), range(24)))
        assert (codes.count(201), codes.count(403)) == (1, 23)


def test_answers_leave_at_once() -> None:
    """Small answers on a kept connection are not held back for acknowledgements (Nagle)."""
    with running(verify=False, limited=False) as sandbox:
        connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=10)
        times = []
        for number in range(20):
            started = time.perf_counter()
            connection.request("POST", "/2/tweets", json.dumps({"text": f"Post {number}"}))
            connection.getresponse().read()
            times.append(time.perf_counter() - started)
        connection.close()
    assert sorted(times)[5] < 0.03


def test_it_is_an_application_of_its_own() -> None:
    """`create_app` gives a Starlette application that any server can run."""
    state = State()
    app = create_app(state)
    assert app.state.sandbox is state


def test_it_listens_on_other_addresses() -> None:
    """IPv6 where the machine has it."""
    try:
        bound("::1", 0).close()
    except OSError:
        pytest.skip("there is no IPv6 here")
    with running(host="::1") as sandbox:
        assert sandbox.url.startswith("http://[::1]:")
        assert requests.get(sandbox.url, timeout=10).status_code == 200
        assert requests.get(f"{sandbox.url}/2/users/me", auth=signer(), timeout=10).status_code == 200


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serving_ends_on_a_signal(tmp_path: Path, ending: signal.Signals) -> None:
    """`serve` runs until it is told to end, and ends in good order."""
    with bound("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    code = f"from wireroom.sandbox import serve; raise SystemExit(serve(port={port}))"
    log = tmp_path / "errors.txt"
    with log.open("wb") as errors:
        process = subprocess.Popen([sys.executable, "-W", "error", "-c", code], stderr=errors, env=dict(os.environ))
        try:
            _wait_for(port)
            process.send_signal(ending)
            code_of_end = process.wait(20)
        finally:
            process.kill()
            process.wait()
    assert code_of_end == (0 if ending is signal.SIGINT else -ending.value)
    assert log.read_text() == ""


def _wait_for(port: int) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            requests.get(f"http://127.0.0.1:{port}/", timeout=5).close()
        except requests.ConnectionError:
            assert time.monotonic() < end
            time.sleep(0.02)
        else:
            return


def _answer(sandbox: Sandbox, text: str) -> requests.Response:
    return requests.post(f"{sandbox.url}/2/tweets", json={"text": text}, auth=signer(SANDBOX_X), timeout=20)


def _post(sandbox: Sandbox, text: str) -> str:
    identifier: str = _answer(sandbox, text).json()["data"]["id"]
    return identifier


def _status(sandbox: Sandbox, text: str) -> int:
    return _answer(sandbox, text).status_code
