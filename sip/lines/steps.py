"""What the changes of a LiveKit plan carry: all that the provider needs to do them."""

from __future__ import annotations

from dataclasses import dataclass

from livekit import api

TRUNK, RULE, OUTBOUND = "inbound trunk", "dispatch rule", "outbound trunk"
"""Kinds of change."""


@dataclass(frozen=True, slots=True)
class PutTrunk:
    """`id` "": create it."""

    id: str
    line: str
    trunk: api.SIPInboundTrunkInfo


@dataclass(frozen=True, slots=True)
class PutRule:
    """`id` "": create it. `trunk_id` "": that of the trunk made for `line` by the same plan."""

    id: str
    line: str
    trunk_id: str
    rule: api.SIPDispatchRuleInfo


@dataclass(frozen=True, slots=True)
class PutOutbound:
    """`id` "": create it."""

    id: str
    trunk: api.SIPOutboundTrunkInfo


@dataclass(frozen=True, slots=True)
class RemoveTrunk:
    """Of either direction."""

    id: str


@dataclass(frozen=True, slots=True)
class RemoveRule:
    id: str


Step = PutTrunk | PutRule | PutOutbound | RemoveTrunk | RemoveRule
