"""One lane over a real store and a scripted platform."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.dispatch.conftest import LOG, bench_on

from wireroom.dispatch.lane import Slice
from wireroom.dispatch.looks import take_back_lost
from wireroom.dispatch.people import People
from wireroom.model.delivery import Claim, Delivery, Move, State, fold
from wireroom.model.destination import Budget, Quiet
from wireroom.model.errors import Duplicate, LockedOut, NotSent, RateLimited, Rejected, StoreError, Unsure
from wireroom.model.post import Post, Quota, Receipt

if TYPE_CHECKING:
    from tests.dispatch.conftest import Bench
    from tests.servers import Postgres


def titles(posts: list[Post]) -> list[str]:
    """The articles' names in posts."""
    return [post.title for post in posts]


def test_what_is_due_goes_out_with_proof(bench: Bench) -> None:
    """A due delivery is sent once and ends delivered, with the platform's id and every move in its log."""
    bench.plan("a")
    carried = bench.lane.run()
    there = bench.now()
    assert (carried.number, carried.more) == (1, False)
    assert (there.state, there.remote_id, there.attempts) == (State.DELIVERED, "1", 1)
    assert bench.moves(there) == ["plan", "claim", "receipt"]
    assert fold(bench.store.dossier(there.id).entries) is there.state


def test_nothing_is_sent_twice(bench: Bench) -> None:
    """A lane that runs again finds nothing to do."""
    bench.plan("a", "b")
    bench.lane.run()
    bench.lane.run()
    assert titles(bench.platform.sent) == ["a", "b"]


def test_breaking_news_overtakes_and_new_goes_before_retries(bench: Bench) -> None:
    """Breaking news goes first, then what was never tried, then retries."""
    bench.plan("tried")
    bench.platform.script = [NotSent("no route")]
    bench.lane.run()
    bench.clock.turn(minutes=5)
    bench.plan("new")
    bench.plan("breaking", breaking=True)
    bench.lane.run()
    assert titles(bench.platform.sent) == ["tried", "breaking", "new", "tried"]


def test_what_never_left_is_tried_again_until_attempts_run_out(bench: Bench) -> None:
    """A delivery that never left is retried with backoff, and fails with the last reason when attempts run out."""
    bench.plan("a")
    bench.platform.script = [NotSent("no route")] * 3
    for _ in range(3):
        bench.lane.run()
        bench.clock.turn(hours=1)
    there = bench.now()
    assert there.state is State.FAILED
    assert there.error is not None
    assert there.error.kind == "not-sent"
    assert bench.moves(there) == ["plan", "claim", "retry", "claim", "retry", "claim", "reject"]


def test_silence_is_looked_up_and_confirmed(bench: Bench) -> None:
    """After an unclear answer the post is looked for, found, and delivered under the platform's id; sent once."""
    bench.plan("a")
    bench.platform.script = [Unsure("closed before an answer")]
    bench.lane.run()
    assert bench.now().state is State.UNCONFIRMED
    bench.platform.there[bench.platform.sent[0].key] = Receipt(remote_id="990")
    assert bench.looker.run() == 0
    bench.clock.turn(seconds=31)
    bench.lane.run()
    assert bench.looker.run() == 1
    there = bench.now()
    assert (there.state, there.remote_id) == (State.DELIVERED, "990")
    assert len(bench.platform.sent) == 1
    assert bench.moves(there) == ["plan", "claim", "lose", "confirm"]


def test_absent_twice_is_sent_again_with_the_same_bytes(bench: Bench) -> None:
    """A post that two looks did not find is sent again, byte for byte."""
    bench.plan("a")
    bench.platform.script = [Unsure("closed before an answer")]
    bench.lane.run()
    for _ in range(2):
        bench.clock.turn(seconds=31)
        bench.looker.run()
    bench.lane.run()
    there = bench.now()
    assert there.state is State.DELIVERED
    assert bench.platform.sent[0] == bench.platform.sent[1]
    assert bench.moves(there) == ["plan", "claim", "lose", "postpone", "absent", "claim", "receipt"]


