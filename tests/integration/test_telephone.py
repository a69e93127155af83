"""The telephone double against the real LiveKit server and Redis, a phone at one end and a room at the other.

Each promise was seen in the real livekit-sip, in calls from a real phone: the double must not be kinder than it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from google.protobuf.duration_pb2 import Duration
from livekit import api

from local.caller.errors import CallerError
from local.caller.legs import NotAnsweredError, PhoneLeg, WebLeg
from local.caller.recorder import Side
from local.caller.sound import EAR_RATE, WIRE_RATE, Pcm
from local.info import StackInfo
from local.ports import Ports
from local.readiness import wait_until
from local.stack import Stack
from tests.fakes.room_agent import RoomAgent

CALLER, NUMBER, IMPATIENT, LOCKED = "+15550111", "+15550100", "+15550101", "+15550102"
SOON_S = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Redis, livekit-server and the double, with three numbers: one plain, one with a trunk that gives up after two
    seconds of ringing, one with a trunk that asks for a password."""
    folder = tmp_path_factory.mktemp("telephone")
    only = ("redis", "livekit", "telephone")
    async with Stack(folder, Ports.free(), only=only, config=folder / "none.yaml") as running:
        async with _client(running.info) as client:
            for name, trunk in (
                ("patient", api.SIPInboundTrunkInfo(numbers=[NUMBER])),
                ("impatient", api.SIPInboundTrunkInfo(numbers=[IMPATIENT], ringing_timeout=Duration(seconds=2))),
                ("locked", api.SIPInboundTrunkInfo(numbers=[LOCKED], auth_username="a", auth_password="b")),  # noqa: S106
            ):
                trunk.name = name
                made = await client.sip.create_inbound_trunk(api.CreateSIPInboundTrunkRequest(trunk=trunk))
                await client.sip.create_dispatch_rule(_rule(name, made.sip_trunk_id))
        yield running


@pytest_asyncio.fixture
async def phone(stack: Stack) -> AsyncIterator[PhoneLeg]:
    leg = PhoneLeg(stack.info.telephone_url, NUMBER, caller=CALLER, headers={"X-Twilio-CallSid": "CA1"})
    async with asyncio.timeout(40):
        yield leg
    await leg.hangup()


@pytest_asyncio.fixture
async def agent(stack: Stack) -> AsyncIterator[RoomAgent]:
    fake = RoomAgent(stack.info)
    yield fake
    await fake.leave()


def _client(info: StackInfo) -> api.LiveKitAPI:
    return api.LiveKitAPI(info.livekit_url.replace("ws", "http", 1), info.api_key, info.api_secret)


def _rule(name: str, trunk: str) -> api.CreateSIPDispatchRuleRequest:
    return api.CreateSIPDispatchRuleRequest(
        name=name,
        trunk_ids=[trunk],
        rule=api.SIPDispatchRule(dispatch_rule_individual=api.SIPDispatchRuleIndividual(room_prefix="call")),
        room_config=api.RoomConfiguration(agents=[api.RoomAgentDispatch(agent_name="receptionist", metadata=name)]),
    )


def tone(hertz: float, seconds: float) -> Pcm:
    at = np.arange(round(seconds * WIRE_RATE))
    return (8000 * np.sin(2 * np.pi * hertz * at / WIRE_RATE)).astype(np.int16)


def loudest_hertz(pcm: Pcm, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.fft.rfftfreq(len(pcm), 1 / rate)[spectrum.argmax()])


async def ringing(phone: PhoneLeg, agent: RoomAgent) -> None:
    await phone.connect()
    await phone.noted("joined", SOON_S)
    await agent.join(phone.room_name, {"switchboard.call_id": "c1"})


async def talking(phone: PhoneLeg, agent: RoomAgent) -> None:
    await ringing(phone, agent)
    await agent.publish()
    await phone.answered(SOON_S)


async def test_it_rings_until_somebody_publishes_audio(phone: PhoneLeg, agent: RoomAgent) -> None:
    """An agent that is in the room and silent is a phone that rings: 180 again and again, and no answer."""
    await ringing(phone, agent)
    with pytest.raises(NotAnsweredError, match="rang on"):
        await phone.answered(2.5)
    assert [what for _, what in phone.progress if what == "ringing"] == ["ringing"] * 3
    assert agent.seen == ["ringing"]
    await agent.publish()
    await phone.answered(SOON_S)
    await agent.until(lambda: agent.seen == ["ringing", "active"])


