"""The fake channel follows its script, so that tests of what stands above channels need no platform."""

from datetime import UTC, datetime

import pytest

from wireroom.model.channel import Amendable, Checkable, Findable, Retractable
from wireroom.model.errors import NotSent, Unsure
from wireroom.model.post import Receipt
from wireroom.testing import FakeChannel, a_post

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_script_is_followed() -> None:
    """Receipts are given and endings raised in their order; after the script all is well."""
    fake = FakeChannel(NotSent("no route"), Receipt(remote_id="9"))
    with pytest.raises(NotSent):
        fake.send(a_post())
    assert fake.send(a_post()).remote_id == "9"
    assert fake.send(a_post(key="another")).remote_id == "1"
    assert len(fake.sent) == 3


def test_a_lost_post_is_there() -> None:
    """A step may take the post and say nothing; looking then finds it."""
    fake = FakeChannel()
    fake.then(fake.lose)
    with pytest.raises(Unsure):
        fake.send(a_post())
    assert fake.find(a_post(), NOW) is not None


def test_what_is_taken_back_is_not_there() -> None:
    """A retracted post is no longer found."""
    fake = FakeChannel()
    receipt = fake.amend(fake.send(a_post()), a_post(text="newer"))
    fake.retract(receipt, a_post())
    assert fake.find(a_post(), NOW) is None
    assert fake.check() == "@fake"


def test_it_can_do_everything() -> None:
    """The fake has every ability a channel may have."""
    assert all(isinstance(FakeChannel(), ability) for ability in (Findable, Amendable, Retractable, Checkable))