def test_a_platform_that_cannot_be_asked_proves_nothing(bench: Bench) -> None:
    """While looks get no answer nothing is sent again, however long that takes."""
    bench.plan("a")
    bench.platform.script = [Unsure("closed before an answer")]
    bench.lane.run()
    bench.platform.blind = NotSent("timeline is down")
    for _ in range(5):
        bench.clock.turn(hours=2)
        bench.looker.run()
        bench.lane.run()
    assert bench.now().state is State.UNCONFIRMED
    assert len(bench.platform.sent) == 1


def test_a_duplicate_after_a_doubt_is_looked_up(bench: Bench) -> None:
    """When a second try is refused as a duplicate the first is there: it is looked for, not failed."""
    bench.plan("a")
    bench.platform.script = [Unsure("silence"), Duplicate("we have that")]
    bench.lane.run()
    for _ in range(2):
        bench.clock.turn(seconds=31)
        bench.looker.run()
    bench.lane.run()
    assert bench.now().state is State.UNCONFIRMED
    bench.platform.there[bench.platform.sent[0].key] = Receipt(remote_id="5")
    bench.clock.turn(seconds=31)
    bench.looker.run()
    assert (bench.now().state, bench.now().remote_id) == (State.DELIVERED, "5")


def test_a_duplicate_that_is_never_shown_is_not_sent_for_ever(bench: Bench) -> None:
    """What a platform refuses as a duplicate, and never shows, is sent no more: a person is asked, it is looked for."""
    bench.plan("a")
    bench.platform.script = [Unsure("silence"), *[Duplicate("we have that")] * 20]
    for _ in range(20):
        bench.lane.run()
        bench.clock.turn(hours=2)
        bench.looker.run()
    there = bench.now()
    assert (there.state, len(bench.platform.sent)) == (State.UNCONFIRMED, 2)
    assert "a person must say whether it is there" in there.reason
    bench.platform.blind = NotSent("timeline is down")
    bench.clock.turn(hours=2)
    bench.looker.run()
    bench.platform.blind = None
    bench.platform.there[bench.platform.sent[0].key] = Receipt(remote_id="5")
    bench.clock.turn(hours=2)
    bench.looker.run()
    assert (bench.now().state, bench.now().remote_id) == (State.DELIVERED, "5")


def test_silence_each_time_uses_attempts_up(bench: Bench) -> None:
    """A platform that never answers clearly is asked as often as the rules say; then a person is, and may retry."""
    bench.plan("a")
    bench.platform.script = [Unsure("silence")] * 3
    for _ in range(20):
        bench.lane.run()
        bench.clock.turn(hours=2)
        bench.looker.run()
    there = bench.now()
    assert (there.state, len(bench.platform.sent)) == (State.UNCONFIRMED, 3)
    assert "tried 3 times" in there.reason
    People(bench.store, {"x": bench.place}).retry(there.id, "editor")
    bench.lane.run()
    assert bench.now().state is State.DELIVERED


def test_a_channel_that_breaks_has_decided_nothing(bench: Bench) -> None:
    """A bug in a channel leaves the delivery in doubt, never failed and never sent again unseen."""
    bench.plan("a")
    bench.platform.script = [RuntimeError("bug")]
    bench.lane.run()
    assert bench.now().state is State.UNCONFIRMED


def test_a_rejected_post_fails_and_the_next_goes_on(bench: Bench) -> None:
    """A post the platform refuses fails with its reason and holds nobody up."""
    bench.plan("a", "b")
    bench.platform.script = [Rejected("too rude", code="403")]
    bench.lane.run()
    assert (bench.now("a").state, bench.now("a").reason) == (State.FAILED, "too rude")
    assert bench.now("b").state is State.DELIVERED


