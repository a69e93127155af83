"""A caller without a living agent for more than a second gets a new one; a living agent is never taken away.

The first takes a lease that runs out, the second a question through the room: either path may be the broken one.
"""

from __future__ import annotations

import asyncio

from calls.outcome import Outcome
from calls.ports import Write
from control.takeover import TTL_S
from tests.support.a_control import world
from tests.support.virtual_time import virtual_time

SETTLED_S = 1.0


@virtual_time
async def test_a_worker_that_dies_is_replaced_as_its_lease_runs_out() -> None:
    """Dead at 2.0, its last renewal at most 0.25 s before: the order goes out within 1.2 s, with all that is known."""
    async with world() as w, w.control() as control:
        worker = await w.call(line="sales", persona="grace")
        await asyncio.sleep(2.0)
        w.kill(worker)
        died = w.clock.monotonic()
        await asyncio.sleep(3.0)
        assert w.rooms.dispatched == [
            (
                "room-1",
                "receptionist",
                {"resume": "call-1", "epoch": 2, "line": "sales", "persona": "grace", "direction": "inbound"},
            )
        ]
        assert 0.7 <= w.rooms.dispatched_at[0] - died <= 1.2
        assert w.rooms.removed == [("room-1", "agent-1-1")]
        assert [lease.epoch for lease in w.living] == [2]
        assert control.count("control_takeovers_total", reason="lapsed") == 1


@virtual_time
async def test_a_call_given_up_by_the_parent_is_taken_over_at_once() -> None:
    """The parent of the job process saw it die: no ping, no wait for the lease."""
    async with world() as w, w.control() as control:
        worker = await w.call()
        await asyncio.sleep(2.0)
        w.kill(worker)
        await w.state.give_up("call-1", 1)
        told = w.clock.monotonic()
        await asyncio.sleep(SETTLED_S)
        assert w.rooms.dispatched_at[0] - told <= 0.2
        assert w.rooms.pings == []
        assert control.count("control_takeovers_total", reason="given_up") == 1


@virtual_time
async def test_a_worker_that_cannot_reach_the_store_but_answers_keeps_its_call() -> None:
    """Its lease runs out for good; it is asked about once a second, and left in peace."""
    async with world() as w, w.control() as control:
        worker = await w.call()
        await asyncio.sleep(1.0)
        worker.sees_store = False
        await asyncio.sleep(20.0)
        assert w.rooms.dispatched == []
        assert w.living == [worker.lease]
        assert 15 <= len(w.rooms.pings) <= 21
        w.kill(worker)
        await asyncio.sleep(2.5)
        assert [lease.epoch for lease in w.living] == [2]
        assert control.count("control_pings_total", result="silent") >= 1


@virtual_time
async def test_a_successor_that_cannot_reach_the_store_but_answers_keeps_the_call_too() -> None:
    """The gateway died with the worker: the lease still names the dead agent, and the living one in the room was once
    removed every eight seconds, until the call was given up."""
    async with world() as w, w.control():
        worker = await w.call()
        await asyncio.sleep(1.0)
        w.newcomers_see_store = False
        w.kill(worker)
        await asyncio.sleep(2 * TTL_S)
        (successor,) = w.workers[1:]
        assert w.rooms.removed == [(worker.lease.room, worker.lease.agent)]
        assert len(w.rooms.dispatched) == 1
        assert [lease.epoch for lease in w.living] == [successor.lease.epoch] == [2]


@virtual_time
async def test_with_the_media_server_down_nothing_is_done() -> None:
    """Nobody can be asked, and nobody could come: the same call is looked at again when it is back."""
    async with world() as w, w.control() as control:
        worker = await w.call()
        await asyncio.sleep(1.0)
        w.rooms.is_down = True
        w.kill(worker)
        await asyncio.sleep(5.0)
        assert w.state.taken == []
        assert control.count("control_pings_total", result="unknown") <= 11
        w.rooms.is_down = False
        await asyncio.sleep(2.0)
        assert [lease.epoch for lease in w.living] == [2]


@virtual_time
async def test_a_store_that_was_away_costs_no_living_call() -> None:
    """Redis was down for a minute and comes back with leases a minute old; only the worker that died meanwhile is
    replaced. Both the store's scores and the first look come before any renewal."""
    async with world() as w, w.control() as control:
        workers = [await w.call(number) for number in range(1, 11)]
        await asyncio.sleep(1.0)
        w.rooms.answer_s = 0.6  # everybody is busy with the store's return
        w.store_down()
        await asyncio.sleep(60.0)
        assert not control.leads
        w.kill(workers[3])
        for worker in workers:
            worker.sees_store = False  # they come a second after control, the worst order
        w.store_back()
        await asyncio.sleep(1.0)
        for worker in workers:
            worker.sees_store = True
        await asyncio.sleep(5.0)
        assert control.leads
        assert [said["resume"] for _, _, said in w.rooms.dispatched] == ["call-4"]
        assert len(w.living) == 10


