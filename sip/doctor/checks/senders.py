"""Whose INVITEs a trunk takes: Twilio's networks as they are today, no names, and not everybody's."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from livekit import api

from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Dialled, Seen, told
from sip.lines.wanted import allowed_addresses
from sip.twilio.addresses import SIGNALLING

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def check(seen: Seen) -> Iterator[Finding]:
    for trunk, numbers in seen.own_trunks:
        yield from _names(trunk)
        if not trunk.allowed_addresses and any(each.carrier for each in numbers):
            yield Finding(
                f"The inbound trunk {told(trunk)} takes calls from any address.",
                "Whoever finds the server rings the agents, at your cost, under any caller's number.",
                APPLY,
            )
        elif any(each.is_twilios for each in numbers):
            yield from _twilios(trunk, numbers)


def _twilios(trunk: api.SIPInboundTrunkInfo, numbers: Iterable[Dialled]) -> Iterator[Finding]:
    here = list(_networks(trunk.allowed_addresses))
    missing = [text for text in SIGNALLING if not any(_within(text, network) for network in here)]
    if missing:
        by_hand = any(each.carrier and each.carrier.allowed_addresses for each in numbers)
        yield Finding(
            f"The inbound trunk {told(trunk)} takes no calls from {', '.join(missing)}, which Twilio calls from.",
            "Calls that leave Twilio by such a region get no answer: some come through and some don't.",
            f"take `allowed_addresses` out of the carrier in callcenter.yaml, then {APPLY}" if by_hand else APPLY,
        )
    wanted = {network for each in numbers if each.carrier for network in _networks(allowed_addresses(each.carrier))}
    known = [*wanted, *_networks(SIGNALLING)]
    strange = [str(network) for network in here if not any(_within(str(network), other) for other in known)]
    if strange:
        yield Finding(
            f"The inbound trunk {told(trunk)} takes calls from {', '.join(strange)}, which are neither Twilio's nor in "
            "callcenter.yaml.",
            "Networks that Twilio gave up belong to somebody else, who can then ring the agents as anybody.",
            APPLY,
        )


def _names(trunk: api.SIPInboundTrunkInfo) -> Iterator[Finding]:
    names = [text for text in trunk.allowed_addresses if not list(_networks([text]))]
    if names:
        yield Finding(
            f"The inbound trunk {told(trunk)} allows {', '.join(names)}: no IP address or CIDR.",
            "LiveKit compares a name with the From header's host, which any sender may write: it keeps nobody out.",
            APPLY,
        )


def _networks(texts: Iterable[str]) -> Iterator[Network]:
    for text in texts:
        try:
            yield ipaddress.ip_network(text, strict=False)
        except ValueError:
            continue


def _within(text: str, other: Network) -> bool:
    network = ipaddress.ip_network(text, strict=False)
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and network.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and network.subnet_of(other)
