"""publish, preview, log and show, on a real database with no daemon."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wireroom.app import open_app

Typed = Callable[..., Any]


def test_publish_tells_what_was_queued(wireroom: Typed, articles: list[Path]) -> None:
    """Each article is one JSON object; nothing else is on stdout, and nobody had to be there to take it."""
    said = wireroom("publish", "--json", *articles)
    assert said.code == 0
    assert [shape["new"] for shape in said.shapes] == [True, True, True]
    assert said.shapes[0]["article"]["authors"] == ["Aiko Mori", "Ben Ota"]
    assert [each["destination"] for each in said.shapes[0]["deliveries"]] == ["feeds", "birds"]
    assert {each["state"] for shape in said.shapes for each in shape["deliveries"]} == {"planned"}
    assert "wireroom start" in said.err


def test_publishing_again_makes_nothing_new(wireroom: Typed, articles: list[Path]) -> None:
    """The same files again are the same articles and no second delivery."""
    first = wireroom("publish", "--json", *articles).shapes
    again = wireroom("publish", "--json", *articles).shapes
    assert [shape["new"] for shape in again] == [False, False, False]
    assert [shape["article"]["uid"] for shape in again] == [shape["article"]["uid"] for shape in first]
    assert len(wireroom("log", "--json").shapes) == 6


def test_a_bad_file_stops_no_good_one(wireroom: Typed, articles: list[Path], tmp_path: Path) -> None:
    """The good articles are taken; each bad one is one line and leaves nothing behind; exit 2."""
    empty, missing = tmp_path / "empty.txt", tmp_path / "missing.txt"
    empty.write_bytes(b"")
    said = wireroom("publish", "--json", articles[0], empty, missing, articles[1])
    assert said.code == 2
    assert [shape["article"]["title"].split()[2] for shape in said.shapes] == ["Leaves", "Misses"]
    complaints = [line for line in said.err.splitlines() if "wireroom start" not in line]
    assert [line.startswith(f"wireroom: {path}") for line, path in zip(complaints, (empty, missing), strict=True)]
    assert len(wireroom("log", "--json").shapes) == 4


def test_what_lies_beside_articles_is_passed_over(wireroom: Typed, articles: list[Path], tmp_path: Path) -> None:
    """A folder's README among many files is no article and no mistake; named alone it is read."""
    readme = tmp_path / "README.md"
    readme.write_text("# Our articles\n")
    assert wireroom("publish", *articles, readme).code == 0
    assert wireroom("publish", readme).code == 2


def test_standard_input(wireroom: Typed, articles: list[Path]) -> None:
    """`-` takes wire text, or an article as JSON."""
    wire = wireroom("publish", "--json", "-", stdin=articles[0].read_bytes())
    assert wire.shapes[0]["article"]["title"] == "The Ferry Leaves the Harbor Before Dawn"
    article = {"publication": "harbor", "title": "Tide Tables", "body_text": "High at six.\n\nLow at noon."}
    sent = wireroom("publish", "--json", "-", stdin=json.dumps(article).encode())
    assert sent.code == 0
    assert sent.shapes[0]["article"]["paragraphs"] == ["High at six.", "Low at noon."]


@pytest.mark.parametrize("content", [b"{", b"{}", b'{"title": 1}', b"[]", b"\xff\xfe\x00", b"", b"{" * 100_000])
def test_standard_input_that_is_no_article(wireroom: Typed, content: bytes) -> None:
    """Anything else is one line on stderr and nothing stored."""
    said = wireroom("publish", "-", stdin=content)
    assert (said.code, said.out) == (2, "")
    (line,) = said.err.splitlines()
    assert line.startswith("wireroom: -")
    assert wireroom("log", "--json").shapes == []


def test_a_dry_run_keeps_nothing(wireroom: Typed, articles: list[Path]) -> None:
    """--dry-run tells what would be queued and stores nothing."""
    said = wireroom("publish", "--dry-run", "--json", articles[0])
    assert said.code == 0
    assert len(said.shapes[0]["deliveries"]) == 2
    assert wireroom("log", "--json").shapes == []


