"""What waits: too late to be fresh, too old to go out, or merged into the newest revision."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireroom.compose.waiting import late, merge, sort_out
from wireroom.model.delivery import Delivery, Move, State, after
from wireroom.model.destination import Gap
from wireroom.model.post import Action

NOW = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
CREATE, AMEND, RETRACT = Action.CREATE, Action.AMEND, Action.RETRACT
DELIVERED, FAILED, CANCELLED = State.DELIVERED, State.FAILED, State.CANCELLED
PLANNED, HELD, SENDING, UNCONFIRMED = State.PLANNED, State.HELD, State.SENDING, State.UNCONFIRMED
GAP = Gap(timedelta(seconds=30), timedelta(minutes=10))
Told = tuple[Action, State]


def chain(*told: Told, **changes: object) -> list[Delivery]:
    """Deliveries of one article, oldest first, each a revision of its own; `changes` apply to those that wait."""
    made = []
    for number, (action, state) in enumerate(told, 1):
        plain = Delivery(
            id=str(number + 8),  # so that 10 comes after 9
            uid="tag:harbor.example,2026-01-10:a",
            revision=number,
            destination="page",
            channel="facebook",
            action=action,
            state=state,
            due=NOW,
            created=NOW,
            published_at=NOW,
            meant=NOW,
        )
        waits = state in (PLANNED, HELD)
        made.append(replace(plain, **changes) if waits else plain)  # type: ignore[arg-type]
    return made


def fates(*told: Told, **changes: object) -> tuple[str, ...]:
    """What becomes of each delivery: "goes", "first", or the move that ends it; "-" for those that do not wait."""
    told_of = chain(*told, **changes)
    merged = merge(told_of, NOW)
    ended = {each.delivery.id: each.move.value for each in merged.ended}
    first = merged.first.id if merged.first else ""
    return tuple(
        "first" if each.id == first else ended.get(each.id, "goes") if each.state in (PLANNED, HELD) else "-"
        for each in told_of
    )


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ([(CREATE, PLANNED)], ["goes"]),
        ([(CREATE, PLANNED), (CREATE, PLANNED)], ["supersede", "goes"]),
        ([(CREATE, DELIVERED), (AMEND, PLANNED)], ["-", "goes"]),
        ([(CREATE, DELIVERED), (AMEND, PLANNED), (AMEND, PLANNED)], ["-", "supersede", "goes"]),
        ([(CREATE, SENDING), (AMEND, PLANNED), (AMEND, PLANNED)], ["-", "supersede", "goes"]),
        ([(CREATE, UNCONFIRMED), (AMEND, PLANNED), (RETRACT, PLANNED)], ["-", "supersede", "goes"]),
        ([(CREATE, DELIVERED), (AMEND, PLANNED), (RETRACT, PLANNED)], ["-", "supersede", "goes"]),
        ([(CREATE, PLANNED), (RETRACT, PLANNED)], ["supersede", "cancel"]),
        ([(CREATE, PLANNED), (AMEND, PLANNED)], ["supersede", "first"]),
        ([(CREATE, PLANNED), (AMEND, PLANNED), (AMEND, PLANNED)], ["supersede", "supersede", "first"]),
        ([(CREATE, PLANNED), (AMEND, PLANNED), (RETRACT, PLANNED)], ["supersede", "supersede", "cancel"]),
        ([(CREATE, FAILED), (AMEND, PLANNED)], ["-", "first"]),
        ([(CREATE, CANCELLED), (AMEND, PLANNED)], ["-", "cancel"]),
        ([(CREATE, FAILED), (RETRACT, PLANNED)], ["-", "cancel"]),
        ([(CREATE, DELIVERED), (RETRACT, DELIVERED), (AMEND, PLANNED)], ["-", "-", "cancel"]),
        ([(CREATE, DELIVERED), (RETRACT, PLANNED), (CREATE, PLANNED)], ["-", "goes", "goes"]),
        ([(CREATE, PLANNED), (RETRACT, PLANNED), (CREATE, PLANNED)], ["supersede", "supersede", "goes"]),
        ([(CREATE, PLANNED), (CREATE, DELIVERED)], ["supersede", "-"]),
        ([(AMEND, PLANNED), (RETRACT, DELIVERED)], ["supersede", "-"]),
    ],
)
def test_what_waits_is_merged(told: list[Told], what: list[str]) -> None:
    """Of what waits for one article on one destination only what the newest revision needs goes out."""
    assert fates(*told) == tuple(what)


def test_a_person_s_hold_is_not_got_round() -> None:
    """What a person holds takes no place, and a change of a held first post waits behind it; it can be superseded."""
    told = chain((CREATE, DELIVERED), (AMEND, PLANNED), (AMEND, HELD))
    assert merge(told, NOW).ended == ()
    assert fates((CREATE, HELD), (AMEND, PLANNED)) == ("goes", "goes")
    assert fates((CREATE, DELIVERED), (AMEND, HELD), (AMEND, PLANNED)) == ("-", "supersede", "goes")


def test_what_is_due_later_takes_no_place_yet() -> None:
    """A post that is to be taken back tomorrow still goes out today."""
    told = chain((CREATE, PLANNED), (RETRACT, PLANNED))
    later = [told[0], replace(told[1], due=NOW + timedelta(days=1))]
    assert merge(later, NOW).ended == ()
    assert len(merge(later, NOW + timedelta(days=1)).ended) == 2


def test_a_first_post_that_was_in_doubt_is_never_made_another() -> None:
    """A post that was in doubt goes out as it was before it is changed: the platform can tell that it is the same."""
    assert fates((CREATE, PLANNED), (AMEND, PLANNED), (AMEND, PLANNED), doubted=True) == ("goes", "supersede", "goes")


def test_what_may_be_out_is_looked_for_first() -> None:
    """A first post that may be out since before it was made is not merged, taken back or expired before a look."""
    before = NOW - timedelta(seconds=1)
    told: list[Told] = [(CREATE, PLANNED), (AMEND, PLANNED), (RETRACT, PLANNED)]
    assert fates(*told, first_touched=before) == ("goes", "supersede", "goes")
    assert fates(*told[:2], first_touched=before) == ("goes", "goes")
    old = chain(*told[:2], first_touched=before, published_at=NOW - timedelta(days=3))
    assert sort_out(old, timedelta(days=2), NOW).ended == ()
    assert fates(*told[:2], first_touched=NOW) == ("supersede", "first")
    failed = chain((CREATE, FAILED), (AMEND, PLANNED))
    assert merge([replace(failed[0], first_touched=before), failed[1]], NOW).first is None


def test_what_is_merged_says_what_took_its_place() -> None:
    """The reason names the revision that took the place; a change that goes out as the first post keeps its time."""
    merged = merge(chain((CREATE, PLANNED), (AMEND, PLANNED), meant=NOW - timedelta(hours=2)), NOW)
    assert merged.ended[0].why == "revision 2 takes its place"
    assert merged.meant == NOW - timedelta(hours=2)
    taken = merge(chain((CREATE, DELIVERED), (AMEND, PLANNED), (RETRACT, PLANNED)), NOW)
    assert taken.ended[0].why == "delivery 11 takes it back"


@pytest.mark.parametrize(
    ("told", "moves"),
    [
        ([(CREATE, PLANNED)], {"9": "expire"}),
        ([(CREATE, HELD)], {"9": "expire"}),
        ([(CREATE, DELIVERED), (AMEND, PLANNED)], {}),
        ([(CREATE, DELIVERED), (RETRACT, PLANNED)], {}),
        ([(CREATE, PLANNED), (AMEND, PLANNED)], {"9": "supersede", "10": "expire"}),
        ([(CREATE, HELD), (AMEND, PLANNED)], {"9": "expire", "10": "cancel"}),
    ],
)
def test_only_first_posts_get_too_old(told: list[Told], moves: dict[str, str]) -> None:
    """A first post expires with what hangs on it, held or not; a correction or a retraction never does."""
    old = chain(*told, published_at=NOW - timedelta(days=3))
    ended = sort_out(old, timedelta(days=2), NOW).ended
    assert {each.delivery.id: each.move.value for each in ended} == moves
    assert all("published 3d ago" in each.why for each in ended if each.move is Move.EXPIRE)
    assert sort_out(old, None, NOW) == merge(old, NOW)


def test_who_is_late() -> None:
    """A first post is late when it is further behind the time it was meant for than the destination allows."""
    (post,) = chain((CREATE, PLANNED))
    moment = timedelta(microseconds=1)
    assert not late(post, GAP, NOW + GAP.late)
    assert late(post, GAP, NOW + GAP.late + moment)
    long_after = NOW + timedelta(days=1)
    assert late(replace(post, due=long_after), GAP, long_after)
    assert not late(replace(post, meant=long_after), GAP, long_after)
    assert not late(replace(post, breaking=True), GAP, long_after)
    assert not late(replace(post, action=AMEND), GAP, long_after)
    assert not late(post, Gap(), long_after)


def histories() -> st.SearchStrategy[list[Told]]:
    """Any life of one article on one destination: what is gone, perhaps one on the wire, and what waits."""

    @st.composite
    def build(draw: st.DrawFn) -> list[Told]:
        told: list[Told] = []
        there = False
        for _ in range(draw(st.integers(0, 3))):
            action = draw(st.sampled_from([AMEND, RETRACT])) if there else CREATE
            state = draw(st.sampled_from([DELIVERED, DELIVERED, FAILED, CANCELLED]))
            told.append((action, state))
            if state is DELIVERED:
                there = action is not RETRACT
        if draw(st.booleans()):
            told.append((AMEND if there else CREATE, draw(st.sampled_from([SENDING, UNCONFIRMED]))))
            there = True
        wanted = there
        for _ in range(draw(st.integers(1, 4))):
            first = not wanted and (not told or draw(st.booleans()))
            action = CREATE if first else draw(st.sampled_from([AMEND, AMEND, RETRACT]))
            told.append((action, PLANNED))
            wanted = action is not RETRACT
        return told

    return build()


def carried(deliveries: list[Delivery], first: Delivery | None) -> tuple[int | None, int]:
    """What a platform shows (a revision, or nothing) after these went out in order, and how many calls that took."""
    shown: int | None = None
    calls = 0
    for each in deliveries:
        if each.state in (FAILED, CANCELLED):
            continue
        action = CREATE if first and each.id == first.id else each.action
        assert (shown is None) == (action is CREATE), f"{action.value} of a platform that shows {shown}"
        shown = None if action is RETRACT else each.revision
        calls += each.state is PLANNED
    return shown, calls


@given(told=histories())
def test_any_history_ends_with_the_newest_revision_by_the_fewest_calls(told: list[Told]) -> None:
    """What the platform shows in the end is what the newest delivery wants, and nothing is asked of it in vain."""
    deliveries = chain(*told)
    merged = merge(deliveries, NOW)
    gone = {each.delivery.id for each in merged.ended} - ({merged.first.id} if merged.first else set())
    for each in merged.ended:
        assert after(each.delivery.state, each.move) is CANCELLED
    left = [each for each in deliveries if each.id not in gone]
    assert merge([each for each in left if each is not merged.first], NOW).ended == ()
    shown, calls = carried(left, merged.first)
    newest, before = deliveries[-1], [each for each in deliveries if each.state is not PLANNED]
    stood, _ = carried(before, None)
    begun = [each for each in deliveries if each.action is CREATE]
    called_off = stood is None and begun[-1].state in (CANCELLED, DELIVERED) and newest.action is AMEND
    if newest.action is RETRACT or called_off:
        assert (shown, calls) == (None, int(stood is not None))
        return
    assert shown == newest.revision
    anew = newest.action is CREATE and stood is not None  # taken back before, and then put there again: two calls
    assert calls == (2 if anew else 1)
