"""TLS and SRTP: what the carrier does against what our trunks do."""

from __future__ import annotations

from collections.abc import Iterator

from livekit.protocol.sip import SIPTransport

from config.telephony import Transport
from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen, told
from sip.lines import facts, mark


def check(seen: Seen) -> Iterator[Finding]:
    yield from _carriers(seen)
    yield from _inbound(seen)
    yield from _outbound(seen)


def _carriers(seen: Seen) -> Iterator[Finding]:
    for carrier in seen.center.carriers.values():
        if carrier.secure and carrier.transport in (Transport.UDP, Transport.TCP):
            yield Finding(
                f'The carrier "{carrier.name}" is `secure` with `transport: {carrier.transport}`.',
                "The keys of the sound's encryption would go in clear with the INVITE, and a secure trunk takes TLS "
                "only: calls out are refused.",
                "write `transport: tls`, or leave it out",
            )


def _inbound(seen: Seen) -> Iterator[Finding]:
    for trunk, numbers in seen.own_trunks:
        carrier = next((each.carrier for each in numbers if each.carrier), None)
        secure = carrier is not None and carrier.secure
        if problem := _mismatch(str(facts.of_inbound(trunk)["encryption"]), secure):
            yield Finding(f"The inbound trunk {told(trunk)}: {problem[0]}", problem[1], APPLY)


def _outbound(seen: Seen) -> Iterator[Finding]:
    carriers = {mark.name(carrier.name): carrier for carrier in seen.center.carriers.values()}
    for trunk in seen.livekit.ours(seen.agent_name).outbound:
        carrier = carriers.get(trunk.name)
        if carrier is None or not carrier.address:
            continue
        if problem := _mismatch(str(facts.of_outbound(trunk)["encryption"]), carrier.secure):
            yield Finding(f"The outbound trunk {told(trunk)}: {problem[0]}", problem[1], APPLY)
        by_config = carrier.transport in (Transport.UDP, Transport.TCP)
        if carrier.secure and not by_config and trunk.transport != SIPTransport.SIP_TRANSPORT_TLS:
            yield Finding(
                f"The outbound trunk {told(trunk)} does not use TLS, and its carrier is `secure`.",
                "The carrier refuses the call: a secure trunk takes TLS only.",
                APPLY,
            )


def _mismatch(now: str, secure: bool) -> tuple[str, str] | None:
    if secure and now == "none":
        return "no SRTP, and its carrier is `secure`.", "The two share no way to send sound: 488, the call fails."
    if secure and now == "allowed":
        return "SRTP is allowed and not required, and its carrier is `secure`.", "Calls may go in clear, unnoticed."
    if not secure and now == "required":
        return (
            "SRTP is required, and its carrier is not `secure`.",
            "The carrier offers sound in clear: 488, the call fails.",
        )
    return None
