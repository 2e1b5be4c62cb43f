"""Taking an article back: what has gone is taken away, what has not is called off, and nothing is done unasked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from wireroom.app import open_app
from wireroom.model.delivery import Move, Verdict
from wireroom.model.post import Receipt

Typed = Callable[..., Any]


@pytest.fixture
def uid(wireroom: Typed, newsroom: Path, articles: list[Path]) -> str:
    """An article that has gone out on one destination and waits on the others."""
    (shape,) = wireroom("publish", articles[0], "--json").shapes
    first = shape["deliveries"][0]
    with open_app(newsroom, env={}) as app:
        claim = app.store.claim(app.store.delivery(first["id"]), holder="test", lease=timedelta(seconds=30))
        assert claim is not None
        attempt = app.store.touch(claim)
        verdict = Verdict(move=Move.RECEIPT, why="sent", outcome="receipt", receipt=Receipt(remote_id="1"))
        assert app.store.settle(claim, verdict, by="test", attempt=attempt)
    return str(shape["article"]["uid"])


def test_an_article_is_taken_back(wireroom: Typed, uid: str) -> None:
    """With --yes what stands gets a delivery that takes it away at once, and what waits is called off."""
    said = wireroom("retract", uid, "--yes", "--json")
    assert said.code == 0
    (shape,) = said.shapes
    assert (shape["article"], shape["done"], shape["left"]) == (uid, True, [])
    (taken,) = shape["deliveries"]
    assert (taken["action"], taken["state"]) == ("retract", "planned")
    assert {each["state"] for each in shape["cancelled"]} == {"cancelled"}
    assert taken["destination"] not in {each["destination"] for each in shape["cancelled"]}
    again = wireroom("retract", uid, "--yes", "--json").shapes[0]
    assert (again["deliveries"], again["cancelled"]) == ([], [])


def test_nothing_is_taken_back_unasked(wireroom: Typed, uid: str) -> None:
    """Without a terminal and without --yes it shows what it would do, changes nothing, and ends with 1."""
    before = wireroom("log", "--json").out
    said = wireroom("retract", uid)
    assert (said.code, "would be taken away" in said.out, "--yes" in said.err) == (1, True, True)
    assert wireroom("retract", uid, "--dry-run").code == 0
    shown = wireroom("retract", uid, "--dry-run", "--yes", "--json").shapes[0]
    assert (shown["done"], wireroom("log", "--json").out) == (False, before)
    assert wireroom("log", "--json").out == before


def test_an_article_is_named_by_its_address_too(wireroom: Typed, uid: str) -> None:
    """The address readers know is as good as the uid; an unknown name is one line and 3."""
    shape = next(each for each in wireroom("log", "--json").shapes if each["article"] == uid)
    url = wireroom("show", shape["id"], "--json").shapes[0]["post"]["link"]
    assert wireroom("retract", url, "--dry-run", "--json").shapes[0]["article"] == uid
    said = wireroom("retract", "https://nowhere.example/", "--yes")
    assert (said.code, len(said.err.splitlines())) == (3, 1)


def test_what_may_be_out_is_looked_for_before_it_is_given_up(
    wireroom: Typed, newsroom: Path, articles: list[Path]
) -> None:
    """After a restore a post that may be out is not called off: it is looked for, and then taken away."""
    (shape,) = wireroom("publish", articles[0], "--json").shapes
    first = shape["deliveries"][0]["id"]
    with open_app(newsroom, env={}) as app, app.store.transaction() as tx:
        tx._session.raw.execute(f"UPDATE deliveries SET first_touched = created - 1 WHERE id = {first}")
    (taken,) = wireroom("retract", shape["article"]["uid"], "--yes", "--json").shapes
    assert first not in {each["id"] for each in taken["cancelled"]}
    assert [each["action"] for each in taken["deliveries"]] == ["retract"]
    assert wireroom("show", first, "--json").shapes[0]["state"] == "planned"
