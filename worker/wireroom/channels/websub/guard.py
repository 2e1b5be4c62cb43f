"""Connections to addresses that strangers have named: only to the public internet, and to the very address checked.

The name is looked up once, and the connection is made to what that gave; asking the resolver a second time would let
a name that changes its mind (DNS rebinding) lead into our own network. Host and TLS name stay as they were given.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any, ClassVar

from urllib3.exceptions import NewConnectionError

from wireroom.channels.connection import Adapter, Plain, PlainPool, Secure, SecurePool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urllib3.connectionpool import HTTPConnectionPool

_WITHIN = tuple(
    ipaddress.ip_network(each)
    for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "192.88.99.0/24", "5f00::/16")
)
"""Public by the registry, and yet ways to other addresses: NAT64, 6to4 and its relays, segment routing."""


class NotPublic(OSError):
    """The name leads to an address that is not on the public internet."""


def public(address: str) -> bool:
    """Whether an address is one of the public internet, also when it is an IPv4 address in the clothes of IPv6."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _WITHIN)


def checked(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises `NotPublic` when any is not public, OSError when the name is not known."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not addresses or not all(map(public, addresses)):
        raise NotPublic("the address is not on the public internet, and `hub_private` is off")
    return addresses


class _GuardedPlain(Plain):
    def _new_conn(self) -> socket.socket:
        return next(_connected(self, super()._new_conn))


class _GuardedSecure(Secure):
    def _new_conn(self) -> socket.socket:
        return next(_connected(self, super()._new_conn))


def _connected(connection: Any, connect: Any) -> Iterator[socket.socket]:
    """A socket to the first of the host's addresses that takes one; urllib3 looks up none but these."""
    name, last = connection._dns_host, None
    for address in checked(name, connection.port):
        connection._dns_host = address
        try:
            made = connect()
        except NewConnectionError as error:
            last = error
            continue
        finally:
            connection._dns_host = name
        yield made
    raise last or NotPublic("the host has no address")


class _GuardedPlainPool(PlainPool):
    ConnectionCls = _GuardedPlain


class _GuardedSecurePool(SecurePool):
    ConnectionCls = _GuardedSecure


class GuardedAdapter(Adapter):
    """An adapter of requests that reaches public addresses alone."""

    pools: ClassVar[Mapping[str, type[HTTPConnectionPool]]] = {"http": _GuardedPlainPool, "https": _GuardedSecurePool}
