"""Every mistake in the settings is one line: the key's path, what was found, what is allowed, the nearest key."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from wireroom.model.errors import SettingsError

Mistakes = Callable[..., list[str]]

MISTAKES = [
    # where, what is put there, what the line must say
    ("wireroom.timezone", "Asia/Tokio", ['found "Asia/Tokio"', "IANA", "Did you mean `Asia/Tokyo`?"]),
    ("wireroom.databse", "x", ["no such key", "Did you mean `database`?"]),
    ("wireroom.database", "mysql://u:hunter2@h/d", ['begins "mysql:"', "postgresql+psycopg://"]),
    ("wireroom.database", "sqlite://", ["sqlite:///var/wireroom.db"]),
    ("wireroom.database", 5, ["found the number 5"]),
    ("wireroom.broker", "embeded", ["Did you mean `embedded`?"]),
    ("wireroom.broker", "amqp://u:hunter2@h", ['begins "amqp:"', "redis://"]),
    ("wireroom.listen", "8080", ['found "8080"', '"127.0.0.1:8080"']),
    ("wireroom.listen", "127.0.0.1:99999", ["a host and a port"]),
    ("wireroom.public_url", "ftp://feeds.example", ["a web address"]),
    ("wireroom.public_url", "https://me:hunter2@feeds.example", ["no password in it"]),
    ("wireroom.retention", 90, ["found the number 90", "a duration in quotes"]),
    ("wireroom.retention", "0s", ["longer than zero"]),
    ("wireroom.api_token", "hunter2", ["found a literal", '{ env = "NAME" }']),
    ("publications.harbor.name", "  ", ["not empty"]),
    ("publications.harbor.url", "harbor.example", ["a web address"]),
    ("publications.harbor.language", "english!", ["a language tag"]),
    ("publications.harbor.permalink", "https://h.example/{slg}/", ['found "slg" in braces', "Did you mean `slug`?"]),
    ("publications.harbor.permalink", "https://h.example/{slug!r}/", ['found "slug" in braces']),
    ("publications.harbor.permalink", "https://h.example/{slug.__class__}/", ["in braces"]),
    ("publications.harbor.permalink", "https://h.example/{slug", ["an address or a path"]),
    ("publications.harbor.permalink", "h.example/{slug}", ["an address or a path"]),
    ("publications.harbor.aliases", "HP", ["a list of texts"]),
    ("publications.harbor.aliases", ["HP", 3], ["in the list found the number 3"]),
    ("publications.harbor.titel", "x", ["no such key"]),
    ("publications.harbor", "x", ['found "x"', "a table: [publications.harbor]"]),
    (
        "destinations.birds.channel",
        "xx",
        ['found "xx"', "facebook, feed, hub, push, twitter, websub, x", "Did you mean `x`?"],
    ),
    ("destinations.birds.timout", "20s", ["no such key", "Did you mean `timeout`?"]),
    ("destinations.birds.timeout", 20, ["found the number 20", "a duration"]),
    ("destinations.birds.timeout", "20 s", ['found "20 s"', "a duration"]),
    ("destinations.birds.max_age", "2 days", ['"none" for any age']),
    ("destinations.birds.quiet", "25:00-07:00", ["two times of the day"]),
    ("destinations.birds.quiet", "07:00-07:00", ["two different times"]),
    (
        "destinations.feeds.formats",
        ["rss", "atm"],
        ['in the list found "atm"', "rss, atom, json", "Did you mean `atom`?"],
    ),
    ("destinations.page.graph_version", "26", ['found "26"', 'such as "v26.0"']),
    ("destinations.birds.publications", ["harbour"], ["harbor, hill", "Did you mean `harbor`?"]),
    ("destinations.birds.publications", ["Hill Post"], ["Did you mean `hill`?"]),
    ("destinations.birds.publications", [], ["found an empty list", "without the key it takes all"]),
    ("destinations.birds.publications", "harbor", ["allowed are publications"]),
    ("destinations.birds.when", {"tag": ["a"]}, ["no such key", "Did you mean `tags`?"]),
    ("destinations.birds.when", {"tags": "japan"}, ["a list of texts"]),
    ("destinations.birds.retry", {"attempts": 0}, ["a whole number from 1"]),
    ("destinations.birds.retry", {"first": "1h", "longest": "1s"}, ["at least as long as `first`"]),
    ("destinations.birds.settle", {"looks": 1.5}, ["a whole number"]),
    ("destinations.birds.gap", "half a minute", ["a duration in quotes"]),
    ("destinations.birds.gap", {"late": 10}, ["a duration in quotes"]),
    ("destinations.birds.gap", 30, ["a duration in quotes"]),
    ("destinations.birds.budget", {"usd_per_day": -1}, ["zero or more"]),
    ("destinations.birds.budget", {"usd_per_day": float("nan")}, ["zero or more"]),
    ("destinations.birds.budget", {"reserve": 20}, ["found the number 20", "a share from 0 to 1"]),
    ("destinations.birds.budget", {"usd_pr_day": 20}, ["no such key", "Did you mean `usd_per_day`?"]),
    ("destinations.birds.prices", {"link": "0.20"}, ['found "0.20"', "a number of US dollars"]),
    ("destinations.birds.prices", {"links": 0.2}, ["no such key", "Did you mean `link`?"]),
    ("destinations.birds.prices", 0.2, ["found the number 0.2", "a table: [destinations.birds.prices]"]),
    ("destinations.feeds.prices", {"link": 0.2}, ["no such key"]),
    ("destinations.birds.lanes", True, ["found the flag true"]),
    ("destinations.birds.resend_absent", "no", ["true or false"]),
    ("destinations.birds.template", "../x.j2", ["inside templates/"]),
    ("destinations.birds.template", "/etc/x.j2", ["inside templates/"]),
    ("destinations.birds.base_url", "api.x.com", ["a web address"]),
    ("destinations.birds.consumer_key", "hunter2", ["found a literal", "never stands in the settings"]),
    ("destinations.birds.consumer_key", {"evn": "CK"}, ['{ env = "NAME" }']),
    ("destinations.birds.consumer_key", {"env": "CK", "file": "ck"}, ["a table with 2 keys"]),
    ("destinations.birds.consumer_key", {"env": "hunter2 hunter2"}, ["the name of an environment variable"]),
    ("destinations.birds.consumer_key", {"env": "NOT_SET"}, ["NOT_SET is not set", "set NOT_SET"]),
    ("destinations.birds.consumer_key", {"file": "nowhere/at/all"}, ["cannot be read (No such file"]),
    ("destinations.page.page_id", 42, ["found the number 42", "text in quotes"]),
    ("destinations.page.pageid", "42", ["Did you mean `page_id`?"]),
    ("destinations.feeds.items", "50", ["a number, without quotes"]),
    ("destinations.feeds.base_url", "sandbox", ["no such key"]),
    ("destinatons", {}, ["no such key", "Did you mean `destinations`?"]),
]


def put(data: dict[str, Any], path: str, value: object) -> None:
    """Set the value at a dotted path."""
    *tables, key = path.split(".")
    for table in tables:
        data = data.setdefault(table, {})
    data[key] = value


@pytest.mark.parametrize(("path", "value", "said"), MISTAKES)
def test_a_mistake_is_one_line(
    good: dict[str, Any], mistakes: Mistakes, path: str, value: object, said: list[str]
) -> None:
    """One mistake gives one line that begins with the key's path and says what was found and what is allowed."""
    put(good, path, value)
    lines = [line for line in mistakes(good) if path in line.partition(":")[0]]
    assert len(lines) == 1
    assert lines[0].startswith(path)
    assert "\n" not in lines[0]
    for words in said:
        assert words in lines[0]