def test_a_rate_limit_rests_the_whole_destination(bench: Bench) -> None:
    """After a rate limit nothing is called before the reset it named, and no attempt is lost."""
    bench.plan("a", "b")
    until = bench.clock() + timedelta(minutes=15)
    bench.platform.script = [RateLimited("slow down", until=until)]
    bench.lane.run()
    bench.clock.turn(minutes=14)
    bench.lane.run()
    assert len(bench.platform.sent) == 1
    assert bench.now("a").attempts == 0
    bench.clock.turn(minutes=1)
    bench.lane.run()
    assert {bench.now("a").state, bench.now("b").state} == {State.DELIVERED}


def test_a_locked_destination_waits_for_a_person(bench: Bench) -> None:
    """A lock stops the destination with what to do as its reason; after it is opened what waited goes out."""
    bench.plan("a", "b")
    bench.platform.script = [LockedOut("renew the token")]
    bench.lane.run()
    bench.clock.turn(hours=1)
    bench.lane.run()
    standing = bench.store.standing("x")
    assert (standing.state, standing.reason) == ("locked", "renew the token")
    assert len(bench.platform.sent) == 1
    bench.store.set_standing("x", "open", "token renewed")
    bench.lane.run()
    assert {bench.now("a").state, bench.now("b").state} == {State.DELIVERED}


def test_too_old_at_the_time_of_sending_is_not_posted(bench: Bench) -> None:
    """What waited longer than max_age expires with its reason instead of being posted."""
    bench.plan("a")
    bench.clock.turn(days=3)
    bench.lane.run()
    assert bench.now().state is State.CANCELLED
    assert "max_age is 2d" in bench.now().reason
    assert not bench.platform.sent


def test_embargo_is_checked_again_at_the_wire(bench: Bench) -> None:
    """A delivery that is due before its article's time of publication waits for that time."""
    bench.plan("a", published=bench.clock() + timedelta(hours=1))
    bench.lane.run()
    assert not bench.platform.sent
    bench.clock.turn(hours=1)
    bench.lane.run()
    assert len(bench.platform.sent) == 1


def test_quiet_hours_hold_all_but_breaking_news(bench: Bench) -> None:
    """In quiet hours only breaking news goes out; the rest follows at their end."""
    bench.place = replace(bench.place, quiet=Quiet(time(11), time(14)))
    bench.plan("a")
    bench.plan("b", breaking=True)
    bench.lane.run()
    assert titles(bench.platform.sent) == ["b"]
    bench.clock.turn(hours=2)
    bench.lane.run()
    assert titles(bench.platform.sent) == ["b", "a"]


def test_a_budget_is_refused_before_the_call(bench: Bench) -> None:
    """What would overdraw the day's budget waits for the next day, with the sum in its reason."""
    bench.place = replace(bench.place, budget=Budget(usd_per_day=0.5))
    bench.platform.cost = 0.2
    bench.plan("a", "b", "c")
    bench.lane.run()
    assert titles(bench.platform.sent) == ["a", "b"]
    assert "budget of $0.50 is used up: $0.40 spent" in bench.now("c").reason
    bench.clock.turn(hours=12)
    bench.lane.run()
    assert titles(bench.platform.sent) == ["a", "b", "c"]


def test_an_amend_follows_the_post_it_amends(bench: Bench) -> None:
    """An amendment waits for its post to be settled, and then changes it under the same id."""
    bench.plan("a")
    bench.plan("a", revision=2, action="amend")
    bench.platform.script = [Unsure("silence")]
    bench.lane.run()
    assert len(bench.platform.sent) == 1
    bench.platform.there[bench.platform.sent[0].key] = Receipt(remote_id="8")
    bench.clock.turn(seconds=31)
    bench.looker.run()
    bench.lane.run()
    assert (bench.now().action.value, bench.now().state, bench.now().remote_id) == ("amend", State.DELIVERED, "8")


def test_a_lane_stops_between_two_deliveries(bench: Bench) -> None:
    """Told to stop, a lane finishes what is on the wire and starts nothing new."""
    bench.plan("a", "b")
    send = bench.platform.send

    def stop_after(post: Post) -> Receipt:
        bench.stop = True
        return send(post)

    bench.platform.send = stop_after  # type: ignore[method-assign]
    carried = bench.lane.run()
    assert (carried.number, carried.more) == (1, True)
    assert bench.now("a").state is State.DELIVERED
    assert bench.now("b").state is State.PLANNED


