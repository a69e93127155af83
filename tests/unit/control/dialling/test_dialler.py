"""From the order to the end of the call, whatever the callee, the media server or a dying control do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calls.outbound import DialState
from calls.permits import OptOut
from control.dialling.dialling import READY_S
from control.dialling.phone import Result, room_of
from sip.outbound.guard import STALE_S
from sip.outbound.reasons import Refused
from tests.fakes.phone import NEVER_S, Behaviour
from tests.support.a_dialler import World, at, wanted
from tests.support.outbound import CALLEE, OTHER, REMINDERS, call_center
from tests.support.virtual_time import virtual_time

PATH = [DialState.DIALLING, DialState.RINGING]


@virtual_time
async def test_a_call_is_dialled_answered_and_over_when_the_callee_has_gone() -> None:
    """The agent is in the room before a telephone rings; then each state as it comes."""
    world = World()
    world.phone.script[CALLEE] = Behaviour(rings_s=4.0, talks_s=30.0)
    async with world.leading() as calling:
        call, new = await calling.orders.place(wanted(persona="clinic-after-hours", purpose="reminder"), "key-1")
        assert new
        done = await world.becomes(call.call_id, DialState.COMPLETED)
    assert world.calls.states[call.call_id] == [*PATH, DialState.ANSWERED, DialState.COMPLETED]
    (dial,) = world.phone.dialled
    assert (dial.number, dial.trunk, dial.room) == (CALLEE, "ST_plain", room_of(call.call_id))
    assert (dial.caller_id, dial.ringing_s, dial.max_duration_s) == ("+15550100001", 30.0, 600.0)
    assert done.sip_status == 200
    (metadata,) = world.phone.opened
    assert metadata == {
        "direction": "outbound",
        "call_id": call.call_id,
        "line": "clinic",
        "persona": "clinic-after-hours",
        "worker": "receptionist",
        "outbound": {
            "callee": "callee",
            "number": CALLEE,
            "data": {},
            "purpose": "reminder",
            "voicemail": True,
            "ringing_s": 30.0,
            "max_duration_s": 600.0,
        },
    }
    assert CALLEE.strip("+") not in dial.room
    assert world.permits.reasons == ["allowed"]


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (Result(DialState.BUSY, 486), DialState.BUSY),
        (Result(DialState.REJECTED, 603), DialState.REJECTED),
        (Result(DialState.NO_ANSWER, 480), DialState.NO_ANSWER),
        (Result(DialState.FAILED, 503, "sip"), DialState.FAILED),
    ],
)
def test_what_the_far_end_says_is_what_the_call_becomes(result: Result, state: DialState) -> None:
    """And what the agent is told while there is a room. Nothing of it stays: the room is gone, the number may be called
    again, the money is not spent."""

    @virtual_time
    async def play() -> None:
        world = World(call_center(replace(REMINDERS, spend_per_day=0.2)))
        world.phone.script[CALLEE] = Behaviour(2.0, result)
        async with world.leading() as calling:
            call, _ = await calling.orders.place(wanted(), "key-1")
            done = await world.becomes(call.call_id, state)
            assert (done.sip_status, done.reason) == (result.sip_status, result.reason)
            assert world.calls.states[call.call_id] == [*PATH, state]
            world.phone.script[CALLEE] = Behaviour()
            again, _ = await calling.orders.place(wanted(), "key-2")
            await world.becomes(again.call_id, DialState.ANSWERED)
        assert room_of(call.call_id) in world.phone.deleted
        assert world.phone.told == [(room_of(call.call_id), state)]

    play()


@virtual_time
async def test_an_agent_that_was_told_is_left_to_write_it_down() -> None:
    """Its room is deleted over its head only when it does not go, and at once where a telephone may ring on."""
    world = World()
    busy = Result(DialState.BUSY, 486)
    world.phone.script[OTHER] = Behaviour(1.0, Result(DialState.FAILED, 0, "livekit"))
    async with world.leading() as calling:
        for key, result in (("key-0", Result(DialState.FAILED, 0, "no_sip", dialled=False)), ("key-1", busy)):
            world.phone.script[CALLEE] = Behaviour(1.0, result)
            told, _ = await calling.orders.place(wanted(), key)
            await world.becomes(told.call_id, result.state)
            await world.clock.sleep(1.0)
            assert (room_of(told.call_id) in world.phone.deleted, world.phone.cut_off) == (True, [])
        unsure, _ = await calling.orders.place(wanted(OTHER), "key-2")
        await world.becomes(unsure.call_id, DialState.FAILED)
        await world.clock.sleep(0.2)
        assert room_of(unsure.call_id) in world.phone.deleted
        world.phone.goes_s = NEVER_S
        stays, _ = await calling.orders.place(wanted(), "key-3")
        await world.becomes(stays.call_id, DialState.BUSY)
        await world.clock.sleep(4.0)
        assert room_of(stays.call_id) not in world.phone.deleted
        await world.clock.sleep(2.0)
        assert room_of(stays.call_id) in world.phone.deleted


@virtual_time
async def test_nobody_answers() -> None:
    """It rings as long as the line says."""
    world = World()
    world.phone.script[CALLEE] = Behaviour(rings_s=NEVER_S)
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        began = world.clock.monotonic()
        await world.becomes(call.call_id, DialState.NO_ANSWER)
    assert 30.0 <= world.clock.monotonic() - began < 32.0


@virtual_time
async def test_a_callee_who_hangs_up_as_it_is_answered() -> None:
    """Answered and gone in the same moment: completed, not for ever on a call."""
    world = World()
    world.phone.script[CALLEE] = Behaviour(rings_s=1.0, talks_s=0.0)
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.COMPLETED, within_s=6.0)


@virtual_time
async def test_without_an_agent_nobody_is_rung() -> None:
    """A person who answers must not hear silence; it does not count as a call to them."""
    world = World(call_center(replace(REMINDERS, calls_per_number_per_day=1)))
    world.phone.agent_s = None
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        assert (await world.becomes(call.call_id, DialState.FAILED)).reason == "no_agent"
        assert READY_S <= world.clock.monotonic() < READY_S + 2.0
        assert not world.phone.dialled
        world.phone.agent_s = 5.0
        again, _ = await calling.orders.place(wanted(), "key-2")
        await world.becomes(again.call_id, DialState.ANSWERED)


@virtual_time
async def test_without_a_trunk_or_a_media_server_it_fails_with_a_word() -> None:
    world = World()
    world.phone.has_trunk = False
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        assert (await world.becomes(call.call_id, DialState.FAILED)).reason == "no_trunk"
        world.phone.is_down = True
        second, _ = await calling.orders.place(wanted(), "key-2")
        assert (await world.becomes(second.call_id, DialState.FAILED)).reason == "livekit"
    assert not world.phone.dialled


@virtual_time
async def test_a_second_call_to_somebody_on_a_call_is_refused() -> None:
    """At the door, and where two were ordered before one was dialled, at the dial. Both are in the audit."""
    world = World()
    async with world.leading() as calling:
        later = [await calling.orders.place(wanted(not_before=at(20.0)), f"key-{number}") for number in range(2)]
        await world.clock.sleep(30.0)
        states = [(await world.calls.get(call.call_id)) for call, _ in later]
        assert sorted(call.state.value for call in states if call) == ["answered", "refused"]
        assert [call.reason for call in states if call and call.state is DialState.REFUSED] == ["engaged"]
        with pytest.raises(Refused, match="already"):
            await calling.orders.place(wanted(), "key-3")
    assert len(world.phone.dialled) == 1
    assert world.permits.reasons == ["allowed", "engaged", "engaged"]


@virtual_time
async def test_one_who_opts_out_while_the_agent_comes_is_not_rung() -> None:
    """At once, for every line: also for the call that is about to be made."""
    world = World()
    world.phone.agent_s = 4.0
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.DIALLING)
        await world.permits.opt_out(OptOut(CALLEE, world.clock.now(), "voice"))
        assert (await world.becomes(call.call_id, DialState.REFUSED)).reason == "optout"
    assert not world.phone.dialled
    assert world.permits.reasons == ["allowed", "optout"]


@virtual_time
async def test_what_cannot_be_written_down_is_not_dialled() -> None:
    """The audit is down: it waits in the queue, and is dialled when that is back."""
    world = World()
    world.permits.down_to = {"decided"}
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.clock.sleep(60.0)
        assert not world.phone.dialled
        world.permits.down_to = set()
        await world.becomes(call.call_id, DialState.ANSWERED)
    assert world.permits.reasons == ["allowed"]


@virtual_time
async def test_what_is_due_too_long_ago_is_not_dialled_out_of_the_blue() -> None:
    """Control was down for half a day: yesterday's reminders are no use."""
    world = World()
    call, _ = await world.replica().orders.place(wanted(not_before=at(60.0)), "key-1")
    await world.clock.sleep(STALE_S + 400.0)
    async with world.leading():
        assert (await world.becomes(call.call_id, DialState.REFUSED)).reason == "expired"
    assert not world.phone.dialled


