"""Destinations that follow a feed: they have its rules, and must name one that there is."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from wireroom.channels import catalogue
from wireroom.model.channel import Kind
from wireroom.model.destination import Destination, Quiet, When
from wireroom.model.errors import SettingsError
from wireroom.settings import parse

FEED = """
[publications.harbor]
name = "Harbor Post"
url = "https://harbor.example"

[destinations.hub]
channel = "echo"
follows = "feeds"

[destinations.feeds]
channel = "feed"
publications = ["harbor"]
when = { tags = ["ferries"] }
delay = "5m"
quiet = "23:00-07:00"
max_age = "3d"
"""
KINDS: Mapping[str, Kind] = {
    **catalogue.BUILT_IN,
    "echo": Kind(name="echo", factory="m:C", options={}, social=False, follows=True),
}


def read(said: str, home: Path) -> dict[str, Destination]:
    """The destinations of these settings."""
    settings = parse(tomllib.loads(said), home, {}, KINDS, secrets=False)
    return {each.name: each for each in settings.destinations}


def test_a_follower_has_the_rules_of_its_feed(tmp_path: Path) -> None:
    """What the feed takes, and when, is what its follower takes, wherever in the file either stands."""
    places = read(FEED, tmp_path)
    hub, feed = places["hub"], places["feeds"]
    assert (hub.follows, feed.follows) == ("feeds", "")
    for place in (hub, feed):
        assert place.publications == ("harbor",)
        assert place.when == When(tags=("ferries",))
        assert (place.delay, place.max_age) == (timedelta(minutes=5), timedelta(days=3))
        assert isinstance(place.quiet, Quiet)
    assert not hub.gap.every


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('follows = "feeds"', 'follows = "feds"', ["destinations.hub.follows", "Did you mean `feeds`?"]),
        (
            'follows = "feeds"',
            'follows = "hub"',
            ["destinations.hub.follows", "which is no feed", "channel feed: feeds"],
        ),
        ('follows = "feeds"', "", ["destinations.hub.follows", "missing", "whose channel is feed"]),
        ('follows = "feeds"', "follows = 3", ["destinations.hub.follows", "found the number 3"]),
        ('channel = "feed"', 'channel = "feed"\nfollows = "hub"', ["destinations.feeds.follows", "follows no feed"]),
        ('channel = "echo"', 'channel = "echo"\ndelay = "5m"', ["destinations.hub.delay", "set it there"]),
        ('channel = "echo"', 'channel = "echo"\nwhen = {}', ["destinations.hub.when", "set it there"]),
        ('channel = "feed"', 'channel = "fed"', ["destinations.feeds.channel", "Did you mean `feed`?"]),
    ],
)
def test_a_mistake_is_one_clear_line(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    """A name that is no feed's, a rule of its own and a feed that follows are told in one line each."""
    with pytest.raises(SettingsError) as caught:
        read(FEED.replace(old, new), tmp_path)
    (problem,) = [str(each) for each in caught.value.problems]
    for word in said:
        assert word in problem


def test_each_hub_of_a_feed_is_a_follower(tmp_path: Path) -> None:
    """Hubs that a feed names are told with no more settings: each is a destination, named after feed and host."""
    hubs = 'hubs = ["https://hub.example/", "https://other.example/x", "https://hub.example/b", "https://hub.example/"]'
    places = read(FEED.replace('delay = "5m"', f'delay = "5m"\n{hubs}'), tmp_path)
    told = {name: place.options["hub"] for name, place in places.items() if place.channel == "websub"}
    assert told == {
        "feeds@hub.example": "https://hub.example/",
        "feeds@other.example": "https://other.example/x",
        "feeds@hub.example-2": "https://hub.example/b",
    }
    hub = places["feeds@hub.example"]
    assert (hub.follows, hub.publications, hub.delay) == ("feeds", ("harbor",), timedelta(minutes=5))


@pytest.mark.parametrize("hub", ["hub.example", "https://me:hunter2@hub.example/", "ftp://hub.example/"])
def test_what_is_no_hub_is_a_mistake(tmp_path: Path, hub: str) -> None:
    """A hub that is no web address is one line at the feed's own key, and no password is shown."""
    with pytest.raises(SettingsError) as caught:
        read(FEED.replace('delay = "5m"', f'hubs = ["{hub}"]'), tmp_path)
    (problem,) = [str(each) for each in caught.value.problems]
    assert problem.startswith("destinations.feeds.hubs: in the list found")
    assert "hunter2" not in problem
