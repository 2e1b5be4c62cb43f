"""Right settings become values the program works with: defaults, paths, the sandbox, secrets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from wireroom.assets import assets, sample_settings, templates
from wireroom.channels import catalogue
from wireroom.model.destination import Budget, Gap, Quiet, Retry, Settle, When
from wireroom.model.errors import NotFound
from wireroom.model.sandbox import SANDBOX_FACEBOOK, SANDBOX_X, x_keys
from wireroom.settings import SETTINGS, Settings, load

Reading = Callable[..., Settings]
ENV = {"CK": "key-1", "CS": "secret-2", "AT": "token-3", "ATS": "secret-4", "PT": "page-5"}


def test_the_settings_that_ship_work_as_they_stand() -> None:
    """The commented settings load with an empty environment, secrets wanted, and need no account anywhere."""
    settings = load(assets(), {}, catalogue.kinds(), secrets=True)
    assert sample_settings() == assets() / SETTINGS
    assert [publication.key for publication in settings.publications] == ["modern-tokyo-times", "modern-tokyo-news"]
    assert [place.name for place in settings.destinations] == ["mtt-feed", "mtn-feed", "mtt-x", "mtt-facebook"]
    assert settings.destination("mtt-x").secrets == x_keys("MTT_News")
    assert settings.destination("mtt-x").options["base_url"] == "http://127.0.0.1:8099"
    assert settings.destination("mtt-facebook").options["page_id"] == SANDBOX_FACEBOOK["page_id"]
    assert all(place.max_age is None for place in settings.destinations)


def test_going_live_is_what_the_comments_say() -> None:
    """Without the sandbox's lines and with the keys' lines uncommented the shipped settings reach the platforms."""
    said = sample_settings().read_text(encoding="utf-8")
    live = [line for line in said.splitlines() if not line.startswith(("base_url", "max_age"))]
    keys = ("# consumer_", "# access_token", "# page_id", "# app_secret")
    seen, lines = False, []
    for line in live:
        seen = seen or line.startswith("# [destinations.mtn-x]")
        other = seen and not any(word in line for word in ("page_id", "FACEBOOK"))
        lines.append(line[2:] if line.startswith(keys) and not other else line)
    env = {
        name: f"live-{name}"
        for name in (
            "X_CONSUMER_KEY",
            "X_CONSUMER_SECRET",
            "X_ACCESS_TOKEN",
            "X_ACCESS_TOKEN_SECRET",
            "FACEBOOK_PAGE_TOKEN",
            "FACEBOOK_APP_SECRET",
        )
    }
    settings = _read("\n".join(lines), env)
    bird, page = settings.destination("mtt-x"), settings.destination("mtt-facebook")
    assert bird.options["base_url"] == "https://api.x.com"
    assert bird.secrets["access_token_secret"] == "live-X_ACCESS_TOKEN_SECRET"
    assert bird.max_age == timedelta(days=2)
    assert page.options["base_url"] == "https://graph.facebook.com"
    assert page.options["page_id"] == "112233445566"


def _read(said: str, env: dict[str, str]) -> Settings:
    import tomllib

    from wireroom.settings import parse

    return parse(tomllib.loads(said), Path("/newsroom"), env, catalogue.kinds(), secrets=True)


def test_the_shipped_folders_are_found() -> None:
    """Templates and settings lie beside each other, in a checkout as in a wheel."""
    assert templates() == assets() / "templates"
    assert sample_settings().is_file()


def test_defaults(good: dict[str, Any], reading: Reading, tmp_path: Path) -> None:
    """What the settings leave out has the value the documentation names."""
    settings = reading(good)
    assert settings.database == f"sqlite:///{tmp_path}/var/wireroom.db"
    assert settings.broker == "embedded"
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.sandbox == "127.0.0.1:8099"
    assert settings.api_token is None
    assert settings.retention == timedelta(days=90)
    bird = settings.destination("birds")
    assert (bird.when, bird.settle, bird.retry, bird.budget) == (When(), Settle(), Retry(), Budget())
    assert (bird.delay, bird.quiet, bird.lanes, bird.timeout) == (timedelta(0), None, 1, 20.0)
    assert bird.resend_absent
    assert bird.max_age == timedelta(days=2)
    feed = settings.destination("feeds")
    assert feed.max_age is None
    assert feed.publications == ()
    assert feed.options["formats"] == ("rss", "atom", "json")
    assert feed.options["items"] == 50
    assert settings.publication("hill").timezone == "Asia/Tokyo"


def test_every_rule_is_read(good: dict[str, Any], reading: Reading) -> None:
    """The rules any destination takes become values with units."""
    good["destinations"]["birds"].update(
        when={"tags": ["japan"], "sections": ["features"], "not_tags": ["internal"]},
        template="posts/birds.j2",
        max_age="36h",
        delay="5m",
        quiet="23:00-07:00",
        gap={"every": "2m", "late": "1h"},
        settle={"after": "1m30s", "looks": 3},
        resend_absent=False,
        retry={"attempts": 3, "first": "1s", "longest": "10m"},
        budget={"usd_per_day": 20, "usd_per_month": 99.5, "reserve": 0.5},
        prices={"link": 0.25},
        lanes=4,
        timeout="0.5s",
        base_url="http://127.0.0.1:9/",
    )
    bird = reading(good).destination("birds")
    assert bird.when == When(("japan",), ("features",), ("internal",))
    assert bird.template == "posts/birds.j2"
    assert bird.max_age == timedelta(hours=36)
    assert bird.delay == timedelta(minutes=5)
    assert bird.quiet == Quiet(time(23), time(7))
    assert bird.gap == Gap(timedelta(minutes=2), timedelta(hours=1))
    assert bird.settle == Settle(timedelta(seconds=90), 3)
    assert not bird.resend_absent
    assert bird.retry == Retry(3, timedelta(seconds=1), timedelta(minutes=10))
    assert bird.budget == Budget(20.0, 99.5, 0.5)
    assert bird.options["prices"] == {"post": 0.015, "link": 0.25, "alt": 0.005, "read": 0.001, "delete": 0.010}
    assert (bird.lanes, bird.timeout) == (4, 0.5)
    assert bird.options["base_url"] == "http://127.0.0.1:9"


def test_a_gap_may_be_one_duration(good: dict[str, Any], reading: Reading) -> None:
    """A gap is 30 seconds for social channels and none for feeds; written as a duration it leaves `late` as it is."""
    late = timedelta(minutes=10)
    settings = reading(good)
    assert settings.destination("birds").gap == Gap(timedelta(seconds=30), late)
    assert settings.destination("feeds").gap == Gap(timedelta(0), late)
    good["destinations"]["birds"]["gap"] = "0s"
    assert reading(good).destination("birds").gap == Gap(timedelta(0), late)


def test_twitter_is_the_old_name_of_x(good: dict[str, Any], reading: Reading) -> None:
    """A destination of channel "twitter" is one of channel "x"."""
    good["destinations"]["birds"]["channel"] = "twitter"
    assert reading(good).destination("birds").channel == "x"


def test_the_sandbox_brings_its_own_keys(good: dict[str, Any], reading: Reading) -> None:
    """base_url = "sandbox" needs no key; a key that is set where the settings say is used all the same."""
    good["wireroom"]["sandbox"] = "127.0.0.1:9321"
    good["destinations"]["birds"] = {"channel": "x", "base_url": "sandbox", "access_token": {"env": "AT"}}
    good["destinations"]["page"] = {"channel": "facebook", "base_url": "sandbox", "app_secret": {"env": "NOT_SET"}}
    settings = reading(good)
    bird, page = settings.destination("birds"), settings.destination("page")
    assert bird.secrets == {**SANDBOX_X, "access_token": "token-3"}
    assert bird.options["base_url"] == page.options["base_url"] == "http://127.0.0.1:9321"
    assert page.secrets["app_secret"] == SANDBOX_FACEBOOK["app_secret"]
    assert page.options["page_id"] == SANDBOX_FACEBOOK["page_id"]


def test_secrets_come_from_the_environment_or_a_file(good: dict[str, Any], reading: Reading, tmp_path: Path) -> None:
    """A file's secret has its line end cut off; a relative file is one under the newsroom."""
    (tmp_path / "token").write_text("from-a-file\n")
    good["destinations"]["page"]["access_token"] = {"file": "token"}
    good["wireroom"]["api_token"] = {"file": str(tmp_path / "token")}
    settings = reading(good)
    assert settings.destination("page").secrets == {"access_token": "from-a-file"}
    assert settings.destination("birds").secrets["consumer_key"] == "key-1"
    assert settings.api_token == "from-a-file"


