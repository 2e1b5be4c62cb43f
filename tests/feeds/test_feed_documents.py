"""What stands in the three documents: read back by others' parsers, it is what went in."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import feedparser
import pytest

from wireroom.compose.feeds import atom, jsonfeed, rss
from wireroom.compose.feeds.formats import FEEDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article

ATOM = "{http://www.w3.org/2005/Atom}"
MEDIA = "{http://search.yahoo.com/mrss/}"


def parsed(document: bytes) -> Any:
    """What feedparser, told to change nothing, reads."""
    result = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False)
    assert not result.bozo, result.get("bozo_exception")
    return result


def document(name: str, head: FeedHead, *articles: Article) -> bytes:
    """The document of these articles in the named format."""
    kind = FEEDS[name]
    return kind.document(head, [kind.fragment(each) for each in articles])


@pytest.mark.parametrize("name", ["rss", "atom"])
def test_feedparser_reads_back_what_went_in(name: str, head: FeedHead, article: Callable[..., Article]) -> None:
    """Titles, ids, links, authors, tags, contents, summaries, dates and enclosures survive the way out and back."""
    articles = [article(n) for n in (3, 2, 1)]
    entries = parsed(document(name, head, *articles)).entries
    assert [entry.id for entry in entries] == [each.uid for each in articles]
    for entry, each in zip(entries, articles, strict=True):
        assert each.picture
        assert entry.title == each.title
        assert entry.link == each.url
        assert [author.name for author in entry.authors] == list(each.authors)
        assert [tag.term for tag in entry.tags] == list(each.tags)
        assert entry.content[0].value == each.html
        assert entry.published_parsed[:6] == each.published_at.utctimetuple()[:6]
        assert entry.updated_parsed[:6] == each.updated_at.utctimetuple()[:6]
        enclosure = entry.enclosures[0]
        assert (enclosure.href, enclosure.type) == (each.picture.url, each.picture.media_type)
        assert int(enclosure.length) == each.picture.length


def test_json_reads_back_what_went_in(head: FeedHead, article: Callable[..., Article]) -> None:
    """Every field of the articles stands in the JSON Feed under its own name of version 1.1."""
    articles = [article(2), article(1)]
    feed = json.loads(document("json", head, *articles))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert next(iter(feed)) == "version"
    assert feed["feed_url"] == head.feed_urls["json"]
    assert feed["hubs"] == [{"type": "WebSub", "url": head.hubs[0]}]
    for item, each in zip(feed["items"], articles, strict=True):
        assert each.picture
        assert item == {
            "id": each.uid,
            "url": each.url,
            "title": each.title,
            "content_html": each.html,
            "summary": each.summary,
            "image": each.picture.url,
            "date_published": each.published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "date_modified": each.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "authors": [{"name": name} for name in each.authors],
            "tags": list(each.tags),
            "language": "en",
            "attachments": [
                {
                    "url": each.picture.url,
                    "mime_type": "image/png",
                    "title": each.picture.alt,
                    "size_in_bytes": each.picture.length,
                }
            ],
        }


def test_head_of_rss(head: FeedHead, article: Callable[..., Article]) -> None:
    """The RSS channel names itself, its typed self link, its hubs, and the newest change as lastBuildDate."""
    channel = ET.fromstring(document("rss", head, article())).find("channel")
    assert channel is not None
    assert channel.findtext("title") == head.title
    assert channel.findtext("link") == head.home_url
    assert channel.findtext("description") == head.description
    assert channel.findtext("language") == "en"
    assert channel.findtext("lastBuildDate") == "Mon, 02 Mar 2026 09:00:00 GMT"
    links = {link.get("rel"): (link.get("href"), link.get("type")) for link in channel.iter(f"{ATOM}link")}
    assert links == {"self": (head.feed_urls["rss"], "application/rss+xml"), "hub": (head.hubs[0], None)}


def test_head_of_atom(head: FeedHead) -> None:
    """The Atom feed has id, title, updated, author, self and alternate links, hubs, and rights when they are given."""
    feed = ET.fromstring(document("atom", head))
    assert feed.findtext(f"{ATOM}id") == head.id
    assert feed.findtext(f"{ATOM}title") == head.title
    assert feed.findtext(f"{ATOM}updated") == "2026-03-02T09:00:00.999999Z"
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "The Harbour Post"
    assert feed.findtext(f"{ATOM}rights") == head.rights
    links = [(link.get("rel"), link.get("href")) for link in feed.iter(f"{ATOM}link")]
    assert links == [("self", head.feed_urls["atom"]), ("alternate", head.home_url), ("hub", head.hubs[0])]
    assert b"<rights>" not in atom.document(replace(head, rights=""), [])


def test_rss_item_keeps_the_profile(article: Callable[..., Article]) -> None:
    """The guid is no permalink, plain text is escaped as HTML, and description comes before content:encoded."""
    fragment = rss.item(article()).decode()
    assert '<guid isPermaLink="false">tag:harbourpost.example,2026-03-01:1</guid>' in fragment
    assert "<title>Ferry 1 &#x26; crew's &#x3C;new&#x3E; berth — 第1便</title>" in fragment
    assert "<description>Ferry 1 is &amp;lt; 40 m &amp;amp; afloat.</description>" in fragment
    assert fragment.index("<description>") < fragment.index("<content:encoded>")
    assert "<author>" not in fragment


@pytest.mark.parametrize("name", ["rss", "atom"])
def test_picture_carries_alt_and_credit(name: str, head: FeedHead, article: Callable[..., Article]) -> None:
    """The picture stands as media:content with size, alt text, caption and credit."""
    content = next(ET.fromstring(document(name, head, article())).iter(f"{MEDIA}content"))
    assert (content.get("medium"), content.get("width"), content.get("height")) == ("image", "1200", "675")
    assert content.findtext(f"{MEDIA}description") == 'A "red" ferry at <dawn>'
    assert content.findtext(f"{MEDIA}title") == "The ferry"
    assert content.findtext(f"{MEDIA}credit") == "Mio Arai"


@pytest.mark.parametrize("name", list(FEEDS))
def test_no_enclosure_without_a_true_length(name: str, head: FeedHead, article: Callable[..., Article]) -> None:
    """A picture of unknown length is no enclosure and no attachment, since its length would be a guess."""
    whole = article()
    assert whole.picture
    made = document(name, head, replace(whole, picture=replace(whole.picture, length=0)))
    assert b"enclosure" not in made
    assert b"attachments" not in made


@pytest.mark.parametrize("name", list(FEEDS))
def test_an_article_of_bare_necessities(name: str, head: FeedHead, article: Callable[..., Article]) -> None:
    """An article without byline, summary, tags, picture, address or HTML still makes an item, from its plain text."""
    bare = article(authors=(), summary="", tags=(), picture=None, url="", html="", language="")
    made = document(name, replace(head, hubs=(), icon="", rights="", language="", author=""), bare)
    if name == "json":
        item = json.loads(made)["items"][0]
        assert set(item) == {"id", "title", "content_html", "date_published", "date_modified"}
        assert item["content_html"] == "<p>Berth 1</p>\n<p>Tide &amp; wind, fair. 港は静か。</p>"
    else:
        assert parsed(made).entries[0].content[0].value == "<p>Berth 1</p>\n<p>Tide &amp; wind, fair. 港は静か。</p>"


def test_an_item_without_title_has_a_description(article: Callable[..., Article]) -> None:
    """RSS asks for a title or a description, so the text stands in where there are neither headline nor summary."""
    fragment = rss.item(article(title="", summary="", text="Only text"))
    assert b"<title>" not in fragment.split(b"<media:content")[0]
    assert b"<description>Only text</description>" in fragment


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9)), timezone(-timedelta(hours=5, minutes=30))])
def test_one_instant_is_written_one_way(zone: timezone, article: Callable[..., Article]) -> None:
    """Dates stand in UTC whatever zone they came in, so the bytes do not depend on it."""
    instant = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    for kind in FEEDS.values():
        moved = article(published_at=instant.astimezone(zone), updated_at=instant.astimezone(zone))
        assert kind.fragment(moved) == kind.fragment(article(published_at=instant, updated_at=instant))
    assert b"Sun, 01 Mar 2026 10:00:00 GMT" in rss.item(article(published_at=instant.astimezone(zone)))


@pytest.mark.parametrize("name", list(FEEDS))
def test_equal_content_gives_equal_bytes(name: str, head: FeedHead, article: Callable[..., Article]) -> None:
    """The bytes depend on the content alone, never on the time of writing or on which object carried it."""
    assert document(name, head, article(2), article(1)) == document(name, replace(head), article(2), article(1))
    assert document(name, head, article(2)) != document(name, head, article(2, title="Another"))


@pytest.mark.parametrize("name", list(FEEDS))
def test_an_empty_feed_is_a_feed(name: str, head: FeedHead) -> None:
    """Before the first article the feed is there, well-formed and without items."""
    made = document(name, replace(head, updated=None))
    assert (json.loads(made)["items"] if name == "json" else parsed(made).entries) == []


def test_json_leaves_out_what_is_empty(article: Callable[..., Article]) -> None:
    """A JSON Feed item has no empty fields but the two it must have."""
    item = json.loads(jsonfeed.item(article(title="", authors=("",), tags=("",), html="", text="")))
    assert item["content_html"] == ""
    assert not {"title", "authors", "tags"} & set(item)
