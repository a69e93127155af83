"""Trunks and rules that would take each other's calls."""

from __future__ import annotations

from collections.abc import Iterator

from config.numbers import dialled_digits
from sip.doctor.finding import Finding
from sip.doctor.seen import Seen, told
from sip.lines import mark


def check(seen: Seen) -> Iterator[Finding]:
    yield from _foreign_trunks(seen)
    yield from _rules(seen)


def _foreign_trunks(seen: Seen) -> Iterator[Finding]:
    for trunk in seen.livekit.inbound:
        shared = [] if seen.is_ours(trunk) else [each.number for each in seen.on(trunk)]
        if shared:
            yield Finding(
                f"The inbound trunk {told(trunk)} has {', '.join(shared)}, and {mark.maker(trunk.metadata)}.",
                "Calls go by its settings and not by ours; with two trunks for a number the server takes no call, "
                "and `apply` refuses to add the second.",
                f"remove the number from it, or the trunk: lk sip inbound delete {trunk.sip_trunk_id}",
            )
        elif not trunk.numbers:
            yield Finding(
                f"The inbound trunk {told(trunk)} has no number: it takes calls to any that no other trunk has.",
                "A number that is missing elsewhere does not fail but rings here, by this trunk's rules; two such "
                "trunks take no call at all.",
                f"give it its numbers, or remove it: lk sip inbound delete {trunk.sip_trunk_id}",
            )


def _rules(seen: Seen) -> Iterator[Finding]:
    own = {trunk.sip_trunk_id for trunk, _ in seen.own_trunks}
    numbers = {dialled_digits(each.number) for each in seen.numbers}
    for rule in seen.livekit.rules:
        only_for = set(map(dialled_digits, rule.numbers))
        if not rule.trunk_ids and (not only_for or only_for & numbers):
            yield Finding(
                f"The dispatch rule {told(rule)} names no trunk: it is for all of them.",
                "It takes the calls of trunks that have no rule of their own, and those that no trunk lets in, "
                "from any sender.",
                f"give it the id of its trunk, or remove it: lk sip dispatch delete {rule.sip_dispatch_rule_id}",
            )
        elif own.intersection(rule.trunk_ids) and not seen.is_ours(rule):
            yield Finding(
                f"The dispatch rule {told(rule)} is for a trunk of ours, and {mark.maker(rule.metadata)}.",
                "Two rules for one trunk contradict each other: which of them takes a call is the server's choice.",
                f"remove it: lk sip dispatch delete {rule.sip_dispatch_rule_id}",
            )
