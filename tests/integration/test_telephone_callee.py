"""A phone that the telephone double rings: who answers, what is heard, which keys arrive, and how the line ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio
from google.protobuf.duration_pb2 import Duration
from livekit import api

from agent.phone.exchange import Exchange
from local.caller.callee_leg import CalleeLeg
from local.caller.callees.human import Human
from local.caller.callees.ivr import Ivr, Menu
from local.caller.callees.voicemail import BEEP_HZ, Voicemail
from local.caller.errors import CallerError
from local.caller.legs import PhoneLeg
from local.caller.numbers import Numbers
from local.caller.recorder import Side
from local.caller.sound import EAR_RATE, WIRE_RATE, Pcm, tone
from local.ports import Ports
from local.readiness import wait_until
from local.stack import Stack
from ops.clock import SystemClock
from tests.support.dialler import OURS, Dialler, dialling

THEIRS, OTHER, LINE = "+15550123", "+15550145", "+15550101"
SOON_S = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Redis, livekit-server and the double."""
    folder = tmp_path_factory.mktemp("callee")
    only = ("redis", "livekit", "telephone")
    async with Stack(folder, Ports.free(), only=only, config=folder / "none.yaml") as running:
        yield running


@pytest_asyncio.fixture
async def dialler(stack: Stack) -> AsyncIterator[Dialler]:
    async with dialling(stack.info) as found:
        yield found


@pytest_asyncio.fixture
async def phone(stack: Stack) -> AsyncIterator[CalleeLeg]:
    leg = CalleeLeg.of(stack.info, THEIRS)
    async with asyncio.timeout(40):
        await leg.connect()
        yield leg
    await leg.hangup()


def loudest_hertz(pcm: Pcm, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.fft.rfftfreq(len(pcm), 1 / rate)[spectrum.argmax()])


def heard_s(dialler: Dialler) -> float:
    """Of the callee's track, silence included."""
    return sum(len(pcm) for pcm in dialler.agent.heard) / WIRE_RATE


async def talking(dialler: Dialler, phone: CalleeLeg) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(dialler.dial(THEIRS))
        await phone.rung(SOON_S)
        await phone.answer()


async def test_both_hear_each_other_and_the_callee_sees_who_calls(dialler: Dialler, phone: CalleeLeg) -> None:
    await talking(dialler, phone)
    assert (phone.caller, phone.room_name) == (OURS, dialler.room)
    await asyncio.gather(dialler.agent.play(tone(700, 1.5)), phone.say(tone(1100, 1.5)))
    await dialler.agent.until(lambda: heard_s(dialler) >= 1.5)
    last_s = phone.handset.agent.last_s
    assert last_s is not None
    assert loudest_hertz(phone.recorder.sound(Side.AGENT, last_s - 0.5, last_s), EAR_RATE) == pytest.approx(700, abs=5)
    heard = np.concatenate(dialler.agent.heard)
    assert loudest_hertz(heard, WIRE_RATE) == pytest.approx(1100, abs=5)


async def test_early_media_is_lost(dialler: Dialler, phone: CalleeLeg) -> None:
    """livekit-sip bridges nothing before the answer: neither a carrier's announcement nor the agent's first words."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(dialler.dial(THEIRS))
        await phone.rung(SOON_S)
        phone.speak_early()
        await asyncio.gather(phone.say(tone(1900, 0.8)), dialler.agent.play(tone(1500, 0.8)))
        await phone.answer()
    await asyncio.gather(dialler.agent.play(tone(700, 1.0)), phone.say(tone(1100, 1.0)))
    await dialler.agent.until(lambda: heard_s(dialler) >= 1.0)
    assert loudest_hertz(np.concatenate(dialler.agent.heard), WIRE_RATE) == pytest.approx(1100, abs=5)
    assert loudest_hertz(phone.recorder.sound(Side.AGENT), EAR_RATE) == pytest.approx(700, abs=5)


async def test_keys_go_both_ways(dialler: Dialler, phone: CalleeLeg) -> None:
    """Whole and in order; the keys of the order itself come first, at the answer."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(dialler.dial(THEIRS, dtmf="4w2"))
        await phone.rung(SOON_S)
        await phone.answer()
    await phone.dtmf("15*")
    await dialler.agent.until(lambda: len(dialler.agent.keys) == 3)
    assert dialler.agent.keys == [(1, "1"), (5, "5"), (10, "*")]
    await dialler.agent.press(11, "#")
    assert await wait_until(lambda: phone.keys_heard == ["4", "2", "#"], SOON_S)
    assert "automation" in dialler.agent.seen


