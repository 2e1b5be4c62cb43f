"""What strangers name is called only where it is public, and only at the address that was checked."""

from __future__ import annotations

import ipaddress
import socket
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wireroom.channels.websub import guard
from wireroom.channels.websub.guard import NotPublic, checked, public
from wireroom.channels.websub.subscriber import Subscriber
from wireroom.model.errors import NotSent
from wireroom.testing import Asked, Reply, StandIn

LEASE = timedelta(days=1)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *("::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1"),
    ],
)
def test_what_is_not_public_is_known(address: str) -> None:
    """Loopback, private, link-local, shared, multicast and documentation addresses, in whatever clothes, are not."""
    assert not public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_what_is_public_is_known(address: str) -> None:
    """Addresses of the public internet are."""
    assert public(address)


@given(address=st.ip_addresses(v=4))
def test_ipv4_in_the_clothes_of_ipv6_is_judged_as_ipv4(address: ipaddress.IPv4Address) -> None:
    """A mapped address is as public as the one in it."""
    assert public(f"::ffff:{address}") == public(str(address))


def answers(monkeypatch: pytest.MonkeyPatch, *lookups: list[str]) -> list[str]:
    """Make each look-up of a name give the next of these; the names that were looked up."""
    asked, real, rest = list[str](), socket.getaddrinfo, list(lookups)

    def found(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host != "reader.example":
            return real(host, port, *more, **named)
        asked.append(host)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (address, port)) for address in rest.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return asked


def test_one_private_address_among_others_is_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads to a public and to a private address is not called at all."""
    answers(monkeypatch, ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(NotPublic):
        checked("reader.example", 80)


def test_a_name_that_leads_into_our_network_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name for 127.0.0.1 ends before any connection is made."""
    with StandIn(lambda _: Reply(200, "")) as platform:
        answers(monkeypatch, ["127.0.0.1"])
        port = platform.server_address[1]
        with pytest.raises(NotSent, match="not on the public internet"):
            Subscriber(f"http://reader.example:{port}/", private=False, timeout=5).intends("subscribe", "t", LEASE)
        assert platform.accepted == []


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to the address that was checked, under the name that was given, whatever the name says next.

    The one address that counts as public here is a server of the test.
    """
    monkeypatch.setattr(guard, "public", lambda address: address == "127.0.0.1")
    with StandIn(lambda asked: Reply(200, asked.query["hub.challenge"])) as platform:
        asked = answers(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
        port = platform.server_address[1]
        subscriber = Subscriber(f"http://reader.example:{port}/in", private=False, timeout=5)
        assert subscriber.intends("subscribe", "t", LEASE)
        assert asked == ["reader.example"]
        assert platform.asked[0].headers["host"] == f"reader.example:{port}"


def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first of a host's addresses takes no connection the second is tried, and no other."""
    monkeypatch.setattr(guard, "public", lambda address: address.startswith("127."))
    with StandIn(lambda asked: Reply(200, asked.query["hub.challenge"])) as platform:
        answers(monkeypatch, ["127.0.0.2", "127.0.0.1"])
        port = platform.server_address[1]
        assert Subscriber(f"http://reader.example:{port}/", private=False, timeout=5).intends("subscribe", "t", LEASE)


def test_a_redirect_leads_nowhere() -> None:
    """A callback that sends us on, into our own network perhaps, has not answered."""

    def answer(asked: Asked) -> Reply:
        there = f"http://{asked.headers['host']}/inside?{asked.url.partition('?')[2]}"
        return Reply(302, b"", headers={"Location": there}) if asked.path == "/in" else Reply(200, b"")

    with StandIn(answer) as platform:
        subscriber = Subscriber(f"{platform.address}/in", private=True, timeout=5)
        assert not subscriber.intends("subscribe", "t", LEASE)
        assert [asked.path for asked in platform.asked] == ["/in"]
