"""Articles taken in: who they are, where they go, and that nothing is queued twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireroom import assets
from wireroom.channels import catalogue
from wireroom.compose.render import Templates
from wireroom.dispatch import identity, shapes
from wireroom.dispatch.intake import House, Intake, Taken
from wireroom.model.article import Account, Draft, Footer, Picture
from wireroom.model.delivery import Move, State, Verdict
from wireroom.model.destination import Destination
from wireroom.model.errors import NotFound, SettingsError, UsageError
from wireroom.model.post import Action, Receipt
from wireroom.model.publication import Publication
from wireroom.store import LogFilter, Store

NOW = datetime(2026, 1, 10, 3, tzinfo=UTC)
OUTLET = Publication(
    key="harbor",
    name="Harbor Post",
    url="https://harbor.example.org",
    timezone="Asia/Tokyo",
    permalink="https://harbor.example.org/{year}/{slug}/",
)
DRAFT = Draft(
    publication="harbor",
    title="The ferry returns to Onomichi",
    published_at=NOW - timedelta(hours=1),
    html="<p>It returns on Monday.</p>",
    text="It returns on Monday, said the harbor master.",
    authors=("Mika Hamada",),
    tags=("ferries",),
)
PLACES = (
    Destination(name="feed", channel="feed"),
    Destination(name="x", channel="x", max_age=timedelta(days=2)),
    Destination(name="page", channel="facebook", max_age=timedelta(days=2)),
)
EVERYTHING = LogFilter(limit=1000)


class Desk:
    """An intake over a store, its clock in the test's hands."""

    def __init__(self, store: Store, intake: Intake, turn: Callable[[timedelta], None]) -> None:
        self.store, self.intake, self.turn = store, intake, turn

    def states(self, taken: Taken) -> dict[str, State]:
        """Where each destination's newest delivery stands."""
        found = sorted(self.store.log(EVERYTHING), key=lambda each: int(each.id))
        return {each.destination: each.state for each in found if each.uid == taken.article.uid}

    def deliver(self, destination: str) -> None:
        """Deliver what is due on a destination."""
        for each in self.store.due(destination, limit=10):
            claim = self.store.claim(each, holder="test", lease=timedelta(minutes=1))
            assert claim is not None
            attempt = self.store.touch(claim)
            receipt = Verdict(move=Move.RECEIPT, why="", outcome="receipt", receipt=Receipt(remote_id="1"))
            assert self.store.settle(claim, receipt, by="test", attempt=attempt)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """An intake of a newsroom with a feed, an X account and a Page."""
    time = [NOW]

    def turn(span: timedelta) -> None:
        time[0] += span

    with Store(database_url, clock=lambda: time[0]) as store:
        store.migrate()
        yield Desk(store, Intake(store, house(tmp_path)), turn)


def house(folder: Path, *places: Destination) -> House:
    """The newsroom's furniture."""
    return House(
        publications={"harbor": OUTLET},
        destinations=places or PLACES,
        kinds=catalogue.kinds(),
        templates=Templates([folder / "templates", assets.templates()]),
        media=folder / "media",
        public_url="https://feeds.example.org",
    )


def test_an_article_is_queued_for_every_destination(desk: Desk) -> None:
    """A new article gets a uid, a permalink of the outlet's pattern, and a delivery for each destination."""
    taken = desk.intake.take(DRAFT)
    assert taken.new
    assert taken.article.uid.startswith("tag:harbor.example.org,2026-01-10:")
    assert taken.article.url == "https://harbor.example.org/2026/the-ferry-returns-to-onomichi/"
    assert {each.destination: each.state for each in taken.deliveries} == dict.fromkeys(
        ("feed", "x", "page"), State.PLANNED
    )


def test_publishing_again_queues_nothing(desk: Desk) -> None:
    """The same draft again is the same article: nothing new, the same deliveries told."""
    first = desk.intake.take(DRAFT)
    desk.turn(timedelta(hours=1))
    again = desk.intake.take(replace(DRAFT, source="/elsewhere/copy.txt"))
    assert not again.new
    assert again.article == first.article
    assert [each.id for each in again.deliveries] == [each.id for each in first.deliveries]
    assert not again.fresh
    assert len(desk.store.log(EVERYTHING)) == 3