async def test_a_callers_keys_can_be_kept_from_every_telephone(
    dialler: Dialler, phone: CalleeLeg, stack: Stack
) -> None:
    """Each leg gets each leg's keys, as livekit-sip plays them on: a caller could key into the telephone system of a
    person who is dialled for them. The server drops what may not be sent, and nobody else's."""
    caller, exchange = CalleeLeg.of(stack.info, OTHER), Exchange(dialler.client, dialler.room, "", SystemClock())
    await caller.connect()
    for leg, identity in ((caller, "caller"), (phone, "person-desk")):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(dialler.dial(leg.number, identity=identity))
            await leg.rung(SOON_S)
            await leg.answer()
    await caller.dtmf("1")
    assert await wait_until(lambda: phone.keys_heard == ["1"], SOON_S)
    assert await exchange.keys("caller", reach=False)
    await caller.dtmf("2")
    await phone.dtmf("3")
    assert await wait_until(lambda: caller.keys_heard == ["3"], SOON_S)
    await exchange.keys_again("caller")
    await caller.dtmf("4")
    assert await wait_until(lambda: phone.keys_heard == ["1", "4"], SOON_S)
    await dialler.agent.until(lambda: [key for _, key in dialler.agent.keys] == ["1", "3", "4"])
    assert not await exchange.keys("nobody", reach=True)
    await caller.hangup()


async def test_a_callee_can_refuse(dialler: Dialler, phone: CalleeLeg) -> None:
    """With any status; the room hears of the refusal, the phone that it is over."""

    async def dial_in_vain() -> None:
        with pytest.raises(api.SipCallError) as refused:
            await dialler.dial(THEIRS)
        assert (refused.value.sip_status_code, refused.value.sip_status) == (480, "Not now")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(dial_in_vain())
        await phone.rung(SOON_S)
        await phone.reject(480, "Not now")
    assert phone.ended_because == "rejected"
    await dialler.agent.until(lambda: dialler.agent.left == [("callee", "USER_UNAVAILABLE")])


async def test_a_phone_stops_ringing_when_the_caller_gives_up(dialler: Dialler, phone: CalleeLeg) -> None:
    """CANCEL, and too late an answer answers nothing."""
    with pytest.raises(api.ServerError, match="canceled"):
        await dialler.dial(THEIRS, ringing_timeout=Duration(seconds=1))
    async with asyncio.timeout(SOON_S):
        await phone.ended.wait()
    with pytest.raises(CallerError):
        await phone.answer()


async def test_one_phone_takes_one_call(stack: Stack, dialler: Dialler, phone: CalleeLeg) -> None:
    """Who is in a call is busy; and no two phones share a number."""
    await talking(dialler, phone)
    with pytest.raises(api.SipCallError) as refused:
        await dialler.dial(THEIRS, identity="another")  # the same would take the first one's place in the room
    assert refused.value.sip_status_code == 486
    assert not phone.ended.is_set()
    second = CalleeLeg.of(stack.info, THEIRS)
    with pytest.raises(CallerError, match="one callee"):
        await second.connect()


@pytest.mark.parametrize("by", ["agent", "callee", "vanishing"])
async def test_the_call_can_end_from_either_side(dialler: Dialler, phone: CalleeLeg, by: str) -> None:
    """A BYE goes through at once, either way; without one the participant stays until the media timeout."""
    await talking(dialler, phone)
    if by == "agent":
        await dialler.remove()
        async with asyncio.timeout(SOON_S):
            await phone.ended.wait()
        assert phone.ended_because == "participant_removed"
        return
    await (phone.hangup() if by == "callee" else phone.vanish(silent_ms=300))
    await dialler.agent.until(lambda: bool(dialler.agent.left))
    assert dialler.agent.left == [("callee", "CLIENT_INITIATED")]
    assert ("hangup" in dialler.agent.seen) == (by == "callee")


