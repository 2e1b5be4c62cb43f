"""Telling people: real messages to a real receiver, once, gathered, and without a secret."""

from __future__ import annotations

import logging.handlers
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dispatch.conftest import Bench, Clock

from wireroom import alerts
from wireroom.dispatch.telling import Teller, send
from wireroom.model.trouble import Address, Message, Trouble, TroubleKind
from wireroom.store import Store
from wireroom.testing.standin import Asked, Reply, StandIn, closed_port

DIGEST = timedelta(minutes=5)
PASSWORD = "hunter2%40quay"
WORKER = Trouble(TroubleKind.WORKER, "worker", "No worker has shown life.")
LOCKED = Trouble(TroubleKind.LOCKED, "x", "x waits for a person.")


class Box:
    """An address at a real receiver, and what came in there."""

    def __init__(self, standin: StandIn, name: str = "DESK", schema: str = "json") -> None:
        self.standin = standin
        where = standin.address.partition("://")[2]
        self.address = Address(name, f"{schema}://desk:{PASSWORD}@{where}/hook")
        self.status = 200

    def answer(self, _: Asked) -> Reply:
        """Take the message, unless the receiver is to refuse."""
        return Reply(self.status)

    @property
    def came(self) -> list[dict[str, str]]:
        """The messages, each with `title`, `message` and `type`."""
        return [asked.json for asked in self.standin.asked]


@pytest.fixture
def box() -> Iterator[Box]:
    """A receiver of alerts."""
    made: list[Box] = []
    with StandIn(lambda asked: made[0].answer(asked)) as standin:
        made.append(Box(standin))
        yield made[0]


def teller(bench: Bench, *addresses: Address, holder: str = "worker@test") -> Teller:
    """What tells these addresses of the troubles in the bench's store."""
    return Teller(bench.store, addresses, digest=DIGEST, holder=holder, signature="From the quay.")


def test_a_trouble_is_told_once(bench: Bench, box: Box) -> None:
    """The first trouble goes out at once, and never again, however often it is found and whoever looks."""
    bench.store.note([WORKER])
    assert teller(bench, box.address).tell()
    for minutes in (1, 10, 600):
        bench.clock.turn(minutes=minutes)
        bench.store.note([WORKER])
        assert not teller(bench, box.address, holder="web@test").tell()
    (message,) = box.came
    assert (message["title"], message["type"]) == ("Wireroom: 1 wrong", "warning")
    assert message["message"] == "• No worker has shown life.\n\nFrom the quay."


def test_what_comes_meanwhile_is_gathered(bench: Bench, box: Box) -> None:
    """Within the digest nothing more goes out; then all of it in one message, many of a kind as one line."""
    bench.store.note([WORKER])
    teller(bench, box.address).tell()
    failed = [Trouble(TroubleKind.FAILED, f"x/{number}", f"x: {number} has failed.") for number in range(12)]
    for each in (*failed, LOCKED):
        bench.clock.turn(seconds=10)
        bench.store.note([each])
        assert not teller(bench, box.address).tell()
    bench.clock.turn(minutes=5)
    assert teller(bench, box.address).tell()
    told = box.came[1]
    assert told["title"] == "Wireroom: 2 wrong"
    assert "• x: 0 has failed. And 11 more like it on x." in told["message"]
    assert "• x waits for a person." in told["message"]
    assert "No worker" not in told["message"]


def test_that_it_is_over_is_told_once(bench: Bench, box: Box) -> None:
    """When a trouble has been gone for a digest, that is told, once; a message of good news alone says so."""
    bench.store.note([WORKER])
    teller(bench, box.address).tell()
    bench.clock.turn(hours=1)
    bench.store.note([], over=[WORKER])
    assert not teller(bench, box.address).tell()
    bench.clock.turn(minutes=5)
    assert teller(bench, box.address).tell()
    bench.clock.turn(hours=1)
    assert not teller(bench, box.address).tell()
    assert len(box.came) == 2
    assert (box.came[1]["title"], box.came[1]["type"]) == ("Wireroom: 1 solved", "success")
    assert box.came[1]["message"].startswith("Solved:\n\n• No worker has shown life.")