def test_without_a_date_the_words_tell(desk: Desk) -> None:
    """An article that names no date is known by its words on any later day; one that does is another on another day."""
    desk.intake.take(replace(DRAFT, dated=False, published_at=NOW))
    desk.turn(timedelta(days=3))
    assert not desk.intake.take(replace(DRAFT, dated=False, published_at=desk.store.now())).new
    assert desk.intake.take(replace(DRAFT, published_at=NOW - timedelta(days=9))).new


def test_the_same_address_is_the_same_article(desk: Desk) -> None:
    """An address in another spelling is the same article, and its changed text a new revision of it."""
    first = desk.intake.take(replace(DRAFT, url="https://harbor.example.org/a/"))
    changed = replace(DRAFT, url="http://www.harbor.example.org/a", text="It does not return.", html="<p>No.</p>")
    second = desk.intake.take(changed)
    assert (second.new, second.article.uid, second.article.revision) == (False, first.article.uid, 2)


def test_a_file_corrected_is_a_new_revision(desk: Desk) -> None:
    """The same file with changed text is a new revision, and what had not gone out is replaced by it."""
    first = desk.intake.take(replace(DRAFT, source="/wire/ferry.txt"))
    text = DRAFT.text.replace("Monday", "Tuesday")
    second = desk.intake.take(replace(DRAFT, source="/wire/ferry.txt", text=text, html=f"<p>{text}</p>"))
    assert (second.new, second.article.revision) == (False, 2)
    assert second.article.url == first.article.url
    assert {each.revision for each in second.deliveries} == {2}
    old = [desk.store.delivery(each.id) for each in first.deliveries]
    assert {(each.state, each.reason) for each in old} == {(State.CANCELLED, "revision 2 takes its place")}


def test_another_story_under_the_same_file_name_is_another_article(desk: Desk) -> None:
    """A file name used again for another story makes another article."""
    desk.intake.take(replace(DRAFT, source="/wire/latest.txt"))
    other = replace(DRAFT, title="Rain", text="Umbrellas sold out in Kure by noon.", html="<p>R</p>")
    assert desk.intake.take(replace(other, source="/wire/latest.txt")).new


def test_a_file_name_stands_for_what_was_read_from_it_last(desk: Desk) -> None:
    """A correction of the second story under one file name is a revision of that story, headline and all."""
    desk.intake.take(replace(DRAFT, source="/wire/latest.txt"))
    other = replace(DRAFT, title="Rain", text="Umbrellas sold out in Kure by noon.", html="<p>R</p>")
    second = desk.intake.take(replace(other, source="/wire/latest.txt"))
    corrected = desk.intake.take(replace(other, title="Rain at last", source="/wire/latest.txt"))
    assert (corrected.new, corrected.article.uid, corrected.article.revision) == (False, second.article.uid, 2)


def test_a_copy_of_a_file_is_known_by_its_own_name_too(desk: Desk) -> None:
    """A known article read from a second file is corrected there as well as in the first."""
    first = desk.intake.take(replace(DRAFT, source="/wire/ferry.txt"))
    assert not desk.intake.take(replace(DRAFT, source="/desk/copy.txt")).new
    for revision, source in enumerate(("/desk/copy.txt", "/wire/ferry.txt"), 2):
        corrected = desk.intake.take(replace(DRAFT, title=f"Ferry, again {revision}", source=source))
        assert (corrected.new, corrected.article.uid, corrected.article.revision) == (
            False,
            first.article.uid,
            revision,
        )


def test_one_headline_twice_gets_two_addresses(desk: Desk) -> None:
    """Two articles with one headline are told apart, and so are their addresses."""
    first = desk.intake.take(DRAFT)
    second = desk.intake.take(replace(DRAFT, text="Another ferry, another day, another quay altogether."))
    assert second.new
    assert second.article.url != first.article.url
    assert second.article.uid != first.article.uid


