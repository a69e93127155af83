"""Twilio's trunk of a carrier: there, and sending to where we are."""

from __future__ import annotations

from collections.abc import Iterator

from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen
from sip.twilio.account import Origin, Trunk
from sip.twilio.ownership import ownership
from sip.twilio.wanted import Wanted, host_of, hosts


def check(seen: Seen) -> Iterator[Finding]:
    for each in seen.twilio:
        if each.trouble:
            continue
        ours = ownership(each.account, each.wanted)
        for wanted in each.wanted:
            trunk = ours.of.get(wanted.carrier)
            if rival := ours.rivals.get(wanted.carrier):
                yield Finding(
                    f"Twilio's trunk \"{rival.name}\" has the address {wanted.domain}, and is none of Switchboard's.",
                    "A domain is one trunk's only: `apply` can't make the carrier's (error 21248).",
                    f'another `address` in callcenter.yaml; or rename that trunk to "{wanted.name}" to hand it over',
                )
            elif trunk is None:
                yield Finding(
                    f'The carrier "{wanted.carrier}" has no trunk at Twilio.', "No call comes in or goes out.", APPLY
                )
            else:
                yield from _origins(wanted, each.account.origins.get(trunk.sid, ()))
                yield from _encryption(wanted, trunk, each.account.origins.get(trunk.sid, ()))


def _origins(wanted: Wanted, there: tuple[Origin, ...]) -> Iterator[Finding]:
    used = [origin for origin in there if origin.enabled]
    who = f'Twilio\'s trunk of "{wanted.carrier}"'
    if not used:
        yield Finding(f"{who} has no origination URL that is on.", "Calls ring nowhere: error 32010.", APPLY)
        return
    lost = sorted({host_of(origin.url) for origin in used if origin.marked} - hosts(wanted))
    if lost:
        yield Finding(
            f"{who} sends calls to {', '.join(lost)}, which is none of its sip_addresses.",
            "Every call that is sent there is lost, if nobody listens there any more.",
            APPLY,
        )
    unused = sorted(hosts(wanted) - {host_of(origin.url) for origin in used})
    if unused:
        yield Finding(
            f"{who} sends no calls to {', '.join(unused)}.", "That pod stays idle, and the others fill up.", APPLY
        )


def _encryption(wanted: Wanted, trunk: Trunk, there: tuple[Origin, ...]) -> Iterator[Finding]:
    who = f'Twilio\'s trunk of "{wanted.carrier}"'
    if trunk.secure != wanted.secure:
        now, meant = ("secure", "not") if trunk.secure else ("not secure", "`secure`")
        yield Finding(
            f"{who} is {now}, and its carrier is {meant} in callcenter.yaml.",
            "One side encrypts the sound and the other doesn't: 488, or a call in clear.",
            APPLY,
        )
    elif wanted.secure and any("transport=tls" not in each.url.lower() for each in there if each.marked):
        yield Finding(
            f"{who} is secure, and an origination URL of it is not `transport=tls`.",
            "The keys of the sound's encryption would go in clear: Twilio refuses the call.",
            APPLY,
        )