def test_what_comes_and_goes_does_not_spam(bench: Bench, box: Box) -> None:
    """A trouble that flaps for an hour is told once, and its end once when it stays away."""
    for _ in range(30):
        bench.store.note([WORKER])
        teller(bench, box.address).tell()
        bench.clock.turn(minutes=1)
        bench.store.note([], over=[WORKER])
        teller(bench, box.address).tell()
        bench.clock.turn(minutes=1)
    bench.clock.turn(minutes=5)
    teller(bench, box.address).tell()
    assert [message["title"] for message in box.came] == ["Wireroom: 1 wrong", "Wireroom: 1 solved"]


def test_what_nobody_takes_is_tried_again(bench: Bench, box: Box, caplog: pytest.LogCaptureFixture) -> None:
    """A message that did not get through is logged without its address, is a trouble, and is tried after the digest."""
    box.status = 500
    bench.store.note([WORKER])
    assert not teller(bench, box.address).tell()
    assert not teller(bench, box.address).tell()
    assert len(box.came) == 1
    assert "could not be sent to DESK" in caplog.text
    (deaf,) = [each.trouble for each in bench.store.open_troubles() if each.trouble.kind is TroubleKind.ALERTS]
    assert deaf.said.startswith("Alerts do not get through to DESK: ")
    assert "hunter2" not in caplog.text + deaf.said
    bench.clock.turn(minutes=5)
    box.status = 200
    assert teller(bench, box.address).tell()
    assert "No worker has shown life." in box.came[1]["message"]
    bench.clock.turn(minutes=30)
    assert not teller(bench, box.address).tell()
    assert [each.trouble for each in bench.store.troubles()] == [WORKER]


def test_one_deaf_address_harms_no_other(bench: Bench, box: Box) -> None:
    """When one of two addresses takes a message it counts as told, and that the other did not is told to the first."""
    deaf = Address("SLACK", f"json://{closed_port().partition('://')[2]}/")
    both = (deaf, box.address)
    bench.store.note([WORKER])
    assert teller(bench, *both).tell()
    bench.clock.turn(minutes=5)
    assert teller(bench, *both).tell()
    bench.clock.turn(minutes=5)
    assert not teller(bench, *both).tell()
    assert "Alerts do not get through to SLACK" in box.came[1]["message"]
    assert len(box.came) == 2


def test_an_address_that_breaks_stops_nothing(bench: Bench, box: Box) -> None:
    """What Apprise does not understand is a reason like any other."""
    bench.store.note([WORKER])
    assert teller(bench, Address("ODD", "no such thing"), Address("NONE", ""), box.address).tell()
    said = [each.trouble.said for each in bench.store.open_troubles()]
    assert any("ODD: is no address that Apprise understands" in each for each in said)
    assert not any("NONE" in each for each in said), "an address that is not there is not tried"


def test_nobody_to_tell(bench: Bench) -> None:
    """Without an address nothing is sent and nothing counts as told."""
    bench.store.note([WORKER])
    assert not teller(bench).tell()
    assert not teller(bench, Address("DESK", "")).tell()
    assert bench.store.troubles()[0].told is None


def test_while_one_tells_the_others_keep_quiet(bench: Bench, box: Box) -> None:
    """Whoever holds the lease tells; another part does not send the same at the same moment."""
    bench.store.note([WORKER])
    assert bench.store.lease("alerts", "another", timedelta(minutes=1))
    assert not teller(bench, box.address).tell()
    bench.store.release("alerts", "another")
    assert teller(bench, box.address).tell()
    assert bench.store.lease("alerts", "another", timedelta(minutes=1)), "and gives it back"