def test_what_publish_is_told(wireroom: Typed, articles: list[Path]) -> None:
    """--url, --tag, --to and --at are heeded; who is left out is told with the reason."""
    said = wireroom(
        *("publish", "--json", articles[0], "--url", "https://harbor.example/ferry", "--tag", "sea"),
        *("--to", "feeds", "--at", "2099-01-01 09:00"),
    )
    (shape,) = said.shapes
    assert shape["article"]["url"] == "https://harbor.example/ferry"
    assert shape["article"]["tags"] == ["sea"]
    assert [each["due"] for each in shape["deliveries"]] == ["2099-01-01T00:00:00+00:00"]
    assert [skip["destination"] for skip in shape["skipped"]] == ["birds"]
    assert said.err == "", "nobody needs waking for what is due in years"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--to", "bird"], 3, "bird"),
        (["--at", "soon"], 2, "--at"),
        (["--published-at", "2026-13-01"], 2, "--published-at"),
        (["--publication", "nobody"], 2, "nobody"),
    ],
)
def test_what_publish_cannot_be_told(
    wireroom: Typed, articles: list[Path], words: list[str], code: int, said: str
) -> None:
    """An unknown destination is no such thing; a time that is none is wrong usage; nothing is stored."""
    ended = wireroom("publish", articles[0], *words)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert wireroom("log", "--json").shapes == []


def test_publish_for_people(wireroom: Typed, articles: list[Path]) -> None:
    """Without --json each article is its headline, its address and a small table."""
    said = wireroom("publish", articles[0])
    lines = said.out.splitlines()
    assert lines[0] == "The Ferry Leaves the Harbor Before Dawn"
    assert lines[1].startswith("Harbor Post, new: https://harbor.example/2026/03/")
    assert lines[2].split() == ["DESTINATION", "ACTION", "STATE", "DUE", "ID"]
    assert lines[3].split()[:3] == ["feeds", "create", "planned"]


def test_preview_shows_the_exact_posts(wireroom: Typed, articles: list[Path]) -> None:
    """What each destination would get, with weight and limit; nothing is stored."""
    (shape,) = wireroom("preview", "--json", articles[0]).shapes
    bird = next(post for post in shape["posts"] if post["destination"] == "birds")
    assert bird["limit"] == 280
    assert 0 < bird["weight"] <= 280
    assert bird["text"].count(bird["link"]) == 1
    said = wireroom("preview", articles[0])
    assert f"── birds (x, weight {bird['weight']} of 280)" in said.out
    assert bird["text"] in said.out
    assert wireroom("log", "--json").shapes == []


def test_the_log_is_narrowed(wireroom: Typed, articles: list[Path]) -> None:
    """Newest first; by article, destination, state, age and number."""
    wireroom("publish", *articles)
    ids = [int(shape["id"]) for shape in wireroom("log", "--json").shapes]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 6
    assert {s["destination"] for s in wireroom("log", "--json", "--destination", "birds").shapes} == {"birds"}
    assert len(wireroom("log", "--json", "--article", "The Ferry Misses").shapes) == 2
    uid = wireroom("log", "--json").shapes[0]["article"]
    assert len(wireroom("log", "--json", "--article", uid).shapes) == 2
    assert wireroom("log", "--json", "--state", "failed", "--state", "delivered").shapes == []
    assert len(wireroom("log", "--json", "--state", "planned", "--limit", "3").shapes) == 3
    assert len(wireroom("log", "--json", "--since", "1h").shapes) == 6
    assert wireroom("log", "--json", "--since", "2999-01-01").shapes == []


def test_no_such_thing(wireroom: Typed) -> None:
    """A destination or a delivery that never was ends with 3 and one line."""
    for words in (["log", "--destination", "brids"], ["show", "99"], ["show", "abc"], ["retry", "9" * 40]):
        said = wireroom(*words)
        assert (said.code, said.out) == (3, "")
        assert len(said.err.splitlines()) == 1
    assert "did you mean `birds`?" in wireroom("log", "--destination", "brids").err