def test_one_body_under_two_headlines_is_two_articles(desk: Desk) -> None:
    """Short pieces share their words ("More follows."): with headlines of their own, neither replaces the other."""
    first = desk.intake.take(replace(DRAFT, title="Fire at the ropeway", text="More follows."))
    second = desk.intake.take(replace(DRAFT, title="Ferry late", text="More follows."))
    assert second.new
    assert second.article.uid != first.article.uid
    assert set(desk.states(first).values()) == {State.PLANNED}


def test_a_correction_follows_what_went_out(desk: Desk) -> None:
    """After delivery a new revision amends feed and Page, and X says that it cannot be changed."""
    taken = desk.intake.take(replace(DRAFT, url="https://harbor.example.org/a/"))
    for name in ("feed", "x", "page"):
        desk.deliver(name)
    changed = replace(DRAFT, url="https://harbor.example.org/a/", title="The ferry does not return")
    second = desk.intake.take(changed)
    assert {each.destination: each.action for each in second.fresh} == {"feed": Action.AMEND, "page": Action.AMEND}
    assert "cannot be changed" in next(skip.reason for skip in second.skipped if skip.destination == "x")
    assert desk.states(taken)["x"] is State.DELIVERED


def test_old_news_goes_to_the_feed_alone(desk: Desk) -> None:
    """An old article is a feed item, and the social destinations say why they were left out."""
    taken = desk.intake.take(replace(DRAFT, published_at=NOW - timedelta(days=400)))
    assert [each.destination for each in taken.deliveries] == ["feed"]
    assert all("max_age is 2d" in skip.reason for skip in taken.skipped)


def test_only_the_destinations_asked_for(desk: Desk) -> None:
    """`to` limits where an article goes now; the rest follow later only when they are named, each once."""
    assert [each.destination for each in desk.intake.take(DRAFT, to=["x"]).deliveries] == ["x"]
    again = desk.intake.take(DRAFT)
    assert not again.fresh
    assert "name it with --to" in again.skipped[0].reason
    later = desk.intake.take(DRAFT, to=["feed", "page", "x"])
    assert sorted(each.destination for each in later.fresh) == ["feed", "page"]
    with pytest.raises(NotFound, match="no destination 'y'; there are feed, page, x"):
        desk.intake.take(DRAFT, to=["y"])


def test_what_left_the_log_does_not_go_out_again(desk: Desk) -> None:
    """An article whose deliveries have been retired is still known: published again or corrected it stays silent."""
    forever = replace(DRAFT, url="https://harbor.example.org/a/")
    desk.intake.take(forever)
    for name in ("feed", "x", "page"):
        desk.deliver(name)
    desk.turn(timedelta(days=200))
    assert desk.store.retire(desk.store.now() - timedelta(days=90), 100) == 3
    assert not desk.intake.take(forever).fresh
    corrected = desk.intake.take(replace(forever, text="It never returned.", html="<p>No.</p>"))
    assert (corrected.article.revision, corrected.fresh) == (2, ())


def test_a_rehearsal_keeps_nothing(desk: Desk, tmp_path: Path) -> None:
    """A dry run tells what would be queued and stores nothing, pictures neither."""
    path = tmp_path / "quay.png"
    path.write_bytes(b"\x89PNG not really")
    rehearsed = desk.intake.take(replace(DRAFT, picture=Picture(path=str(path))), dry_run=True)
    assert len(rehearsed.deliveries) == 3
    assert not desk.store.log(EVERYTHING)
    assert not (tmp_path / "media").exists()
    assert desk.intake.take(DRAFT).new


def test_a_preview_is_what_goes_out(desk: Desk) -> None:
    """The posts of a preview are those that are stored afterwards, and previewing stores nothing."""
    shown = desk.intake.preview(DRAFT)
    assert not desk.store.log(EVERYTHING)
    taken = desk.intake.take(DRAFT)
    stored = {each.destination: desk.store.post(each.id) for each in taken.deliveries}
    assert {post.destination: post for post in shown.posts} == stored
    assert {post.destination for post in desk.intake.preview(DRAFT).posts} == set(stored)


def test_a_broken_template_stores_nothing(desk: Desk, tmp_path: Path) -> None:
    """A template error surfaces at intake, with its file and line, before anything is stored."""
    mine = tmp_path / "templates" / "posts" / "x.j2"
    mine.parent.mkdir(parents=True)
    mine.write_text("{{ headline }\n")
    with pytest.raises(SettingsError, match=r"x\.j2"):
        desk.intake.take(DRAFT)
    assert not desk.store.log(EVERYTHING)


