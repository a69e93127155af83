"""A trunk that does not speak what telephone carriers speak."""

from __future__ import annotations

from collections.abc import Iterator

from livekit import api

from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen, told

_EVERYBODYS = "PCMU"  # G.711 u-law: what Twilio's trunks and nearly all others offer first, or alone


def check(seen: Seen) -> Iterator[Finding]:
    ours: list[api.SIPInboundTrunkInfo | api.SIPOutboundTrunkInfo] = [
        *(trunk for trunk, _ in seen.own_trunks),
        *seen.livekit.ours.outbound,
    ]
    for trunk in ours:
        codecs = [codec.name for codec in trunk.media.codecs]
        if trunk.media.only_listed_codecs and _EVERYBODYS not in (name.upper() for name in codecs):
            yield Finding(
                f"The trunk {told(trunk)} takes {', '.join(codecs) or 'no codec'} only, not {_EVERYBODYS}.",
                "A carrier that offers nothing else finds no codec in common: 488, the call fails.",
                APPLY,
            )
