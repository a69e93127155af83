"""What others have on the server that would take our lines' calls, or our calls their rooms: told, never changed."""

from __future__ import annotations

from collections.abc import Iterable

from livekit import api

from config.numbers import dialled_digits
from sip.lines import facts, mark
from sip.lines.actual import Actual
from sip.lines.wanted import Wanted


def refusals(wanted: Wanted, actual: Actual) -> tuple[str, ...]:
    """A sentence for each: what it is and what to do. None where nothing is wanted."""
    numbers = {dialled_digits(number): number for line in wanted.inbound for number in line.trunk.numbers}
    our_trunks = {trunk.sip_trunk_id for trunk in actual.ours(wanted.agent_name).inbound}
    names = {trunk.name for trunk in wanted.outbound}
    return (
        *(text for trunk in actual.inbound if (text := _foreign_trunk(trunk, numbers, wanted.agent_name))),
        *(
            text
            for rule in actual.rules
            if not mark.is_ours(rule.metadata, wanted.agent_name)
            and numbers
            and (text := _foreign_rule(rule, set(numbers), our_trunks))
        ),
        *(
            f'The outbound trunk "{trunk.name}" ({trunk.sip_trunk_id}) has the name that dialling looks for, and was '
            f"not made by `apply`. Rename or remove it."
            for trunk in actual.outbound
            if trunk.name in names and not mark.marked(trunk.metadata)
        ),
    )


def _foreign_trunk(trunk: api.SIPInboundTrunkInfo, numbers: dict[str, str], agent_name: str) -> str:
    both = [numbers[digits] for digits in map(dialled_digits, trunk.numbers) if digits in numbers]
    if not both or mark.is_ours(trunk.metadata, agent_name):
        return ""
    return (
        f'The inbound trunk "{trunk.name}" ({trunk.sip_trunk_id}) has {facts.listed(both)} too, and '
        f"{mark.maker(trunk.metadata)}. With two trunks for a number the server takes no call to it. Remove the number "
        f"there, or the trunk."
    )


def _foreign_rule(rule: api.SIPDispatchRuleInfo, ours: set[str], our_trunks: set[str]) -> str:
    who = f'The dispatch rule "{rule.name}" ({rule.sip_dispatch_rule_id}), which {mark.maker(rule.metadata)},'
    if our_trunks.intersection(rule.trunk_ids):
        return f"{who} is for a trunk of ours: two rules for one trunk contradict each other. Remove it."
    if rule.trunk_ids or not _concerns(rule.numbers, ours):
        return ""
    return (
        f"{who} names no trunk: calls to our numbers that our trunks do not let in (from a sender that is not allowed) "
        f"end in its rooms. Give it its trunk's id, or remove it."
    )


def _concerns(numbers: Iterable[str], ours: set[str]) -> bool:
    found = [dialled_digits(number) for number in numbers]
    return not found or bool(ours.intersection(found))
