"""The agent of a call that we make dies: before the callee is there nobody is rung by nobody, afterwards it is
replaced as any other."""

from __future__ import annotations

import asyncio

from calls.outbound import DialState
from calls.ports import Lease
from control.dialling.phone import room_of
from control.metrics import Metrics
from control.takeover import Dead, Result, TakeOver
from tests.fakes.phone import Behaviour
from tests.fakes.store import FakeStore
from tests.support.a_dialler import World, wanted
from tests.support.outbound import CALLEE
from tests.support.virtual_time import virtual_time


async def _take_over(world: World, call_id: str) -> Result:
    async def confirm() -> bool:
        return True

    store = FakeStore(world.clock)
    lease = Lease(call_id, 1, room_of(call_id), "agent-1", "receptionist", "clinic", "clinic-receptionist")
    takeover = TakeOver((store, store), world.phone, world.clock, Metrics(), confirm)
    return await takeover.take(Dead(lease, "given_up", world.clock.monotonic()))


@virtual_time
async def test_while_it_rings_the_call_is_ended_and_not_handed_on() -> None:
    """A new agent would say that it had lost the thread, to somebody who has not said a word."""
    world = World()
    world.phone.script[CALLEE] = Behaviour(rings_s=20.0)
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.RINGING)
        assert await _take_over(world, call.call_id) is Result.NOBODY
        assert room_of(call.call_id) in world.phone.deleted
        await world.becomes(call.call_id, DialState.NO_ANSWER, within_s=2.0)
    assert world.phone.dispatched == []


@virtual_time
async def test_in_mid_talk_another_agent_comes() -> None:
    world = World()
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.ANSWERED)
        await asyncio.sleep(5.0)
        assert await _take_over(world, call.call_id) is Result.TAKEN
        await asyncio.sleep(5.0)
        assert (await world.calls.get(call.call_id)).state is DialState.ANSWERED  # type: ignore[union-attr]
    ((room, worker, metadata),) = world.phone.dispatched
    assert (room, worker, metadata["resume"]) == (room_of(call.call_id), "receptionist", call.call_id)
