"""Nothing that a caller, a carrier or an attacker chooses becomes a place in the bucket, or vouches for a file."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from calls.ports import EgressStatus
from calls.recording import RecordingState
from recording.names import Names
from tests.support.a_recorded_call import BEGAN_S, TALKED_S, Recorded
from tests.support.ogg_file import ogg_file
from tests.support.virtual_time import virtual_time

EVIL = "../../receipts/x\n%2e%2e"


@virtual_time
async def test_a_caller_id_is_no_place() -> None:
    """Whatever a carrier hands on as a number: the files lie under the call's own id, marked by a digest."""
    w = Recorded()
    async with w.prover():
        call = await w.call()
        w.clock.advance(BEGAN_S + TALKED_S)
        await call.write(caller=replace(call.record.caller, number=EVIL, identity=EVIL))
        await call.end()
        call.lands()
        await asyncio.sleep(10.0)
        assert await call.state() is RecordingState.PROVEN
    assert call.names.sidecar in w.bucket.names
    assert [name for name in w.bucket.names if not name.startswith(call.names.stem)] == []
    marked = w.bucket.kept[call.name].about.metadata["caller-hash"]
    assert int(marked, 16) >= 0


@virtual_time
async def test_a_line_whose_name_is_no_place_is_alarmed_and_writes_nowhere() -> None:
    """The configuration refuses such a name; a record that has one all the same puts nothing anywhere."""
    w = Recorded()
    async with w.prover():
        call = await w.call()
        w.clock.advance(BEGAN_S + TALKED_S)
        await call.write(line="../../receipts")
        await call.end()
        call.lands()
        there = w.bucket.names
        await asyncio.sleep(52.0)
        found = await call.recording()
        assert (found.state, found.trouble) == (RecordingState.MISSING, "bad_name")
    assert w.bucket.names == there


@pytest.mark.parametrize("status", [EgressStatus.ACTIVE, EgressStatus.ABORTED, EgressStatus.COMPLETE])
def test_another_rooms_egress_says_nothing_of_a_call_whose_id_it_uses(status: EgressStatus) -> None:
    """Somebody who learnt a call's id records their own room under its name: the call's own egress counts."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover() as prover:
            call = await w.ended()
            theirs = w.begin("their-room", call.name, call.record.started_at)
            w.recorder.items[theirs.egress_id] = replace(theirs, status=status)
            call.lands()
            for _ in range(3):
                prover.heard(w.recorder.items[theirs.egress_id])
            await asyncio.sleep(10.0)
            found = await call.recording()
            assert (found.state, [part.egress_id for part in found.parts]) == (RecordingState.PROVEN, [call.egress_id])
            assert theirs.egress_id not in w.recorder.stopped

    run()


@virtual_time
async def test_what_an_attacker_left_under_a_calls_name_does_not_stand_for_it() -> None:
    """A file of another length where the recording should be: too short, so alarmed, and the worker's own counts."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        call.egress(EgressStatus.COMPLETE)
        w.bucket.put(call.name, ogg_file(2.0))
        w.bucket.put(Names("recordings", call.record.started_at, "other", call.id).part(1), ogg_file(TALKED_S + 2.0))
        call.backup()
        await asyncio.sleep(10.0)
        found = await call.recording()
        assert (found.state, found.trouble) == (RecordingState.BACKUP, "too_short")
        assert w.count("broken") == 1
