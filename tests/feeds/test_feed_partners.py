"""What partners take: two days of news for Google, ninjs for agencies, the dialects of MSN and SmartNews."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from tests.feeds.conftest import PAPER, START
from tests.feeds.test_feed_hostile import hostile, legal

from wireroom.channels.feed import FeedChannel
from wireroom.compose.feeds.formats import FEEDS, FORMATS
from wireroom.compose.feeds.origin import Origin
from wireroom.model.article import Picture
from wireroom.model.channel import Surroundings
from wireroom.model.destination import Destination

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article
    from wireroom.model.post import Post

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
MI = "{http://schemas.ingestion.microsoft.com/common/}"
ORIGIN = Origin(
    name="The Harbour Post", site="https://harbourpost.example", language="en", rights="© The Post",
    license="https://harbourpost.example/terms",
)  # fmt: skip
PARTNERS = [name for name in FORMATS if name not in FEEDS]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes the feed of these posts as it is at a time; the folder it is in."""

    def written(posts: list[Post], now: datetime, **options: object) -> Path:
        surroundings = Surroundings(
            feeds=tmp_path,
            public_url="https://feeds.example",
            now=lambda: now,
            recent=lambda count: sorted(posts, key=lambda post: post.article.published_at, reverse=True)[:count],  # type: ignore[union-attr]
            publications=(PAPER,),
        )
        FeedChannel(Destination(name="quay", channel="feed", options=options), surroundings).refresh()
        return tmp_path / "quay"

    return written


def test_the_sitemap_goes_back_two_days_whatever_the_feed_holds(
    write: Callable[..., Path], article: Callable[..., Article], post: Callable[[Article], Post]
) -> None:
    """It has every article of two days, more than the feed has items, and none that is older."""
    posts = [post(article(n)) for n in range(60)]
    now = START + timedelta(hours=60)
    root = ET.fromstring((write(posts, now, formats=["rss", "sitemap"], items=5) / "sitemap.xml").read_bytes())
    found = [each.text for each in root.iter(f"{MAP}loc")]
    assert found == [each.link for each in reversed(posts) if each.article and each.article.published_at >= now - timedelta(days=2)]  # fmt: skip  # noqa: E501
    assert len(found) > 5
    first = root[0]
    assert first.findtext(f"{NEWS}news/{NEWS}publication/{NEWS}name") == PAPER.name
    assert first.findtext(f"{NEWS}news/{NEWS}publication/{NEWS}language") == "en"
    assert first.findtext(f"{NEWS}news/{NEWS}title") == posts[-1].title


def test_the_sitemap_empties_as_time_passes(
    write: Callable[..., Path], article: Callable[..., Article], post: Callable[[Article], Post]
) -> None:
    """When nothing was published for two days it is empty, and a sitemap still."""
    folder = write([post(article(1))], START + timedelta(days=9), formats=["sitemap"])
    assert list(ET.fromstring((folder / "sitemap.xml").read_bytes())) == []


@pytest.mark.parametrize(
    ("language", "told"), [("en-GB", "en"), ("ja", "ja"), ("zh-Hant", "zh-tw"), ("zh-CN", "zh-cn"), ("pt-BR", "pt")]
)
def test_google_s_names_of_languages(language: str, told: str, article: Callable[..., Article]) -> None:
    """The sitemap names languages by two or three letters, and Chinese by its two scripts."""
    fragment = FORMATS["sitemap"].fragment(article(language=language), ORIGIN).decode()
    assert f"<news:language>{told}</news:language>" in fragment


def test_msn_has_titles_of_a_length_it_takes(article: Callable[..., Article], head: FeedHead) -> None:
    """A headline of more than 150 characters is cut between words, one of more than 54 has a short title beside it."""
    kind = FORMATS["msn"]
    made = [article(1, title="Ferry late"), article(2, title="word " * 20 + "end"), article(3, title="word " * 60)]
    root = ET.fromstring(kind.document(head, [kind.fragment(each, ORIGIN) for each in made]))
    items = root.findall("channel/item")
    assert [(each.findtext("title") or "")[-5:] for each in items] == [" late", "d end", "word…"]
    assert all(len(each.findtext("title") or "") <= 150 for each in items)
    shorts = [each.findtext(f"{MI}shortTitle") or "" for each in items]
    assert shorts[0] == ""
    assert all(0 < len(each) <= 54 for each in shorts[1:])
    assert items[0].findtext("{http://purl.org/dc/terms/}modified") == "2026-03-01T10:05:00Z"


