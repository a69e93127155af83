"""A trunk that lets callers ring for minutes."""

from __future__ import annotations

from collections.abc import Iterator

from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen, told

_LONGEST_S = 60


def check(seen: Seen) -> Iterator[Finding]:
    for trunk, _ in seen.own_trunks:
        rings_s = trunk.ringing_timeout.seconds
        if not 0 < rings_s <= _LONGEST_S:
            length = f"a ringing_timeout of {rings_s} s" if rings_s else "no ringing_timeout"
            yield Finding(
                f"The inbound trunk {told(trunk)} has {length}.",
                "With no free agent the caller rings for up to three minutes, and Twilio does not go on to its next "
                "origination URL meanwhile.",
                APPLY,
            )