@pytest.mark.parametrize(("path", "value", "said"), MISTAKES)
def test_what_may_be_a_secret_is_never_shown(
    good: dict[str, Any], mistakes: Mistakes, path: str, value: object, said: list[str]
) -> None:
    """A value where a secret or a password may stand is not repeated in a mistake's line."""
    put(good, path, value)
    assert "hunter2" not in "\n".join(mistakes(good))


def test_every_mistake_is_collected(mistakes: Mistakes) -> None:
    """All mistakes are told at once, not the first alone."""
    lines = mistakes(
        """
        colour = "red"
        [wireroom]
        listen = 8080
        [publications.one]
        name = "One"
        [destinations.a]
        chanel = "x"
        """
    )
    assert [line.partition(":")[0] for line in lines] == [
        "wireroom.listen",
        "publications.one.url",
        "destinations.a.channel",
        "destinations.a.chanel",
        "colour",
    ]
    assert "Did you mean `channel`?" in lines[3]


@pytest.mark.parametrize("key", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"])
def test_a_secret_that_is_not_named_is_missing(good: dict[str, Any], mistakes: Mistakes, key: str) -> None:
    """A key the channel cannot work without is a mistake when it is left out, whether secrets are wanted or not."""
    del good["destinations"]["birds"][key]
    for secrets in (True, False):
        (line,) = mistakes(good, secrets=secrets)
        assert line.startswith(f"destinations.birds.{key}: missing; ")


def test_a_missing_secret_is_no_mistake_where_none_is_wanted(good: dict[str, Any], mistakes: Mistakes) -> None:
    """What only reads or queues works without the platforms' secrets."""
    assert mistakes(good, env={}, secrets=False) == []
    assert len(mistakes(good, env={}, secrets=True)) == 5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not set or empty"),
        (b"\n \n", "not set or empty"),
        (b"\xff\xfe", "no text"),
        (b"a\nb", "more than one line"),
    ],
)
def test_a_secret_file_that_holds_no_secret_is_missing(
    good: dict[str, Any], mistakes: Mistakes, tmp_path: Any, content: bytes, said: str
) -> None:
    """An empty file, a binary one, or one of many lines is told, and its content is not."""
    (tmp_path / "key").write_bytes(content)
    good["destinations"]["birds"]["consumer_key"] = {"file": "key"}
    (line,) = mistakes(good)
    assert line.startswith("destinations.birds.consumer_key: ")
    assert said in line


