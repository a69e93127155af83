"""What is not believed, and who is told: other clocks, other files, a bucket that hangs or will not let go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from calls.recording import RecordingState
from recording.bucket import Object
from tests.fakes.bucket import FakeBucket
from tests.support.a_recorded_call import TALKED_S, Recorded
from tests.support.ogg_file import ogg_file
from tests.support.virtual_time import virtual_time


class _HangingBucket(FakeBucket):
    hangs = True

    async def list(self, prefix: str, *, versions: bool = False) -> AsyncIterator[Object]:
        if self.hangs:
            await asyncio.sleep(20.0)
        async for each in super().list(prefix, versions=versions):
            yield each


@virtual_time
async def test_an_egress_whose_clock_is_ahead_does_not_make_a_second_enough() -> None:
    """It says that it began an hour after the call's end: what there is of 40 s of talk is 5 s."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        call.egress(started_at=w.clock.now() + 3600.0)
        w.bucket.put(call.name, ogg_file(5.0))
        await asyncio.sleep(50.0)
        found = await call.recording()
        assert (found.state, found.trouble) == (RecordingState.MISSING, "too_short")


@virtual_time
async def test_half_a_file_of_which_nobody_wrote_is_not_the_call() -> None:
    """Worker and media server were restarted and know of nothing: the file is there, and most of it is not."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        await call.change(parts=())
        w.recorder.items.clear()
        w.bucket.put(call.name, ogg_file(10.0))
        await asyncio.sleep(50.0)
        found = await call.recording()
        assert (found.state, found.trouble) == (RecordingState.MISSING, "too_short")


@virtual_time
async def test_a_file_of_another_size_than_egress_wrote_is_not_its_file() -> None:
    """Somebody who may write to the bucket has put a call's sound of the right length in its place."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        call.egress(size=150_000)
        w.bucket.put(call.name, ogg_file(TALKED_S + 2.0))
        await asyncio.sleep(50.0)
        found = await call.recording()
        assert (found.state, found.trouble) == (RecordingState.MISSING, "other_file")


@virtual_time
async def test_a_worker_whose_clock_is_ahead_does_not_put_the_alarm_off() -> None:
    """Its end is still to come, an hour from now, and nothing landed: alarmed within the minute."""
    w = Recorded()
    async with w.prover():
        call = await w.call()
        w.clock.advance(40.0)
        recording = (await call.recording()).evolve(state=RecordingState.ENDED)
        await call.write(ended_at=w.clock.now() + 3600.0, recording=recording)
        call.egress()
        await asyncio.sleep(58.0)
        assert await call.state() is RecordingState.MISSING


@virtual_time
async def test_what_nobody_could_look_for_is_not_lost() -> None:
    """No permission for two days: once there is, what lay there all the time is proven."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        call.lands()
        w.bucket.refuses = "no_permission"
        await asyncio.sleep(48 * 3600.0)
        assert await call.state() is RecordingState.MISSING
        w.bucket.refuses = None
        await asyncio.sleep(120.0)
        assert await call.state() is RecordingState.PROVEN


@virtual_time
async def test_a_bucket_that_hangs_holds_up_nobodys_alarm() -> None:
    """Every question takes 20 s to fail, and 200 calls end at once: all are alarmed within a minute, and proven when
    it is well again."""
    w = Recorded()
    bucket = _HangingBucket(w.clock)
    async with w.prover(bucket):
        calls = [await w.call() for _ in range(200)]
        w.clock.advance(40.0)
        for call in calls:
            await call.end()
            call.egress()
            bucket.put(call.name, ogg_file(TALKED_S))
        await asyncio.sleep(60.0)
        assert w.count("missing") == 200
        bucket.hangs = False
        await asyncio.sleep(60.0)
        assert {await call.state() for call in calls} == {RecordingState.PROVEN}


@virtual_time
async def test_a_hold_does_not_keep_a_recording_from_being_proven() -> None:
    """Held while its recording was missing: the sidecar of then stays, the record says what came."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        w.bucket.put(call.name, ogg_file(5.0))
        call.egress()
        await asyncio.sleep(50.0)
        assert await call.state() is RecordingState.MISSING
        await w.bucket.mark(call.names.sidecar, held=True)
        before = w.bucket.kept[call.names.sidecar].data
        call.lands()
        await asyncio.sleep(15.0)
        assert await call.state() is RecordingState.PROVEN
        assert w.bucket.kept[call.names.sidecar].data == before
        assert w.bucket.kept[call.name].about.delete_at is not None


@virtual_time
async def test_what_was_declined_and_is_held_is_told_of_and_not_hammered_at(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing may delete it: looked at now and then, and thrown away after the release."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        call.lands()
        w.bucket.kept[call.name].about = replace(w.bucket.kept[call.name].about, held=True)
        await call.change(consent="declined")
        await asyncio.sleep(60.0)
        assert w.bucket.asked.count("delete") < 40
        messages = [record.message for record in caplog.records if record.levelname == "ERROR"]
        assert messages == ["recording cannot be settled"]
        await w.bucket.mark(call.name, held=False)
        await asyncio.sleep(5.0)
        assert (await call.state(), w.bucket.names) == (RecordingState.DECLINED, [])
