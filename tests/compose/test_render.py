"""An article becomes a post that fits, says the most it can, and keeps its link."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wireroom.compose.render import Templates, render
from wireroom.compose.text import clean, weigh
from wireroom.compose.weight import package
from wireroom.model.article import Article
from wireroom.model.channel import Kind
from wireroom.model.destination import Destination
from wireroom.model.errors import ArticleError, SettingsError
from wireroom.model.post import Post
from wireroom.model.publication import Publication

SHIPPED = Templates([Path(__file__).parents[2] / "templates"])
X = Kind(name="x", factory="", options={}, template="posts/x.j2", measure="x", limit=280)
FACEBOOK = Kind(
    name="facebook",
    factory="",
    options={},
    template="posts/facebook.j2",
    measure="characters",
    limit=63_206,
    link_beside=True,
)
FEED = Kind(name="feed", factory="", options={}, social=False)
NOON = datetime(2026, 1, 11, 12, tzinfo=UTC)
LINK = "https://harbourpost.example.com/2026/01/light/"
PAPER = Publication(key="harbour-post", name="Harbour Post", url="https://harbourpost.example.com")
ARTICLE = Article(
    uid="tag:harbourpost.example.com,2026:1",
    revision=1,
    publication="harbour-post",
    title="The Light of Otaru Turns Again: Keepers & Captains",
    url=LINK,
    published_at=NOON,
    updated_at=NOON,
    html="<p>The light was lit.</p>",
    text="The light was lit at dusk by Ren Okafor Bell.",
    authors=("Aiko Terada",),
    summary="After fourteen months of repair, the old lamp was lit at dusk, and nobody on the quay spoke for a while.",
    tags=("japan", "harbours", "rural & regional", "sea"),
)
SENTENCES = (
    "The lamp had been dark since the storm. Fishermen steered by the lights of a hotel, and by memory alone. Now the "
    "keeper, Aiko Terada, climbs 121 steps every evening, exactly as her grandfather and his father did. It is heavy."
)


def post(article: Article = ARTICLE, kind: Kind = X, templates: Templates = SHIPPED, template: str = "") -> Post:
    """`article` as a post for a destination of `kind`."""
    name, secrets = f"hp-{kind.name}", {"token": "s3cret"}
    destination = Destination(name=name, channel=kind.name, template=template, options={"id": "7"}, secrets=secrets)
    return render(article, destination, PAPER, kind, key="k1", templates=templates)


def own(folder: Path, source: str, article: Article = ARTICLE, kind: Kind = X) -> Post:
    """`article` through a newsroom's own template."""
    (folder / "own.j2").write_text(source, encoding="utf-8")
    return post(article, kind, Templates([folder]), "own.j2")


def test_the_whole_of_a_post_on_x() -> None:
    """Headline, summary, hashtags and link, in this order, each part by a blank line."""
    assert post().text == (f"{ARTICLE.title}\n\n{ARTICLE.summary}\n\n#Japan #Harbours #RuralRegional\n\n{LINK}")


def test_what_else_a_post_carries() -> None:
    """The post has the article's identity, its weight and limit, and the key it is given; social posts no article."""
    made = post()
    assert (made.key, made.uid, made.revision, made.title) == ("k1", ARTICLE.uid, 1, ARTICLE.title)
    assert (made.destination, made.channel, made.link, made.limit) == ("hp-x", "x", LINK, 280)
    assert made.weight == package().parse_tweet(made.text).weightedLength
    assert made.article is None


def test_facebook_has_the_link_beside_the_text() -> None:
    """The link is not in Facebook's text, even where the summary or the template had it."""
    made = post(replace(ARTICLE, summary=f"Read more: {LINK}"), FACEBOOK)
    assert LINK not in made.text
    assert made.link == LINK
    assert made.text.startswith(f"{ARTICLE.title}\n\nRead more:\n\n#Japan")


def test_a_feed_carries_the_article_itself() -> None:
    """A kind that is not weighed has the title as text and the whole article beside it."""
    made = post(kind=FEED)
    assert (made.text, made.article, made.weight, made.limit) == (ARTICLE.title, ARTICLE, 0, 0)


def test_hashtags_go_first_one_by_one() -> None:
    """When it is too much, the last hashtag goes first; headline and summary stay whole."""
    made = post(
        replace(
            ARTICLE, summary=ARTICLE.summary + " Then it rained till dawn, on and on and on, all night, and longer."
        )
    )
    assert ARTICLE.title in made.text
    assert "on and on and on, all night, and longer." in made.text
    assert "#Japan" in made.text
    assert "#RuralRegional" not in made.text


def test_the_summary_is_shortened_next() -> None:
    """Without hashtags still too much: the summary ends with a whole sentence, the headline stays whole."""
    text = post(replace(ARTICLE, summary=SENTENCES)).text
    told = "The lamp had been dark since the storm. Fishermen steered by the lights of a hotel, and by memory alone."
    assert text == f"{ARTICLE.title}\n\n{told}\n\n{LINK}"