@virtual_time
async def test_a_burst_is_dialled_as_the_line_may() -> None:
    """Ten orders at once on a line of three an hour: three now, three an hour later, and what waits two hours is too
    late. All but the first three were refused on the spot."""
    world = World(call_center(replace(REMINDERS, calls_per_hour=3, spend_per_day=100.0)))
    calling = world.replica()
    numbers = [f"+44207946012{number}" for number in range(10)]
    due = at(60.0)
    placed = [(await calling.orders.place(wanted(to, not_before=due), f"key-{to}"))[0] for to in numbers]
    for number in numbers:
        world.phone.script[number] = Behaviour(talks_s=20.0)

    async def states() -> list[str]:
        found = [await world.calls.get(call.call_id) for call in placed]
        return sorted(call.state.value for call in found if call)

    async with world.leading():
        await world.clock.sleep(600.0)
        assert await states() == ["completed"] * 3 + ["queued"] * 7
        await world.clock.sleep(3600.0)
        assert await states() == ["completed"] * 6 + ["queued"] * 4
        await world.clock.sleep(3600.0)
    assert await states() == ["completed"] * 6 + ["refused"] * 4
    assert world.permits.reasons == ["allowed"] * 6 + ["expired"] * 4


@virtual_time
async def test_a_call_is_not_dialled_before_its_time() -> None:
    world = World()
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(not_before=at(3600.0)), "key-1")
        await world.clock.sleep(3590.0)
        assert not world.phone.dialled
        await world.becomes(call.call_id, DialState.ANSWERED)


