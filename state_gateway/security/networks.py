"""Where a request comes from: the socket's peer, or what trusted proxies say of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

from starlette.requests import HTTPConnection

from state_gateway.errors import Refused
from state_gateway.security.clients import Client, Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Origins:
    """`trusted`: the proxies whose X-Forwarded-For is believed; without any, the header is not looked at."""

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self._trusted = tuple(trusted)

    def of(self, request: HTTPConnection) -> Address | None:
        """The client's address. None: a unix socket, or a header that is no list of addresses.

        X-Forwarded-For is read from the right, where the nearest proxy writes: the first address that is no trusted
        proxy is the client; whatever stands left of it may be the client's own invention.
        """
        peer = parse(request.client.host) if request.client else None
        if peer is None or not self._trusted or not _within(peer, self._trusted):
            return peer
        forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
        address: Address | None = peer
        for each in reversed(forwarded.split(",")) if forwarded else ():
            address = parse(each)
            if address is None or not _within(address, self._trusted):
                return address
        return address


def check(client: Client, address: Address | None) -> None:
    """Raises Refused 403 where the client has networks and the address is in none of them."""
    if client.networks and (address is None or not _within(address, client.networks)):
        raise Refused(403, "wrong_network", "this client may not come from this address")


@lru_cache(maxsize=4096)
def parse(text: str) -> Address | None:
    """An address as a socket or a proxy writes it, with or without a port or brackets. None: it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)  # of another IP version: not in it
