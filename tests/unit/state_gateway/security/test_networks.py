"""Where a request comes from: nobody can say that for themselves."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from state_gateway.errors import Refused
from state_gateway.security import networks
from state_gateway.security.networks import Origins
from tests.support.gateway_door import a_client, a_request

_PROXIES = Origins([ip_network("10.0.0.0/8"), ip_network("fd00::/8")])


def _of(origins: Origins, peer: str | None, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return str(origins.of(a_request(headers, peer=peer)))


def test_without_trusted_proxies_the_socket_counts() -> None:
    """The header is the sender's own invention then."""
    assert _of(Origins(), "203.0.113.9", "192.0.2.1") == "203.0.113.9"
    assert _of(_PROXIES, "203.0.113.9", "192.0.2.1") == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("198.51.100.7, 192.0.2.1", "192.0.2.1"),
        ("198.51.100.7, 192.0.2.1, 10.2.3.4", "192.0.2.1"),
        ("10.9.9.9, 10.2.3.4", "10.9.9.9"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1, unknown", "None"),
        ("192.0.2.1,", "None"),
        (None, "10.0.0.1"),
    ],
)
def test_the_first_untrusted_from_the_right(forwarded: str | None, address: str) -> None:
    """What stands left of it may have been sent by the client itself; what is no address is nobody's."""
    assert _of(_PROXIES, "10.0.0.1", forwarded) == address


def test_a_client_with_networks_comes_from_there_only() -> None:
    """Also when it cannot be told where a request is from."""
    client = a_client(networks=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))
    for good in ("192.0.2.77", "2001:db8::7"):
        networks.check(client, ip_address(good))
    for bad in (ip_address("192.0.3.1"), ip_address("::1"), None):
        with pytest.raises(Refused) as refused:
            networks.check(client, bad)
        assert (refused.value.status, refused.value.code) == (403, "wrong_network")
    networks.check(a_client(), None)
