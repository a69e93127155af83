"""Where changes of a call may be told: only at hosts that the operator named, or control could be sent anywhere."""

from __future__ import annotations

import re

# Nothing that two parsers could read in two ways: no user part, no fragment, no backslash, no other script.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?"
    r"(?:/[A-Za-z0-9._~/%:+-]*)?(?:\?[A-Za-z0-9._~%=&:+-]*)?"
)
_PORTS = {"https": 443, "http": 80}
LONGEST = 500

Place = tuple[str, str, int]


def place_of(url: str) -> Place | None:
    """Scheme, host and port; None where it is no URL of the plain kind that is taken."""
    match = _URL.fullmatch(url) if len(url) <= LONGEST else None
    if match is None:
        return None
    port = int(match["port"]) if match["port"] else _PORTS[match["scheme"]]
    return (match["scheme"], match["host"], port) if 0 < port < 65536 else None


def places(hosts: str) -> frozenset[Place]:
    """What CONTROL_WEBHOOK_HOSTS names; without a scheme it is https. Raises ValueError."""
    found = set()
    for text in filter(None, (part.strip() for part in hosts.split(","))):
        place = place_of(text if "://" in text else f"https://{text}")
        if place is None or text.count("/") not in (0, 2):
            raise ValueError("write host names, or http://host:port, with commas between them")
        found.add(place)
    return frozenset(found)
