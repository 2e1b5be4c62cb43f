"""A feed of another system taken over: its ids, its dates, its place in our feeds, and nothing on X or Facebook."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from tests.moving.conftest import ATOM, JSON_FEED, RSS

from wireroom.sources import feed_fetch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.moving.conftest import Room

WIRE = """date {day} {title}

Mio Arai

Harbor Post

{body}

The harbour master said so on the quay this morning.
"""


def items(document: bytes) -> dict[str | None, str | None]:
    """The guids of an RSS document, each with its date of publication, in their order."""
    found = ET.fromstring(document).iter("item")
    return {each.findtext("guid"): each.findtext("pubDate") for each in found}


def test_ids_and_dates_are_taken_over(room: Room) -> None:
    """The import tells each entry's id as it was and its dates, and queues it for the feeds that take it alone."""
    said = room.type("import-feed", room.file("old.xml", RSS), "--json")
    assert (said.code, said.err) == (
        0,
        "wireroom: nobody was there to be woken: the feeds are written when the daemon is up (wireroom start)\n",
    )
    told = {each["uid"]: each for each in said.shapes}
    assert list(told) == ["https://harbor.example/market", "17", "https://harbor.example/?p=17"]
    ferry = told["https://harbor.example/?p=17"]
    assert ferry["title"] == "Ferry & crew return"
    assert ferry["published_at"] == "2026-02-10T00:00:00+00:00"
    assert ferry["url"] == "https://harbor.example/2026/ferry/"
    assert [each["destination"] for each in ferry["deliveries"]] == ["all", "second"]
    assert {each["result"] for each in told.values()} == {"taken"}
    assert {each["destination"] for each in room.log()} == {"all", "second"}
    assert told["17"]["published_at"] == ferry["published_at"]  # undated: as the entry before it
    assert told["17"]["url"] == ""


def test_our_feed_has_the_same_guids_and_dates(room: Room) -> None:
    """After the import our own RSS has the old one's guids and pubDates, with content that is safe and whole."""
    room.type("import-feed", room.file("old.xml", RSS))
    with room.app() as app:
        documents = room.feed(app, "all")
    old, ours = items(RSS.encode()), items(documents["rss.xml"])
    assert set(ours) == set(old)
    assert ours["https://harbor.example/market"] == old["https://harbor.example/market"]
    assert ours["https://harbor.example/?p=17"] == "Tue, 10 Feb 2026 00:00:00 GMT"
    item = next(each for each in json.loads(documents["feed.json"])["items"] if each["id"].endswith("p=17"))
    assert item["content_html"] == '<p>They return. <a href="https://harbor.example/up">Up</a></p>'
    assert item["summary"] == "They return."
    assert item["image"] == "https://harbor.example/a.jpg"
    assert [each["name"] for each in item["authors"]] == ["Mio Arai", "Ben Ota"]


def test_running_it_again_changes_nothing(room: Room) -> None:
    """A second run finds everything known, makes no delivery and leaves the feeds' bytes as they are."""
    old = room.file("old.xml", RSS)
    room.type("import-feed", old)
    with room.app() as app:
        before, log = room.feed(app, "all"), room.log()
    said = room.type("import-feed", old, "--json")
    assert said.code == 0
    assert {each["result"] for each in said.shapes} == {"known"}
    assert all(each["deliveries"] == [] for each in said.shapes)
    with room.app() as app:
        assert room.feed(app, "all") == before
    assert room.log() == log


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("by its address", ("--url", "http://www.harbor.example/market/")),
        ("by its headline and day", ()),
    ],
)
def test_the_same_story_later_is_a_correction(room: Room, name: str, words: tuple[str, ...]) -> None:
    """The story from the newsroom's own source is the article taken over: same guid and date, and no social post."""
    room.type("import-feed", room.file("old.xml", RSS))
    day = "2026-02-09" if not words else "2026-02-10"
    wire = room.file("market.txt", WIRE.format(day=day, title="The market opens", body=f"It opens at ten, {name}."))
    (told,) = room.type("publish", wire, *words, "--json").shapes
    assert not told["new"]
    assert (told["article"]["uid"], told["article"]["revision"]) == ("https://harbor.example/market", 2)
    assert {each["destination"] for each in told["deliveries"] if each["state"] == "planned"} == {"all"}
    reasons = {each["destination"]: each["reason"] for each in told["skipped"]}
    assert {"birds", "page"} <= set(reasons)
    assert reasons["page"] == "was out before Wireroom, taken over from a feed; name it with --to to post it there too"
    with room.app() as app:
        documents = room.feed(app, "all")
    assert items(documents["rss.xml"])["https://harbor.example/market"] == "Mon, 09 Feb 2026 08:30:00 GMT"
    item = next(each for each in json.loads(documents["feed.json"])["items"] if each["id"].endswith("/market"))
    assert item["date_modified"] > "2026-03"
    assert not {"birds", "page"} & {each["destination"] for each in room.log()}


