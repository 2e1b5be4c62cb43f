"""From what is seen to what is wrong: pure, and a sentence for people each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireroom.dispatch.troubles import Observations, Sight, lines, troubles
from wireroom.model.delivery import Delivery, Failure, State
from wireroom.model.destination import Destination, Settle, Standing
from wireroom.model.post import Action
from wireroom.model.trouble import Noted, Trouble, TroubleKind

NOW = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)  # noon in Tokyo
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
PLACE = Destination(name="x", channel="x", settle=Settle(30 * SECOND, 2))
ALIVE = {"worker": NOW, "scheduler": NOW, "tick": NOW, "broker": NOW}
QUIET = Observations(
    now=NOW,
    began=NOW - HOUR,
    silence=30 * SECOND,
    zone="Asia/Tokyo",
    signs=ALIVE,
    sights=(),
    doubtful=(),
    settles={"x": PLACE.settle},
    usual=Settle(),
)
DELIVERY = Delivery(
    id="17",
    uid="tag:test,2026:a",
    revision=1,
    destination="x",
    channel="x",
    action=Action.CREATE,
    state=State.PLANNED,
    due=NOW - 20 * MINUTE,
    created=NOW - HOUR,
    title="Ferry leaves on time",
)


def sight(**changes: object) -> Sight:
    """What is seen of an X account where all is well, but for the changes."""
    values: dict[str, object] = {"destination": PLACE, "standing": Standing(name="x"), **changes}
    return Sight(**values)  # type: ignore[arg-type]


def found(seen: Observations = QUIET, **changes: object) -> dict[tuple[str, str], str]:
    """What is wrong, with the sentence on it, when this is seen of one account."""
    return {each.key: each.said for each in troubles(replace(seen, sights=(sight(**changes),)))}


def test_where_all_is_well_nothing_is_wrong() -> None:
    """Parts that live and an open destination with nothing late are no trouble; nor is a paused one, however long."""
    assert found() == {}
    assert found(standing=Standing(name="x", state="paused", since=NOW - 1000 * HOUR), late=9, oldest=DELIVERY) == {}


@pytest.mark.parametrize(
    ("part", "kind", "said"),
    [
        ("worker", "worker", "No worker has shown life since 11:59: nothing goes out"),
        ("scheduler", "scheduler", "No scheduler has shown life since 11:59"),
        ("tick", "scheduler", "The scheduler has finished no tick since 11:59"),
        ("broker", "broker", "The broker has not answered since 11:59"),
    ],
)
def test_a_part_that_fell_silent(part: str, kind: str, said: str) -> None:
    """A part, or the scheduler's tick, is missed once it has been silent for longer than it may."""
    still = replace(QUIET, signs={**ALIVE, part: NOW - 30 * SECOND})
    silent = replace(QUIET, signs={**ALIVE, part: NOW - 31 * SECOND})
    never = replace(QUIET, signs={name: at for name, at in ALIVE.items() if name != part})
    assert found(still) == {}
    assert list(found(silent)) == [(kind, "scheduler" if part == "tick" else part)]
    assert next(iter(found(silent).values())).startswith(said)
    assert found(never)
    assert found(replace(silent, began=NOW - 30 * SECOND)) == {}, "who listens for half a minute has heard no silence"


def test_a_dead_scheduler_is_one_trouble() -> None:
    """A scheduler that is gone does not tick either, and that is not told beside it."""
    signs = {**ALIVE, "scheduler": NOW - HOUR, "tick": NOW - HOUR}
    assert list(found(replace(QUIET, signs=signs))) == [("scheduler", "scheduler")]


def test_a_locked_destination_says_what_to_do() -> None:
    """The lock's own reason is told, and how to go on."""
    said = found(standing=Standing(name="x", state="locked", reason="the token was revoked: make a new one"))
    assert said == {
        ("locked", "x"): "x waits for a person: the token was revoked: make a new one. "
        "When that is done: `wireroom resume x`."
    }


def test_a_backlog_says_how_much_since_when_and_why() -> None:
    """How many posts are late, since when, which is first, and what keeps them where that is known."""
    told = found(late=7, oldest=DELIVERY)["backlog", "x"]
    assert told.startswith("x: 7 posts are due and not out, since 11:40: “Ferry leaves on time”. `wireroom status`")
    resting = Standing(name="x", rests_until=NOW + HOUR, rests_why="X asks us to wait")
    told = found(late=1, oldest=DELIVERY, standing=resting)["backlog", "x"]
    assert told == (
        "x: A post is due and not out, since 11:40: “Ferry leaves on time”. It rests until 13:00: X asks us to wait."
    )
    tried = replace(DELIVERY, due=NOW + HOUR, first_touched=NOW - HOUR, reason="no route; tried 3 of 8, again in 59m")
    assert found(late=1, oldest=tried)["backlog", "x"].endswith(
        "since 11:00: “Ferry leaves on time”. no route; tried 3 of 8, again in 59m."
    )


def test_credentials_that_end_soon() -> None:
    """What the credentials warn of is told as it stands, as a sentence."""
    assert found(warning="the token ends on 24 January") == {("credentials", "x"): "x: the token ends on 24 January."}


