"""A number that no trunk takes: the famous 486."""

from __future__ import annotations

from collections.abc import Iterator

from config.numbers import dialled_digits
from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen


def check(seen: Seen) -> Iterator[Finding]:
    taken = {dialled_digits(number) for trunk in seen.livekit.inbound for number in trunk.numbers}
    for each in seen.numbers:
        if dialled_digits(each.number) not in taken:
            yield Finding(
                f'No inbound trunk at LiveKit has {each.number} (line "{each.line}").',
                "LiveKit SIP drops calls to it: silence, a busy tone, or 486 at the carrier.",
                APPLY,
            )