def test_by_its_own_id(room: Room) -> None:
    """A source that sends the old id as its own is recognised by it, whatever else has changed."""
    room.type("import-feed", room.file("old.json", json.dumps(JSON_FEED)))
    sent = {
        "publication": "harbor",
        "id": "urn:x-harbor:5",
        "title": "Tide",
        "text": "Changed.",
        "url": "https://harbor.example/new",
    }
    (told,) = room.type("publish", room.file("tide.json", json.dumps(sent)), "--json").shapes
    assert (told["article"]["uid"], told["article"]["revision"]) == ("urn:x-harbor:5", 2)
    assert told["article"]["published_at"] == "2026-02-07T22:00:00+00:00"


def test_another_story_of_that_headline_is_another_article(room: Room) -> None:
    """A new story under the headline and on the day of an old one, at another address, is a new article."""
    room.type("import-feed", room.file("old.xml", RSS))
    wire = room.file("m.txt", WIRE.format(day="2026-02-09", title="The market opens", body="A wholly different thing."))
    (told,) = room.type("publish", wire, "--url", "https://harbor.example/market-2", "--json").shapes
    assert told["new"]


def test_a_person_can_still_post_it(room: Room) -> None:
    """Named with --to, a social destination gets what was taken over; a later correction follows the usual rules."""
    room.type("import-feed", room.file("old.xml", RSS))
    words = ("--url", "https://harbor.example/market", "--json")
    wire = room.file("market.txt", WIRE.format(day="2026-02-09", title="The market opens", body="At ten."))
    (told,) = room.type("publish", wire, "--to", "page", *words).shapes
    assert {each["destination"] for each in told["deliveries"] if each["state"] == "planned"} >= {"page"}


def test_nothing_social_after_the_log_was_cleared(room: Room) -> None:
    """When retention has taken the deliveries away, a correction still makes no social post."""
    room.type("import-feed", room.file("old.xml", RSS))
    with room.app() as app:
        now = app.store.now()
        for row in room.log():
            app.people.cancel(row["id"], "test")
        while app.store.retire(now + timedelta(days=1), 1000):
            pass
        assert room.log() == []
    sent = {
        "publication": "harbor",
        "title": "The market opens",
        "text": "At noon.",
        "url": "https://harbor.example/market",
    }
    (told,) = room.type("publish", room.file("m.json", json.dumps(sent)), "--json").shapes
    assert not told["new"]
    assert not {"birds", "page"} & {each["destination"] for each in told["deliveries"]}


def test_the_log_says_where_it_came_from(room: Room) -> None:
    """A delivery's first line in the log says that it was out before, and from which feed it was taken over."""
    old = room.file("old.xml", RSS)
    room.type("import-feed", old)
    (shown,) = room.type("show", room.log()[0]["id"], "--json").shapes
    assert shown["moves"][0]["why"] == f"was out before Wireroom; taken over from {old}, for feeds alone"


def test_a_dry_run_keeps_nothing(room: Room) -> None:
    """--dry-run tells what would be taken over, and to where, and stores nothing."""
    said = room.type("import-feed", room.file("old.xml", RSS), "--dry-run")
    assert said.code == 0
    assert "17  No date here  → all" in said.out
    assert "3 taken over, 0 known already, 0 refused (dry run: nothing was kept)" in said.out
    assert room.log() == []
    assert room.type("import-feed", room.folder / "old.xml", "--json").shapes[0]["result"] == "taken"


def test_only_to_the_feeds_named(room: Room) -> None:
    """--to limits it to feeds; what is known can be put into another one later; a social destination is refused."""
    old = room.file("old.xml", RSS)
    room.type("import-feed", old, "--to", "second")
    assert {each["destination"] for each in room.log()} == {"second"}
    room.type("import-feed", old, "--to", "all")
    assert sorted(each["destination"] for each in room.log()) == ["all", "all", "all", "second"]
    said = room.type("import-feed", old, "--to", "birds")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "birds is no feed" in said.err
    assert room.type("import-feed", old, "--to", "nowhere").code == 3


