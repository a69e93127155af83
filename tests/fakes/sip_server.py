"""A LiveKit server's trunks and rules in memory, refusing what the real one refuses (protocol/sip/sip.go of 1.13.5:
a number that another trunk has, a trunk that another rule is for, a trunk without number and address)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from livekit import api

from sip.errors import ProviderError
from sip.lines.actual import Actual
from sip.lines.compare import NAME, compare
from sip.lines.steps import PutOutbound, PutRule, PutTrunk, RemoveRule, RemoveTrunk, Step
from sip.lines.wanted import Wanted
from sip.plan import Change, Plan

Info = TypeVar("Info", api.SIPInboundTrunkInfo, api.SIPOutboundTrunkInfo, api.SIPDispatchRuleInfo)


@dataclass
class SipServer:
    """`broken`: keys of changes that fail; `unanswered`: of those that are made, and nobody hears of it.
    `after`: told after each change that was made."""

    inbound: dict[str, api.SIPInboundTrunkInfo] = field(default_factory=dict)
    outbound: dict[str, api.SIPOutboundTrunkInfo] = field(default_factory=dict)
    rules: dict[str, api.SIPDispatchRuleInfo] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    after: Callable[[], None] = lambda: None
    _made: int = 0

    def put_inbound(self, trunk_id: str, trunk: api.SIPInboundTrunkInfo) -> str:
        if not trunk.numbers and not trunk.allowed_addresses:
            raise ProviderError("for security, one of the fields must be set")
        for other_id, other in self.inbound.items():
            if other_id != trunk_id and set(other.numbers) & set(trunk.numbers):
                raise ProviderError(f"Conflicting inbound SIP Trunks: {other.name} and {trunk.name}")
        return self._store(self.inbound, trunk_id, trunk, "sip_trunk_id", "ST")

    def put_rule(self, rule_id: str, rule: api.SIPDispatchRuleInfo) -> str:
        for other_id, other in self.rules.items():
            if other_id != rule_id and set(other.trunk_ids or [""]) & set(rule.trunk_ids or [""]):
                raise ProviderError("Dispatch rule for the same trunk already exists")
        return self._store(self.rules, rule_id, rule, "sip_dispatch_rule_id", "SDR")

    def put_outbound(self, trunk_id: str, trunk: api.SIPOutboundTrunkInfo) -> str:
        return self._store(self.outbound, trunk_id, trunk, "sip_trunk_id", "ST")

    @property
    def served(self) -> dict[str, str]:
        """Every number that a call to would be taken, and what its agent is told."""
        told = {
            trunk_id: rule.room_config.agents[0].metadata for rule in self.rules.values() for trunk_id in rule.trunk_ids
        }
        return {
            number: told[trunk_id]
            for trunk_id, trunk in self.inbound.items()
            for number in trunk.numbers
            if trunk_id in told
        }

    def _store(self, where: dict[str, Info], known_id: str, info: Info, id_field: str, prefix: str) -> str:
        if known_id and known_id not in where:
            raise ProviderError("not found")
        self._made += 1
        stored = type(info)()
        stored.CopyFrom(info)
        stored_id = known_id or f"{prefix}_{self._made}"
        setattr(stored, id_field, stored_id)
        where[stored_id] = stored
        return stored_id


class FakeLines:
    """sip.lines.livekit's provider on a SipServer."""

    name = NAME
    at_once = 4

    def __init__(self, server: SipServer, wanted: Wanted) -> None:
        self._server, self._wanted = server, wanted
        self._made: dict[str, str] = {}

    async def plan(self, *, destroy: bool = False) -> Plan:
        server = self._server
        actual = Actual(list(server.inbound.values()), list(server.outbound.values()), list(server.rules.values()))
        return compare(Wanted(self._wanted.agent_name) if destroy else self._wanted, actual)

    async def do(self, change: Change) -> None:
        if change.key in self._server.broken:
            raise ProviderError("the fake server's cable was pulled")
        self._step(cast(Step, change.subject))
        self._server.after()
        if change.key in self._server.unanswered:
            raise ProviderError("no answer; it may or may not have been done")

    async def aclose(self) -> None:
        """Nothing is open."""

    def _step(self, step: Step) -> None:
        server = self._server
        match step:
            case PutTrunk():
                self._made[step.line] = server.put_inbound(step.id, step.trunk)
            case PutRule():
                rule = api.SIPDispatchRuleInfo()
                rule.CopyFrom(step.rule)
                rule.trunk_ids.append(step.trunk_id or self._made[step.line])
                server.put_rule(step.id, rule)
            case PutOutbound():
                server.put_outbound(step.id, step.trunk)
            case RemoveTrunk():
                server.inbound.pop(step.id, None)
                server.outbound.pop(step.id, None)
            case RemoveRule():
                server.rules.pop(step.id, None)
