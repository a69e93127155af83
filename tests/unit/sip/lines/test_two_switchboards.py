"""Two Switchboards on one LiveKit server, told apart by their agents' name."""

from __future__ import annotations

import json
from typing import Any

from livekit import api

from config.telephony import Carrier, Outbound, Provider, Telephony
from sip.carry_out import carry_out
from sip.lines import mark
from sip.lines.trunk_name import outbound_trunk
from sip.lines.wanted import Wanted, wanted
from sip.plan import Plan
from tests.fakes.sip_server import FakeLines, SipServer
from tests.support.call_center import call_center, line

PRODUCTION, STAGING = "+15550100001", "+15550100002"


def to(agent_name: str, number: str) -> Wanted:
    carrier = Carrier("plain", Provider.SIP, address="sip.example.com")
    clinic = line("clinic", number, telephony=Telephony("plain", outbound=Outbound(number, ("US",))))
    return wanted(call_center([clinic], [carrier]), agent_name, {})


async def applied(server: SipServer, wish: Wanted) -> Plan:
    provider = FakeLines(server, wish)
    plan = await provider.plan()
    await carry_out(provider, plan)
    return plan


def content(server: SipServer) -> dict[str, bytes]:
    things: dict[str, Any] = {**server.inbound, **server.rules, **server.outbound}
    return {known: thing.SerializeToString() for known, thing in things.items()}


async def test_neither_touches_what_the_other_made() -> None:
    """The same lines and carriers by name, other numbers: each apply took the other's away, and so did destroy."""
    server = SipServer()
    await applied(server, to("receptionist", PRODUCTION))
    before = content(server)
    plan = await applied(server, to("receptionist-staging", STAGING))
    assert plan.refusals == ()
    assert {change.action for change in plan.changes} == {"create"}
    assert before.items() <= content(server).items()
    await applied(server, Wanted("receptionist-staging"))
    assert content(server) == before


async def test_what_an_earlier_version_made_is_taken_on() -> None:
    """Its mark names no agent: it gets one, in place."""
    server = SipServer()
    await applied(server, to("receptionist", PRODUCTION))
    things: list[Any] = [*server.inbound.values(), *server.rules.values(), *server.outbound.values()]
    for thing in things:
        said = json.loads(thing.metadata)
        del said["agent"]
        thing.metadata = json.dumps(said)
    ids = set(content(server))
    plan = await applied(server, to("receptionist", PRODUCTION))
    assert {change.action for change in plan.changes} == {"update"}
    assert set(content(server)) == ids
    assert not (await applied(server, to("receptionist", PRODUCTION))).changes


def trunk(known: str, metadata: str = "", name: str = "switchboard: plain") -> api.SIPOutboundTrunkInfo:
    return api.SIPOutboundTrunkInfo(sip_trunk_id=known, name=name, metadata=metadata)


def test_each_dials_by_its_own_trunk() -> None:
    """The names are the same: the first of the list may be the other's, with its caller ids and its login."""
    ours = trunk("ST_ours", mark.metadata("carrier", "plain", "receptionist"))
    theirs = trunk("ST_theirs", mark.metadata("carrier", "plain", "staging"))
    earlier = trunk("ST_earlier", json.dumps({"by": "switchboard", "carrier": "plain"}))
    by_hand, other = trunk("ST_hand"), trunk("ST_other", name="switchboard: other")
    assert outbound_trunk([theirs, by_hand, earlier, ours], "plain", "receptionist") == "ST_ours"
    assert outbound_trunk([theirs, by_hand, earlier], "plain", "receptionist") == "ST_earlier"
    assert outbound_trunk([theirs, by_hand], "plain", "receptionist") == "ST_hand"
    assert outbound_trunk([theirs, other], "plain", "receptionist") is None