async def test_the_room_is_the_servers_own_work(stack: Stack, phone: PhoneLeg, agent: RoomAgent) -> None:
    """Trunk, rule, attributes and the agent's dispatch come from livekit-server, as in production; headers by name."""
    await talking(phone, agent)
    attributes = agent.callers[f"sip_{CALLER}"]
    assert attributes["sip.phoneNumber"] == CALLER
    assert attributes["sip.trunkPhoneNumber"] == NUMBER
    assert attributes["sip.callID"] == phone.sip_call_id
    assert attributes["sip.trunkID"].startswith("ST_")
    assert attributes["sip.ruleID"].startswith("SDR_")
    assert attributes["sip.twilio.callSid"] == "CA1"
    async with _client(stack.info) as client:
        dispatched = await client.agent_dispatch.list_dispatch(phone.room_name)
    assert [(one.agent_name, one.metadata) for one in dispatched] == [("receptionist", "patient")]


async def test_the_phone_learns_the_agents_call_id(phone: PhoneLeg, agent: RoomAgent) -> None:
    """Tests and `make call` find the call's record by it."""
    await talking(phone, agent)
    assert await phone.attribute("switchboard.call_id", SOON_S) == "c1"


async def test_a_number_that_no_trunk_takes_is_left_without_an_answer(stack: Stack) -> None:
    """100 Trying, and then nothing: no 404 to learn from. The phone's own patience ends it."""
    leg = PhoneLeg(stack.info.telephone_url, "+15559999")
    await leg.connect()
    with pytest.raises(NotAnsweredError, match="never rang"):
        await leg.answered(1.5)
    assert [what for _, what in leg.progress] == ["trying"]
    await leg.hangup()


async def test_the_trunks_ringing_timeout_ends_in_486(stack: Stack) -> None:
    """With no worker at all a caller hears it ring no longer than the trunk says."""
    leg = PhoneLeg(stack.info.telephone_url, IMPATIENT)
    await leg.connect()
    with pytest.raises(NotAnsweredError, match="486 Busy Here"):
        await leg.answered(SOON_S)
    await leg.hangup()


async def test_a_trunk_with_a_password_is_refused(stack: Stack) -> None:
    """The double has no digest: it must not let in who would have to prove himself."""
    leg = PhoneLeg(stack.info.telephone_url, LOCKED)
    await leg.connect()
    with pytest.raises(NotAnsweredError, match="407"):
        await leg.answered(SOON_S)
    await leg.hangup()


async def test_hanging_up_is_seen_in_the_room_at_once(phone: PhoneLeg, agent: RoomAgent) -> None:
    """By BYE, with the reason that a real caller's hang-up has."""
    await talking(phone, agent)
    await phone.hangup()
    await agent.until(lambda: bool(agent.left))
    assert agent.left == [(f"sip_{CALLER}", "CLIENT_INITIATED")]


async def test_hanging_up_while_it_rings_leaves_no_ghost(phone: PhoneLeg, agent: RoomAgent) -> None:
    """CANCEL: the participant goes, though nobody ever answered."""
    await ringing(phone, agent)
    await agent.until(lambda: f"sip_{CALLER}" in agent.callers)
    await phone.hangup()
    await agent.until(lambda: bool(agent.left))


async def test_a_phone_that_vanishes_is_missed_late(phone: PhoneLeg, agent: RoomAgent) -> None:
    """No BYE: the participant stays, silent, until livekit-sip's media timeout (15 s; here 0.3)."""
    await talking(phone, agent)
    await phone.vanish(silent_ms=300)
    await agent.until(lambda: bool(agent.left))
    assert phone.ended_because == "vanished"
    assert agent.left == [(f"sip_{CALLER}", "CLIENT_INITIATED")]


@pytest.mark.parametrize(("by", "why"), [("removal", "participant_removed"), ("deletion", "room_deleted")])
async def test_the_agent_can_end_the_call(stack: Stack, phone: PhoneLeg, agent: RoomAgent, by: str, why: str) -> None:
    """Removing the caller or deleting the room is how an agent hangs up: the phone gets a BYE."""
    await talking(phone, agent)
    async with _client(stack.info) as client:
        if by == "removal":
            who = api.RoomParticipantIdentity(room=phone.room_name, identity=f"sip_{CALLER}")
            await client.room.remove_participant(who)
        else:
            await client.room.delete_room(api.DeleteRoomRequest(room=phone.room_name))
    async with asyncio.timeout(SOON_S):
        await phone.ended.wait()
    assert phone.ended_because == why


