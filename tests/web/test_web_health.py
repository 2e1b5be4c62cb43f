"""Health for machines: alive, able to work, and numbers Prometheus reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.web.conftest import Opener, Room, opened

from wireroom.model.delivery import Move
from wireroom.model.trouble import Trouble, TroubleKind
from wireroom.web.health import readiness


@pytest.fixture
def working(tmp_path: Path, sqlite_url: str, redis_url: str) -> Iterator[Room]:
    """A newsroom with a broker, a worker and a scheduler that gave signs of life."""
    with opened(tmp_path, sqlite_url, broker=redis_url) as room:
        room.app.store.beat("worker", "worker@test")
        room.app.store.beat("scheduler", "scheduler@test")
        yield room


def samples(room: Room) -> dict[tuple[str, str], float]:
    """Every sample of /metrics, by its name and its labels."""
    answer = room.get("/metrics", headers={})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = list(text_string_to_metric_families(answer.text))
    assert all(family.type == "gauge" and family.documentation for family in families)
    assert len({family.name for family in families}) == len(families)
    return {
        (sample.name, ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def gone(room: Room) -> None:
    """Take the newsroom's database away."""
    room.app.store.close()
    place = room.app.settings.var / "wireroom.db"
    for file in place.parent.glob("wireroom.db*"):
        file.unlink()
    place.mkdir()


def test_alive_is_alive(small: Room) -> None:
    """/healthz answers whoever asks, whatever else is down."""
    gone(small)
    answer = small.get("/healthz", headers={})
    assert (answer.status_code, answer.json()) == (200, {"status": "alive", "troubles": None})
    assert small.ask("HEAD", "/healthz").content == b""


def test_alive_while_the_database_keeps_us_waiting(small: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that gives no answer in time makes nobody believe that the web is dead."""
    go_on = threading.Event()

    def wait() -> list[object]:
        go_on.wait(30)
        return []

    monkeypatch.setattr(small.app.store, "open_troubles", wait)
    try:
        answer = small.get("/healthz", headers={})
    finally:
        go_on.set()
    assert (answer.status_code, answer.json()) == (200, {"status": "alive", "troubles": None})


def test_ready_when_everything_is_there(working: Room) -> None:
    """/readyz is 200 when database, broker, worker and scheduler are all there, and names each."""
    answer = working.get("/readyz", headers={})
    told = {"status": "ready", "database": "ok", "broker": "ok", "worker": "ok", "scheduler": "ok", "troubles": []}
    assert (answer.status_code, answer.json()) == (200, told)


def test_not_ready_tells_what_is_down(room: Room) -> None:
    """/readyz is 503 and says which part is down: here there is a worker, and nothing else."""
    room.app.store.beat("worker", "worker@test")
    answer = room.get("/readyz", headers={})
    told = {"status": "not ready", "database": "ok", "broker": "down", "worker": "ok", "scheduler": "down"}
    assert (answer.status_code, answer.json()) == (503, {**told, "troubles": []})


def test_a_part_that_fell_silent_is_down(working: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign of life counts for half a minute."""
    now = working.app.store.now()
    beats = working.app.store.beats

    def old() -> list[object]:
        return [replace(beat, at=now - timedelta(seconds=40)) for beat in beats()]

    monkeypatch.setattr(working.app.store, "beats", old)
    assert working.get("/readyz").json()["worker"] == "down"


def test_without_a_database_nothing_is_ready(working: Room) -> None:
    """When the database is gone /readyz says so, and that the broker is still there."""
    gone(working)
    answer = working.get("/readyz", headers={})
    assert answer.status_code == 503
    assert (answer.json()["database"], answer.json()["broker"]) == ("down", "ok")


def test_a_broker_that_does_not_answer_is_down(open_room: Opener, tmp_path: Path) -> None:
    """A broker nobody listens at is down, and nothing breaks."""
    with open_room(broker=f"redis+socket://{tmp_path}/nobody.sock") as room:
        assert room.get("/readyz").json()["broker"] == "down"


def test_metrics_count_deliveries(room: Room) -> None:
    """The metrics tell deliveries by destination and state, closed destinations, parts and signs of life."""
    room.publish()
    room.deliver("x")
    room.settle(Move.LOSE, "page")
    room.app.store.set_standing("page", "locked", "no")
    room.app.store.beat("worker", "worker@test")
    told = samples(room)
    assert told["wireroom_deliveries", "destination=x,state=delivered"] == 1
    assert told["wireroom_deliveries", "destination=x,state=planned"] == 0
    assert told["wireroom_deliveries", "destination=page,state=unconfirmed"] == 1
    assert told["wireroom_destination_open", "destination=x"] == 1
    assert told["wireroom_destination_open", "destination=page"] == 0
    assert told["wireroom_part_up", "part=worker"] == 1
    assert told["wireroom_part_up", "part=scheduler"] == 0
    assert 0 <= told["wireroom_sign_of_life_seconds", "part=worker"] < 30


def test_metrics_without_a_database_still_tell(small: Room) -> None:
    """A scrape while the database is gone says that it is, rather than nothing."""
    gone(small)
    told = samples(small)
    assert told["wireroom_part_up", "part=database"] == 0
    assert not any(name == "wireroom_deliveries" for name, _ in told)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_health_is_not_kept(small: Room, path: str) -> None:
    """No cache keeps what was true a minute ago."""
    assert small.get(path).headers["cache-control"] == "no-store"


def test_troubles_are_told(working: Room) -> None:
    """/healthz counts what is wrong, /readyz lists it without being less ready, /metrics count it by kind."""
    working.app.store.note(
        [Trouble(TroubleKind.FAILED, f"x/{number}", f"x: “Secret plans” {number} has failed.") for number in (1, 2)]
    )
    assert working.get("/healthz", headers={}).json() == {"status": "alive", "troubles": 2}
    answer = working.get("/readyz", headers={})
    assert answer.status_code == 200
    assert [trouble["subject"] for trouble in answer.json()["troubles"]] == ["x/1", "x/2"]
    told = samples(working)
    assert told["wireroom_troubles", "kind=failed"] == 2
    assert told["wireroom_troubles", "kind=locked"] == 0
    assert {labels for name, labels in told if name == "wireroom_troubles"} == {f"kind={kind}" for kind in TroubleKind}


def test_what_troubles_say_is_for_those_who_may_look(working: Room) -> None:
    """Headlines in troubles are told at this machine and to who has the token; a stranger learns kinds and places."""
    working.app.store.note([Trouble(TroubleKind.FAILED, "x/1", "x: “Secret plans” has failed.")])
    strangers = {"host": "feeds.example.org"}
    (told,) = working.get("/readyz", headers=strangers).json()["troubles"]
    assert set(told) == {"kind", "subject", "since"}
    assert "Secret" not in working.get("/readyz", headers={"x-forwarded-for": "192.0.2.1"}).text
    for headers in ({}, {**strangers, "authorization": f"Bearer {working.token}"}):
        assert working.get("/readyz", headers=headers).json()["troubles"][0]["said"].startswith("x: “Secret plans”")


def test_how_long_a_part_may_be_silent_is_a_setting(open_room: Opener) -> None:
    """/readyz goes by the silence of [alerts], as alerts and `wireroom status` do."""
    with open_room() as room:
        room.app.store.beat("worker", "worker@test")
        for seconds, told in ((60, "ok"), (0, "down")):
            alerts = replace(room.app.settings.alerts, silence=timedelta(seconds=seconds))
            room.app.settings = replace(room.app.settings, alerts=alerts)
            assert readiness(room.app)["worker"] == (told == "ok")