def test_no_secret_is_looked_for_where_none_is_wanted(good: dict[str, Any], reading: Reading) -> None:
    """What only reads or queues does not hold the platforms' keys in memory."""
    good["wireroom"]["api_token"] = {"env": "API"}
    settings = reading(good, {**ENV, "API": "mine"}, secrets=False)
    assert settings.destination("birds").secrets == {}
    assert settings.api_token == "mine", "the newsroom's own token is no platform's: the web alone has it"
    assert reading(good, ENV, secrets=False).api_token is None


def test_nothing_that_prints_settings_shows_a_secret(good: dict[str, Any], reading: Reading) -> None:
    """Neither repr nor str of the settings holds a secret, a token, or the database's password."""
    good["wireroom"].update(
        database="postgresql+psycopg://desk:hunter2@db/wireroom",
        broker="redis://:hunter3@broker:6379/0",
        api_token={"env": "API"},
    )
    env = {"CK": "hunter4", "CS": "hunter5", "AT": "hunter6", "ATS": "hunter7", "PT": "hunter8", "API": "hunter9"}
    settings = reading(good, env)
    assert "hunter" not in f"{settings!r} {settings} {settings.destinations} {settings.destination('birds')!r}"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("sqlite:///var/other.db", "sqlite:///{home}/var/other.db"),
        ("sqlite:////srv/wireroom.db", "sqlite:////srv/wireroom.db"),
        ("sqlite:///var/a.db?timeout=5", "sqlite:///{home}/var/a.db?timeout=5"),
        ("postgresql+psycopg://desk@db/wireroom", "postgresql+psycopg://desk@db/wireroom"),
        ("postgresql://desk@db/wireroom", "postgresql+psycopg://desk@db/wireroom"),
        ("postgres:///wireroom?host=/run/pg", "postgresql+psycopg:///wireroom?host=/run/pg"),
    ],
)
def test_the_database_is_an_absolute_address(
    good: dict[str, Any], reading: Reading, tmp_path: Path, given: str, read: str
) -> None:
    """A relative SQLite file is one under the newsroom; Postgres always goes through psycopg 3."""
    good["wireroom"]["database"] = given
    assert reading(good).database == read.format(home=tmp_path)