async def test_an_answering_machine_greets_beeps_and_records(dialler: Dialler, phone: CalleeLeg) -> None:
    """What is said before the beep is not in the message, what is said after it is."""
    machine = Voicemail(greeting="Leave a message.", rings_s=0.1)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(dialler.dial(THEIRS))
        await phone.rung(SOON_S)
        recording = tasks.create_task(machine.take(phone))
        await dialler.agent.play(tone(1500, 0.5))
        assert await wait_until(lambda: machine.beeped_at_s is not None, SOON_S)
        await dialler.agent.play(tone(700, 1.0))
        await wait_until(
            lambda: machine.beeped_at_s is not None and heard_since(phone, machine.beeped_at_s) > 0.8, SOON_S
        )
        await dialler.remove()
        await recording
    message = machine.message(phone)
    assert message is not None
    assert loudest_hertz(message, EAR_RATE) == pytest.approx(700, abs=5)
    heard = np.concatenate(dialler.agent.heard)
    tail = heard[: np.flatnonzero(np.abs(heard) > 3000)[-1]][-WIRE_RATE // 4 :]
    assert loudest_hertz(tail, WIRE_RATE) == pytest.approx(BEEP_HZ, abs=10)


def heard_since(phone: CalleeLeg, second: float) -> float:
    """Seconds of the agent's sound after that second of the call."""
    last_s = phone.handset.agent.last_s
    return 0.0 if last_s is None else last_s - second


async def test_a_menu_is_walked_by_keys(dialler: Dialler, phone: CalleeLeg) -> None:
    """A key cuts the prompt short; one that leads nowhere is asked again."""
    menu = Ivr(Menu("Press 1.", {"1": Menu("Yes?")}), rings_s=0.0)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(dialler.dial(THEIRS))
        await phone.rung(SOON_S)
        walking = tasks.create_task(menu.take(phone))
        await phone.answered(SOON_S)
        await dialler.agent.press(9, "9")
        assert await wait_until(lambda: phone.keys_heard == ["9"], SOON_S)
        await dialler.agent.press(1, "1")
        await walking
    assert menu.walked == "1"
    assert phone.keys_heard == ["9", "1"]


async def test_a_person_says_hello(dialler: Dialler, phone: CalleeLeg) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(dialler.dial(THEIRS))
        await phone.rung(SOON_S)
        await Human(rings_s=0.1, pause_s=0.1).take(phone)
    await dialler.agent.until(lambda: np.abs(np.concatenate(dialler.agent.heard)).max() > 2000)
    assert not phone.ended.is_set()


async def test_an_inbound_call_is_transferred_too(stack: Stack, dialler: Dialler) -> None:
    """REFER on the caller's leg: refused, it goes on; accepted, the caller leaves soon after the target's answer."""
    made = await dialler.client.sip.create_inbound_trunk(
        api.CreateSIPInboundTrunkRequest(trunk=api.SIPInboundTrunkInfo(name="in", numbers=[LINE]))
    )
    direct = api.SIPDispatchRule(dispatch_rule_direct=api.SIPDispatchRuleDirect(room_name=dialler.room))
    await dialler.client.sip.create_dispatch_rule(
        api.CreateSIPDispatchRuleRequest(name="in", trunk_ids=[made.sip_trunk_id], rule=direct)
    )
    caller = PhoneLeg.of(stack.info, LINE)
    async with Numbers(stack.info.telephone_url) as numbers, asyncio.timeout(30):
        await numbers.script(OTHER, "busy")
        await caller.connect()
        await caller.answered(SOON_S)
        await dialler.agent.until(lambda: "sip_+15550199" in dialler.agent.callers)
        with pytest.raises(api.SipCallError) as refused:
            await dialler.transfer(OTHER, who="sip_+15550199")
        assert refused.value.sip_status_code == 486
        assert not caller.ended.is_set()
        await numbers.forget()
        target = CalleeLeg.of(stack.info, OTHER)
        await target.connect()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(dialler.transfer(OTHER, who="sip_+15550199"))
            await target.rung(SOON_S)
            assert not dialler.agent.left
            await target.answer()
        await dialler.agent.until(lambda: bool(dialler.agent.left))
        await caller.ended.wait()
        await target.ended.wait()
    assert caller.ended_because == "transferred"
    await caller.hangup()
    await target.hangup()
