"""Control dies in each state of a call: who leads next finishes it, and nobody is ever dialled twice."""

from __future__ import annotations

from calls.outbound import DialState
from control.dialling.following import LATE_S
from control.dialling.phone import room_of
from tests.fakes.phone import Behaviour
from tests.support.a_dialler import World, wanted
from tests.support.outbound import CALLEE
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_queued() -> None:
    """It is dialled by the next one."""
    world = World()
    call, _ = await world.replica().orders.place(wanted(), "key-1")
    async with world.leading():
        await world.becomes(call.call_id, DialState.ANSWERED)
    assert len(world.phone.dialled) == 1


@virtual_time
async def test_claimed_before_it_was_dialled() -> None:
    """Nothing says whether it rang: it is ended as failed, and may be ordered again."""
    world = World()
    world.phone.agent_s = 8.0
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.DIALLING)
    async with world.leading() as calling:
        done = await world.becomes(call.call_id, DialState.FAILED)
        assert done.reason == "interrupted"
        assert done.changed_at - call.asked_at < LATE_S + 5.0
        assert room_of(call.call_id) in world.phone.deleted
        again, _ = await calling.orders.place(wanted(), "key-2")
        await world.becomes(again.call_id, DialState.ANSWERED)
    assert len(world.phone.dialled) == 1


@virtual_time
async def test_ringing_and_then_answered() -> None:
    """The telephone rings on without us, and the callee answers: the talk goes on, it is not dialled again."""
    world = World()
    world.phone.script[CALLEE] = Behaviour(rings_s=10.0)
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.RINGING)
    leg = world.phone._places[room_of(call.call_id)].leg
    assert leg is not None
    leg.active_at = world.clock.monotonic() + 5.0
    async with world.leading():
        await world.becomes(call.call_id, DialState.ANSWERED)
        world.phone.callee_leaves(room_of(call.call_id))
        await world.becomes(call.call_id, DialState.COMPLETED, within_s=5.0)
    assert len(world.phone.dialled) == 1


@virtual_time
async def test_ringing_and_then_nothing() -> None:
    """Rings on for ever: it is ended when it should have been."""
    world = World()
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.RINGING)
    async with world.leading():
        done = await world.becomes(call.call_id, DialState.FAILED)
    assert done.reason == "interrupted"
    assert 30.0 < done.changed_at - call.asked_at < 30.0 + 2 * LATE_S
    assert len(world.phone.dialled) == 1


@virtual_time
async def test_answered() -> None:
    """The agent talks on, control only watches: the end is seen by the next one."""
    world = World()
    world.phone.script[CALLEE] = Behaviour(talks_s=60.0)
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.ANSWERED)
    async with world.leading():
        await world.becomes(call.call_id, DialState.COMPLETED)
    assert len(world.phone.dialled) == 1


@virtual_time
async def test_the_store_goes_while_it_rings() -> None:
    """What came of it is kept when the store is back."""
    world = World()
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.RINGING)
        world.calls.is_down = True
        await world.clock.sleep(8.0)
        world.calls.is_down = False
        await world.becomes(call.call_id, DialState.ANSWERED)


@virtual_time
async def test_the_media_server_goes_while_they_talk() -> None:
    """Down is not gone: the call is not over because nobody can say whether it is."""
    world = World()
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.ANSWERED)
        world.phone.is_down = True
        await world.clock.sleep(60.0)
        assert (await world.calls.get(call.call_id)).state is DialState.ANSWERED  # type: ignore[union-attr]
        world.phone.is_down = False
        world.phone.callee_leaves(room_of(call.call_id))
        await world.becomes(call.call_id, DialState.COMPLETED)
