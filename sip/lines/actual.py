"""What is on the server now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from livekit import api

from sip.lines import mark


@dataclass(frozen=True, slots=True)
class Actual:
    """Everything, ours and others'."""

    inbound: Sequence[api.SIPInboundTrunkInfo] = ()
    outbound: Sequence[api.SIPOutboundTrunkInfo] = ()
    rules: Sequence[api.SIPDispatchRuleInfo] = ()

    def ours(self, agent_name: str) -> Actual:
        """What carries our mark, and not that of a Switchboard with other agents."""
        return Actual(
            [trunk for trunk in self.inbound if mark.is_ours(trunk.metadata, agent_name)],
            [trunk for trunk in self.outbound if mark.is_ours(trunk.metadata, agent_name)],
            [rule for rule in self.rules if mark.is_ours(rule.metadata, agent_name)],
        )
