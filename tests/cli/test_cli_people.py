"""A person's moves, pause and resume, how destinations stand, and the checks."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from wireroom.app import open_app
from wireroom.model.delivery import Move, Verdict

Typed = Callable[..., Any]


def ids(wireroom: Typed, destination: str) -> list[str]:
    """The deliveries of a destination, oldest first."""
    return [shape["id"] for shape in wireroom("log", "--json", "--destination", destination).shapes][::-1]


def end(newsroom: Path, delivery: str, move: Move) -> None:
    """Let a worker's try of a delivery end with this move."""
    with open_app(newsroom, env={}) as app:
        claim = app.store.claim(app.store.delivery(delivery), holder="test", lease=timedelta(seconds=30))
        assert claim is not None
        attempt = app.store.touch(claim)
        assert app.store.settle(
            claim, Verdict(move=move, why="as the test says", outcome="x"), by="test", attempt=attempt
        )


def test_cancel_and_what_cannot_be_done(wireroom: Typed, articles: list[Path]) -> None:
    """Each id is moved for itself: one that cannot be stops no other, and the worst exit code counts."""
    wireroom("publish", *articles)
    first, second, third = ids(wireroom, "birds")
    said = wireroom("cancel", first, "999", second, "--json")
    assert said.code == 3
    assert [(shape["id"], shape["state"]) for shape in said.shapes] == [(first, "cancelled"), (second, "cancelled")]
    assert len(said.err.splitlines()) == 1
    refused = wireroom("cancel", first)
    assert (refused.code, refused.out) == (1, "")
    assert "it has ended" in refused.err
    assert wireroom("release", third).code == 1


def test_a_failed_delivery_is_tried_again(wireroom: Typed, newsroom: Path, articles: list[Path]) -> None:
    """`retry` makes a failed delivery due now, and the log says who did it."""
    wireroom("publish", articles[0])
    (bird,) = ids(wireroom, "birds")
    end(newsroom, bird, Move.REJECT)
    assert wireroom("log", "--json", "--state", "failed").shapes[0]["id"] == bird
    said = wireroom("retry", bird)
    assert said.code == 0
    assert said.out.split()[:3] == [bird, "birds", "planned"]
    (shape,) = wireroom("show", bird, "--json").shapes
    assert shape["moves"][-1]["move"] == "retry"
    assert shape["moves"][-1]["by"]


def test_an_unconfirmed_delivery_is_confirmed(wireroom: Typed, newsroom: Path, articles: list[Path]) -> None:
    """A person who saw the post there says so, with its id and address."""
    wireroom("publish", articles[0])
    (bird,) = ids(wireroom, "birds")
    end(newsroom, bird, Move.LOSE)
    (shape,) = wireroom("confirm", bird, "--remote-id", "77", "--remote-url", "https://x.example/77", "--json").shapes
    assert (shape["state"], shape["remote_id"], shape["remote_url"]) == ("delivered", "77", "https://x.example/77")


def test_pause_and_resume(wireroom: Typed, articles: list[Path]) -> None:
    """A paused destination says why; a dry run shows what waits; a program that says `resume` is never asked back."""
    wireroom("publish", *articles)
    assert wireroom("pause", "birds", "--why", "wrong headline").code == 0
    stand = {shape["destination"]: shape for shape in wireroom("destinations", "--json").shapes}
    assert (stand["birds"]["state"], stand["birds"]["reason"]) == ("paused", "wrong headline")
    assert stand["feeds"]["state"] == "open"
    shown = wireroom("resume", "birds", "--dry-run")
    assert (shown.code, shown.out) == (0, "birds: 3 will be posted, 0 expire, 0 superseded\n")
    (shape,) = wireroom("resume", "birds", "--dry-run", "--json").shapes
    assert (shape["posts"], shape["resumed"]) == (3, False)
    assert wireroom("destinations", "--json").shapes[1]["state"] == "paused"
    done = wireroom("resume", "birds", "--json")
    assert done.code == 0
    assert [(shape["posts"], shape["resumed"]) for shape in done.shapes] == [(3, True)]
    assert wireroom("destinations", "--json").shapes[1]["state"] == "open"
    assert wireroom("pause", "birds").code == 0
    again = wireroom("resume", "birds")
    assert (again.code, again.out) == (0, "birds: resumed: 3 will be posted, 0 expire, 0 superseded\n")


@pytest.mark.parametrize(
    ("answer", "code", "state"), [(b"y\n", 0, "open"), (b"n\n", 2, "paused"), (b"\n", 2, "paused")]
)
def test_resume_asks_on_a_terminal(wireroom: Typed, newsroom: Path, answer: bytes, code: int, state: str) -> None:
    """At a terminal a person is asked; only a yes does it."""
    wireroom("pause", "birds")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer)
        line = [sys.executable, "-m", "wireroom", "resume", "birds"]
        done = subprocess.run(line, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, cwd=newsroom, check=False)
        said = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert "Go on?" in said
    assert done.returncode == code
    assert wireroom("destinations", "--json").shapes[1]["state"] == state


