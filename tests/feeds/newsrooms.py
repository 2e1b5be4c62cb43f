"""Newsrooms made up from a number: outlets in many languages, and articles of all that editors do to a text."""

# ruff: noqa: E501

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from wireroom.model.article import Article, Picture
from wireroom.model.publication import Publication
from wireroom.sources.html import sanitise, to_text

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
"""The time in every one of these newsrooms; no article is of later."""


class Newsroom(NamedTuple):
    """Its outlets, the options of its feed, and its articles, newest last."""

    publications: tuple[Publication, ...]
    options: Mapping[str, object]
    articles: tuple[Article, ...]


class Tongue(NamedTuple):
    """What a newsroom of one language has to say."""

    code: str
    outlet: str
    words: tuple[str, ...]
    people: tuple[str, ...]
    tags: tuple[str, ...]


TONGUES = (
    Tongue("en", "The Quay & Post", ("ferry", "council", "harbour", "tide", "market"), ("Mio Arai", "Tom O’Hare"), ("food & drink", "R&D", "sea")),
    Tongue("ja", "港新聞", ("港", "渡し船", "市場", "潮風", "議会"), ("佐藤 花", "新井 澪"), ("佐渡", "経済", "食")),
    Tongue("ko", "항구일보", ("항구", "시장", "여객선", "의회", "바람"), ("김하늘", "이바다"), ("경제", "바다", "문화")),
    Tongue("ar", "صحيفة الميناء", ("الميناء", "السوق", "العبّارة", "المجلس", "الريح"), ("ليلى حداد", "سامي نور"), ("اقتصاد", "بحر")),
    Tongue("he", "עיתון הנמל", ("הנמל", "השוק", "המעבורת", "המועצה"), ("נועה לוי",), ("כלכלה", "ים")),
    Tongue("de", "Hafenbote", ("Fähre", "Rathaus", "Markt", "Brücke", "Größe"), ("Jörg Weiß", "Änne Öztürk"), ("Wirtschaft", "Küche & Keller")),
    Tongue("fr", "L’Écho du port", ("l’été", "le ferry", "la mairie", "l’œuvre"), ("Zoé Lefèvre",), ("économie", "mer")),
    Tongue("zh-Hant", "港口日報", ("港口", "市場", "渡輪", "議會"), ("陳海",), ("財經", "海")),
    Tongue("pt-BR", "Folha do Cais", ("o cais", "a balsa", "a câmara", "o pão"), ("João Açaí",), ("economia", "mar")),
    Tongue("hi", "बंदरगाह समाचार", ("बंदरगाह", "बाज़ार", "नाव", "परिषद"), ("अनु राय",), ("अर्थ", "समुद्र")),
)  # fmt: skip
TURNS = (
    "{a} & {b}: what now?", "“{a}” says the {b}", "{a} < {b}, but {c} > {a}", "{a} ⛴️ {b} 🇯🇵", "{a}'s \"{b}\" — {c}",
    "Q&A: {a}", "{a}", "50% of {b} &amp; {c}", "{a}&b2 {c}", "<new> {a}", "{a} &copy; {b}", "{a}\u200f ({b})",
)  # fmt: skip
BLOCKS = (
    "<p>{a} & {b} <em>{c}</em>. 3 < 4.</p>", "<h2>{b}</h2><p>{a}<br>{c}</p>", "<ul><li>{a}</li><li>{b}<ul><li>{c}</li></ul></li></ul>",
    '<p><a href="/about/{n}?x=1&amp;y=2">{a}</a> <a href="../up">{b}</a> <a href="#top">{c}</a></p>',
    '<figure><img src="img/{n}.jpg" srcset="img/{n}.jpg 1x, /img/{n}-2.jpg 2x" alt="{a} &amp; {b}"><figcaption>{c}</figcaption></figure>',
    "<table><caption>{a}</caption><thead><tr><th scope=col>{a}<th>{b}</thead><tr><td>{c}<td>1</table>",
    '<blockquote cite="/sources/{n}"><p>{b}</p></blockquote>', '<p><script>alert("{n}")</script>{a}<iframe src="//evil.example"></iframe></p>',
    '<p style="color:red" onclick="x()">{c} <img src="//cdn.example/{n}.png" width=640 height=360></p>', "<p>{a}<p>{b}<div>{c}",
    "<ol start=3 reversed><li value=3>{a}</li></ol><hr>", "<p>🚢 {a}&nbsp;{b} &lt;tag&gt; ]]&gt; ]]></p>", "<dl><dt>{a}</dt><dd>{b}</dd></dl>",
    '<p lang="ja" dir="ltr"><ruby>港<rt>みなと</rt></ruby> <time datetime="2026-03-01">{a}</time> <q cite="/q">{b}</q></p>', "{a} & {b}",
    '<pre><code>if a < b && c:\n  {c}</code></pre>', "<p>{a}</p><table><tr><td><p>{b}</td></tr></table>", "<b><p>{a}</b> {c}</p>",
)  # fmt: skip