def test_a_failed_delivery() -> None:
    """Which post, why, and what to type."""
    failed = replace(DELIVERY, state=State.FAILED, error=Failure("rejected", "403", "X refuses it"), reason="")
    amend = replace(failed, id="18", action=Action.AMEND, title="L" * 200)
    told = found(failed=(failed, amend))
    assert told["failed", "x/17"] == (
        "x: “Ferry leaves on time” has failed: X refuses it. `wireroom show 17` has it all; when that is mended, "
        "`wireroom retry 17`."
    )
    assert told["failed", "x/18"].startswith(f"x: the amend of “{'L' * 79}…” has failed")


def test_a_post_that_is_not_to_be_seen() -> None:
    """Where it should be, and whom to ask: the platform, or for a feed our own web."""
    sent = replace(DELIVERY, state=State.DELIVERED, delivered=NOW - 14 * MINUTE, remote_url="https://x.com/i/1")
    told = found(unseen=(sent,))["unseen", "x/17"]
    assert told.startswith(
        "x: “Ferry leaves on time” was delivered at 11:46, and is not to be seen there (https://x.com/i/1)"
    )
    assert "is the web part running" in found(unseen=(sent,), social=False)["unseen", "x/17"]


def test_doubt_is_a_trouble_once_its_looks_should_be_over() -> None:
    """Unconfirmed is nothing to call a person for while it is looked for; five minutes after that it is."""
    lost = replace(DELIVERY, state=State.UNCONFIRMED, reason="could not be looked for")
    edge = NOW - 60 * SECOND - 5 * MINUTE
    assert troubles(replace(QUIET, doubtful=((lost, edge),))) == []
    (told,) = troubles(replace(QUIET, doubtful=((lost, edge - SECOND),)))
    assert told.key == ("unconfirmed", "x/17")
    assert (
        "unconfirmed since 11:53: could not be looked for. Look whether it is there: `wireroom confirm 17`" in told.said
    )
    elsewhere = replace(lost, destination="gone")
    assert troubles(replace(QUIET, doubtful=((elsewhere, NOW - HOUR),)))[0].place == "gone"


def test_another_day_is_named() -> None:
    """A time that is not today's comes with its day, in the newsroom's zone."""
    signs = {**ALIVE, "worker": NOW - 13 * HOUR}
    seen = replace(QUIET, signs=signs, began=NOW - 20 * HOUR)
    assert "since 23:00 on 9 January:" in next(iter(found(seen).values()))


def test_many_of_a_kind_on_one_place_are_one_line() -> None:
    """Troubles of one kind on one place are one line with the first as an example, a count, and the oldest time."""
    noted = [
        Noted(Trouble(TroubleKind.FAILED, f"x/{number}", f"x: {number} failed."), NOW - number * MINUTE, NOW)
        for number in range(12)
    ]
    other = Noted(Trouble(TroubleKind.FAILED, "page/99", "page: 99 failed."), NOW, NOW)
    one, two = lines([*noted[:5], other, *noted[5:]])
    assert (str(one), one.since, one.number) == ("x: 0 failed. And 11 more like it on x.", NOW - 11 * MINUTE, 12)
    assert str(two) == "page: 99 failed."


@given(
    st.lists(
        st.builds(
            Trouble, st.sampled_from(TroubleKind), st.sampled_from(["x", "x/1", "x/2", "page/1", "worker"]), st.text()
        )
    )
)
def test_lines_leave_nobody_out(found: list[Trouble]) -> None:
    """However troubles are gathered into lines, each is counted once and every place is named."""
    gathered = lines(Noted(each, NOW, NOW) for each in found)
    assert sum(line.number for line in gathered) == len(found)
    assert {(line.kind, line.place) for line in gathered} == {(each.kind, each.place) for each in found}
    assert len(gathered) == len({(line.kind, line.place) for line in gathered})


@given(
    st.integers(0, 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.timedeltas(timedelta(0), timedelta(days=900)),
    st.sampled_from(["locked", "open", "paused"]),
    st.text(max_size=50),
    st.booleans(),
)
def test_every_trouble_is_one_line_of_text(now: datetime, ago: timedelta, state: str, why: str, social: bool) -> None:
    """Whatever a platform or a headline says, a trouble is one sentence on one line, and names its place."""
    odd = replace(DELIVERY, title=why, reason=why, due=now - ago, created=now - ago, delivered=now - ago)
    seen = replace(
        QUIET,
        now=now,
        began=now - ago,
        signs={},
        doubtful=((odd, now - ago),),
        sights=(
            sight(
                standing=Standing(name="x", state=state, reason=why, rests_until=now + ago, rests_why=why),
                failed=(odd,),
                unseen=(odd,),
                late=1,
                oldest=odd,
                social=social,
                warning=why,
            ),
        ),
    )
    for each in troubles(seen):
        assert each.said.splitlines() == [each.said]
        assert each.place in each.said or each.kind in {"worker", "scheduler", "broker"}
