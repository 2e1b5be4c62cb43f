"""No text can break a feed: any str in any field leaves it well-formed and the other items as they were."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.compose.feeds.formats import FEEDS
from wireroom.compose.feeds.markup import cdata, clean
from wireroom.model.article import Picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from wireroom.compose.feeds.head import FeedHead
    from wireroom.model.article import Article

NASTY = [
    "]]>",
    "]]\0>",
    "]\0]>",
    "]]\ufffe>",
    "<![CDATA[",
    "-->",
    "&",
    "&#0;",
    "&lt;",
    "<",
    '"',
    "'",
    "\r\n",
    "\r",
    "\t",
]
NASTY += ["\0", "\x1b", "\x7f", "\x85", "\ud800", "\udfff", "\ud83d\ude00", "\ufffe", "\uffff", "\u2028", "\U0001ffff"]
hostile = st.lists(st.one_of(st.text(st.characters()), st.sampled_from(NASTY)), max_size=8).map("".join)
"""Any code points, lone surrogates among them, thick with what has broken feeds before."""


def legal(text: str) -> str:
    """What a reader should get: the text without characters XML forbids, told character by character."""
    paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    kept = "".join(c for c in paired if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    return kept.replace("\r\n", "\n").replace("\r", "\n")


def texts(name: str, document: bytes, field: dict[str, str]) -> list[str]:
    """The named field of every item, read by a strict parser."""
    if name == "json":
        return [item.get(field["json"], "") for item in json.loads(document)["items"]]
    items = [each for each in ET.fromstring(document).iter() if each.tag.rpartition("}")[2] in ("item", "entry")]
    found = [item.find(field[name]) for item in items]
    return ["" if each is None else _told(each, field is CONTENT) for each in found]


def _told(element: ET.Element, content: bool) -> str:
    """What an element says; plain text that is told as HTML is escaped once more."""
    text = element.text or ""
    return _unescaped(text) if element.get("type") == "html" and not content else text


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


TITLE = {"rss": "title", "atom": "{http://www.w3.org/2005/Atom}title", "json": "title"}
CONTENT = {
    "rss": "{http://purl.org/rss/1.0/modules/content/}encoded",
    "atom": "{http://www.w3.org/2005/Atom}content",
    "json": "content_html",
}


@pytest.mark.parametrize("name", list(FEEDS))
@given(title=hostile, html=hostile, word=hostile, number=st.integers())
@settings(max_examples=100, deadline=None)
def test_any_text_gives_a_well_formed_feed(
    name: str, title: str, html: str, word: str, number: int, head: FeedHead, article: Callable[..., Article]
) -> None:
    """Whatever stands in an article's fields, the document parses, says it, and leaves the neighbours alone."""
    picture = Picture(url=word, media_type=word, length=number, alt=word, credit=word, caption=word)
    odd = article(
        2, title=title, html=html, text=word, summary=word, uid=word, url=word, authors=(word,), tags=(word,),
        language=word, picture=picture,
    )  # fmt: skip
    kind, neighbours = FEEDS[name], [article(3), article(1)]
    made = kind.document(head, [kind.fragment(each) for each in (neighbours[0], odd, neighbours[1])])
    kind.require(made)
    assert texts(name, made, TITLE) == [neighbours[0].title, legal(title), neighbours[1].title]
    contents = texts(name, made, CONTENT)
    assert [contents[0], contents[2]] == [each.html for each in neighbours]
    assert contents[1] == legal(html) or not html


@pytest.mark.parametrize("name", list(FEEDS))
@given(words=hostile)
@settings(max_examples=50, deadline=None)
def test_any_head_gives_a_well_formed_feed(name: str, words: str, head: FeedHead) -> None:
    """Whatever an editor names the feed, the document parses."""
    fields = ("id", "title", "description", "home_url", "language", "author", "icon", "rights")
    odd = type(head)(
        **dict.fromkeys(fields, words),  # type: ignore[arg-type]
        feed_urls=dict.fromkeys(FEEDS, words),
        hubs=(words,),
    )
    FEEDS[name].require(FEEDS[name].document(odd, []))


@given(hostile)
@settings(max_examples=100, deadline=None)
def test_clean_drops_nothing_but_the_forbidden(text: str) -> None:
    """Cleaning over the bytes of UTF-8 gives what a look at every single character gives."""
    assert clean(text).decode() == legal(text)


@given(hostile)
@settings(max_examples=100, deadline=None)
def test_cdata_says_its_text(text: str) -> None:
    """A CDATA section holds any text, also one whose `]]>` only comes together when a character is dropped."""
    assert (ET.fromstring(b"<x>" + cdata(text) + b"</x>").text or "") == legal(text)


def test_a_megabyte_of_title_is_no_trouble(head: FeedHead, article: Callable[..., Article]) -> None:
    """A headline of a million characters is written as any other."""
    for kind in FEEDS.values():
        kind.require(kind.document(head, [kind.fragment(article(title="]]>&<\0" * 200_000))]))
