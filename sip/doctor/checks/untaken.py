"""A number that no trunk takes: the famous 486."""

from __future__ import annotations

from collections.abc import Iterator

from config.numbers import dialled_digits
from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen
from sip.lines.facts import listed


def check(seen: Seen) -> Iterator[Finding]:
    taken = {dialled_digits(number) for trunk in seen.livekit.inbound for number in trunk.numbers}
    for line in seen.center.lines.values():
        if missing := [number for number in line.numbers if dialled_digits(number) not in taken]:
            yield Finding(
                f'No inbound trunk at LiveKit has {listed(missing)} (line "{line.name}").',
                "LiveKit SIP drops such calls: silence, a busy tone, or 486 at the carrier.",
                APPLY,
            )