def test_a_long_list_is_cut(bench: Bench, box: Box) -> None:
    """A message has forty lines at most, and says how many more there are."""
    bench.store.note(Trouble(TroubleKind.LOCKED, f"place-{number}", f"place {number}.") for number in range(60))
    teller(bench, box.address).tell()
    assert box.came[0]["title"] == "Wireroom: 60 wrong"
    assert box.came[0]["message"].count("•") == 40
    assert "… and 20 more: `wireroom status` lists all." in box.came[0]["message"]


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_refusal_is_told_in_words_without_the_address(box: Box, status: int) -> None:
    """Why a service did not take a message is said, and no part of the address is in it."""
    box.status = status
    said = send(box.address, Message("T", "B"))
    assert str(status) in said
    assert not any(part in said for part in ("hunter2", "desk", "127.0.0.1"))


def test_apprise_itself_logs_nothing(box: Box) -> None:
    """The lines of the libraries below, which can hold parts of an address, do not reach the log at any level."""
    heard = logging.handlers.BufferingHandler(1000)
    root = logging.getLogger()
    before = root.level
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    try:
        box.status = 500
        send(box.address, Message("T", "B"))
    finally:
        root.setLevel(before)
        root.removeHandler(heard)
    assert [record.name for record in heard.buffer if record.name.startswith(("apprise", "urllib3"))] == []


@given(
    st.text("abcXYZ019-_%~.", min_size=4, max_size=20),
    st.text("abcXYZ019-_~.", min_size=4, max_size=20),
    st.sampled_from(["json://{0}:{1}@127.0.0.1:9/x", "slack://{0}/{1}", "tgram://{0}/{1}", "ntfy://h/{0}?token={1}"]),
)
def test_no_piece_of_an_address_is_told(one: str, other: str, form: str) -> None:
    """Whatever a service says of itself, no piece of the address it was reached at is in what we pass on."""
    address = Address("A", form.format(one, other))

    def chatty(address: Address, what: Message, *, hide: object) -> str:
        assert callable(hide)
        return str(hide(f"POST {address.url} failed for {one} with {other}"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alerts, "send", chatty)
        said = send(address, Message("T", "B"))
    assert one not in said
    assert other not in said


class Listener:
    """Somebody who is told, and at times cannot be reached."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.deaf = clock, False
        self.rang: list[datetime] = []
        self.heard: list[str] = []

    def __call__(self, address: Address, what: Message) -> str:
        """Note what is said of the worker, unless nobody picks up."""
        self.rang.append(self.clock())
        if self.deaf:
            return "the line is down"
        wrong, _, solved = what.body.partition("Solved:")
        self.heard += ["wrong"] if WORKER.said in wrong else []
        self.heard += ["solved"] if WORKER.said in solved else []
        return ""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Clock]]:
    """One store for many short stories, and its clock."""
    clock = Clock()
    with Store(f"sqlite:///{tmp_path_factory.mktemp('told')}/wireroom.db", clock=clock) as store:
        store.migrate()
        yield store, clock


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 420), st.booleans()), max_size=40))
def test_whatever_comes_and_goes(alone: tuple[Store, Clock], story: list[tuple[bool, int, bool]]) -> None:
    """However a trouble comes and goes, and who is deaf: messages keep their distance, and news are told once each."""
    store, clock = alone
    store.note([], forgotten=[noted.trouble for noted in store.troubles()])
    clock.turn(hours=1)
    desk, present = Listener(clock), False
    teller = Teller(store, [Address("DESK", "json://x")], digest=DIGEST, holder="a", signature="", post=desk)
    for present, seconds, desk.deaf in story:
        store.note([WORKER] if present else [], over=[] if present else [WORKER])
        teller.tell()
        clock.turn(seconds=seconds)
    desk.deaf = False
    for _ in range(4):
        clock.turn(minutes=6)
        teller.tell()
    assert all(later - earlier >= DIGEST for earlier, later in pairwise(desk.rang))
    assert desk.heard == ["wrong", "solved"] * (len(desk.heard) // 2) + ["wrong"] * present
    assert [noted.trouble for noted in store.troubles()] == [WORKER] * present
