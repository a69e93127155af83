"""Changes to outbound trunks: one for each carrier whose lines dial. Dialling finds it by its name."""

from __future__ import annotations

from collections.abc import Sequence

from livekit import api

from sip.lines import facts, mark
from sip.lines.steps import OUTBOUND, PutOutbound, RemoveTrunk
from sip.plan import Action, Change

Trunk = api.SIPOutboundTrunkInfo


def outbound_changes(wanted: Sequence[Trunk], ours: Sequence[Trunk]) -> list[Change]:
    left = list(ours)
    found: dict[str, Trunk] = {}
    # By its carrier; only then, for one that was renamed, by its address.
    for trait in (_carrier, _address):
        for trunk in wanted:
            same = [one for one in left if trait(one) == trait(trunk)]
            if trunk.name not in found and same:
                found[trunk.name] = same[0]
                left.remove(same[0])
    changes = [_removal(trunk) for trunk in left]
    changes += [change for trunk in wanted if (change := _change(trunk, found.get(trunk.name)))]
    return changes


def _change(trunk: Trunk, now: Trunk | None) -> Change | None:
    carrier = trunk.name.removeprefix(mark.PREFIX)
    if now is None:
        login = f" as {trunk.auth_username}" if trunk.auth_username else ""
        detail = f"to {trunk.address}{login}, shows {facts.listed(trunk.numbers)}"
        return Change(Action.CREATE, OUTBOUND, carrier, detail, (), PutOutbound("", trunk))
    detail = facts.difference(facts.of_outbound(now), facts.of_outbound(trunk))
    if not detail:
        return None
    return Change(Action.UPDATE, OUTBOUND, carrier, detail, (), PutOutbound(now.sip_trunk_id, trunk))


def _removal(trunk: Trunk) -> Change:
    name = f"{trunk.name.removeprefix(mark.PREFIX)} {trunk.sip_trunk_id}"
    return Change(Action.DELETE, OUTBOUND, name, f"to {trunk.address}", (), RemoveTrunk(trunk.sip_trunk_id))


def _carrier(trunk: Trunk) -> str:
    return (mark.marked(trunk.metadata) or {}).get("carrier", "")


def _address(trunk: Trunk) -> str:
    return trunk.address
