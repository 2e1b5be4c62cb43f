"""What `destinations` and `check` tell of money and of tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from wireroom.app import open_app
from wireroom.model.channel import Health
from wireroom.model.delivery import Move, Verdict
from wireroom.model.post import Receipt
from wireroom.model.sandbox import SANDBOX_FACEBOOK
from wireroom.sandbox import Sandbox, running

Typed = Callable[..., Any]
PAGE = """
[destinations.page]
channel = "facebook"
base_url = "sandbox"
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox to make live, harmless calls to."""
    with running() as sandbox:
        yield sandbox


@pytest.fixture
def home(newsroom: Path, sandbox: Sandbox) -> Path:
    """The newsroom with a Page too, on that sandbox, and a budget for X."""
    path = newsroom / "config" / "wireroom.toml"
    text = path.read_text().replace("[wireroom]", f'[wireroom]\nsandbox = "127.0.0.1:{sandbox.port}"')
    budget = 'max_age = "none"\nbudget = { usd_per_day = 1, usd_per_month = 20 }\nprices = { link = 0.25 }'
    path.write_text(text.replace('max_age = "none"', budget) + PAGE)
    return newsroom


def post(home: Path, cost: float) -> None:
    """Let the delivery that is due on X end with a receipt."""
    with open_app(home, env={}) as app:
        claim = app.store.claim(app.store.due("birds", limit=1)[0], holder="test", lease=timedelta(seconds=30))
        assert claim is not None
        end = Verdict(move=Move.RECEIPT, why="", outcome="receipt", receipt=Receipt(remote_id="7", cost=cost))
        assert app.store.settle(claim, end, by="test", attempt=app.store.touch(claim))


def test_destinations_tell_what_is_spent_and_left(wireroom: Typed, home: Path, articles: list[Path]) -> None:
    """Spent today and this month, left of the nearer bound, the reserve, the month's end, and the prices."""
    wireroom("publish", articles[0])
    post(home, 0.25)
    told = {shape["destination"]: shape for shape in wireroom("destinations", "--json").shapes}
    assert told["birds"]["budget"] == {
        "usd_per_day": 1.0,
        "usd_per_month": 20.0,
        "reserve": 0.2,
        "spent": 0.25,
        "spent_this_month": 0.25,
        "left": 0.75,
        "reserve_left": 0.2,
    }
    spending = told["birds"]["spending"]
    assert (spending["today"], spending["this_month"], spending["per_day"]) == (0.25, 0.25, 0.25)
    assert 0.25 <= spending["forecast"] <= 0.25 * 32
    assert spending["prices"] == {"post": 0.015, "link": 0.25, "alt": 0.005, "read": 0.001, "delete": 0.010}
    assert (told["page"]["budget"], told["page"]["spending"], told["feeds"]["spending"]) == (None, None, None)
    line = next(line for line in wireroom("destinations").out.splitlines() if line.startswith("birds: "))
    assert "$0.25 spent today, $0.25 this month; about $" in line
    assert "$0.75 left of $1.00 a day and $20.00 a month, and $0.20 in reserve for breaking news" in line
    assert "prices: post $0.015, link $0.25, alt $0.005, read $0.001, delete $0.01" in line


def test_destinations_tell_of_a_token_that_ends(wireroom: Typed, home: Path) -> None:
    """A token that ends soon is told with the days that are left, in --json with all that the last look told."""
    assert "token" not in wireroom("destinations").out
    with open_app(home, env={}) as app:
        now = app.store.now()
        app.store.note_health("page", Health(checked=now, expires=now + timedelta(days=6, hours=1), warning="soon"))
    (line,) = [line for line in wireroom("destinations").out.splitlines() if line.startswith("page: ")]
    assert line.startswith("page: the token ends on ")
    assert ", in 6 days: make a new one, put it where the settings say" in line
    found = wireroom("destinations", "--json").shapes[-1]["health"]
    assert (found["warning"], found["missing_scopes"], found["data_access_expires"]) == ("soon", [], None)
    assert found["expires"].startswith(str((now + timedelta(days=6, hours=1)).date()))


def test_check_warns_of_a_token_that_ends(wireroom: Typed, home: Path, sandbox: Sandbox) -> None:
    """A token that ends in days passes the check, and is pointed out; what was found is kept."""
    page = SANDBOX_FACEBOOK["page_id"]
    assert wireroom("check").code == 0
    ends = sandbox.state.now() + timedelta(days=6, hours=1)
    sandbox.state.tokens[SANDBOX_FACEBOOK["access_token"]] = sandbox.state.token("").changed({"expires_at": str(ends)})
    said = wireroom("check", "--json")
    assert said.code == 0
    told = {shape["check"]: shape for shape in said.shapes}["page"]
    assert told["ok"]
    assert told["message"].startswith(f"Sandbox Newsroom ({page}); the token ends on ")
    assert ", in 6 days: make a new one" in told["message"]
    assert wireroom("destinations", "--json").shapes[-1]["health"]["warning"].startswith("the token ends on")


def test_check_fails_for_a_missing_permission(wireroom: Typed, home: Path, sandbox: Sandbox) -> None:
    """A token that may not post does not pass: the answer is no, with the permission's name."""
    tokens, token = sandbox.state.tokens, SANDBOX_FACEBOOK["access_token"]
    tokens[token] = sandbox.state.token(token).changed({"scopes": ["pages_read_engagement"]})
    said = wireroom("check", "--json")
    told = {shape["check"]: shape for shape in said.shapes}["page"]
    assert (said.code, told["ok"]) == (1, False)
    assert "the token lacks pages_manage_posts: grant that" in told["message"]
