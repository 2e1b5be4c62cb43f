"""The dashboard on money and tokens."""

from __future__ import annotations

from datetime import timedelta

from tests.web.conftest import Room
from tests.web.test_web_dashboard import page

from wireroom.model.channel import Health


def test_money_and_tokens_are_shown(room: Room) -> None:
    """A destination tells what it has spent and has left, and what a person must do about its token."""
    room.publish()
    room.deliver("x", cost=0.2)
    now = room.app.store.now()
    room.app.store.note_health("page", Health(checked=now, expires=now + timedelta(days=3, hours=1)))
    shown = " ".join(page(room, "/").text.split())
    assert "$0.20 spent today, $0.20 this month, $4.80 left" in shown
    assert "in 3 days: make a new one, put it where the settings say, then wireroom resume the destination" in shown
