"""What of a trunk or a rule is ours to decide, as a person reads it, and how two of them differ."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from google.protobuf.duration_pb2 import Duration
from livekit import api
from livekit.protocol.sip import SIPHeaderOptions, SIPMediaConfig, SIPMediaEncryption, SIPTransport
from pydantic import SecretStr

from sip.lines import mark

Fact = str | frozenset[str] | SecretStr
Facts = Mapping[str, Fact]

_SHOWN = 4  # of a long list
_ENCRYPTED = {
    SIPMediaEncryption.SIP_MEDIA_ENCRYPT_DISABLE: "none",
    SIPMediaEncryption.SIP_MEDIA_ENCRYPT_ALLOW: "allowed",
    SIPMediaEncryption.SIP_MEDIA_ENCRYPT_REQUIRE: "required",
}


def of_inbound(trunk: api.SIPInboundTrunkInfo) -> Facts:
    return {
        "name": trunk.name,
        "mark": _mark(trunk.metadata),
        "numbers": frozenset(trunk.numbers),
        "taken from": frozenset(trunk.allowed_addresses),
        "callers": frozenset(trunk.allowed_numbers),
        "rings for": _seconds(trunk.ringing_timeout),
        "longest call": _seconds(trunk.max_call_duration),
        "encryption": _encryption(trunk.media, trunk.media_encryption),
        "headers": SIPHeaderOptions.Name(trunk.include_headers),
        "noise cancelling": str(trunk.krisp_enabled),
        "digest user": trunk.auth_username,
        "digest password": SecretStr(trunk.auth_password),
    }


def of_outbound(trunk: api.SIPOutboundTrunkInfo) -> Facts:
    return {
        "name": trunk.name,
        "mark": _mark(trunk.metadata),
        "address": trunk.address,
        "transport": SIPTransport.Name(trunk.transport).removeprefix("SIP_TRANSPORT_"),
        "numbers": frozenset(trunk.numbers),
        "encryption": _encryption(trunk.media, trunk.media_encryption),
        "headers": SIPHeaderOptions.Name(trunk.include_headers),
        "user": trunk.auth_username,
        "password": SecretStr(trunk.auth_password),
    }


def of_rule(rule: api.SIPDispatchRuleInfo) -> Facts:
    """Without the trunk it is for: that is the server's own word, compared apart."""
    individual = rule.rule.dispatch_rule_individual
    is_individual = rule.rule.HasField("dispatch_rule_individual")
    return {
        "name": rule.name,
        "mark": _mark(rule.metadata),
        "rooms": f"{individual.room_prefix}_..." if is_individual else "of another kind",
        "PIN": SecretStr(individual.pin),
        "agent": ", ".join(agent.agent_name for agent in rule.room_config.agents),
        "told": "; ".join(_told(agent.metadata) for agent in rule.room_config.agents),
        "callers": frozenset(rule.inbound_numbers),
        "only for": frozenset(rule.numbers),
        "number hidden": str(rule.hide_phone_number),
        "recording by the rule": str(rule.room_config.HasField("egress")),
        "preset": rule.room_preset,
        "noise cancelling": str(rule.krisp_enabled),
    }


def difference(now: Facts, wanted: Facts) -> str:
    """One line, "" where nothing differs. Nothing secret is in it."""
    return "; ".join(_differs(what, now[what], wanted[what]) for what in wanted if now[what] != wanted[what])


def listed(values: Iterable[str]) -> str:
    found = sorted(values)
    more = len(found) - _SHOWN
    return ", ".join(found) if more <= 1 else f"{', '.join(found[:_SHOWN])} and {more} more"


def _differs(what: str, now: Fact, wanted: Fact) -> str:
    if isinstance(now, SecretStr) or isinstance(wanted, SecretStr):
        return f"{what}: changed"
    if isinstance(now, str) or isinstance(wanted, str):
        return f"{what}: {now or 'none'} -> {wanted or 'none'}"
    steps = [("adds", wanted - now), ("drops", now - wanted)]
    return f"{what}: {' and '.join(f'{verb} {listed(values)}' for verb, values in steps if values)}"


def _mark(metadata: str) -> str:
    return " ".join(f"{key} {value}" for key, value in (mark.marked(metadata) or {}).items() if key != "by")


def _told(metadata: str) -> str:
    try:
        return ", ".join(f"{key} {value}" for key, value in json.loads(metadata).items())
    except (ValueError, AttributeError, RecursionError):
        return metadata


def _seconds(duration: Duration) -> str:
    return f"{duration.seconds} s"


def _encryption(media: SIPMediaConfig, old_field: SIPMediaEncryption) -> str:
    """The server reads the older field where the newer one says nothing (protocol's Upgrade, livekit-server 1.13.5)."""
    chosen = media.encryption if media.HasField("encryption") else old_field
    return _ENCRYPTED.get(chosen, str(chosen))
