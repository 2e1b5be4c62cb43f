"""The comparison at the end of a storm can fail: it notices each thing that must not be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from benchmarks.storm.verdict import PENDING, Logged, Seen, Verdict, Wanted, compare

LINKS = [f"https://harbor.example.org/{number}/" for number in range(5)]
WANTED = [Wanted("x", link, f"Ferry {link}", str(number)) for number, link in enumerate(LINKS)]
LOG = [Logged(each.delivery, "delivered", "", f"id-{each.delivery}", folds=True) for each in WANTED]
SEEN = [Seen("x", each.link, each.text, f"id-{each.delivery}") for each in WANTED]


def judged(seen: list[Seen], log: list[Logged] | None = None) -> Verdict:
    """The verdict on what is seen in the one timeline there is."""
    return compare(WANTED, LOG if log is None else log, {"x": [seen]})


def told(verdict: Verdict) -> dict[str, int]:
    """How many complaints there are, by kind; kinds without any are left out."""
    kinds = {name: len(getattr(verdict, name)) for name in ("lost", "twice", "wrong", "stuck")}
    return {name: number for name, number in kinds.items() if number}


def test_nothing_to_complain_of() -> None:
    """Each post seen once, as logged: all is well."""
    verdict = judged(SEEN)
    assert (verdict.expected, verdict.once, verdict.good, told(verdict)) == (5, 5, True, {})


def test_a_doubled_post_is_noticed() -> None:
    """A second post with the same link is "twice", whatever its id."""
    verdict = judged([*SEEN, replace(SEEN[2], id="id-9")])
    assert (verdict.once, told(verdict), verdict.good) == (4, {"twice": 1}, False)


def test_a_lost_post_is_noticed() -> None:
    """A post that is nowhere is lost, and the log that says delivered is wrong."""
    verdict = judged(SEEN[:-1])
    assert (verdict.once, told(verdict), verdict.good) == (4, {"lost": 1, "wrong": 1}, False)


def test_a_post_given_up_is_lost() -> None:
    """What the log has given up is lost too, though the log is right."""
    log = [replace(LOG[0], state="failed", remote_id=""), *LOG[1:]]
    assert told(judged(SEEN[1:], log)) == {"lost": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        replace(SEEN[0], text="Ferry"),
        replace(SEEN[0], id="id-9"),
        replace(SEEN[0], link="https://elsewhere.example.org/"),
    ],
)
def test_a_wrong_post_is_noticed(wrong: Seen) -> None:
    """Other words, another id than the log's, or a link that nobody published are wrong."""
    verdict = judged([wrong, *SEEN[1:]])
    assert not verdict.good
    assert told(verdict)["wrong"] >= 1


@pytest.mark.parametrize(
    "line",
    [
        replace(LOG[0], folds=False),
        replace(LOG[0], state="failed"),
        replace(LOG[0], state="cancelled"),
        replace(LOG[0], delivery="77"),
    ],
)
def test_a_wrong_log_is_noticed(line: Logged) -> None:
    """Moves that do not add up, an end that did not come about, and a line that is missing are wrong."""
    assert told(judged(SEEN, [line, *LOG[1:]])) == {"wrong": 1}


@pytest.mark.parametrize("state", PENDING)
def test_what_has_not_ended_is_stuck(state: str) -> None:
    """A delivery in any state but an end is stuck, though its post is there."""
    assert told(judged(SEEN, [replace(LOG[0], state=state), *LOG[1:]])) == {"stuck": 1}


def test_a_post_on_another_account_is_noticed() -> None:
    """A post where nobody wanted it is a stranger there, and lost where it belongs."""
    verdict = compare(WANTED, LOG, {"x": [SEEN[1:]], "elsewhere": [[replace(SEEN[0], destination="page")]]})
    assert told(verdict) == {"lost": 1, "wrong": 2}


def test_each_document_of_a_feed_counts() -> None:
    """An item must stand once in each document: one that lacks it loses it, one that repeats it doubles it."""
    plain = [replace(each, id="") for each in SEEN]
    assert told(compare(WANTED, LOG, {"x": [plain, plain]})) == {}
    assert told(compare(WANTED, LOG, {"x": [plain, plain[1:]]})) == {"lost": 1, "wrong": 1}
    assert told(compare(WANTED, LOG, {"x": [plain, [*plain, plain[0]]]})) == {"twice": 1}
    assert told(compare(WANTED, LOG, {"x": []})) == {"lost": 5}