def test_then_the_summary_goes_and_the_headline_stays() -> None:
    """A headline that leaves no room for a few words of summary stands alone, whole."""
    title = "Otaru " + "shines and " * 21 + "rests"
    assert post(replace(ARTICLE, title=title)).text == f"{title}\n\n{LINK}"


def test_the_headline_is_shortened_last_and_not_inside_a_name() -> None:
    """A headline too long for X alone is cut between words, and a name from the article's text stays whole."""
    title = "The Light Of Otaru " * 12 + "And Old Captain Ren Okafor Bell Sings To Those Who Have Come To Listen"
    made = post(replace(ARTICLE, title=title))
    assert made.text == f"{'The Light Of Otaru ' * 12}And Old Captain…\n\n{LINK}"
    assert made.weight <= 280


def test_a_summary_that_only_repeats_the_headline_is_left_out() -> None:
    """Nobody reads the same line twice."""
    assert post(replace(ARTICLE, summary=f" {ARTICLE.title}", tags=())).text == f"{ARTICLE.title}\n\n{LINK}"


def test_the_link_in_a_headline_is_not_said_twice() -> None:
    """The article's own address in its headline or summary makes room for the one link of the post."""
    made = post(replace(ARTICLE, title=f"Light ({LINK})", summary=LINK.rstrip("/"), tags=()))
    assert made.text == f"Light\n\n{LINK}"


def test_an_address_in_japanese_is_linked_whole() -> None:
    """X ends a link before a Japanese letter, so those of the article's address are percent-encoded."""
    made = post(replace(ARTICLE, url="https://example.jp/港の灯"))
    assert made.link == "https://example.jp/%E6%B8%AF%E3%81%AE%E7%81%AF"
    assert made.text.endswith(f"\n{made.link}")


def test_entities_do_not_leak() -> None:
    """What a CMS escaped is read as it was meant, on every platform."""
    for kind in (X, FACEBOOK, FEED):
        assert post(replace(ARTICLE, title="Salt &amp; Iron&#8217;s Age"), kind).text.startswith("Salt & Iron’s Age")


def test_one_cashtag_on_x_and_all_on_facebook() -> None:
    """X refuses a second cashtag, so it loses its sign there."""
    article = replace(ARTICLE, title="$KELP and $CODX rise")
    assert post(article).text.startswith("$KELP and CODX rise")
    assert post(article, FACEBOOK).text.startswith("$KELP and $CODX rise")


def test_a_template_sees_names_and_no_secrets(tmp_path: Path) -> None:
    """Article, publication and the destination's names are at hand; its options and secrets are not."""
    source = "{{ destination.name }} {{ destination.channel }} {{ publication.name }} {{ article.authors|join(', ') }}"
    assert own(tmp_path, source).text == f"hp-x x Harbour Post Aiko Terada\n\n{LINK}"
    for hidden in ("secrets", "options"):
        with pytest.raises(SettingsError, match=f"own.j2:1: .*{hidden}"):
            own(tmp_path, f"{{{{ destination.{hidden} }}}}")


def test_a_template_that_forgets_the_link_gets_it_on_a_line_of_its_own(tmp_path: Path) -> None:
    """A post on X without its link is of no use, so it is put below."""
    assert own(tmp_path, "{{ headline|upper }}").text == f"{ARTICLE.title.upper()}\n\n{LINK}"


def test_a_template_may_loop_over_hashtags(tmp_path: Path) -> None:
    """Hashtags can be printed in a row or one by one."""
    assert own(tmp_path, "{% for tag in hashtags %}[{{ tag }}]{% endfor %} {{ link }}").text == (
        f"[#Japan][#Harbours][#RuralRegional] {LINK}"
    )


def test_a_template_that_says_things_twice_still_fits(tmp_path: Path) -> None:
    """Where a part weighs more than once, it is shortened until all of it fits."""
    made = own(tmp_path, "{{ summary }} {{ summary }}\n{{ headline }} {{ link }}", replace(ARTICLE, summary=SENTENCES))
    assert made.weight <= 280
    assert made.text.count("The lamp had been dark since the storm.") == 2
    assert f"{ARTICLE.title} {LINK}" in made.text


def test_a_template_whose_own_words_are_too_many_is_named(tmp_path: Path) -> None:
    """Where nothing of the article is left and it still does not fit, the template is to blame."""
    with pytest.raises(SettingsError, match=r"destinations.hp-x.template: `own.j2` weighs 32\d .*at most 280 for x"):
        own(tmp_path, "word " * 60)


def test_a_link_too_heavy_for_the_platform_is_named() -> None:
    """A long address under a top-level domain X may not know might weigh all its letters: that is said, not guessed."""
    with pytest.raises(ArticleError, match="the address weighs 32"):
        post(replace(ARTICLE, url="https://example.kids/" + "a" * 300))


