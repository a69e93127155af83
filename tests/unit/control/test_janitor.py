"""What nobody else cleans up: ends never written, rooms nobody will close, callers the store has forgotten."""

from __future__ import annotations

import asyncio

from calls.events import CallEnded, CallerSpoke
from calls.outcome import Outcome
from calls.ports import Write
from calls.record import Caller, CallRecord, Direction, Leg
from tests.support.a_control import World, world
from tests.support.virtual_time import virtual_time


async def _record(w: World, call_id: str, room: str, leg: Leg = Leg.SIP, epoch: int = 1) -> CallRecord:
    record = CallRecord(
        call_id=call_id,
        room=room,
        line="main",
        persona="ada",
        direction=Direction.INBOUND,
        caller=Caller(leg, "caller"),
        started_at=w.clock.now(),
        version=1,
        epoch=epoch,
    )
    spoke = [CallerSpoke(call_id=call_id, seq=n, at=w.clock.now() + n, turn=n, text="hello") for n in (1, 2)]
    await w.state.write(Write(f"first-{call_id}", record, 0, spoke))
    return record


async def _is_open(w: World, call_id: str) -> bool:
    record = await w.state.record(call_id)
    return record is not None and not record.closed


@virtual_time
async def test_a_call_whose_room_is_gone_is_closed_as_failed() -> None:
    """Its worker and its room died with their machine, a day ago: it ended when it was last heard of."""
    async with world() as w:
        record = await _record(w, "call-1", "room-1", epoch=2)
        await asyncio.sleep(3600.0)
        async with w.control() as control:
            await asyncio.sleep(2.0)
            assert await _is_open(w, "call-1")  # seen once
            await asyncio.sleep(4.0)
            closed = await w.state.record("call-1")
            assert closed is not None
            assert (closed.outcome, closed.failure, closed.epoch) == (Outcome.FAILED, "end_never_written", 3)
            assert closed.ended_at == record.started_at + 2
            ended = (await w.state.events("call-1"))[-1]
            assert isinstance(ended, CallEnded)
            assert (ended.epoch, ended.seq, ended.reason) == (3, 3, "end_never_written")
            assert control.count("control_calls_closed_as_failed_total", failure="end_never_written") == 1


@virtual_time
async def test_an_end_that_is_being_written_is_not_overtaken() -> None:
    """The room goes first, the worker's last write comes a second later: that one counts."""
    async with world() as w, w.control():
        record = await _record(w, "call-1", "room-1")
        w.rooms.open("room-1")
        w.rooms.join("room-1", "agent", "call-1")
        await asyncio.sleep(4.9)  # just before a look
        await w.rooms.delete("room-1")
        await asyncio.sleep(1.5)
        await w.state.write(Write("end", record.close(w.clock.now(), Outcome.RESOLVED), 1))
        await asyncio.sleep(10.0)
        closed = await w.state.record("call-1")
        assert closed is not None
        assert closed.outcome is Outcome.RESOLVED


@virtual_time
async def test_a_call_that_is_held_or_in_a_room_or_in_a_console_is_left_open() -> None:
    """A worker that holds its call may have no room yet; a worker whose store fails has a room; a console has none."""
    async with world() as w, w.control():
        held = await w.call(1)
        await w.rooms.delete("room-1")
        await _record(w, "call-2", "room-2")
        w.rooms.open("room-2")
        w.rooms.join("room-2", "agent", "call-2")
        await _record(w, "call-3", "console", leg=Leg.CONSOLE)
        await asyncio.sleep(30.0)
        assert held.alive
        assert [await _is_open(w, f"call-{n}") for n in (1, 2, 3)] == [True, True, True]
        assert w.rooms.dispatched == []


@virtual_time
async def test_half_a_picture_closes_nothing() -> None:
    """The media server does not answer: every room looks gone, and none is."""
    async with world() as w, w.control():
        await _record(w, "call-1", "room-1")
        w.rooms.open("room-1", caller=False)
        w.rooms.is_down = True
        await asyncio.sleep(60.0)
        assert await _is_open(w, "call-1")