@pytest.fixture
def backlog(wireroom: Typed, newsroom: Path, articles: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A paused destination with three posts: one too old to go out, two late."""
    settings = newsroom / "config" / "wireroom.toml"
    text = settings.read_text().replace('max_age = "none"', 'max_age = "2d"')
    settings.write_text(text.replace('max_age = "2d"', 'max_age = "2d"\ngap = { every = "30s", late = "0s" }'))
    times = [datetime.now(UTC) - timedelta(days=days) for days in (0, 0, 1)]
    for path, at in zip(articles, times, strict=True):
        wireroom("publish", path, "--published-at", at.isoformat())
    wireroom("pause", "birds")
    settings.write_text(text.replace('max_age = "2d"', 'max_age = "20h"\ngap = { every = "30s", late = "0s" }'))


SHOWN = "birds: 2 will be posted, 1 expire, 0 superseded; one every 30s, done in about 30s"


@pytest.mark.usefixtures("backlog")
def test_resume_asks_for_a_yes_where_there_is_something_to_decide(wireroom: Typed) -> None:
    """Without a terminal and without --yes it shows what it would do, changes nothing, says so, and ends with 1."""
    said = wireroom("resume", "birds")
    assert (said.code, said.out) == (1, SHOWN + "\n")
    assert said.err.splitlines() == ["wireroom: nothing was changed; add --yes to do it"]
    told = wireroom("resume", "birds", "--json")
    assert told.code == 1
    (shape,) = told.shapes
    assert shape == {
        "destination": "birds",
        "posts": 2,
        "expire": 1,
        "superseded": 0,
        "resumed": False,
        "held": 0,
        "late": 2,
        "seconds": 30.0,
    }
    assert wireroom("resume", "--all").code == 1
    assert {row["state"] for row in wireroom("log", "--json", "--destination", "birds").shapes} == {"planned"}
    assert wireroom("destinations", "--json").shapes[1]["state"] == "paused"
    assert (wireroom("resume", "birds", "--dry-run").code, wireroom("resume", "birds", "--dry-run").err) == (0, "")


@pytest.mark.usefixtures("backlog")
def test_resume_with_yes_does_it(wireroom: Typed) -> None:
    """With --yes what is too old expires with its reason, and the destination is open again."""
    said = wireroom("resume", "birds", "--yes")
    assert (said.code, said.out) == (0, SHOWN.replace("birds: ", "birds: resumed: ") + "\n")
    (gone,) = wireroom("log", "--json", "--state", "cancelled").shapes
    assert "max_age is 20h" in gone["reason"]
    assert wireroom("destinations", "--json").shapes[1]["state"] == "open"
    assert wireroom("resume", "feeds").code == 0


@pytest.mark.usefixtures("backlog")
def test_resume_shows_at_a_terminal_what_a_yes_does(newsroom: Path) -> None:
    """At a terminal what it comes to stands before the question."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, b"n\n")
        line = [sys.executable, "-m", "wireroom", "resume", "birds"]
        done = subprocess.run(line, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, cwd=newsroom, check=False)
    finally:
        os.close(ours)
        os.close(theirs)
    assert (done.returncode, done.stdout.decode()) == (2, SHOWN + "\n")


def test_pause_all(wireroom: Typed) -> None:
    """--all is every destination; a name that is none is no such thing, and nothing is paused then."""
    assert wireroom("pause", "birds", "nowhere").code == 3
    assert {shape["state"] for shape in wireroom("destinations", "--json").shapes} == {"open"}
    assert len(wireroom("pause", "--all", "--json").shapes) == 2
    assert {shape["state"] for shape in wireroom("destinations", "--json").shapes} == {"paused"}


def test_check_says_what_does_not_work(wireroom: Typed, newsroom: Path) -> None:
    """Every part has a line; a platform that is not there makes the answer no: exit 1."""
    path = newsroom / "config" / "wireroom.toml"
    path.write_text(path.read_text().replace('"sandbox"', '"sandbox"\ntimeout = "2s"'))
    path.write_text(path.read_text().replace("[wireroom]", '[wireroom]\nsandbox = "127.0.0.1:9"'))
    said = wireroom("check", "--json")
    found = {shape["check"]: shape["ok"] for shape in said.shapes}
    assert found["birds"] is False
    assert all(ok for name, ok in found.items() if name != "birds")
    assert {"settings", "templates", "database", "broker", "feeds"} <= found.keys()
    assert said.code == 1
    assert wireroom("check").out.splitlines()[0].startswith("ok  settings")


@pytest.mark.parametrize("broker", ["redis://me:hush-1@127.0.0.1:9/0", "redis://127.0.0.1:9/0?password=hush-1"])
def test_check_shows_no_password_of_the_broker(wireroom: Typed, newsroom: Path, broker: str) -> None:
    """A broker that does not answer is named without the password in its address."""
    path = newsroom / "config" / "wireroom.toml"
    path.write_text(path.read_text().replace("[wireroom]", f'[wireroom]\nbroker = "{broker}"'))
    said = wireroom("check")
    assert said.code == 1
    assert "no answer from redis://" in said.out
    assert "hush-1" not in said.out + said.err


def test_status_of_a_newsroom_at_rest(wireroom: Typed) -> None:
    """Nothing runs: the answer is no, exit 1; stopping what does not run is done already."""
    said = wireroom("status", "--json")
    assert said.code == 1
    assert said.shapes == [{"running": False, "pid": None, "parts": [], "troubles": []}]
    assert wireroom("stop").code == 0


def test_the_log_says_what_a_post_waits_for(wireroom: Typed, articles: list[Path]) -> None:
    """A post that is due and waits for its destination says so in its reason, in log and show; others do not."""
    wireroom("publish", articles[0])
    wireroom("pause", "birds", "--why", "the election")
    (bird,) = ids(wireroom, "birds")
    waits = "waits, the destination is paused: the election"
    assert wireroom("log", "--json", "--destination", "birds").shapes[0]["reason"] == waits
    assert wireroom("show", bird, "--json").shapes[0]["reason"] == waits
    assert waits in wireroom("show", bird).out
    others = [shape for shape in wireroom("log", "--json").shapes if shape["destination"] != "birds"]
    assert {shape["reason"] for shape in others} == {""}
