"""For the authors of channels: the contract as a suite of tests, a scripted channel, and a server to talk to."""

# ruff: noqa: E402 - pytest must know the contract before it is imported, or its assertions say nothing
import pytest

pytest.register_assert_rewrite("wireroom.testing.contract")

from wireroom.testing.contract import NONSENSE, Bench, ChannelContract
from wireroom.testing.fakes import FakeChannel, a_destination, a_post, surroundings
from wireroom.testing.standin import Asked, HangUp, Reply, Silence, StandIn, closed_port

__all__ = [
    "NONSENSE",
    "Asked",
    "Bench",
    "ChannelContract",
    "FakeChannel",
    "HangUp",
    "Reply",
    "Silence",
    "StandIn",
    "a_destination",
    "a_post",
    "closed_port",
    "surroundings",
]
