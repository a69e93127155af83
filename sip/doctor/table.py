"""Every check, by the name that its findings carry. One more is a module and a line here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sip.doctor.checks import (
    agent,
    clock,
    codecs,
    digest,
    encryption,
    other_agent,
    outbound,
    overlap,
    reach,
    ringing,
    rtp,
    ruleless,
    secrets,
    senders,
    tls,
    twilio_account,
    twilio_numbers,
    twilio_trunk,
    unconfigured,
    untaken,
)
from sip.doctor.finding import Finding
from sip.doctor.seen import Seen

Check = Callable[[Seen], Iterable[Finding]]

OF_LIVEKIT: Mapping[str, Check] = {
    "untaken-number": untaken.check,
    "overlap": overlap.check,
    "no-rule": ruleless.check,
    "other-agent": other_agent.check,
    "digest": digest.check,
    "senders": senders.check,
    "ringing": ringing.check,
    "encryption": encryption.check,
    "codecs": codecs.check,
    "outbound-trunk": outbound.check,
}
"""They judge by what LiveKit has: where it can't be read, nothing can be said."""

OTHERS: Mapping[str, Check] = {
    "clock": clock.check,
    "agent": agent.check,
    "secrets": secrets.check,
    "reach": reach.check,
    "rtp-ports": rtp.check,
    "tls": tls.check,
    "twilio-account": twilio_account.check,
    "twilio-trunk": twilio_trunk.check,
    "twilio-numbers": twilio_numbers.check,
    "unconfigured-number": unconfigured.check,
}


def examined(seen: Seen) -> list[tuple[str, Finding]]:
    """What every check found, with the check's name, in the order of a call's way in."""
    checks = OTHERS if seen.livekit_trouble else {**OF_LIVEKIT, **OTHERS}
    return [(name, finding) for name, check in checks.items() for finding in check(seen)]