def test_a_slice_ends(bench: Bench) -> None:
    """A lane gives way when its slice is used up, and says that there is more."""
    bench.plan(*(f"n{number}" for number in range(40)))
    carried = bench.lane.run(Slice(seconds=60, number=20))
    assert carried.more
    assert 20 <= carried.number < 40


@pytest.mark.parametrize(
    ("touched", "state"), [(False, State.PLANNED), (True, State.UNCONFIRMED)], ids=["before", "after"]
)
def test_a_lost_worker_is_taken_back(bench: Bench, touched: bool, state: State) -> None:
    """A lease that ran out before the wire was touched is planned again; after it, it is in doubt."""
    delivery = bench.plan("a")[0]
    claim = hold(bench, delivery)
    if touched:
        assert bench.store.touch(claim) == 1
    taken_back(bench, lambda _: False)
    assert bench.now().state is State.SENDING
    bench.clock.turn(minutes=2)
    taken_back(bench, lambda _: False)
    assert bench.now().state is state


def test_a_worker_known_to_be_gone_is_not_waited_for(bench: Bench) -> None:
    """What a holder that is gone for certain held is taken back at once."""
    hold(bench, bench.plan("a")[0])
    assert taken_back(bench, lambda holder: holder == "worker@test") == 1
    assert bench.now().state is State.PLANNED


def test_a_clock_that_jumps_ends_no_call(bench: Bench) -> None:
    """A lease that ran out under a worker not known to be dead is looked for only when its calls must have ended."""
    claim = hold(bench, bench.plan("a")[0])
    assert bench.store.touch(claim) == 1
    bench.clock.turn(hours=1)
    assert taken_back(bench, lambda _: False) == 1
    assert bench.now().due == bench.clock() + timedelta(seconds=3 * bench.place.timeout)
    assert timedelta(seconds=3 * bench.place.timeout) > bench.place.settle.after


def test_a_looker_known_to_be_gone_is_not_waited_for(bench: Bench) -> None:
    """A look whose process died is anybody's again at once, and what it was looking for is found."""
    bench.platform.script = [Unsure("no answer")]
    bench.plan("a")
    bench.lane.run()
    bench.platform.there[bench.platform.sent[0].key] = Receipt(remote_id="found")
    bench.clock.turn(minutes=1)
    (doubtful,) = bench.store.doubtful(limit=5)
    claim = bench.store.claim_look(doubtful, holder="looker@test", lease=timedelta(hours=1))
    assert claim is not None
    assert bench.store.open_look(claim) is not None
    assert (taken_back(bench, lambda _: False), bench.looker.run()) == (0, 0)
    assert (taken_back(bench, lambda holder: holder == "looker@test"), bench.looker.run()) == (1, 1)
    assert (bench.now().state, bench.now().remote_id) == (State.DELIVERED, "found")
    assert [attempt.outcome for attempt in bench.store.dossier(doubtful.id).attempts] == ["unsure", "unsure", "found"]


@pytest.mark.parametrize("ahead", [0, 14], ids=lambda minutes: f"{minutes}m")
def test_a_look_allows_for_a_clock_that_is_ahead(bench: Bench, ahead: int) -> None:
    """A post is looked for from so early on that a clock a quarter of an hour ahead of the platform's misses none."""
    posted = bench.clock() - timedelta(minutes=ahead)  # by the platform's clock
    asked: list[datetime] = []

    def find(post: Post, since: datetime) -> Receipt | None:
        asked.append(since)
        return Receipt(remote_id="found") if since <= posted else None

    bench.platform.find = find  # type: ignore[method-assign]
    bench.platform.script = [Unsure("no answer")]
    bench.plan("a")
    bench.lane.run()
    bench.clock.turn(minutes=1)
    bench.looker.run()
    assert bench.now().state is State.DELIVERED, asked