def test_a_very_long_link_weighs_as_much_as_any() -> None:
    """An address of thousands of characters goes out whole."""
    link = "https://example.com/" + "a" * 3000
    assert post(replace(ARTICLE, url=link)).text.endswith(link)


any_text = st.text(st.characters(exclude_categories=[]), max_size=120)
scraps = st.sampled_from(
    [
        *(
            "The ",
            "Otaru ",
            "1.2 million ",
            "U.S. ",
            "example.com ",
            "word.Next ",
            "&amp;",
            "$KELP ",
            "@harbour ",
            "#sea ",
        ),
        *(
            LINK,
            LINK + "?a=b ",
            LINK[:-1],
            "http://harbourpost.example.com/2026/01/light ",
            "https://t.co/ab ",
            "(",
            ")",
        ),
        *("港の", "灯台が", "。", "「", "カタカナ", "مرحبا ", "\u202e", "\u200b", "e\u0301\u0323", "\ud800", "\u0600"),
        *(
            "👍🏽",
            "👩\u200d🚒",
            "🇯🇵",
            "x" * 100,
            "漢" * 100,
            "\n",
            "\r\n\r\n",
            "\u2028",
            "\u0338",
            "=",
            "{{ link }}",
            "https://",
        ),
    ]
)
texts = st.one_of(any_text, st.lists(scraps, max_size=40).map("".join))
links = st.sampled_from(
    [
        *(
            LINK,
            "https://example.com",
            "https://example.com/a?b=c",
            "http://example.org/a_(b)",
            "https://example.jp/港/が",
        ),
        *(
            "https://example.kids/a",
            "https://港.jp/",
            "https://example.com/a.",
            "https://example.com/?q=",
            LINK + "a" * 500,
        ),
    ]
)
articles = st.builds(
    lambda title, summary, tags, url, language: replace(
        ARTICLE, title=title, summary=summary, tags=tuple(tags), url=url, language=language
    ),
    texts,
    texts,
    st.lists(texts, max_size=5),
    links,
    st.sampled_from(["en", "ja", "zh", "ar", ""]),
)


@settings(max_examples=200, deadline=None)
@given(articles)
@example(replace(ARTICLE, title=LINK * 20, summary=LINK + "/" + LINK))
@example(replace(ARTICLE, title="=", url="https://example.com/?q=", summary="\u0338"))
@example(replace(ARTICLE, title="word " * 15_000, summary="漢" * 100_000))
def test_whatever_the_article_the_post_on_x_fits_with_its_whole_link_once(article: Article) -> None:
    """Any text at all: at most 280 by twitter-text too, NFC, the link whole and once, nothing unseen."""
    made = post(article)
    theirs = package().parse_tweet(made.text)
    assert theirs.weightedLength <= made.weight <= made.limit == 280
    assert theirs.valid
    assert made.text.count(made.link) == 1
    assert made.text.endswith(made.link)
    assert unicodedata.is_normalized("NFC", made.text)
    assert not regex.search(r"[\p{Cs}\u202a-\u202e\u200b\ufeff]|[\p{Cc}--\n]|  |\n\n\n", made.text, regex.V1)


@settings(max_examples=200, deadline=None)
@given(articles)
@example(replace(ARTICLE, title="word " * 15_000, summary="漢" * 100_000))
def test_whatever_the_article_the_facebook_message_fits_without_its_link(article: Article) -> None:
    """Any text at all: within Facebook's limit by UTF-16, NFC, and the link beside it."""
    made = post(article, FACEBOOK)
    assert len(made.text.encode("utf-16-le")) // 2 == made.weight <= 63_206
    assert made.link not in made.text
    assert unicodedata.is_normalized("NFC", made.text)


@settings(max_examples=150, deadline=None)
@given(articles.map(lambda article: replace(article, url=LINK)))
def test_the_headline_is_whole_while_anything_else_is_there(article: Article) -> None:
    """Only a post of nothing but headline and link has a shortened headline, and that on a grapheme's edge."""
    headline = clean(article.title)
    if "https://" in headline or "$" in headline or "http://" in headline:
        return
    text = post(article).text.removesuffix(LINK).rstrip()
    if not text.startswith(headline):
        short = text.removesuffix("…")
        assert "\n" not in text
        assert weigh(f"{headline}\n\n{LINK}", "x") > 280
        ours, theirs = regex.findall(r"\X", short), regex.findall(r"\X", headline)
        assert ours == theirs[: len(ours)]


@settings(max_examples=100, deadline=None)
@given(articles)
def test_rendering_is_the_same_every_time(article: Article) -> None:
    """A post depends on the article alone: preview and delivery are alike to the letter."""
    assert post(article) == post(article)
