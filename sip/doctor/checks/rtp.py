"""Too few ports for the sound of the calls at the peak."""

from __future__ import annotations

from collections.abc import Iterator

from sip.doctor.finding import Finding
from sip.doctor.seen import Seen

_PORTS_PER_CALL = 2  # one in use, one of a call that is over: it stays closed 30 s, and up to 10 min (livekit-sip 1.11)


def check(seen: Seen) -> Iterator[Finding]:
    config = seen.sip_config
    if config is None:
        return
    ports, needed = config.last_port - config.first_port + 1, seen.peak * _PORTS_PER_CALL
    if ports < needed:
        last = config.first_port + needed - 1
        where = f"{config.first_port}-{last}" if last <= 65535 else f"{65536 - needed}-65535"
        yield Finding(
            f"rtp_port in {config.path} has {ports} ports, and {seen.peak} calls at the peak need {needed}.",
            "A call rests its port for a while after its end: at the peak new ones get none, and fail.",
            f"rtp_port: {where}, in the firewall too; or spread the calls over more pods (--peak is one pod's)",
        )
