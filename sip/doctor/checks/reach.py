"""Addresses of ours that a carrier can't reach."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from config.telephony import Provider
from sip.doctor.finding import Finding
from sip.doctor.seen import Place, Seen


def check(seen: Seen) -> Iterator[Finding]:
    for place in seen.places:
        if not place.addresses:
            yield Finding(
                f'{place.url} of the carrier "{place.carrier}": the name stands for no address.',
                "The carrier finds nobody to send its INVITEs to (32011 in Twilio's console).",
                "add an A record for it, or correct sip_addresses in callcenter.yaml",
            )
        elif private := _private(seen, place):
            yield Finding(
                f'{place.url} of the carrier "{place.carrier}" is {", ".join(private)}: no public address.',
                "Twilio is outside your network and can't send anything there.",
                "sip_addresses must be what the pod has outside: its load balancer's address, or a name of it",
            )
        elif place.trouble:
            yield Finding(
                f'{place.url} of the carrier "{place.carrier}" does not answer: {place.trouble}.',
                "Calls that the carrier sends there reach nobody, unless only this machine is kept out.",
                "is the pod up, and its firewall open on that port? If it lets in the carrier's networks alone, as it "
                "should, run --reach from a machine that it lets in",
            )


def _private(seen: Seen, place: Place) -> list[str]:
    """Of Twilio's only: another carrier may well be in the same network."""
    carrier = seen.center.carriers.get(place.carrier)
    if carrier is None or carrier.provider is not Provider.TWILIO:
        return []
    return [address for address in place.addresses if not ipaddress.ip_address(address).is_global]
