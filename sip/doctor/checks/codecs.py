"""A trunk, or LiveKit SIP itself, that does not speak what telephone carriers speak."""

from __future__ import annotations

from collections.abc import Iterator

from livekit import api

from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen, told

_EVERYBODYS = "PCMU"  # G.711 u-law: what Twilio's trunks and nearly all others offer first, or alone


def check(seen: Seen) -> Iterator[Finding]:
    off = seen.sip_config.codecs_off if seen.sip_config else ()
    if seen.sip_config and any(name.upper().partition("/")[0] == _EVERYBODYS for name in off):
        yield Finding(
            f"{seen.sip_config.path} switches {_EVERYBODYS} off.",
            "A carrier that offers nothing else finds no codec in common: 488, the call fails.",
            f"take {_EVERYBODYS} out of its `codecs`",
        )
    ours: list[api.SIPInboundTrunkInfo | api.SIPOutboundTrunkInfo] = [
        *(trunk for trunk, _ in seen.own_trunks),
        *seen.livekit.ours(seen.agent_name).outbound,
    ]
    for trunk in ours:
        codecs = [codec.name for codec in trunk.media.codecs]
        if trunk.media.only_listed_codecs and _EVERYBODYS not in (name.upper() for name in codecs):
            yield Finding(
                f"The trunk {told(trunk)} takes {', '.join(codecs) or 'no codec'} only, not {_EVERYBODYS}.",
                "A carrier that offers nothing else finds no codec in common: 488, the call fails.",
                APPLY,
            )
