"""Two machines that don't agree what time it is."""

from __future__ import annotations

from collections.abc import Iterator

from sip.doctor.finding import Finding
from sip.doctor.seen import Seen

_MOST_S = 30.0


def check(seen: Seen) -> Iterator[Finding]:
    off_s = seen.clock_off_s
    if off_s is not None and abs(off_s) > _MOST_S:
        direction = "ahead of" if off_s > 0 else "behind"
        yield Finding(
            f"This machine's clock is {abs(off_s):.0f} s {direction} the LiveKit server's.",
            "Tokens are not valid yet, or not any more: agents and callers are refused with 401, now or soon.",
            "let both keep time by NTP: timedatectl set-ntp true",
        )