@virtual_time
async def test_a_store_away_for_a_moment_costs_no_living_call() -> None:
    """Away for 0.9 s: the leader keeps its lock, and every lease has run low. Pings decide."""
    async with world() as w, w.control() as control:
        for number in range(1, 6):
            await w.call(number)
        await asyncio.sleep(1.0)
        w.store_down()
        await asyncio.sleep(0.9)
        assert control.leads
        w.store_back()
        await asyncio.sleep(3.0)
        assert w.rooms.dispatched == []


@virtual_time
async def test_a_lease_renewed_while_we_asked_is_no_death() -> None:
    """Its loop stood still for 0.7 s, too long to answer the ping, and then it renewed in time."""
    async with world() as w, w.control():
        worker = await w.call()
        await asyncio.sleep(1.1)
        w.rooms.kill("room-1", "agent-1-1")
        worker.sees_store = False
        await asyncio.sleep(0.6)
        worker.sees_store = True
        await asyncio.sleep(3.0)
        assert w.rooms.pings
        assert w.rooms.dispatched == []


@virtual_time
async def test_a_node_with_25_calls_dies_and_one_room_is_slow() -> None:
    """All are taken over at once; the room that takes 1.5 s for each answer delays none but its own."""
    async with world() as w, w.control() as control:
        workers = [await w.call(number) for number in range(1, 26)]
        await asyncio.sleep(2.0)
        w.rooms.slow_s["room-1"] = 1.5
        for worker in workers:
            w.kill(worker)
        died = w.clock.monotonic()
        await asyncio.sleep(15.0)
        delays = sorted(at - died for at in w.rooms.dispatched_at)
        assert len(delays) == 25
        assert delays[23] <= 1.3
        assert len(w.living) == 25
        assert control.count("control_takeovers_total", reason="lapsed") == 25


@virtual_time
async def test_slow_rooms_that_come_first_hold_up_none_behind_them() -> None:
    """Given up in one breath, the five slow ones first: the twenty others do not wait for their answers."""
    async with world() as w, w.control():
        workers = [await w.call(number) for number in range(1, 26)]
        await asyncio.sleep(2.0)
        for number in range(1, 6):
            w.rooms.slow_s[f"room-{number}"] = 1.5
        for worker in workers:
            w.kill(worker)
            await w.state.give_up(worker.lease.call_id, 1)
        told = w.clock.monotonic()
        await asyncio.sleep(10.0)
        delays = sorted(at - told for at in w.rooms.dispatched_at)
        assert len(delays) == 25
        assert delays[19] <= 0.3


@virtual_time
async def test_a_worker_that_never_comes_is_sent_for_again_and_at_last_the_call_is_closed() -> None:
    """Each order lapses after its 8 s; within 40 s the record says failed, the room is gone and nobody holds it."""
    async with world(comes_after_s=None) as w, w.control() as control:
        worker = await w.call()
        await asyncio.sleep(1.0)
        w.kill(worker)
        await asyncio.sleep(45.0)
        assert [said["epoch"] for _, _, said in w.rooms.dispatched] == [2, 3, 4, 5]
        gaps = [b - a for a, b in zip(w.rooms.dispatched_at, w.rooms.dispatched_at[1:], strict=False)]
        assert all(TTL_S - 0.1 <= gap <= TTL_S + 0.7 for gap in gaps)
        record = await w.state.record("call-1")
        assert record is not None
        assert (record.outcome, record.failure) == (Outcome.FAILED, "worker_lost")
        assert w.rooms.deleted == ["room-1"]
        assert await w.state.holder("call-1") is None
        assert control.count("control_calls_closed_as_failed_total", failure="worker_lost") == 1


@virtual_time
async def test_a_call_that_kills_every_worker_is_closed() -> None:
    """Each one comes, writes that it has the call, and dies of it: five within a minute are enough."""
    async with world() as w, w.control():
        worker = await w.call()
        for _ in range(8):
            await asyncio.sleep(2.0)
            for dying in [one for one in w.workers if one.alive]:
                w.kill(dying)
        await asyncio.sleep(5.0)
        assert len(w.rooms.dispatched) == 5
        record = await w.state.record(worker.lease.call_id)
        assert record is not None
        assert record.failure == "worker_lost"


@virtual_time
async def test_a_caller_who_hung_up_meanwhile_gets_no_worker() -> None:
    """The record is closed, above the dead worker's epoch, and the room with its ghost is gone."""
    async with world() as w, w.control():
        worker = await w.call()
        await asyncio.sleep(1.0)
        w.kill(worker)
        w.rooms.hang_up("room-1")
        await asyncio.sleep(3.0)
        assert w.rooms.dispatched == []
        record = await w.state.record("call-1")
        assert record is not None
        assert (record.outcome, record.failure, record.epoch) == (Outcome.FAILED, "end_never_written", 2)
        assert w.rooms.deleted == ["room-1"]


@virtual_time
async def test_a_call_that_was_closed_is_not_taken_over() -> None:
    """Its worker wrote the end and died before it let go of the lease."""
    async with world() as w, w.control():
        worker = await w.call()
        await asyncio.sleep(1.0)
        record = await w.state.record("call-1")
        assert record is not None
        await w.state.write(Write("closing", record.close(record.started_at + 1, Outcome.RESOLVED), record.version))
        w.kill(worker)
        await asyncio.sleep(3.0)
        assert w.rooms.dispatched == []
        assert await w.state.holder("call-1") is None
