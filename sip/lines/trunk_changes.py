"""Changes to inbound trunks. The server refuses a number that another trunk has at that moment, so what gives a number
up goes before what takes it; a trunk that does both gives up first, and takes in a second step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from livekit import api

from sip.lines import facts
from sip.lines.matching import Matched
from sip.lines.steps import TRUNK, PutTrunk
from sip.plan import Action, Change


def trunk_key(line: str) -> str:
    return f"{TRUNK} {line}"


def trunk_changes(matched: Sequence[Matched], freed: Mapping[str, str]) -> list[Change]:
    """`freed`: numbers of trunks that are removed, each with the key of that change."""
    holders = {number: each for each in matched if each.now for number in set(each.now.numbers) - each.shares}
    moving = frozenset(number for each in matched for number in each.gains if number in holders or number in freed)
    split = {each.line.line for each in matched if each.shares and each.gains & moving and _loses(each) & moving}
    keys = {
        number: _first_key(each.line.line) if each.line.line in split else trunk_key(each.line.line)
        for number, each in holders.items()
    } | dict(freed)
    changes = [_first_step(each, moving) for each in matched if each.line.line in split]
    for each in matched:
        needs = {keys[number]: None for number in sorted(each.gains & moving)}
        if each.line.line in split:
            needs[_first_key(each.line.line)] = None
        if change := _change(each, tuple(needs)):
            changes.append(change)
    return changes


def _change(each: Matched, needs: tuple[str, ...]) -> Change | None:
    line, now = each.line, each.now
    if now is None:
        sources = facts.listed(line.trunk.allowed_addresses) or "any address"
        detail = f"{facts.listed(line.trunk.numbers)} from {sources}"
        return Change(Action.CREATE, TRUNK, line.line, detail, needs, PutTrunk("", line.line, line.trunk))
    detail = facts.difference(facts.of_inbound(now), facts.of_inbound(line.trunk))
    if not detail:
        return None
    return Change(Action.UPDATE, TRUNK, line.line, detail, needs, PutTrunk(now.sip_trunk_id, line.line, line.trunk))


def _first_step(each: Matched, moving: frozenset[str]) -> Change:
    now = each.now or api.SIPInboundTrunkInfo()
    left = api.SIPInboundTrunkInfo()
    left.CopyFrom(now)
    del left.numbers[:]
    left.numbers.extend(number for number in now.numbers if number not in _loses(each) & moving)
    detail = f"gives up {facts.listed(_loses(each) & moving)} first"
    step = PutTrunk(now.sip_trunk_id, each.line.line, left)
    return Change(Action.UPDATE, TRUNK, _first_name(each.line.line), detail, (), step)


def _loses(each: Matched) -> frozenset[str]:
    return frozenset(each.now.numbers) - each.shares if each.now else frozenset()


def _first_name(line: str) -> str:
    return f"{line} (before)"


def _first_key(line: str) -> str:
    return trunk_key(_first_name(line))
