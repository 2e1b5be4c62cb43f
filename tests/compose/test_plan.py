"""Where an article goes, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireroom.compose.plan import Circumstances, Plan, out_of_quiet, plan, spell, too_old
from wireroom.model.article import Article
from wireroom.model.channel import Kind
from wireroom.model.delivery import Delivery, State
from wireroom.model.destination import Destination, Quiet, When
from wireroom.model.post import Action
from wireroom.model.publication import Publication

NOW = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)  # noon in Tokyo
OUTLET = Publication(key="harbor", name="Harbor Post", url="https://harbor.example", timezone="Asia/Tokyo")
ARTICLE = Article(
    uid="tag:harbor.example,2026-01-10:a",
    revision=1,
    publication="harbor",
    title="The ferry returns",
    url="https://harbor.example/ferry/",
    published_at=NOW,
    updated_at=NOW,
    html="<p>It returns.</p>",
    text="It returns.",
    tags=("Japan", "Sea"),
    section="news",
)
KINDS = {
    "x": Kind(name="x", factory="", options={}),
    "facebook": Kind(name="facebook", factory="", options={}, amendable=True),
}
X = Destination(name="hp-x", channel="x")
PAGE = Destination(name="hp-page", channel="facebook")


def delivery(**changes: object) -> Delivery:
    """A delivery of the article on the X account."""
    usual = Delivery(
        id="7",
        uid=ARTICLE.uid,
        revision=1,
        destination="hp-x",
        channel="x",
        action=Action.CREATE,
        state=State.DELIVERED,
        due=NOW,
        created=NOW,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def planned(article: Article, *places: Destination, **circumstances: object) -> Plan:
    """The plan for an article now."""
    told = Circumstances(now=NOW, **circumstances)  # type: ignore[arg-type]
    return plan(article, OUTLET, places, KINDS, told)


def reason(article: Article, place: Destination, **circumstances: object) -> str:
    """Why the one destination was left out."""
    decided = planned(article, place, **circumstances)
    assert not decided.planned
    return decided.skipped[0].reason


def test_a_fresh_article_goes_everywhere_now() -> None:
    """An article nobody has seen is created on each destination, due at once."""
    decided = planned(ARTICLE, X, PAGE)
    assert [(each.destination.name, each.action, each.due) for each in decided.planned] == [
        ("hp-x", Action.CREATE, NOW),
        ("hp-page", Action.CREATE, NOW),
    ]
    assert not decided.skipped


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"publications": ("other",)}, "takes only other"),
        ({"when": When(tags=("art",))}, "only for articles tagged art"),
        ({"when": When(sections=("sport",))}, "only for section sport"),
        ({"when": When(not_tags=("japan",))}, "not for articles tagged japan"),
    ],
)
def test_every_rule_that_leaves_a_destination_out_says_so(changes: dict[str, object], words: str) -> None:
    """A destination left out by a rule is listed with that rule as its reason."""
    assert words in reason(ARTICLE, replace(X, **changes))  # type: ignore[arg-type]


def test_tags_match_whatever_their_case() -> None:
    """A rule's tag matches an article's tag in any case."""
    assert planned(ARTICLE, replace(X, when=When(tags=("japan",)))).planned


def test_only_those_asked_for() -> None:
    """With names given, every other destination is left out and says so."""
    decided = planned(ARTICLE, X, PAGE, to=("hp-page",))
    assert [each.destination.name for each in decided.planned] == ["hp-page"]
    assert decided.skipped[0].reason == "not asked for: only hp-page"


def test_who_asks_for_a_feed_asks_for_its_followers() -> None:
    """What an editor sends to a feed by name is news for whoever follows that feed, and for no other."""
    hub = replace(PAGE, name="hub", follows="feed")
    decided = planned(ARTICLE, replace(PAGE, name="feed"), hub, X, to=("feed",), known=True, changed=False)
    assert [each.destination.name for each in decided.planned] == ["feed", "hub"]


def test_old_news_is_not_posted() -> None:
    """An article older than a destination's max_age is left out with both spans in words."""
    old = replace(ARTICLE, published_at=NOW - timedelta(days=3, hours=4))
    assert reason(old, replace(X, max_age=timedelta(days=2))) == "published 3d 4h ago, and max_age is 2d"


def test_an_embargo_is_kept() -> None:
    """Nothing is due before the time of publication, not even what was asked for earlier."""
    later = replace(ARTICLE, published_at=NOW + timedelta(hours=5))
    assert planned(later, X).planned[0].due == NOW + timedelta(hours=5)
    assert planned(later, X, at=NOW + timedelta(hours=1)).planned[0].due == NOW + timedelta(hours=5)


def test_delay_and_quiet_hours_move_the_due_time() -> None:
    """A delay is waited out, and what falls into quiet hours waits for their end in the publication's time zone."""
    assert planned(ARTICLE, replace(X, delay=timedelta(minutes=5))).planned[0].due == NOW + timedelta(minutes=5)
    quiet = replace(X, quiet=Quiet(time(11), time(14)))
    assert planned(ARTICLE, quiet).planned[0].due == datetime(2026, 1, 10, 5, 0, tzinfo=UTC)
    assert planned(replace(ARTICLE, breaking=True), quiet).planned[0].due == NOW


def test_the_same_revision_is_queued_once() -> None:
    """An article that is on a destination already is left out there, with the delivery named."""
    assert reason(ARTICLE, X, existing=[delivery()]) == "queued already: delivery 7 is delivered"