def test_the_outlet(room: Room) -> None:
    """The outlet is the one named, else the one on whose site the feed is, else one line says what to do."""
    elsewhere = room.file("elsewhere.xml", RSS.replace("https://www.harbor.example/", "https://old.example/"))
    said = room.type("import-feed", elsewhere)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "links to https://old.example/, the site of no publication" in said.err
    assert {
        each["publication"] for each in room.type("import-feed", elsewhere, "--publication", "hill", "--json").shapes
    } == {"hill"}
    assert {each["destination"] for each in room.log()} == {"all", "hills"}
    assert room.type("import-feed", elsewhere, "--publication", "valley").code == 3


def test_an_id_of_another_outlet_is_refused(room: Room) -> None:
    """Where two outlets' feeds use the same id, the second entry is named and left out, the rest is taken."""
    room.type("import-feed", room.file("old.xml", RSS))
    hill = RSS.replace("harbor.example", "hill.example")
    said = room.type("import-feed", room.file("hill.xml", hill), "--json")
    assert said.code == 1
    assert {each["uid"]: each["result"] for each in said.shapes} == {
        "https://hill.example/?p=17": "taken",
        "https://hill.example/market": "taken",
        "17": "refused",
    }
    assert "17 is known as an article of harbor: No date here" in said.err


def test_bad_entries_are_named_and_skipped(room: Room) -> None:
    """An entry without id and link, and one of unsafe or endless id, are named; the rest is taken; it ends with 1."""
    feed = {
        **JSON_FEED,
        "items": [
            {"title": "No id"},
            {"id": "a\u0007b", "title": "x"},
            {"id": "x" * 2001, "title": "x"},
            {"id": "empty"},
            *JSON_FEED["items"],
        ],
    }
    said = room.type("import-feed", room.file("old.json", json.dumps(feed)), "--json")
    assert said.code == 1
    assert [each["result"] for each in said.shapes].count("refused") == 4
    assert {each["uid"] for each in said.shapes if each["result"] == "taken"} == {"urn:x-harbor:5", "6"}
    assert [f"entry {number}" in line for number, line in enumerate(said.err.splitlines()[:4], 1)] == [True] * 4


def test_json_feed(room: Room) -> None:
    """A JSON Feed is read: number ids as text, plain content as paragraphs, pictures with the length they tell."""
    room.type("import-feed", room.file("old.json", json.dumps(JSON_FEED)))
    with room.app() as app:
        found = {each["id"]: each for each in json.loads(room.feed(app, "all")["feed.json"])["items"]}
    assert set(found) == {"urn:x-harbor:5", "6"}
    tide = found["urn:x-harbor:5"]
    assert (tide["date_published"], tide["date_modified"]) == ("2026-02-07T22:00:00Z", "2026-02-08T00:00:00Z")
    assert tide["content_html"] == "<p>It comes &amp; goes.</p>"
    assert tide["attachments"][0]["size_in_bytes"] == 99
    assert found["6"]["title"] == "Only a note."


def test_archives_over_http(room: Room, serve: Callable[[], str]) -> None:
    """With --archives the older documents a feed on the web leads to are taken too, through redirects; else not."""
    at = serve()
    room.file("atom.xml", ATOM.replace("{older}", f"{at}/moved/old.xml"))
    alone = room.type("import-feed", f"{at}/moved/atom.xml", "--json").shapes
    assert [each["uid"] for each in alone] == ["tag:harbor.example,2026-02-11:berth"]
    assert (alone[0]["title"], alone[0]["url"]) == ("A <new> berth", "https://harbor.example/2026/berth")
    assert (alone[0]["published_at"], alone[0]["updated_at"]) == (
        "2026-02-11T01:02:03+00:00",
        "2026-02-12T04:05:06+00:00",
    )
    room.file("old.xml", RSS)
    whole = room.type("import-feed", f"{at}/atom.xml", "--archives", "--json").shapes
    assert [each["result"] for each in whole] == ["taken", "taken", "taken", "known"]


def test_a_loop_of_documents_ends(room: Room, serve: Callable[[], str]) -> None:
    """A feed that leads back to itself is read once; one that leads nowhere is told of, and the rest is taken."""
    at = serve()
    room.file("a.json", json.dumps({**JSON_FEED, "next_url": f"{at}/a.json"}))
    assert room.type("import-feed", f"{at}/a.json", "--archives").code == 0
    room.file("b.json", json.dumps({**JSON_FEED, "next_url": "gone.json"}))
    said = room.type("import-feed", f"{at}/b.json", "--archives", "--json")
    assert (said.code, len(said.shapes)) == (1, 2)
    assert f"{at}/gone.json: found the answer 404" in said.err


