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

    @property
    def ours(self) -> Actual:
        """What carries our mark."""
        return Actual(
            [trunk for trunk in self.inbound if mark.marked(trunk.metadata)],
            [trunk for trunk in self.outbound if mark.marked(trunk.metadata)],
            [rule for rule in self.rules if mark.marked(rule.metadata)],
        )
