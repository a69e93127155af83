"""A trunk that takes a call, and no rule that gives it a room."""

from __future__ import annotations

from collections.abc import Iterator

from livekit import api

from config.numbers import dialled_digits
from sip.doctor.finding import APPLY, Finding
from sip.doctor.seen import Dialled, Seen, told


def check(seen: Seen) -> Iterator[Finding]:
    wildcards = [rule for rule in seen.livekit.rules if not rule.trunk_ids]
    for trunk, numbers in seen.own_trunks:
        rules = [*seen.rules_of(trunk), *wildcards]
        lost = [each.number for each in numbers if not any(_serves(rule, each) for rule in rules)]
        if lost:
            yield Finding(
                f"No dispatch rule serves calls to {', '.join(lost)}, which the inbound trunk {told(trunk)} takes.",
                "They match a trunk and then nothing: LiveKit SIP drops them.",
                APPLY,
            )


def _serves(rule: api.SIPDispatchRuleInfo, number: Dialled) -> bool:
    return not rule.numbers or dialled_digits(number.number) in map(dialled_digits, rule.numbers)
