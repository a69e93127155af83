"""By which trunk a carrier is dialled: by its name, and another Switchboard on the same server has the same names."""

from __future__ import annotations

from collections.abc import Iterable

from livekit import api

from sip.lines import mark


def outbound_trunk(trunks: Iterable[api.SIPOutboundTrunkInfo], carrier: str, agent_name: str) -> str | None:
    """The id of our trunk to this carrier; where `python -m sip apply` made none, of one made by hand under its name.

    None: there is none but another Switchboard's. `agent_name`: AGENT_NAME, which tells them apart.
    """
    named = [trunk for trunk in may_be_ours(trunks, agent_name) if trunk.name == mark.name(carrier)]
    return next((trunk.sip_trunk_id for trunk in named), None)


def may_be_ours(trunks: Iterable[api.SIPOutboundTrunkInfo], agent_name: str) -> list[api.SIPOutboundTrunkInfo]:
    """All but other Switchboards'. First those with our full mark, then those of an earlier version, which named no
    agent, then unmarked ones."""

    def kind(trunk: api.SIPOutboundTrunkInfo) -> int:
        found = mark.marked(trunk.metadata)
        return 2 if found is None else int("agent" not in found)

    possible = [
        trunk for trunk in trunks if mark.marked(trunk.metadata) is None or mark.is_ours(trunk.metadata, agent_name)
    ]
    return sorted(possible, key=kind)
