"""A number that Twilio sends to us and no line has."""

from __future__ import annotations

from collections.abc import Iterator

from config.numbers import dialled_digits
from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Seen
from sip.twilio.ownership import ownership


def check(seen: Seen) -> Iterator[Finding]:
    known = {dialled_digits(each.number) for each in seen.numbers}
    for each in seen.twilio:
        for carrier, trunk in ownership(each.account, each.wanted).of.items():
            for number in each.account.on_trunk(trunk.sid):
                if dialled_digits(number.number) not in known:
                    yield Finding(
                        f"Twilio sends calls to {number.number} here, and no line has it.",
                        "LiveKit SIP drops them: no trunk matches, the caller hears a busy tone (486).",
                        f"add it to the `numbers` of a line with `carrier: {carrier}`, then {APPLY}; without a line, "
                        "apply takes it off the trunk",
                    )