def test_pictures_are_kept_by_what_they_are(desk: Desk, tmp_path: Path) -> None:
    """A local picture is copied into the newsroom's media, once for the same bytes, and gets a public address."""
    path = tmp_path / "quay.PNG"
    path.write_bytes(b"\x89PNG not really")
    picture = desk.intake.take(replace(DRAFT, picture=Picture(path=str(path), alt="A quay"))).article.picture
    assert picture is not None
    kept = Path(picture.path)
    assert kept.read_bytes() == path.read_bytes()
    assert picture.url == f"https://feeds.example.org/media/{kept.name}"
    path.unlink()
    with pytest.raises(UsageError, match="cannot be kept"):
        desk.intake.take(replace(DRAFT, text="new", picture=Picture(path=str(path))))


def test_two_at_once_take_it_once(desk: Desk) -> None:
    """Taken in by many at the same moment, an article is new once and queued once."""
    taken: list[Taken] = []
    crowd = [threading.Thread(target=lambda: taken.append(desk.intake.take(DRAFT))) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert sorted(each.new for each in taken) == [False] * 5 + [True]
    assert len(desk.store.log(EVERYTHING)) == 3


@pytest.mark.parametrize(
    ("account", "told"), [("", False), ("@Harbor_Post", False), ("https://x.com/other", True)], ids=str
)
def test_accounts_nobody_serves_are_pointed_out(desk: Desk, tmp_path: Path, account: str, told: bool) -> None:
    """An account the footer names and no destination serves is told to the editor."""
    footer = Footer(accounts=(Account("x", "Harbor_Post", "https://x.com/Harbor_Post"),))
    place = Destination(name="x", channel="x", options={"account": account})
    intake = Intake(desk.store, house(tmp_path, place))
    assert bool(intake.take(replace(DRAFT, footer=footer)).notes) is told


def test_a_platform_without_a_destination_is_pointed_out(desk: Desk, tmp_path: Path) -> None:
    """An account on a platform that has no destination at all is told to the editor."""
    footer = Footer(accounts=(Account("facebook", "harbor", "https://www.facebook.com/harbor"),))
    intake = Intake(desk.store, house(tmp_path, Destination(name="feed", channel="feed")))
    assert intake.take(replace(DRAFT, footer=footer)).notes == (
        "the footer names https://www.facebook.com/harbor, and no destination serves that facebook account",
    )


def test_the_told_shape_has_the_promised_fields(desk: Desk) -> None:
    """`publish --json` has exactly the fields outside programs rely on, and more only beside them."""
    told = shapes.taken_shape(desk.intake.take(DRAFT))
    assert {"article", "new", "deliveries", "skipped"} <= told.keys()
    promised = {"uid", "revision", "title", "authors", "publication", "url", "published_at", "tags", "paragraphs"}
    assert promised <= told["article"].keys()
    assert told["article"]["paragraphs"] == [DRAFT.text]
    assert {"id", "destination", "action", "state", "due"} <= told["deliveries"][0].keys()


@given(st.text(min_size=1), st.text(min_size=1), st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 2)))  # noqa: DTZ001
def test_a_uid_is_a_tag_uri_of_what_it_names(title: str, text: str, at: datetime) -> None:
    """Whatever the article, its uid is an ASCII tag: URI, the same for the same draft and another for another."""
    draft = replace(DRAFT, title=title, text=text, published_at=at)
    uid = identity.mint(draft, OUTLET)
    assert uid.isascii()
    assert uid == identity.mint(draft, OUTLET)
    assert uid != identity.mint(replace(draft, text=text + "."), OUTLET)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/b/", "http://www.a.example/b"),
        ("https://a.example/b#c", "https://A.example:443/b/"),
        ("https://a.example/?p=3", "https://a.example?p=3"),
    ],
)
def test_spellings_of_one_address(one: str, other: str) -> None:
    """Scheme, www, port, last slash and fragment make no difference to an address."""
    assert identity.normal_url(one) == identity.normal_url(other)