async def test_both_hear_each_other(phone: PhoneLeg, agent: RoomAgent) -> None:
    """And each hears the other, not itself: the tones differ."""
    await talking(phone, agent)
    await asyncio.gather(agent.play(tone(700, 2.0)), phone.say(tone(1100, 2.0)))
    await agent.until(lambda: sum(len(pcm) for pcm in agent.heard) >= 2 * WIRE_RATE)
    last_s = phone.handset.agent.last_s
    assert last_s is not None
    assert loudest_hertz(phone.recorder.sound(Side.AGENT, last_s - 1, last_s), EAR_RATE) == pytest.approx(700, abs=5)
    assert loudest_hertz(np.concatenate(agent.heard)[-WIRE_RATE:], WIRE_RATE) == pytest.approx(1100, abs=5)


async def test_keys_go_both_ways_whole_and_in_order(phone: PhoneLeg, agent: RoomAgent) -> None:
    """A digit lost or swapped is somebody else's appointment."""
    await talking(phone, agent)
    await phone.dtmf("0159*#")
    await agent.until(lambda: len(agent.keys) == 6)
    assert agent.keys == [(0, "0"), (1, "1"), (5, "5"), (9, "9"), (10, "*"), (11, "#")]
    await agent.press(7, "7")
    assert await wait_until(lambda: phone.keys_heard == ["7"], SOON_S)


async def test_what_is_no_key_is_refused_and_the_call_goes_on(phone: PhoneLeg, agent: RoomAgent) -> None:
    await talking(phone, agent)
    with pytest.raises(CallerError, match="no DTMF digit"):
        await phone.dtmf("1x")
    await phone.dtmf("2")
    await agent.until(lambda: bool(agent.keys))
    assert agent.keys == [(2, "2")]
    assert not phone.ended.is_set()


async def test_a_web_caller_talks_and_hears_too(stack: Stack) -> None:
    """The other leg, by the same words; it ends when its room does."""
    leg = WebLeg.of(stack.info, metadata=json.dumps({"persona": "x"}))
    await leg.connect()
    agent = RoomAgent(stack.info)
    await agent.join(leg.room_name, {"switchboard.call_id": "c2"})
    await agent.publish()
    await leg.answered(SOON_S)
    assert await leg.attribute("switchboard.call_id", SOON_S) == "c2"
    await leg.dtmf("4")
    await asyncio.gather(agent.play(tone(700, 2.0)), leg.say(tone(1100, 2.0)))
    last_s = leg.handset.agent.last_s
    assert last_s is not None
    assert loudest_hertz(leg.recorder.sound(Side.AGENT, last_s - 1, last_s), EAR_RATE) == pytest.approx(700, abs=5)
    assert loudest_hertz(np.concatenate(agent.heard)[-WIRE_RATE:], WIRE_RATE) == pytest.approx(1100, abs=5)
    assert agent.keys == [(4, "4")]
    async with _client(stack.info) as client:
        dispatched = await client.agent_dispatch.list_dispatch(leg.room_name)
        assert [(one.agent_name, one.metadata) for one in dispatched] == [("receptionist", '{"persona": "x"}')]
        await client.room.delete_room(api.DeleteRoomRequest(room=leg.room_name))
    async with asyncio.timeout(SOON_S):
        await leg.ended.wait()
    assert leg.ended_because == "room_deleted"
    await leg.hangup()
    await agent.leave()


async def test_a_stopped_double_says_goodbye(stack: Stack, phone: PhoneLeg, agent: RoomAgent) -> None:
    """SIGTERM: a BYE to every phone, no ghost in the room, exit code 0; and it serves again when started again."""
    await talking(phone, agent)
    telephone = stack.process("telephone")
    telephone.terminate()
    async with asyncio.timeout(SOON_S):
        await phone.ended.wait()
    await agent.until(lambda: bool(agent.left))
    assert phone.ended_because == "hung up"
    assert await wait_until(lambda: not telephone.alive, SOON_S)
    assert telephone.exit == "exit code 0"
    await telephone.restart()
