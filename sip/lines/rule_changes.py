"""Changes to dispatch rules: each line's trunk has one, which sends for the agent with the line's persona."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from livekit import api

from sip.lines import facts
from sip.lines.matching import Matched, mark_of
from sip.lines.steps import RULE, PutRule, RemoveRule
from sip.lines.trunk_changes import trunk_key
from sip.plan import Action, Change

Rule = api.SIPDispatchRuleInfo


def rule_changes(
    matched: Sequence[Matched], ours: Sequence[Rule], trunk_ids: Collection[str]
) -> tuple[list[Change], list[Change]]:
    """(removals, the rest). `trunk_ids`: of every trunk that is there now."""
    found = _found(matched, ours, trunk_ids)
    kept = {rule.sip_dispatch_rule_id for rule in found.values()}
    gone = [rule for rule in ours if rule.sip_dispatch_rule_id not in kept]
    # Two rules for one trunk: the server refuses to write either of them.
    needs = {
        trunk_id: tuple(removal_key(rule) for rule in gone if trunk_id in rule.trunk_ids)
        for trunk_id in {trunk_id for rule in gone for trunk_id in rule.trunk_ids}
    }
    changes = [
        change
        for each in matched
        if (change := _change(each, found.get(each.line.line), needs.get(_trunk_id(each), ())))
    ]
    return [_removal(rule) for rule in gone], changes


def removal_key(rule: Rule) -> str:
    return f"{RULE} {_name_with_id(rule)}"


def _found(matched: Sequence[Matched], ours: Sequence[Rule], trunk_ids: Collection[str]) -> dict[str, Rule]:
    """The rule that stays with each line: its trunk's, else one of its name whose trunk is no longer there."""
    of_trunk: dict[str, list[Rule]] = defaultdict(list)
    orphans: dict[str, list[Rule]] = defaultdict(list)
    for rule in ours:
        for trunk_id in rule.trunk_ids:
            of_trunk[trunk_id].append(rule)
        if not any(trunk_id in trunk_ids for trunk_id in rule.trunk_ids):
            orphans[mark_of(rule)].append(rule)
    found: dict[str, Rule] = {}
    taken: set[str] = set()
    for each in matched:
        line = each.line.line
        its_trunks = of_trunk[_trunk_id(each)]
        named = [rule for rule in its_trunks if mark_of(rule) == line]
        for rule in (*named, *its_trunks, *orphans[line]):
            if rule.sip_dispatch_rule_id not in taken:
                found[line] = rule
                taken.add(rule.sip_dispatch_rule_id)
                break
    return found


def _change(each: Matched, now: Rule | None, needs: tuple[str, ...]) -> Change | None:
    line, trunk_id = each.line.line, _trunk_id(each)
    if not trunk_id:
        needs = (*needs, trunk_key(line))
    if now is None:
        new = facts.of_rule(each.line.rule)
        detail = f"sends for {new['agent']}: {new['told']}"
        return Change(Action.CREATE, RULE, line, detail, needs, PutRule("", line, trunk_id, each.line.rule))
    told = [facts.difference(facts.of_rule(now), facts.of_rule(each.line.rule))]
    if list(now.trunk_ids) != [trunk_id]:
        told.append(f"for the trunk: {facts.listed(now.trunk_ids) or 'any'} -> {trunk_id or 'the new one'}")
    detail = "; ".join(filter(None, told))
    if not detail:
        return None
    step = PutRule(now.sip_dispatch_rule_id, line, trunk_id, each.line.rule)
    return Change(Action.UPDATE, RULE, line, detail, needs, step)


def _removal(rule: Rule) -> Change:
    detail = f"for {facts.listed(rule.trunk_ids) or 'any trunk'}"
    return Change(Action.DELETE, RULE, _name_with_id(rule), detail, (), RemoveRule(rule.sip_dispatch_rule_id))


def _trunk_id(each: Matched) -> str:
    return each.now.sip_trunk_id if each.now else ""


def _name_with_id(rule: Rule) -> str:
    return f"{mark_of(rule) or rule.name} {rule.sip_dispatch_rule_id}"