def test_names_are_told_apart(good: dict[str, Any], mistakes: Mistakes) -> None:
    """Two publications or destinations may not share a name, whatever its case; nor a name that is no folder's."""
    good["publications"]["HILL"] = {"name": "Third", "url": "https://third.example"}
    good["publications"]["fourth"] = {"name": "hp", "url": "https://fourth.example"}
    good["destinations"]["Feeds"] = {"channel": "feed"}
    good["destinations"]["../up"] = {"channel": "feed"}
    good["destinations"][""] = {"channel": "feed"}
    lines = mistakes(good)
    assert [line.partition(":")[0] for line in lines] == [
        "publications.HILL",
        "publications.fourth",
        "destinations.Feeds",
        'destinations."../up"',
        'destinations.""',
    ]
    assert "`harbor`" in lines[1]


def test_a_newsroom_without_an_outlet_is_a_mistake(mistakes: Mistakes) -> None:
    """Nothing could ever be published, so it is told at once."""
    (line,) = mistakes("")
    assert line.startswith("publications: there is none")


def test_a_key_with_a_line_break_stays_on_one_line(good: dict[str, Any], mistakes: Mistakes) -> None:
    """Whatever a key is called, its mistake is one line."""
    good["wireroom"]["two\nlines"] = "x"
    (line,) = mistakes(good)
    assert "\n" not in line


def test_the_error_is_all_its_lines(good: dict[str, Any], reading: Callable[..., object]) -> None:
    """The error as text is one line for each problem, in their order."""
    good["wireroom"].update(listen=1, retention=2)
    with pytest.raises(SettingsError) as caught:
        reading(good)
    assert str(caught.value).splitlines() == [str(problem) for problem in caught.value.problems]


def test_toml_refuses_a_table_twice() -> None:
    """A destination that stands twice never reaches us: TOML itself refuses it, with the line."""
    with pytest.raises(tomllib.TOMLDecodeError, match="line 2"):
        tomllib.loads("[destinations.a]\n[destinations.a]\n")
