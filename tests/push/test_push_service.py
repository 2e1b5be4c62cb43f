"""Pushes as deliveries: through the lane with its retries and its log, and from an article to the mirror."""

from __future__ import annotations

import base64
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tests.dispatch.conftest import Platform, bench_on
from tests.push import servers
from tests.push.conftest import FILES, Feed, channel_to

from wireroom.app import open_app
from wireroom.dispatch.shapes import dossier_shape
from wireroom.model.delivery import State
from wireroom.model.destination import Destination
from wireroom.sources import read

if TYPE_CHECKING:
    import pytest

SETTINGS = """
[publications.harbor-post]
name = "Harbor Post"
url = "https://harbor.example.org"

[destinations.feed]
channel = "feed"

[destinations.mirror]
channel = "push"
follows = "feed"
to = "{to}"
url = "https://feeds.harbor.example.org/"
username = {{ env = "DAV_USER" }}
password = {{ env = "DAV_PASSWORD" }}
"""
ARTICLE = """---
title: {title}
author: Mio Arai
publication: Harbor Post
date: 2026-03-01
url: https://harbor.example.org/{slug}/
---

The ferry left on time.
"""


def test_a_server_that_was_away_gets_its_files_when_it_is_back(
    feed: Feed, sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A push that reaches nobody is tried again by the lane, delivered in the end, and no log has the password."""
    caplog.set_level(logging.DEBUG)
    (tmp_path / "root").mkdir()
    with servers.dav(tmp_path / "root") as server, bench_on(sqlite_url) as bench:
        secrets = {"username": servers.USER, "password": servers.PASSWORD}
        made = channel_to(feed.feeds, server.address, {}, secrets, 5.0)
        there = replace(
            bench,
            place=Destination(name="mirror", channel="push", follows="mtt-feed"),
            platform=cast("Platform", made),
        )
        there.plan("a")
        server.stop()
        there.lane.run()
        away = there.now()
        assert (away.state, away.attempts) == (State.PLANNED, 1)
        server.start()
        there.clock.turn(minutes=1)
        there.lane.run()
        assert there.now().state is State.DELIVERED
        assert {path.relative_to(server.root).as_posix() for path in server.root.rglob("*.*")} >= FILES.keys()
        dossier = there.store.dossier(away.id)
        assert there.moves(away) == ["plan", "claim", "retry", "claim", "receipt"]
    assert [attempt.outcome for attempt in dossier.attempts] == ["not-sent", "receipt"]
    last = dossier.attempts[-1].exchange
    assert last is not None
    assert (last.method, last.status, last.body) == ("MOVE", 201, "rss.xml")
    told = repr(dossier) + repr(dossier_shape(dossier)) + caplog.text
    assert servers.PASSWORD not in told
    assert base64.b64encode(f"{servers.USER}:{servers.PASSWORD}".encode()).decode() not in told


def test_an_article_comes_to_the_mirror(tmp_path: Path) -> None:
    """From the settings on: an article is in the feed and then in the mirror; a correction and its delivery follow."""
    home, root = tmp_path / "home", tmp_path / "root"
    (home / "config").mkdir(parents=True)
    root.mkdir()
    env = {"DAV_USER": servers.USER, "DAV_PASSWORD": servers.PASSWORD}
    with servers.dav(root) as server:
        (home / "config" / "wireroom.toml").write_text(SETTINGS.format(to=server.address))
        with open_app(home, env=env, secrets=True) as app:
            for title in ("Ferry resumes", "Ferry resumes at noon"):
                raw = ARTICLE.format(title=title, slug="ferry").encode()
                outlets = tuple(app.publications.values())
                app.intake.take(read(raw, name="ferry.md", publications=outlets, now=app.store.now()))
                assert app.lanes.drain("mirror").number == 0
                for name in ("feed", "mirror"):
                    assert app.lanes.drain(name).number == 1
                for name in ("rss.xml", "atom.xml", "feed.json"):
                    assert (root / name).read_bytes() == (home / "var" / "feeds" / "feed" / name).read_bytes()
                    assert f"{title}<".encode() in (root / "rss.xml").read_bytes()
            checked = {each.name: each for each in app.check()}
            assert checked["mirror"].ok, checked["mirror"].message
            assert checked["mirror"].message == f"{server.address}/ takes files"