@virtual_time
async def test_a_call_that_is_too_long_is_hung_up() -> None:
    """The agent should have said goodbye: where it did not, the callee is taken out of the room."""
    world = World()
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(max_duration_s=60.0), "key-1")
        await world.becomes(call.call_id, DialState.ANSWERED)
        await world.becomes(call.call_id, DialState.COMPLETED, within_s=80.0)
    assert (room_of(call.call_id), "callee") in world.phone.removed


@virtual_time
async def test_two_replicas_that_both_believe_they_lead_dial_once() -> None:
    """And what both counted is counted once: the day's money would be gone with half the calls."""
    world = World(call_center(replace(REMINDERS, spend_per_day=0.4)))
    async with world.leading() as calling, world.leading():
        call, _ = await calling.orders.place(wanted(not_before=at(5.0)), "key-1")
        await world.becomes(call.call_id, DialState.ANSWERED)
        other, _ = await calling.orders.place(wanted(OTHER), "key-2")
        await world.becomes(other.call_id, DialState.ANSWERED)
    assert len(world.phone.dialled) == 2


@virtual_time
async def test_a_store_that_forgets_to_answer_loses_no_state() -> None:
    """The change was kept and the answer lost: it is ours, and not another's."""
    world = World()
    world.calls.lost_replies = 3
    world.phone.script[CALLEE] = Behaviour(talks_s=20.0)
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.COMPLETED)
    assert len(world.phone.dialled) == 1


@virtual_time
async def test_a_call_that_is_cancelled_while_it_rings_stops_ringing() -> None:
    """The room goes, and with it the ringing; nobody is on a call then."""
    world = World()
    world.phone.script[CALLEE] = Behaviour(rings_s=25.0)
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.RINGING)
        ended = await world.replica().orders.end(call.call_id)
        assert ended is not None
        assert ended.state is DialState.CANCELLED
        assert room_of(call.call_id) in world.phone.deleted
        again, _ = await calling.orders.place(wanted(), "key-2")
        await world.becomes(again.call_id, DialState.ANSWERED)
    assert world.calls.states[call.call_id] == [*PATH, DialState.CANCELLED]


@virtual_time
async def test_a_call_that_is_cancelled_while_the_agent_comes_is_not_dialled() -> None:
    world = World()
    world.phone.agent_s = 5.0
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.DIALLING)
        await world.replica().orders.end(call.call_id)
        await world.clock.sleep(15.0)
    assert not world.phone.dialled


@virtual_time
async def test_a_cancelled_call_is_not_dialled_or_rung_on_where_its_room_stays() -> None:
    """What is cancelled is known from the store: the media server's word is not needed."""
    world = World()
    world.phone.keeps_rooms = True
    world.phone.agent_s = 3.0
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.DIALLING)
        await world.replica().orders.end(call.call_id)
        await world.clock.sleep(5.0)
        assert not world.phone.dialled
        world.phone.script[OTHER] = Behaviour(rings_s=25.0)
        other, _ = await calling.orders.place(wanted(OTHER), "key-2")
        await world.becomes(other.call_id, DialState.RINGING)
        await world.replica().orders.end(other.call_id)
        await world.clock.sleep(2.0)
        assert world.phone.deleted.count(room_of(other.call_id)) == 2


@virtual_time
async def test_a_talk_is_looked_at_now_and_then() -> None:
    """A hundred talks must not be asked about ten times a second each."""
    world = World()
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.ANSWERED)
        before = world.phone.looks
        await world.clock.sleep(60.0)
        assert 20 <= world.phone.looks - before <= 31
        before = world.phone.looks
        for _ in range(600):
            calling.dialler.poke()
            await world.clock.sleep(0.01)
        assert world.phone.looks - before <= 14


@virtual_time
async def test_a_talk_is_ended_by_hanging_up_on_the_callee() -> None:
    """The agent sees them leave, as it sees any hang-up, and writes the call's end."""
    world = World()
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.ANSWERED)
        ended = await calling.orders.end(call.call_id)
        assert ended is not None
        assert ended.state is DialState.ANSWERED
        await world.becomes(call.call_id, DialState.COMPLETED, within_s=2.0)
    assert world.phone.removed == [(room_of(call.call_id), "callee")]