def test_a_correction_replaces_what_has_not_gone() -> None:
    """A new revision takes the place of a planned delivery and keeps its action."""
    waiting = delivery(state=State.PLANNED, due=NOW + timedelta(hours=1))
    made = planned(replace(ARTICLE, revision=2), X, existing=[waiting]).planned[0]
    assert (made.action, made.due, made.replaces) == (Action.CREATE, waiting.due, waiting)


@pytest.mark.parametrize("state", [State.DELIVERED, State.SENDING, State.UNCONFIRMED])
def test_a_correction_amends_where_that_is_possible(state: State) -> None:
    """A new revision of what is out is amended on Facebook, and on X left out with the reason."""
    revised = replace(ARTICLE, revision=2)
    there = delivery(state=state, destination="hp-page", channel="facebook")
    assert planned(revised, PAGE, existing=[there]).planned[0].action is Action.AMEND
    assert "cannot be changed" in reason(revised, X, existing=[delivery(state=state)])


def test_what_a_person_called_off_stays_off() -> None:
    """A new revision does not bring back a cancelled delivery, and tries a failed one anew."""
    revised = replace(ARTICLE, revision=2)
    off = delivery(state=State.CANCELLED, reason="cancelled by mika")
    assert reason(revised, X, existing=[off]) == "delivery 7 was cancelled: cancelled by mika"
    assert planned(revised, X, existing=[delivery(state=State.FAILED)]).planned[0].action is Action.CREATE


def test_a_correction_of_what_stands_is_never_a_first_post() -> None:
    """Where a post stands and its correction failed, the next revision corrects it again; on X it is left out."""
    there = delivery(destination="hp-page", channel="facebook")
    failed = replace(there, id="10", revision=2, action=Action.AMEND, state=State.FAILED)
    third = replace(ARTICLE, revision=3)
    assert planned(third, PAGE, existing=[there, failed]).planned[0].action is Action.AMEND
    on_x = [replace(each, destination="hp-x", channel="x") for each in (there, failed)]
    assert "cannot be changed" in reason(third, X, existing=on_x)
    retracted = replace(failed, action=Action.RETRACT)
    assert reason(third, PAGE, existing=[there, retracted]) == "was taken back by delivery 10"


def test_the_revision_of_a_held_post_is_held() -> None:
    """A new revision of a post that waits for a person waits for a person too."""
    revised = replace(ARTICLE, revision=2)
    assert planned(revised, X, existing=[delivery(state=State.HELD)]).planned[0].held
    assert not planned(revised, X, existing=[delivery(state=State.PLANNED)]).planned[0].held


def test_when_a_post_is_meant_to_go_out() -> None:
    """It is meant for its publication, after the delay, or when it was asked for; quiet hours do not change that."""
    quiet = replace(X, quiet=Quiet(time(11), time(14)), delay=timedelta(minutes=5))
    (made,) = planned(ARTICLE, quiet).planned
    assert (made.meant, made.due) == (NOW + timedelta(minutes=5), NOW + timedelta(hours=2))
    (asked,) = planned(ARTICLE, quiet, at=NOW + timedelta(hours=1)).planned
    assert (asked.meant, asked.due) == (NOW + timedelta(hours=1), NOW + timedelta(hours=1))
    before = NOW - timedelta(hours=3)
    waiting = delivery(state=State.PLANNED, due=NOW + timedelta(hours=1), meant=before)
    (corrected,) = planned(replace(ARTICLE, revision=2), X, existing=[waiting]).planned
    assert (corrected.meant, corrected.due) == (before, waiting.due)


@given(
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    start=st.times(),
    end=st.times(),
)
def test_nothing_is_due_in_quiet_hours(hour: int, minute: int, start: time, end: time) -> None:
    """Whatever the quiet hours, what is moved out of them lies outside, later, and within a day."""
    due = datetime(2026, 1, 10, hour, minute, tzinfo=UTC)
    quiet = Quiet(start.replace(microsecond=0), end.replace(microsecond=0))
    moved = out_of_quiet(due, quiet, "Asia/Tokyo")
    assert due <= moved <= due + timedelta(days=1)
    if quiet.start != quiet.end:
        assert out_of_quiet(moved, quiet, "Asia/Tokyo") == moved


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0s"), (59, "59s"), (3600, "1h"), (90061, "1d 1h"), (86400 * 3, "3d")]
)
def test_spans_are_spelt_in_two_units(seconds: int, words: str) -> None:
    """A span of time is told in its two largest units."""
    assert spell(timedelta(seconds=seconds)) == words


def test_no_max_age_means_any_age() -> None:
    """Without a max_age nothing is too old."""
    assert too_old(datetime(1999, 1, 1, tzinfo=UTC), None, NOW) == ""


@pytest.mark.parametrize("circumstances", [{}, {"known": True}, {"known": True, "changed": False}])
def test_what_was_out_before_is_posted_by_name_alone(circumstances: dict[str, object]) -> None:
    """What was taken over from a feed is no first post on a social destination, however new, unless named there."""
    decided = planned(ARTICLE, X, PAGE, out_before=True, **circumstances)
    assert decided.planned == ()
    assert {each.reason.partition(",")[0] for each in decided.skipped} == {"was out before Wireroom"}
    named = planned(ARTICLE, X, PAGE, out_before=True, to=("hp-x",), **circumstances)
    assert [each.destination for each in named.planned] == [X]


def test_what_was_out_before_and_is_posted_by_hand_is_amended() -> None:
    """A correction reaches the post a person made of something taken over, as any other."""
    there = delivery(destination="hp-page", channel="facebook")
    decided = planned(replace(ARTICLE, revision=2), X, PAGE, out_before=True, known=True, existing=[there])
    assert [(each.destination, each.action) for each in decided.planned] == [(PAGE, Action.AMEND)]