def test_what_is_no_feed_is_one_clear_line(room: Room, serve: Callable[[], str]) -> None:
    """What cannot be fetched or is no feed is told in one line, with exit code 2, and nothing secret in it."""
    at = serve()
    room.file("page.html", "<html><body><p>Hello</p></body></html>")
    room.file("empty.xml", "")
    room.file("list.json", "[1, 2]")
    cases = [f"{at}/page.html", f"{at}/none.xml", f"{at}/round", room.folder / "empty.xml", room.folder / "list.json"]
    cases += [
        room.folder,
        room.folder / "none.xml",
        "ftp://harbor.example/feed",
        "http://user:geheim@127.0.0.1:9/feed?key=geheim",
    ]
    for place in cases:
        said = room.type("import-feed", place)
        assert (said.code, said.out) == (2, ""), place
        assert said.err.count("\n") == 1
        assert "expected" in said.err
        assert "geheim" not in said.err


def test_an_endless_feed_is_refused(room: Room, serve: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A document larger than may be is refused, on the web and on disk, before all of it is held."""
    monkeypatch.setattr(feed_fetch, "MOST", 1000)
    path = room.file("old.xml", RSS)
    for place in (path, f"{serve()}/old.xml"):
        said = room.type("import-feed", place)
        assert (said.code, said.err.count("\n")) == (2, 1)
        assert "found more than 1,000 bytes" in said.err


def test_archives_beside_a_file(room: Room) -> None:
    """A file leads on to a file beside it, and to none elsewhere on the machine."""
    room.file("old.xml", RSS)
    based = ATOM.replace("{older}", "/archive/old.xml")
    atom = room.file("atom.xml", based.replace(' xml:base="https://harbor.example/"', ""))
    assert len(room.type("import-feed", atom, "--archives", "--json").shapes) == 4
    atom = room.file("atom.xml", ATOM.replace("{older}", f"file://{room.folder}/old.xml"))
    assert len(room.type("import-feed", atom, "--archives", "--json").shapes) == 1


def test_broken_xml_is_read_as_readers_do(room: Room) -> None:
    """Of a document that is not well-formed what can be read is taken, and that is said, with exit code 1."""
    said = room.type(
        "import-feed",
        room.file("broken.xml", RSS[: RSS.index("<item>\n<title>The market")] + "<item><title>Cut & "),
        "--json",
    )
    assert said.code == 1
    assert "it is not well-formed" in said.err
    assert {"https://harbor.example/?p=17", "17"} <= {each["uid"] for each in said.shapes}


def test_rss_1_0(room: Room) -> None:
    """An RSS 1.0 document's entries are known by their rdf:about."""
    rdf = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://harbor.example/f">
<title>H</title><link>https://harbor.example/</link><description>d</description></channel>
<item rdf:about="https://harbor.example/one#x"><title>One</title><link>https://harbor.example/one</link>
<dc:date>2026-02-10T00:00:00+09:00</dc:date><description>Words</description></item></rdf:RDF>"""
    (told,) = room.type("import-feed", room.file("old.rdf", rdf), "--json").shapes
    assert (told["uid"], told["published_at"]) == ("https://harbor.example/one#x", "2026-02-09T15:00:00+00:00")


def test_ids_stand_as_they_were(room: Room) -> None:
    """Odd ids come out of our feed as they went in: relative, with dots, spaces, capitals, other scripts."""
    odd = ["17", "/a/../b", "HTTP://Harbor.Example:80/x", "a b", "港/1", "?p=3&amp;q=4", "x" * 1990]
    bodies = "".join(f"<item><title>T{n}</title><guid>{uid}</guid></item>" for n, uid in enumerate(odd))
    head = RSS[: RSS.index("<item>")].replace("<channel>", '<channel xml:base="https://harbor.example/deep/">')
    room.type("import-feed", room.file("odd.xml", f"{head}{bodies}</channel></rss>"))
    with room.app() as app:
        assert set(items(room.feed(app, "all")["rss.xml"])) == {uid.replace("&amp;", "&") for uid in odd}


def test_a_big_feed_stays_quick(room: Room) -> None:
    """Five thousand entries are read and stored in one go, in batches, each once."""
    day = datetime(2026, 1, 1, tzinfo=UTC)
    many = [
        {"id": f"urn:x:{n}", "url": f"https://harbor.example/{n}", "title": f"Number {n}",
         "content_html": f"<p>It is {n}.</p>", "date_published": (day + timedelta(minutes=n)).isoformat()}
        for n in range(5000)
    ]  # fmt: skip
    said = room.type("import-feed", room.file("big.json", json.dumps({**JSON_FEED, "items": many})))
    assert (said.code, said.out.splitlines()[-1].partition(": ")[2]) == (
        0,
        "5000 taken over, 0 known already, 0 refused",
    )
    with room.app() as app:
        assert app.store.tally() == {("all", "planned"): 5000}