def test_a_stale_lease_cannot_write(bench: Bench) -> None:
    """A worker whose lease was taken away may not touch the wire."""
    claim = hold(bench, bench.plan("a")[0])
    bench.clock.turn(minutes=2)
    taken_back(bench, lambda _: False)
    assert bench.store.touch(claim) is None


@pytest.mark.parametrize(("slept", "sent"), [(29, 1), (31, 0), (600, 0)])
def test_who_slept_for_too_long_does_not_send(bench: Bench, slept: int, sent: int) -> None:
    """A worker that stood still after its claim sends only while its lease covers the whole send; nothing counts."""
    bench.plan("a")
    sleeping(bench, lambda: bench.clock.turn(seconds=slept))
    bench.lane.deliver(bench.now())
    assert len(bench.platform.sent) == sent
    assert (bench.now().state, bench.now().attempts) == ((State.DELIVERED, 1) if sent else (State.PLANNED, 0))


def test_who_slept_through_its_lease_has_nothing_to_say(bench: Bench) -> None:
    """A worker that wakes after its delivery was taken back does not send, and leaves it as it is."""
    bench.plan("a")

    def sleep() -> None:
        bench.clock.turn(minutes=5)
        taken_back(bench, lambda _: False)

    sleeping(bench, sleep)
    bench.lane.run()
    assert not bench.platform.sent
    assert bench.moves(bench.now()) == ["plan", "claim", "lose"]


def test_a_late_answer_is_still_the_truth(bench: Bench) -> None:
    """A receipt that comes after the lease was taken away confirms the delivery."""
    bench.plan("a")
    slowly(bench, lambda: None)
    bench.lane.run()
    assert (bench.now().state, bench.now().remote_id) == (State.DELIVERED, "late")
    assert bench.moves(bench.now()) == ["plan", "claim", "lose", "confirm"]