@virtual_time
async def test_a_room_with_a_ghost_alone_is_deleted_after_ten_seconds() -> None:
    """The caller left, the worker was killed, and its call had been closed: the room would stay for ever."""
    async with world() as w, w.control() as control:
        record = await _record(w, "call-1", "room-1")
        await w.state.write(Write("end", record.close(w.clock.now(), Outcome.RESOLVED), 1))
        w.rooms.open("room-1", caller=False)
        w.rooms.join("room-1", "agent", "call-1")
        w.rooms.kill("room-1", "agent")
        await asyncio.sleep(9.0)
        assert w.rooms.deleted == []
        await asyncio.sleep(8.0)
        assert w.rooms.deleted == ["room-1"]
        assert control.count("control_orphan_rooms_closed_total") == 1


@virtual_time
async def test_living_agents_and_other_peoples_rooms_are_left_alone() -> None:
    """An agent that waits for its caller, one that the store has forgotten but that answers, and strangers' rooms."""
    async with world() as w, w.control():
        await w.call(1)
        w.rooms.hang_up("room-1")
        w.rooms.open("room-2", caller=False)
        w.rooms.join("room-2", "agent", "call-2")
        w.rooms.open("strangers", caller=True)
        w.rooms.open("empty", caller=False)
        await asyncio.sleep(60.0)
        assert w.rooms.deleted == []
        assert w.rooms.dispatched == []


@virtual_time
async def test_after_a_store_restarted_empty_the_living_go_on_and_the_dead_are_replaced() -> None:
    """No lease, no record: the room itself says which call it was, and in which epoch."""
    async with world() as w, w.control() as control:
        living, dead = await w.call(1), await w.call(2)
        await asyncio.sleep(1.1)
        w.kill(dead)
        w.state.forget_all()
        await asyncio.sleep(15.0)
        assert w.rooms.dispatched == [
            (
                "room-2",
                "receptionist",
                {"resume": "call-2", "epoch": 2, "line": None, "persona": None, "direction": "inbound"},
            )
        ]
        assert not living.sent_away
        assert len(w.living) == 2
        assert control.count("control_takeovers_total", reason="no_lease") == 1


@virtual_time
async def test_a_caller_whose_lease_and_ghost_are_gone_is_found_by_the_record() -> None:
    """Nobody was there to see the lease run out, and the server has dropped the ghost: the record names the room."""
    async with world() as w, w.control():
        await _record(w, "call-1", "room-1", epoch=2)
        w.rooms.open("room-1")
        await asyncio.sleep(15.0)
        assert w.rooms.dispatched == [
            (
                "room-1",
                "receptionist",
                {"resume": "call-1", "epoch": 3, "line": "main", "persona": "ada", "direction": "inbound"},
            )
        ]


@virtual_time
async def test_an_agent_that_nothing_knows_of_is_not_replaced() -> None:
    """It shows no epoch, and the store has no such call: it is a worker with another store, and its call is its own."""
    async with world() as w, w.control():
        w.rooms.open("room-1")
        w.rooms.join("room-1", "agent", "call-1", 0)
        w.rooms.kill("room-1", "agent")
        await asyncio.sleep(30.0)
        assert w.rooms.dispatched == []


@virtual_time
async def test_news_makes_it_look_at_once_and_many_news_are_one_look() -> None:
    """A webhook is a hint: 50 in a second cost one look more."""
    async with world() as w, w.control() as control:
        await asyncio.sleep(2.0)
        record = await _record(w, "call-1", "gone")
        assert record.version == 1
        for _ in range(50):
            control.crew.janitor.poke()
            await asyncio.sleep(0.02)
        await asyncio.sleep(4.0)
        assert not await _is_open(w, "call-1")


@virtual_time
async def test_one_record_that_cannot_be_read_stops_no_look() -> None:
    """A newer worker's record among the open calls: the others are looked after as ever."""
    async with world() as w:
        await _record(w, "call-1", "room-1")
        await _record(w, "call-2", "room-2")
        w.state.unreadable.add("call-1")
        async with w.control():
            await asyncio.sleep(8.0)
            assert not await _is_open(w, "call-2")
