"""Two may want to take a call over, and either may die half-way: the call's lease decides, and nothing else is kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from calls.ports import Lease, Write
from calls.record import Direction
from control.metrics import Metrics
from control.takeover import Dead, Result, TakeOver
from tests.support.a_control import World, world
from tests.support.virtual_time import virtual_time


def _takeover(w: World, *, leads: bool = True) -> TakeOver:
    async def confirm() -> bool:
        return leads

    return TakeOver((w.state, w.state), w.rooms, w.clock, Metrics(), confirm)


@virtual_time
async def test_a_call_that_another_took_is_left_to_it() -> None:
    """The other replica was faster: no removal, no order, nothing closed."""
    async with world(comes_after_s=None) as w:
        worker = await w.call()
        w.kill(worker)
        await w.state.renew(replace(worker.lease, epoch=3), 8.0)
        assert await _takeover(w).take(Dead(worker.lease, "lapsed", 0.0)) is Result.LOST
        assert (w.rooms.dispatched, w.rooms.removed, w.rooms.deleted) == ([], [], [])


@virtual_time
async def test_who_leads_no_more_takes_nothing() -> None:
    """Stopped for seconds and woken: it asks the store before it acts."""
    async with world(comes_after_s=None) as w:
        worker = await w.call()
        await asyncio.sleep(1.1)
        w.kill(worker)
        assert await _takeover(w, leads=False).take(Dead(worker.lease, "lapsed", 0.0)) is Result.LOST
        assert await w.state.holder("call-1") == worker.lease
        assert w.rooms.dispatched == []


@virtual_time
async def test_control_that_is_stopped_half_way_lets_the_next_one_begin_at_once() -> None:
    """SIGTERM between the lease and the order: the lease is given up, and need not run out for 8 s."""
    async with world() as w:
        worker = await w.call()
        await asyncio.sleep(1.0)
        async with w.control():
            w.rooms.dispatch_fails = 1000
            w.kill(worker)
            await asyncio.sleep(2.0)
            assert w.rooms.dispatched == []
        w.rooms.dispatch_fails = 0
        stopped = w.clock.monotonic()
        async with w.control():
            await asyncio.sleep(1.0)
        assert w.rooms.dispatched_at[0] - stopped <= 0.5
        assert [lease.epoch for lease in w.living] == [3]


@virtual_time
async def test_control_that_is_killed_half_way_costs_the_leases_eight_seconds() -> None:
    """kill -9 between the lease and the order: what the next one needs is in the store and in the room."""
    async with world() as w:
        worker = await w.call()
        await w.state.renew(replace(worker.lease, epoch=2), 8.0)  # all that the dead control did
        w.kill(worker)
        began = w.clock.monotonic()
        async with w.control():
            await asyncio.sleep(10.0)
        assert [said["epoch"] for _, _, said in w.rooms.dispatched] == [3]
        assert 7.9 <= w.rooms.dispatched_at[0] - began <= 8.6
        assert ("room-1", "agent-1-1") in w.rooms.removed


@virtual_time
async def test_the_next_replica_goes_on_where_the_killed_one_left_off() -> None:
    """Both die at once, worker and control: the follower has the call in another worker's hands within 3 s."""
    async with world() as w, w.control() as first:
        worker = await w.call()
        await asyncio.sleep(1.0)
        async with w.control() as second:
            await asyncio.sleep(1.0)
            assert (first.leads, second.leads) == (True, False)
            w.kill(worker)
            await first.kill(w.lock)
            died = w.clock.monotonic()
            await asyncio.sleep(4.0)
            assert second.leads
            assert len(w.rooms.dispatched_at) == 1
            assert w.rooms.dispatched_at[0] - died <= 2.5


@virtual_time
async def test_an_order_that_is_refused_for_a_moment_is_repeated() -> None:
    """The media server stumbles: asked again a quarter of a second later, in the same epoch."""
    async with world() as w:
        worker = await w.call()
        w.kill(worker)
        w.rooms.dispatch_fails = 3
        assert await _takeover(w).take(Dead(worker.lease, "lapsed", 0.0)) is Result.TAKEN
        assert [said["epoch"] for _, _, said in w.rooms.dispatched] == [2]


@virtual_time
async def test_what_is_not_known_is_null_and_every_ghost_goes() -> None:
    """The store was restarted empty: no line, no persona; and two workers have died in this room."""
    async with world(comes_after_s=None) as w:
        w.rooms.open("room-9")
        w.rooms.join("room-9", "agent-a", "call-9", 1)
        w.rooms.join("room-9", "agent-b", "call-9", 2)
        w.rooms.join("room-9", "somebody-else", "call-7", 1)
        lease = Lease("call-9", 2, "room-9", "agent-b", "receptionist", "", "")
        assert await _takeover(w).take(Dead(lease, "no_lease", 0.0)) is Result.TAKEN
        assert w.rooms.dispatched == [
            (
                "room-9",
                "receptionist",
                {"resume": "call-9", "epoch": 3, "line": None, "persona": None, "direction": "inbound"},
            )
        ]
        assert sorted(w.rooms.removed) == [("room-9", "agent-a"), ("room-9", "agent-b")]


@virtual_time
async def test_a_call_whose_record_nobody_can_read_is_taken_over_all_the_same() -> None:
    """Written by a newer worker: its caller waits, and the lease says all that a new worker needs."""
    async with world() as w:
        worker = await w.call()
        w.state.unreadable.add("call-1")
        await asyncio.sleep(1.0)
        w.kill(worker)
        async with w.control():
            await asyncio.sleep(3.0)
        assert len(w.rooms.dispatched) == 1


@virtual_time
async def test_a_call_that_we_made_stays_one_also_where_nobody_can_read_its_record() -> None:
    """Its new worker took it for a caller's. The record says which it is; else the room's name."""
    async with world(comes_after_s=None) as w:
        w.kill(await w.call(7))
        record = await w.state.record("call-7")
        assert record is not None
        await w.state.write(Write("made", record.evolve(direction=Direction.OUTBOUND), record.version))
        w.state.unreadable.add("call-8")
        for number, room in ((7, "room-7"), (8, "out-call-8"), (9, "room-9")):
            if number > 7:
                w.rooms.open(room)
            w.rooms.join(room, "agent-a", f"call-{number}", 1)
            lease = Lease(f"call-{number}", 1, room, "agent-a", "receptionist", "clinic", "")
            assert await _takeover(w).take(Dead(lease, "lapsed", 0.0)) is Result.TAKEN
        assert [said["direction"] for _, _, said in w.rooms.dispatched] == ["outbound", "outbound", "inbound"]