def test_a_receipt_does_not_depend_on_what_follows(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the step from one delivery to the next fails, the receipt is kept all the same and the lane goes on."""
    bench.plan("a", "b", "c")

    def broken(*_: object, **__: object) -> None:
        raise StoreError("the database does not answer")

    monkeypatch.setattr(bench.store, "settle_and_claim", broken)
    assert bench.lane.run().number == 3
    assert titles(bench.platform.sent) == ["a", "b", "c"]
    assert {bench.now(name).state for name in "abc"} == {State.DELIVERED}


def test_a_step_nobody_heard_the_end_of(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the step was written but word of it was lost, nothing is sent twice; what it held is looked for in time."""
    bench.plan("a", "b", "c")
    step = bench.store.settle_and_claim

    def unheard(*args: Any, **more: Any) -> None:
        step(*args, **more)
        monkeypatch.undo()
        raise StoreError("the connection broke")

    monkeypatch.setattr(bench.store, "settle_and_claim", unheard)
    bench.lane.run()
    assert titles(bench.platform.sent) == ["a", "c"]
    assert [bench.now(name).state for name in "abc"] == [State.DELIVERED, State.SENDING, State.DELIVERED]
    bench.clock.turn(minutes=2)
    taken_back(bench, lambda _: False)
    for _ in range(2):
        bench.clock.turn(seconds=61)
        bench.looker.run()
    bench.lane.run()
    assert titles(bench.platform.sent) == ["a", "c", "b"]
    assert bench.now("b").state is State.DELIVERED
    assert bench.moves(bench.now("a")) == ["plan", "claim", "receipt"]


def test_a_lane_survives_a_server_that_restarts(postgres_url: str, postgres_server: Postgres) -> None:
    """A Postgres that drops every connection while a post is on the wire costs no receipt and posts nothing twice."""
    with bench_on(postgres_url) as bench:
        bench.plan("a", "b", "c")
        send = bench.platform.send

        def interrupted(post: Post) -> Receipt:
            postgres_server.disconnect(postgres_url)
            return send(post)

        bench.platform.send = interrupted  # type: ignore[method-assign]
        for _ in range(4):
            with contextlib.suppress(StoreError):  # the daemon logs it, and the scheduler wakes the lane again
                bench.lane.run()
        assert titles(bench.platform.sent) == ["a", "b", "c"]
        assert {bench.now(name).state for name in "abc"} == {State.DELIVERED}


def test_what_follows_a_lease_that_was_lost(bench: Bench) -> None:
    """A receipt that comes after its lease confirms its own delivery, and the following goes out as ever."""
    bench.plan("a", "b")
    send = bench.platform.send

    def slow(post: Post) -> Receipt:
        if post.title == "a":
            bench.clock.turn(minutes=5)
            taken_back(bench, lambda _: False)
        return send(post)

    bench.platform.send = slow  # type: ignore[method-assign]
    bench.lane.run()
    assert bench.moves(bench.now("a")) == ["plan", "claim", "lose", "confirm"]
    assert bench.moves(bench.now("b")) == ["plan", "claim", "receipt"]


def test_what_follows_obeys_the_rules_of_its_moment(bench: Bench) -> None:
    """What became too old, or quiet, while the one before it was on the wire does not go out behind it."""
    bench.place = replace(bench.place, quiet=Quiet(time(13), time(14)))
    bench.plan("a", "b")
    send = bench.platform.send

    def slow(post: Post) -> Receipt:
        bench.clock.turn(minutes=61)
        return send(post)

    bench.platform.send = slow  # type: ignore[method-assign]
    bench.place = replace(bench.place, timeout=7200)
    bench.lane.run()
    assert titles(bench.platform.sent) == ["a"]
    assert (bench.now("b").state, bench.now("b").reason) == (State.PLANNED, "quiet hours")


def test_a_lane_makes_room_for_another(bench: Bench) -> None:
    """Where the next one was taken by somebody else every second one is left to them, and what they leave goes out."""
    bench.plan(*"abcdefg")
    send = bench.platform.send

    def beside(post: Post) -> Receipt:
        if post.title == "a":
            hold(bench, bench.now("b"))
        return send(post)

    bench.platform.send = beside  # type: ignore[method-assign]
    bench.lane.run()
    assert titles(bench.platform.sent) == ["a", "c", "e", "g", "d", "f"]
    assert bench.now("b").state is State.SENDING


def test_two_lanes_at_once_send_everything_once(bench: Bench) -> None:
    """Two lanes of one destination, side by side, carry all that is due between them and nothing twice."""
    bench.plan(*(f"n{number}" for number in range(60)))
    lanes = [threading.Thread(target=bench.lane.run) for _ in range(2)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    assert sorted(titles(bench.platform.sent)) == sorted(f"n{number}" for number in range(60))
    assert {each.state for each in bench.store.log(LOG)} == {State.DELIVERED}


def test_what_a_platform_says_is_left_is_noted_seldom(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer tells the quota anew; the first is kept at once, and the last when the lane ends."""
    noted: list[tuple[Quota, ...]] = []
    monkeypatch.setattr(bench.store, "note_quota", lambda _, quota: noted.append(quota))
    bench.plan("a", "b", "c")
    quotas = [(Quota(limit=9, remaining=left, reset=None, name="posts"),) for left in (9, 8, 7)]
    bench.platform.script = [Receipt(remote_id=str(number), quota=quota) for number, quota in enumerate(quotas)]
    bench.lane.run()
    assert noted == [quotas[0], quotas[-1]]


def test_a_late_answer_stops_what_was_to_be_sent_again(bench: Bench) -> None:
    """A receipt that comes when looks have found nothing yet is believed, and the post is not sent again."""
    bench.plan("a")
    slowly(bench, lambda: look_in_vain(bench))
    bench.lane.run()
    assert (bench.now().state, bench.now().remote_id, len(bench.platform.sent)) == (State.DELIVERED, "late", 1)
    assert bench.moves(bench.now()) == ["plan", "claim", "lose", "postpone", "absent", "doubt", "confirm"]


def test_a_late_answer_takes_the_delivery_from_who_has_it_now(bench: Bench) -> None:
    """A receipt that comes while the post is being sent again ends the delivery: no third try follows a failed one."""
    bench.plan("a")

    def sent_again() -> None:
        look_in_vain(bench)
        hold(bench, bench.now())

    slowly(bench, sent_again)
    bench.lane.run()
    assert (bench.now().state, bench.now().remote_id) == (State.DELIVERED, "late")
    assert bench.moves(bench.now())[-2:] == ["claim", "receipt"]


def test_a_late_answer_is_not_lost_to_a_move_at_the_same_moment(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receipt that comes late is believed though the delivery moves between its being read and written."""
    bench.plan("a")
    slowly(bench, lambda: None)
    read = bench.store.delivery

    def read_before_a_look(key: str) -> Delivery:
        found = read(key)
        monkeypatch.setattr(bench.store, "delivery", read)
        look_in_vain(bench)
        return found

    monkeypatch.setattr(bench.store, "delivery", read_before_a_look)
    bench.lane.run()
    assert (bench.now().state, len(bench.platform.sent)) == (State.DELIVERED, 1)


def test_a_late_answer_does_not_undo_what_a_person_said(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A receipt that comes after a person called the delivery off changes nothing, and is told of."""
    bench.plan("a")
    slowly(bench, lambda: bench.store.move(bench.now(), Move.CANCEL, by="mika", why=""))
    bench.lane.run()
    assert bench.now().state is State.CANCELLED
    assert "a receipt (late) came late and finds it cancelled" in caplog.text


def test_what_nobody_knows_the_id_of_is_not_amended(bench: Bench) -> None:
    """A post that a person confirmed without its id is not changed by guesswork: the amendment fails and says why."""
    bench.plan("a")
    bench.platform.script = [Unsure("silence")]
    bench.lane.run()
    People(bench.store, {"x": bench.place}).confirm(bench.now().id, "mika")
    bench.plan("a", revision=2, action="amend")
    bench.lane.run()
    assert (bench.now().action.value, bench.now().state, len(bench.platform.sent)) == ("amend", State.FAILED, 1)
    assert "nobody knows the post's id" in bench.now().reason


def sleeping(bench: Bench, sleep: Callable[[], None]) -> None:
    """Have whoever claims next stand still right after it, while `sleep` happens."""
    claim = bench.store.claim_and_touch

    def claimed(*args: Any, **more: Any) -> Any:
        held = claim(*args, **more)
        bench.store.claim_and_touch = claim  # type: ignore[method-assign]
        sleep()
        return held

    bench.store.claim_and_touch = claimed  # type: ignore[method-assign]


def slowly(bench: Bench, meanwhile: Callable[[], object]) -> None:
    """Have the platform take the next post and answer after its lease was taken back and `meanwhile` has happened."""
    send = bench.platform.send

    def slow(post: Post) -> Receipt:
        bench.platform.send = send  # type: ignore[method-assign]
        bench.platform.sent.append(post)
        bench.clock.turn(minutes=5)
        taken_back(bench, lambda _: False)
        meanwhile()
        return Receipt(remote_id="late")

    bench.platform.send = slow  # type: ignore[method-assign]


def look_in_vain(bench: Bench) -> None:
    """Look until the post counts as absent."""
    for _ in range(2):
        bench.clock.turn(seconds=61)
        bench.looker.run()
    assert bench.now().state is State.PLANNED


def hold(bench: Bench, delivery: Delivery) -> Claim:
    """Claim a delivery and go no further."""
    claim = bench.store.claim(delivery, holder="worker@test", lease=timedelta(seconds=60))
    assert claim is not None
    return claim


def taken_back(bench: Bench, gone: Callable[[str], bool]) -> int:
    """Sweep up after lost workers."""
    places = {bench.place.name: bench.place}
    return take_back_lost(bench.store, places, lambda _: False, by="test", gone=gone)
