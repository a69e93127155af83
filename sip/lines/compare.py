"""What has to be done at a LiveKit server: wanted against what is there, with no I/O."""

from __future__ import annotations

from livekit import api

from sip.lines import facts
from sip.lines.actual import Actual
from sip.lines.matching import mark_of, match
from sip.lines.outbound_changes import outbound_changes
from sip.lines.refusals import refusals
from sip.lines.rule_changes import rule_changes
from sip.lines.steps import TRUNK, RemoveTrunk
from sip.lines.trunk_changes import trunk_changes
from sip.lines.wanted import Wanted
from sip.plan import Action, Change, Plan

NAME = "livekit"


def compare(wanted: Wanted, actual: Actual) -> Plan:
    """Only what carries our mark is in it. When it has been carried out, comparing again finds nothing."""
    ours = actual.ours(wanted.agent_name)
    matched, idle = match(wanted.inbound, ours.inbound)
    rule_removals, rules = rule_changes(matched, ours.rules, {trunk.sip_trunk_id for trunk in actual.inbound})
    trunk_removals = {trunk.sip_trunk_id: _removal(trunk, rule_removals, ours) for trunk in idle}
    freed = {number: trunk_removals[trunk.sip_trunk_id].key for trunk in idle for number in trunk.numbers}
    return Plan(
        NAME,
        changes=(
            *rule_removals,
            *trunk_removals.values(),
            *trunk_changes(matched, freed),
            *rules,
            *outbound_changes(wanted.outbound, ours.outbound),
        ),
        refusals=refusals(wanted, actual),
        notes=wanted.notes,
    )


def _removal(trunk: api.SIPInboundTrunkInfo, rule_removals: list[Change], ours: Actual) -> Change:
    """After its rules: a rule whose trunk is gone would look like somebody's mistake."""
    of_it = {rule.sip_dispatch_rule_id for rule in ours.rules if trunk.sip_trunk_id in rule.trunk_ids}
    needs = tuple(change.key for change in rule_removals if getattr(change.subject, "id", "") in of_it)
    name = f"{mark_of(trunk) or trunk.name} {trunk.sip_trunk_id}"
    detail = facts.listed(trunk.numbers) or "any number"
    return Change(Action.DELETE, TRUNK, name, detail, needs, RemoveTrunk(trunk.sip_trunk_id))