def test_smartnews_has_what_its_channel_needs(article: Callable[..., Article], head: FeedHead) -> None:
    """The channel has a logo, a date of its newest change, minutes to live, and a description of 30 characters."""
    kind = FORMATS["smartnews"]
    told = replace(head, logo="https://harbourpost.example/logo.png", description="News of the harbour, every hour")
    channel = ET.fromstring(kind.document(told, [kind.fragment(article(), ORIGIN)])).find("channel")
    assert channel is not None
    assert channel.findtext("{http://www.smartnews.be/snf}logo/url") == "https://harbourpost.example/logo.png"
    assert channel.findtext("pubDate") == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert channel.findtext("ttl") == "15"
    assert len(channel.findtext("description") or "") <= 30
    thumbnail = channel.find("item/{http://search.yahoo.com/mrss/}thumbnail")
    assert thumbnail is not None


def test_ninjs_tells_all_of_an_article(article: Callable[..., Article], head: FeedHead) -> None:
    """Each article is a news object with headline, body, people, subjects, rights, its page and its picture."""
    kind, each = FORMATS["ninjs"], article(1, section="Sea")
    told = json.loads(kind.document(head, [kind.fragment(each, ORIGIN)]))
    assert (told["type"], told["standard"]["version"]) == ("composite", "3.1")
    (item,) = told["associations"]
    assert item["uri"] == each.uid
    assert item["headlines"][0]["value"] == each.title
    assert item["bodies"][0] == {"role": "main", "contentType": "text/html", "value": each.html}
    assert [person["name"] for person in item["people"]] == list(each.authors)
    assert ("Sea", "section") in [(subject["name"], subject["rel"]) for subject in item["subjects"]]
    assert (item["copyrightNotice"], item["rightsInfo"]["linkedRights"]) == (ORIGIN.rights, ORIGIN.license)
    assert (item["firstCreated"], item["versionCreated"]) == ("2026-03-01T10:00:00Z", "2026-03-01T10:05:00Z")
    assert item["associations"][0]["renditions"][0]["href"] == (each.picture and each.picture.url)


@pytest.mark.parametrize("name", PARTNERS)
@given(title=hostile, html=hostile, word=hostile)
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_what_partners_take(
    name: str, title: str, html: str, word: str, head: FeedHead, article: Callable[..., Article]
) -> None:
    """Whatever stands in an article's fields, the document parses and its neighbours stay as they are."""
    odd = article(
        2, title=title, html=html, text=word, summary=word, uid=word, url=word, authors=(word,), tags=(word,),
        section=word, language=word, picture=Picture(url=word, media_type=word, length=3, alt=word, credit=word),
    )  # fmt: skip
    kind, neighbours = FORMATS[name], [article(3), article(1)]
    alone = [kind.fragment(each, ORIGIN) for each in neighbours]
    made = kind.document(head, [alone[0], kind.fragment(odd, ORIGIN), alone[1]])
    kind.require(made)
    assert all(fragment in made for fragment in alone)
    if name == "ninjs":
        assert json.loads(made)["associations"][1].get("title", "") == legal(title)


def test_ninjs_has_uris_where_it_wants_them(article: Callable[..., Article], head: FeedHead) -> None:
    """Ids and addresses are URIs in ASCII, the same ones each time, whatever an article came with."""
    odd = article(1, uid="17", url="https://例え.example/港?a=b c", picture=Picture(url="https://x.example/写真.png"))
    kind = FORMATS["ninjs"]
    first, second = (json.loads(kind.document(head, [kind.fragment(odd, ORIGIN)])) for _ in range(2))
    (item,) = first["associations"]
    assert first == second
    assert item["uri"].startswith("urn:uuid:")
    assert item["altIds"] == [{"role": "guid", "value": "17"}]
    assert item["renditions"][0]["href"] == "https://xn--r8jz45g.example/%E6%B8%AF?a=b%20c"
    assert item["associations"][0]["renditions"][0]["href"] == "https://x.example/%E5%86%99%E7%9C%9F.png"