def newsroom(number: int) -> Newsroom:
    """The newsroom of this number, the same one each time."""
    dice = random.Random(number)
    tongues = dice.sample(TONGUES, k=dice.choice((1, 1, 1, 2, 3)))
    publications = tuple(_publication(dice, tongue, place, number) for place, tongue in enumerate(tongues))
    count = 80 if number % 40 == 39 else dice.choice((0, 1, 2, 3, 4, 6, 9, 14))
    articles = []
    for each in range(count):
        place = dice.randrange(len(tongues))
        articles.append(_article(dice, publications[place], tongues[place], each))
    return Newsroom(publications, _options(dice, tongues), tuple(sorted(articles, key=lambda each: each.published_at)))


def _publication(dice: random.Random, tongue: Tongue, place: int, number: int) -> Publication:
    return Publication(
        key=f"outlet-{place}",
        name=tongue.outlet,
        url=f"https://news{number}-{place}.example{dice.choice(('', '/', '/city'))}",
        language=tongue.code,
        description=dice.choice(
            ("", f"{tongue.words[0]} & {tongue.words[1]}", f"“{tongue.words[2]}” <{tongue.outlet}>")
        ),
    )


def _options(dice: random.Random, tongues: list[Tongue]) -> Mapping[str, object]:
    options: dict[str, object] = {}
    if dice.random() < 0.3:
        options["hubs"] = ["https://hub.example/", "https://other.example/?a=1&b=2"][: dice.choice((1, 2))]
    if dice.random() < 0.2:
        options["items"] = dice.choice((1, 5, 20, 100))
    if dice.random() < 0.2:
        options["title"] = f"{tongues[0].words[0]} & “{tongues[0].outlet}” <all>"
    if dice.random() < 0.2:
        options["description"] = f"R&D; {tongues[0].words[1]} < {tongues[0].words[2]}"
    return options


def _article(dice: random.Random, outlet: Publication, tongue: Tongue, place: int) -> Article:
    def words(form: str) -> str:
        a, b, c = (dice.choice(tongue.words) for _ in "abc")
        return form.replace("{a}", a).replace("{b}", b).replace("{c}", c).replace("{n}", str(place))

    published = NOW - timedelta(minutes=dice.randrange(1, 40 * 24 * 60), seconds=place)
    if dice.random() < 0.15:  # a text that tells its day alone
        published = published.replace(hour=0, minute=0, second=0)
    slug = dice.choice(("ferry", "council", "tide", quote(tongue.words[0]), "a(b)", "x~y", "q?id=1&b=2"))
    url = f"{outlet.url.rstrip('/')}/{published:%Y/%m}/{slug}-{place}"
    html = sanitise("".join(words(dice.choice(BLOCKS)) for _ in range(dice.choice((1, 2, 3, 5)))), url)
    made = Article(
        uid=f"tag:{outlet.host},{published:%Y-%m-%d}:n{place}",
        revision=1,
        publication=outlet.key,
        title=words(dice.choice(TURNS)),
        url=url,
        published_at=published,
        updated_at=published,
        html=html if dice.random() < 0.95 else "",
        text=to_text(html) or tongue.words[0],
        authors=tuple(dice.sample(tongue.people, k=dice.randrange(len(tongue.people) + 1))),
        summary=dice.choice(("", words("{a} & {b} < {c}."), words("“{a}”, {b}&c1; <i>{c}</i>"))),
        language=tongue.code,
        tags=tuple(dice.sample(tongue.tags, k=dice.randrange(len(tongue.tags) + 1))),
        section=dice.choice(("", *tongue.tags)),
        picture=_picture(dice, tongue, url) if dice.random() < 0.6 else None,
    )
    if dice.random() < 0.2:  # a correction
        return replace(made, revision=2, updated_at=published + (NOW - published) * dice.random())
    return made


def _picture(dice: random.Random, tongue: Tongue, url: str) -> Picture:
    name = dice.choice(("a", quote(tongue.words[0]), "b%20c"))
    picture = Picture(
        url=f"{url.partition('?')[0]}/{name}.jpg{dice.choice(('', '?w=1&h=2'))}",
        media_type=dice.choice(("image/jpeg", "image/webp", "")),
        alt=dice.choice(("", f"{tongue.words[0]} & “{tongue.words[1]}” <dawn>")),
        credit=dice.choice(("", tongue.people[0], "AFP & Co.")),
        caption=dice.choice(("", f"{tongue.words[1]} < {tongue.words[0]}")),
    )
    if dice.random() < 0.5:
        return replace(picture, length=dice.randrange(1, 2_000_000), width=1200, height=675)
    return picture
