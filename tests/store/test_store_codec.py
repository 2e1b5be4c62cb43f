"""Values survive the way into a row and back, whatever they hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from wireroom.model.article import Account, Article, Footer, Link, Picture
from wireroom.model.post import Exchange, Post
from wireroom.store import codec

anything = st.text(st.characters(exclude_categories=()), max_size=20)
times = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001  (Hypothesis adds the zone itself)
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.just(UTC),
)
zoned = st.builds(lambda time, hours: time.astimezone(timezone(timedelta(hours=hours))), times, st.integers(-12, 14))
several = st.lists(anything, max_size=3).map(tuple)
pictures = st.none() | st.builds(Picture, path=anything, alt=anything, length=st.integers(0, 2**40))
footers = st.builds(
    Footer,
    lines=several,
    links=st.lists(st.builds(Link, anything, anything), max_size=2).map(tuple),
    accounts=st.lists(st.builds(Account, anything, anything, anything), max_size=2).map(tuple),
    group=anything,
)
articles = st.builds(
    Article,
    uid=anything,
    revision=st.integers(1, 99),
    publication=anything,
    title=anything,
    url=anything,
    published_at=zoned,
    updated_at=zoned,
    html=anything,
    text=anything,
    authors=several,
    tags=several,
    picture=pictures,
    breaking=st.booleans(),
    footer=footers,
)
posts = st.builds(
    Post,
    key=anything,
    uid=anything,
    revision=st.integers(1, 99),
    destination=anything,
    channel=anything,
    title=anything,
    text=anything,
    link=anything,
    picture=pictures,
    article=st.none() | articles,
)


@given(times)
def test_microseconds_survive(time: datetime) -> None:
    """A time comes back to the microsecond, and earlier times make smaller numbers."""
    assert codec.moment(codec.micros(time)) == time
    assert codec.micros(time - timedelta(microseconds=1)) == codec.micros(time) - 1


@settings(max_examples=60)
@given(articles)
def test_articles_survive(article: Article) -> None:
    """An article comes back equal, and its row is text any database can store."""
    row = codec.dumps(article)
    assert "\0" not in row
    row.encode()
    assert codec.read_article(row) == article


@settings(max_examples=60)
@given(posts)
def test_posts_survive(post: Post) -> None:
    """A post comes back equal, with its article in the row or beside it."""
    assert codec.read_post(codec.write_post(post, whole=True), None) == post
    assert codec.read_post(codec.write_post(post, whole=False), post.article) == post


@given(anything)
def test_cleaned_text_can_be_stored_and_good_text_is_left_alone(text: str) -> None:
    """Text loses only what no database takes: NUL and lone surrogates."""
    cleaned = codec.clean(text)
    cleaned.encode()
    assert "\0" not in cleaned
    assert codec.clean(cleaned) == cleaned
    good = not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)
    assert (cleaned == text) or not good


def test_rows_of_another_version_are_read() -> None:
    """A key this program does not know is passed over, and one it misses takes its default."""
    exchange = codec.read_exchange('{"method": "POST", "url": "u", "invented": 1}')
    assert exchange == Exchange(method="POST", url="u")
