"""What a LiveKit server should have, made from the call centre alone: no I/O, and the same every time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.duration_pb2 import Duration
from livekit import api
from livekit.protocol.sip import SIPHeaderOptions, SIPMediaConfig, SIPMediaEncryption, SIPTransport

from config.model import CallCenter, Line
from config.telephony import Carrier, Provider, Transport
from sip.lines import mark
from sip.settings import Credentials
from sip.twilio.addresses import SIGNALLING

ROOM_PREFIX = "call"  # without a dash: the server itself adds `_<caller>_<random>`
RINGING_S = 30
"""Then a caller whom no agent answers gets 486: without it livekit-sip rings for three minutes (1.11.0)."""
LONGEST_S = 3300
"""55 minutes: a pod that Kubernetes takes away has an hour to let its calls end."""
_GRACE_S = 60  # for the goodbye and the hang-up that the agent itself begins at the end of its time
_TRANSPORTS = {
    Transport.AUTO: SIPTransport.SIP_TRANSPORT_AUTO,
    Transport.UDP: SIPTransport.SIP_TRANSPORT_UDP,
    Transport.TCP: SIPTransport.SIP_TRANSPORT_TCP,
    Transport.TLS: SIPTransport.SIP_TRANSPORT_TLS,
}


@dataclass(frozen=True, slots=True)
class InboundLine:
    """A line's trunk, and its rule but for the trunk's id, which only the server knows."""

    line: str
    trunk: api.SIPInboundTrunkInfo
    rule: api.SIPDispatchRuleInfo


@dataclass(frozen=True, slots=True)
class Wanted:
    """`agent_name`: of our agents; what another's Switchboard has on the server is left alone."""

    agent_name: str
    inbound: tuple[InboundLine, ...] = ()
    outbound: tuple[api.SIPOutboundTrunkInfo, ...] = ()
    notes: tuple[str, ...] = ()


def wanted(center: CallCenter, agent_name: str, logins: Mapping[str, Credentials]) -> Wanted:
    """`logins`: with which outbound calls are let in, by the carrier's name."""
    lines = [line for line in center.lines.values() if line.numbers]
    carriers = {line.name: center.carriers.get(line.telephony.carrier or "") for line in lines}
    return Wanted(
        agent_name,
        inbound=tuple(
            InboundLine(line.name, _inbound_trunk(line, carriers[line.name], agent_name), _rule(line, agent_name))
            for line in lines
        ),
        outbound=tuple(
            _outbound_trunk(carrier, numbers, logins.get(carrier.name), agent_name)
            for carrier in center.carriers.values()
            if carrier.address and (numbers := _caller_ids(carrier, lines))
        ),
        notes=tuple(note for line in lines for note in (_open_to_all(line), _cut_short(line)) if note),
    )


def allowed_addresses(carrier: Carrier) -> tuple[str, ...]:
    """Whose INVITEs are taken from this carrier."""
    if carrier.provider is Provider.TWILIO and not carrier.allowed_addresses:
        return SIGNALLING
    return carrier.allowed_addresses


def _inbound_trunk(line: Line, carrier: Carrier | None, agent_name: str) -> api.SIPInboundTrunkInfo:
    # No digest credentials: Twilio sends none, and a caller without them would get 407 for ever.
    return api.SIPInboundTrunkInfo(
        name=mark.name(line.name),
        metadata=mark.metadata("line", line.name, agent_name),
        numbers=line.numbers,
        allowed_addresses=allowed_addresses(carrier) if carrier else (),
        include_headers=SIPHeaderOptions.SIP_X_HEADERS,
        ringing_timeout=Duration(seconds=RINGING_S),
        max_call_duration=Duration(seconds=_longest_s(line)),
        media=_media(carrier),
    )


def _rule(line: Line, agent_name: str) -> api.SIPDispatchRuleInfo:
    told = {"persona": line.persona.name, "direction": "inbound", "line": line.name}
    return api.SIPDispatchRuleInfo(
        name=mark.name(line.name),
        metadata=mark.metadata("line", line.name, agent_name),
        rule=api.SIPDispatchRule(dispatch_rule_individual=api.SIPDispatchRuleIndividual(room_prefix=ROOM_PREFIX)),
        room_config=api.RoomConfiguration(
            agents=[api.RoomAgentDispatch(agent_name=agent_name, metadata=json.dumps(told))]
        ),
    )


def _outbound_trunk(
    carrier: Carrier, numbers: tuple[str, ...], login: Credentials | None, agent_name: str
) -> api.SIPOutboundTrunkInfo:
    transport = carrier.transport
    if carrier.secure and transport is Transport.AUTO:
        transport = Transport.TLS
    return api.SIPOutboundTrunkInfo(
        name=mark.name(carrier.name),
        metadata=mark.metadata("carrier", carrier.name, agent_name),
        address=carrier.address or "",
        transport=_TRANSPORTS[transport],
        numbers=numbers,
        auth_username=login.name if login else "",
        auth_password=login.secret if login else "",
        include_headers=SIPHeaderOptions.SIP_X_HEADERS,
        media=_media(carrier),
    )


def _caller_ids(carrier: Carrier, lines: list[Line]) -> tuple[str, ...]:
    """Of the lines that dial: on their own, or a person to put a caller through to."""
    found: dict[str, None] = {}
    for line in lines:
        if line.telephony.carrier != carrier.name:
            continue
        if line.telephony.outbound:
            found[line.telephony.outbound.caller_id] = None
        elif line.telephony.targets:
            found[line.numbers[0]] = None
    return tuple(found)


def _media(carrier: Carrier | None) -> SIPMediaConfig:
    if carrier is None or not carrier.secure:
        return SIPMediaConfig()
    return SIPMediaConfig(encryption=SIPMediaEncryption.SIP_MEDIA_ENCRYPT_REQUIRE)


def _longest_s(line: Line) -> int:
    """The net under the agent's own limit. A caller put through to a person may talk on after it."""
    length = line.policy.length
    allowed_s = length.longest_s if line.telephony.targets else length.max_duration_s
    return min(LONGEST_S, round(allowed_s) + _GRACE_S)


def _open_to_all(line: Line) -> str:
    if line.telephony.carrier:
        return ""
    return f'line "{line.name}": it has no carrier, so calls to its numbers are taken from any address.'


def _cut_short(line: Line) -> str:
    allowed_s = line.policy.length.max_duration_s
    if allowed_s <= LONGEST_S:
        return ""
    return (
        f'line "{line.name}": its policy lets a call last {allowed_s / 60:.0f} minutes, the trunk ends it after '
        f"{LONGEST_S // 60}: a pod that is taken away has an hour to let its calls end."
    )
