"""Twilio can't be asked."""

from __future__ import annotations

from collections.abc import Iterator

from sip.doctor.finding import Finding
from sip.doctor.seen import Seen


def check(seen: Seen) -> Iterator[Finding]:
    for each in seen.twilio:
        if each.trouble:
            carriers = ", ".join(wanted.carrier for wanted in each.wanted)
            yield Finding(
                each.trouble,
                f"What Twilio does with the calls of {carriers} can't be seen, and `apply` can't change it.",
                f"`account` and `account_sid` of {carriers} in callcenter.yaml, and what they refer to",
            )
