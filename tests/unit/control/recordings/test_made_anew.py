"""An egress that was being started when its call ended makes the room anew: neither outlives the call by more than a
few seconds, whichever of them comes first, and nobody else's room is touched."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from calls.ports import Egress, EgressStatus
from calls.recording import Part
from tests.support.a_recorded_call import Recorded, RecordedCall
from tests.support.virtual_time import virtual_time


async def _begun_again(w: Recorded) -> tuple[RecordedCall, Egress]:
    """The first file failed, the second was asked for half a second before the caller hung up."""
    call = await w.ended()
    call.egress(EgressStatus.FAILED)
    at = (call.record.ended_at or 0.0) - 0.5
    recording = await call.recording()
    await call.write(recording=recording.with_part(Part(call.names.part(2), at)))
    w.recorder.active_after_s = None
    return call, w.recorder.begin(call.record.room, call.names.part(2))


@virtual_time
async def test_an_egress_that_had_not_begun_at_the_end_is_stopped_and_its_room_goes() -> None:
    """It joins although it was stopped, and makes the room once more: that goes, too."""
    w = Recorded()
    async with w.prover():
        call, late = await _begun_again(w)
        w.rooms.open(call.record.room, caller=False)
        await asyncio.sleep(3.0)
        assert (w.recorder.stopped[0], w.rooms.deleted) == (late.egress_id, [])  # while it joins it would come back
        await asyncio.sleep(2.0)
        assert await w.rooms.names() == frozenset()
        w.recorder.breaks(late.egress_id)
        w.rooms.open(call.record.room, caller=False)
        await asyncio.sleep(3.0)
        assert await w.rooms.names() == frozenset()


@virtual_time
async def test_the_room_goes_also_where_the_egress_is_gone_before() -> None:
    """It failed like the first, before anybody had stopped it, after the recording was settled by the worker's own
    track, and no webhook told of it. An hour later nobody asks any more."""
    w = Recorded()
    async with w.prover():
        call, late = await _begun_again(w)
        w.recorder.breaks(late.egress_id, EgressStatus.FAILED)
        call.backup()
        await asyncio.sleep(4.0)
        w.rooms.open(call.record.room, caller=False)
        await asyncio.sleep(11.0)
        assert await w.rooms.names() == frozenset()
        await asyncio.sleep(3600.0)
        assert len(w.rooms.deleted) < 10


@virtual_time
async def test_a_room_with_somebody_in_it_is_left_alone() -> None:
    """A transferred caller; or the next call, in a room of the same name."""
    w = Recorded()
    async with w.prover():
        caller, agent = (await _begun_again(w))[0].record.room, (await _begun_again(w))[0].record.room
        w.rooms.open(caller)
        w.rooms.open(agent, caller=False)
        w.rooms.join(agent, "agent-1", "another")
        await asyncio.sleep(30.0)
        assert w.rooms.deleted == []


@virtual_time
async def test_the_room_of_a_call_that_was_recorded_to_its_end_is_its_workers() -> None:
    """Nothing joined after the end, so nothing is asked of the room server."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        await asyncio.sleep(2.0)
        call.lands()
        await asyncio.sleep(100.0)
        assert w.rooms.deleted == []


@virtual_time
async def test_a_room_server_that_is_down_holds_no_proof_up() -> None:
    """The room goes at a later look; what became of the recording is known meanwhile."""
    w = Recorded()
    async with w.prover():
        call, late = await _begun_again(w)
        w.rooms.open(call.record.room, caller=False)
        w.rooms.is_down = True
        w.recorder.items[late.egress_id] = replace(late, status=EgressStatus.FAILED, ended_at=w.clock.now())
        call.backup()
        await asyncio.sleep(4.0)
        assert (await call.recording()).settled
        w.rooms.is_down = False
        await asyncio.sleep(12.0)
        assert await w.rooms.names() == frozenset()