@pytest.mark.parametrize(
    "broker", ["embedded", "redis://r:6379/0", "rediss://r:6380", "redis+socket:///run/redis.sock"]
)
def test_brokers(good: dict[str, Any], reading: Reading, broker: str) -> None:
    """The embedded broker and every form of a Redis address are taken."""
    good["wireroom"]["broker"] = broker
    assert reading(good).broker == broker


def test_an_address_with_a_password_may_be_kept_outside(good: dict[str, Any], reading: Reading) -> None:
    """Database and broker can come from the environment, and are wanted by every command."""
    good["wireroom"].update(database={"env": "DB"}, broker={"env": "BROKER"})
    env = {"DB": "postgresql://desk:pw@db/w", "BROKER": "redis://:pw@r"}
    settings = reading(good, env, secrets=False)
    assert (settings.database, settings.broker) == ("postgresql+psycopg://desk:pw@db/w", "redis://:pw@r")


@pytest.mark.parametrize(
    ("listen", "host", "port", "public"),
    [
        ("0.0.0.0:80", "0.0.0.0", 80, "http://0.0.0.0:80"),
        ("[::1]:8080", "::1", 8080, "http://[::1]:8080"),
        ("localhost:0", "localhost", 0, "http://localhost:0"),
    ],
)
def test_listen(good: dict[str, Any], reading: Reading, listen: str, host: str, port: int, public: str) -> None:
    """A host and a port, IPv6 in brackets; the public address is made of it unless one is set."""
    good["wireroom"]["listen"] = listen
    settings = reading(good)
    assert (settings.listen_host, settings.listen_port, settings.public_url) == (host, port, public)


@pytest.mark.parametrize(
    "pattern", ["/{year}/{slug}/", "https://n.example/{publication}/{hour}{minute}{second}/{slug}"]
)
def test_permalinks(good: dict[str, Any], reading: Reading, pattern: str) -> None:
    """A pattern is an address, or a path on the publication's own site."""
    good["publications"]["hill"]["permalink"] = pattern
    assert reading(good).publication("hill").permalink == pattern


def test_the_public_address_has_no_slash_at_its_end(good: dict[str, Any], reading: Reading) -> None:
    """Paths are put behind it."""
    good["wireroom"]["public_url"] = "https://feeds.example/"
    assert reading(good).public_url == "https://feeds.example"


def test_names_in_any_script(good: dict[str, Any], reading: Reading) -> None:
    """A name may be Japanese, with the wide blank Japanese has."""
    good["publications"]["hill"]["name"] = "丘の新聞　東京版"
    assert reading(good).publication("hill").name == "丘の新聞　東京版"


def test_what_is_not_there_is_told_with_the_nearest(good: dict[str, Any], reading: Reading) -> None:
    """Asking for an unknown destination or publication names the nearest one."""
    settings = reading(good)
    with pytest.raises(NotFound, match="did you mean `birds`"):
        settings.destination("bird")
    with pytest.raises(NotFound, match="there is harbor, hill"):
        settings.publication("zzz")


def test_places_of_a_newsroom(good: dict[str, Any], reading: Reading, tmp_path: Path) -> None:
    """All that Wireroom writes is under var/."""
    settings = reading(good)
    var = tmp_path / "var"
    assert (settings.var, settings.feeds, settings.run) == (var, var / "feeds", var / "run")
    assert (settings.log, settings.media) == (var / "log", var / "media")