def test_the_log_for_people(wireroom: Typed, articles: list[Path]) -> None:
    """A table with a line for each delivery; a sentence where there is none."""
    assert wireroom("log").out == "no deliveries\n"
    wireroom("publish", articles[0])
    head, *lines = wireroom("log").out.splitlines()
    assert head.split()[:3] == ["ID", "WHEN", "DESTINATION"]
    assert len(lines) == 2


def deliver(newsroom: Path, destination: str) -> None:
    """Do what a worker would do on a destination."""
    with open_app(newsroom, env={}, secrets=True) as app:
        app.lanes.drain(destination)


def test_show_tells_everything(wireroom: Typed, newsroom: Path, articles: list[Path]) -> None:
    """The exact post, every attempt, every move; as JSON and for people."""
    wireroom("publish", articles[0])
    deliver(newsroom, "feeds")
    (row,) = wireroom("log", "--json", "--destination", "feeds").shapes
    assert row["state"] == "delivered"
    (shape,) = wireroom("show", row["id"], "--json").shapes
    assert shape.items() >= row.items()
    assert shape["post"]["title"] == "The Ferry Leaves the Harbor Before Dawn"
    assert [move["to"] for move in shape["moves"]] == ["planned", "sending", "delivered"]
    assert shape["attempt_log"][0]["outcome"] == "receipt"
    said = wireroom("show", row["id"]).out
    assert "receipt" in said
    assert row["article"] in said


def typing(newsroom: Path, *words: object) -> subprocess.Popen[str]:
    """A command in a process of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("WIREROOM")}
    line = [sys.executable, "-m", "wireroom", *map(str, words)]
    return subprocess.Popen(line, cwd=newsroom, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def planned(wireroom: Typed) -> bool:
    """Whether something waits for a worker."""
    return bool(wireroom("log", "--json", "--state", "planned").shapes)


def test_wait_waits_for_the_end(wireroom: Typed, newsroom: Path, articles: list[Path]) -> None:
    """--wait ends when every delivery has ended, with 0, and tells the state each ended in."""
    wireroom("log")
    command = typing(newsroom, "publish", "--wait", "--to", "feeds", "--json", articles[0])
    end = time.monotonic() + 60
    while not planned(wireroom) and time.monotonic() < end:
        time.sleep(0.05)
    assert command.poll() is None
    deliver(newsroom, "feeds")
    out, _ = command.communicate(timeout=60)
    assert command.returncode == 0
    assert json.loads(out)["deliveries"][0]["state"] == "delivered"


def test_wait_ends_with_1_when_it_was_too_short(wireroom: Typed, articles: list[Path]) -> None:
    """What has not ended within --timeout is named; the posts stay queued."""
    said = wireroom("publish", "--wait", "--timeout", "0.2s", "--json", articles[0])
    assert said.code == 1
    assert len([line for line in said.err.splitlines() if "has not ended: planned" in line]) == 2
    assert len(said.shapes) == 1


def test_follow_tells_moves_as_they_happen(wireroom: Typed, newsroom: Path, articles: list[Path]) -> None:
    """--follow prints what is there and then every move, one JSON object per line, until it is stopped."""
    wireroom("publish", articles[0])
    command = typing(newsroom, "log", "--follow", "--json", "--destination", "feeds")
    assert command.stdout
    try:
        first = json.loads(command.stdout.readline())
        deliver(newsroom, "feeds")
        moves = [json.loads(command.stdout.readline()) for _ in range(2)]
    finally:
        command.terminate()
        command.communicate(timeout=60)
    assert first["state"] == "planned"
    assert [(shape["id"], shape["move"]["to"]) for shape in moves] == [
        (first["id"], "sending"),
        (first["id"], "delivered"),
    ]
