"""Cells on X and Facebook: the real channels against the sandbox, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import requests
from tests.faults.bench import Bench, Clock, tried_before
from tests.faults.matrix import Cell, Moment, Platform, Way

from wireroom.channels.facebook import FacebookChannel
from wireroom.channels.x import XChannel
from wireroom.model.channel import Surroundings
from wireroom.model.delivery import State
from wireroom.model.destination import Destination
from wireroom.model.post import Post
from wireroom.model.sandbox import SANDBOX_FACEBOOK, SANDBOX_X
from wireroom.sandbox.pagebook import NewPost
from wireroom.sandbox.rules import changed
from wireroom.sandbox.state import DEFAULT_ACCOUNT, DEFAULT_PAGE
from wireroom.sandbox.xbook import NewTweet

if TYPE_CHECKING:
    from wireroom.model.article import Article
    from wireroom.model.channel import Channel
    from wireroom.sandbox import Sandbox
    from wireroom.store import Store

PATIENT, IMPATIENT = 20.0, 0.4  # seconds a call may take; the second only while an answer is held back
SLOW = {"hold", "drip"}


@dataclass
class Account:
    """One account on the sandbox. `secure` speaks TLS to it, which it cannot."""

    platform: Platform
    sandbox: Sandbox
    clock: Clock
    place: Destination
    secure: bool = False
    _built: dict[tuple[bool, float], Channel] = field(default_factory=dict)

    @property
    def channel(self) -> Channel:
        """The channel, impatient while the sandbox is told to be slow."""
        slow = any(step and step.fault in SLOW for plan in self.sandbox.state.faults.plans for step in plan.steps)
        key = (self.secure, IMPATIENT if slow else PATIENT)
        if key not in self._built:
            self._built[key] = self._build(*key)
        return self._built[key]

    def _build(self, secure: bool, timeout: float) -> Channel:
        x = self.platform is Platform.X
        address = self.sandbox.url.replace("http:", "https:") if secure else self.sandbox.url
        place = Destination(
            name=self.place.name,
            channel=self.place.channel,
            timeout=timeout,
            options={"base_url": address, "page_id": SANDBOX_FACEBOOK["page_id"]},
            secrets=SANDBOX_X if x else SANDBOX_FACEBOOK,
        )
        around = Surroundings(feeds=Path("unused"), public_url="", now=self.clock, recent=lambda _: ())
        return XChannel(place, around) if x else FacebookChannel(place, around)

    def fill(self) -> None:
        """Put a few posts there that are not ours to find."""
        state, now = self.sandbox.state, self.clock()
        with state.lock:
            for number in range(5):
                text = f"Lights <on> & off, number {number}: https://example.org/{number}/"
                state.x.post(NewTweet(user_id=DEFAULT_ACCOUNT.user_id, text=text), state.x_rules, now)
                state.facebook.post(DEFAULT_PAGE, NewPost(message=text), state.facebook_rules, now)

    def post(self, article: Article) -> Post:
        """The link stands in the text on X, beside it on Facebook."""
        text = f"{article.title} {article.url}" if self.platform is Platform.X else article.title
        return Post(
            key=article.uid,
            uid=article.uid,
            revision=1,
            destination=self.place.name,
            channel=self.place.channel,
            title=article.title,
            text=text,
            link=article.url,
        )

    def ids(self, post: Post) -> list[str]:
        """By its link."""
        return [str(each["id"]) for each in self.sandbox.posts(self.platform) if each["link"] == post.link]

    def creates(self, post: Post) -> int:
        """Calls that post, and carry this article's name."""
        name = post.uid.rpartition(":")[2]
        return sum(call["method"] == "POST" and name in call["body"] for call in calls(self.sandbox))


@dataclass
class Social:
    """A cell on X or Facebook."""

    cell: Cell
    bench: Bench
    account: Account
    sandbox: Sandbox

    def lead_up(self) -> None:
        """To a retry by a connection that is refused, to a look-up by an answer that is lost."""
        bench, row = self.bench, self.cell.row
        if self.cell.moment is Moment.RETRY:
            with self.sandbox.outage():
                bench.step()
            assert (bench.delivery.state, bench.delivery.attempts) == (State.PLANNED, 1)
            bench.pass_time()
        if self.cell.moment is Moment.LOOK:
            self._order("create", {**row.lost, "when": "after" if row.made else "before"})
            bench.step()
            assert bench.delivery.state is State.UNCONFIRMED
            bench.pass_time()

    def strike(self) -> None:
        """A round with the fault in force; at a look-up two, as many as it would take to believe the post absent."""
        row, looking = self.cell.row, self.cell.moment is Moment.LOOK
        if row.way is Way.WORKER:
            self.bench.lose_looker() if looking else self.bench.lose_worker(made=row.made)
            return
        order = row.order if row.at_look is None or not looking else row.at_look
        if order:
            usual = {"count": 2} if looking else {"when": "after" if row.made else "before"}
            self._order("read" if looking else "create", {**usual, **order})
        with self._unreachable():
            self.bench.step()
            if looking and row.way in (Way.OUTAGE, Way.TLS):
                self.bench.pass_time()
                self.bench.step()

    def mend(self) -> None:
        """The platform is well again, and the token given back."""
        state = self.sandbox.state
        with state.lock:
            state.faults.clear()
        for account in (*state.accounts, *state.pages):
            state.revoke(account, revoked=False)

    def extra(self) -> int:
        """The refused connection before a retry."""
        return tried_before(self.cell)

    def check(self) -> None:
        """No call was made before the time that the platform named."""
        if not self.cell.row.wait:
            return
        kind, made = str(self.cell.row.order["fault"]), calls(self.sandbox)
        place = next(number for number, call in enumerate(made) if call["fault"].startswith(kind))
        again = datetime.fromisoformat(made[place]["at"]) + timedelta(seconds=self.cell.row.wait)
        assert [call["path"] for call in made[place + 1 :] if datetime.fromisoformat(call["at"]) < again] == []

    def _order(self, route: str, order: dict[str, object]) -> None:
        self.sandbox.fault(**{"route": route, "platform": self.cell.platform.value, **order})

    @contextmanager
    def _unreachable(self) -> Iterator[None]:
        way = self.cell.row.way
        if way is Way.OUTAGE:
            with self.sandbox.outage():
                yield
            return
        self.account.secure = way is Way.TLS
        yield
        self.account.secure = False


def calls(sandbox: Sandbox) -> list[dict[str, str]]:
    """Every call that has reached the stand-ins, asked of the sandbox itself, which has then noted the last one."""
    found: list[dict[str, str]] = requests.get(f"{sandbox.url}/_control/requests", timeout=PATIENT).json()["requests"]
    return found


def social(cell: Cell, store: Store, clock: Clock, sandbox: Sandbox, name: str) -> Social:
    """A bench for a cell on X or Facebook, by the stand-in's rules that the cell asks for."""
    state, rules = sandbox.state, cell.row.rules
    if cell.platform is Platform.X:
        state.x_rules = changed(state.x_rules, rules)
    else:
        state.facebook_rules = changed(state.facebook_rules, rules)
    kind, resend = cell.platform.value, cell.row.resend_absent
    place = Destination(name=kind, channel=kind, timeout=PATIENT, resend_absent=resend)
    account = Account(cell.platform, sandbox, clock, place)
    account.fill()
    return Social(cell, Bench(store, clock, account, name), account, sandbox)
