"""What is there is proven, marked and described; what became of the rest is known, once and for all."""

from __future__ import annotations

import asyncio
import json

import pytest

from calls.events import RecordingChanged
from calls.ports import EgressStatus
from calls.recording import Part, RecordingState
from recording.marks import caller_hash
from tests.support.a_recorded_call import BEGAN_S, NUMBER, TALKED_S, Recorded
from tests.support.ogg_file import ogg_file
from tests.support.virtual_time import virtual_time

_DAY_S = 24 * 3600.0


@virtual_time
async def test_what_landed_is_proven_marked_and_described() -> None:
    """The usual call: state, sizes and lengths in the record, sidecar and marks beside the file."""
    w = Recorded()
    async with w.prover() as prover:
        call = await w.ended()
        await asyncio.sleep(3.0)
        assert await call.state() is RecordingState.ENDED  # it is not there yet
        call.lands()
        prover.heard(w.recorder.items[call.egress_id])
        await asyncio.sleep(0.5)
        found = await call.recording()
        assert (found.state, found.trouble) == (RecordingState.PROVEN, "")
        part = found.parts[0]
        assert (part.proven, part.duration_s, part.size) == (True, TALKED_S + 2, len(ogg_file(TALKED_S + 2)))
        assert part.md5 == w.bucket.kept[call.name].about.md5
        for name in (call.name, call.names.sidecar):
            about = w.bucket.kept[name].about
            assert about.delete_at == (call.record.ended_at or 0) + 90 * _DAY_S
            assert about.metadata == {"call-id": call.id, "line": "main", "caller-hash": caller_hash(NUMBER)}
        said = json.loads(w.bucket.kept[call.names.sidecar].data)
        assert said["state"] == said["call"]["recording"]["state"] == "proven"
        assert said["call"]["version"] == (await w.store.record(call.id) or call.record).version
        assert [turn["audio"] for turn in said["turns"]] == [
            [{"name": call.name, "began_s": 2.0, "ended_s": 5.0}],
            [{"name": call.name, "began_s": 6.5, "ended_s": 9.0}],
            [],
        ]
        event = (await w.store.events(call.id))[-1]
        assert isinstance(event, RecordingChanged)
        assert (event.state, event.epoch, event.seq, event.name) == ("proven", 2, 4, call.name)
        assert await w.store.unsettled_calls() == []
        assert w.count("proven") == 1
        assert w.value("control_recording_proof_seconds_sum") == pytest.approx(3.2, abs=0.3)


@virtual_time
async def test_a_backup_beside_a_proven_recording_goes_also_when_it_comes_later() -> None:
    """The worker was bringing it while the proof was written."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        call.backup()
        call.lands()
        await asyncio.sleep(3.0)
        assert await call.state() is RecordingState.PROVEN
        assert w.bucket.names == [call.names.sidecar, call.name]
        call.backup(epoch=2)
        await asyncio.sleep(15.0)
        assert w.bucket.names == [call.names.sidecar, call.name]


@virtual_time
async def test_what_was_missing_is_still_found_and_after_a_day_lost() -> None:
    """A worker whose machine was away for an hour brings its track; another's never comes."""
    w = Recorded()
    async with w.prover():
        late, never = await w.ended(), await w.ended()
        for call in (late, never):
            call.egress(EgressStatus.ABORTED)
        await asyncio.sleep(3600.0)
        assert [await call.state() for call in (late, never)] == [RecordingState.MISSING] * 2
        assert w.value("control_recordings_missing") == 2
        late.backup()
        await asyncio.sleep(120.0)
        assert await late.state() is RecordingState.BACKUP
        assert w.value("control_recordings_missing") == 1
        await asyncio.sleep(_DAY_S)
        assert await never.state() is RecordingState.LOST
        assert (w.value("control_recordings_missing"), w.count("lost")) == (0, 1)
        assert await w.store.unsettled_calls() == []


@virtual_time
async def test_without_a_bucket_each_call_is_missing_and_says_why() -> None:
    """RECORDING_BUCKET is not set, and a line records."""
    w = Recorded()
    async with w.prover(none=True):
        call = await w.ended()
        call.lands()
        await asyncio.sleep(50.0)
        found = await call.recording()
        assert (found.state, found.trouble) == (RecordingState.MISSING, "no_bucket")


@virtual_time
async def test_a_bucket_that_comes_back_is_asked_again() -> None:
    """Missing for two minutes, then proven: nothing was lost."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        call.lands()
        w.bucket.down = True
        await asyncio.sleep(120.0)
        assert await call.state() is RecordingState.MISSING
        w.bucket.down = False
        await asyncio.sleep(20.0)
        assert (await call.recording()).trouble == ""
        assert await call.state() is RecordingState.PROVEN


@virtual_time
async def test_a_sidecar_that_cannot_be_written_holds_the_proof_up(caplog: pytest.LogCaptureFixture) -> None:
    """The quota is used up: the sound is there, and it is not settled before what is to lie beside it does."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        call.lands()
        w.bucket.lost_replies = 1000
        await asyncio.sleep(100.0)
        assert await call.state() is RecordingState.ENDED
        assert "recording cannot be settled" in [record.message for record in caplog.records]
        assert w.value("control_recordings_oldest_seconds") > 90
        w.bucket.lost_replies = 0
        await asyncio.sleep(10.0)
        assert await call.state() is RecordingState.PROVEN
        assert w.value("control_recordings_oldest_seconds") == 0


@virtual_time
async def test_a_paused_recording_is_proven_in_its_parts() -> None:
    """Paused for card data from 10 to 20 s: two files, each as long as it was recorded."""
    w = Recorded()
    async with w.prover():
        call = await w.call()
        at = call.record.started_at
        assert call.record.recording is not None
        paused = call.record.recording.paused(at + 10.0, "card")
        second = w.begin(call.record.room, call.names.part(2), at + 20.5)
        resumed = paused.resumed(at + 20.5).with_part(Part(second.name, at + 20.0, second.egress_id, at + 20.5))
        await call.write(recording=resumed.evolve(state=RecordingState.RUNNING))
        w.clock.advance(BEGAN_S + TALKED_S)
        await call.end()
        call.lands(7.0)
        w.recorder.breaks(second.egress_id, EgressStatus.COMPLETE)
        w.bucket.put(second.name, ogg_file(23.0))
        await asyncio.sleep(3.0)
        assert [(part.proven, part.duration_s) for part in (await call.recording()).parts] == [
            (True, 7.0),
            (True, 23.0),
        ]
        assert await call.state() is RecordingState.PROVEN


@virtual_time
async def test_a_recording_that_began_only_at_the_second_try_is_no_loss_and_says_so() -> None:
    """The first egress never was. What was said until the second began would be on the worker's own track."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        call.lands()
        first = Part(call.names.part(2), (call.record.started_at or 0) + 1.0)
        await call.write(recording=(await call.recording()).evolve(parts=(first, *(await call.recording()).parts)))
        await asyncio.sleep(50.0)
        found = await call.recording()
        assert (found.state, found.trouble) == (RecordingState.PROVEN, "began_late")
        assert w.count("broken") == 1


@pytest.mark.parametrize(
    ("notice_s", "ended_s", "state"),
    [
        (None, 30.0, RecordingState.NOT_BEGUN),  # hung up during the notice, or nobody heard it
        (3.0, 5.0, RecordingState.NOT_BEGUN),  # hung up with it
        (3.0, 30.0, RecordingState.MISSING),  # it was due, and nothing was ever asked for
    ],
)
def test_a_recording_that_never_began(notice_s: float | None, ended_s: float, state: RecordingState) -> None:
    """Its worker died, or was quick: nobody wrote more than that it was wanted."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover():
            call = await w.call(recorded=False)
            w.clock.advance(ended_s)
            at = None if notice_s is None else call.record.started_at + notice_s
            await call.end(RecordingState.WANTED, notice_at=at)
            await asyncio.sleep(52.0)
            assert await call.state() is state

    run()


@virtual_time
async def test_a_call_of_one_second_with_an_empty_egress_is_no_loss() -> None:
    """Hung up while egress was joining: it was aborted before it began."""
    w = Recorded()
    async with w.prover():
        call = await w.call()
        recording = await call.recording()
        await call.write(recording=recording.evolve(parts=(Part(call.name, call.record.started_at, call.egress_id),)))
        w.clock.advance(1.0)
        await call.end()
        call.egress(EgressStatus.ABORTED, started_at=None)
        await asyncio.sleep(15.0)
        assert await call.state() is RecordingState.NOT_BEGUN


@virtual_time
async def test_a_call_whose_worker_died_is_proven_by_what_is_there() -> None:
    """kill -9 before its journal could write of the recording: its egress and its file are found by their names."""
    w = Recorded()
    async with w.prover():
        call = await w.call()
        await call.write(recording=(await call.recording()).evolve(parts=(), state=RecordingState.WANTED))
        w.clock.advance(BEGAN_S + TALKED_S)
        await call.end(RecordingState.WANTED)  # as control/endings.py does
        call.lands()
        await asyncio.sleep(10.0)
        found = await call.recording()
        assert (found.state, found.parts[0].egress_id) == (RecordingState.PROVEN, call.egress_id)


@virtual_time
async def test_what_a_caller_declined_is_thrown_away() -> None:
    """ "Please delete that": a file, a backup that comes, and one that comes after everything was settled."""
    w = Recorded()
    async with w.prover() as prover:
        call = await w.ended()
        await call.change(consent="declined")
        w.bucket.put(call.name, ogg_file(20.0))
        call.backup()
        await asyncio.sleep(3.0)
        assert w.recorder.stopped == [call.egress_id]
        call.egress()
        await asyncio.sleep(5.0)
        assert await call.state() is RecordingState.DECLINED
        assert w.bucket.names == []
        call.lands()
        prover.heard(w.recorder.items[call.egress_id])
        await asyncio.sleep(0.5)
        assert w.bucket.names == []


@virtual_time
async def test_a_worker_that_is_still_writing_is_not_written_over() -> None:
    """It holds its call until its last words are stored."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        await w.hold(call, 6.0)
        call.lands()
        await asyncio.sleep(5.0)
        assert await call.state() is RecordingState.ENDED
        await call.write(cost=0.5)
        await asyncio.sleep(5.0)
        record = await w.store.record(call.id)
        assert record is not None
        assert (record.cost, await call.state()) == (0.5, RecordingState.PROVEN)


@virtual_time
async def test_last_words_that_come_after_the_proof_do_not_undo_it() -> None:
    """The journal wrote over it: it is proven again."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        call.lands()
        before = await call.recording()
        await asyncio.sleep(3.0)
        assert await call.state() is RecordingState.PROVEN
        await call.write(recording=before)
        await asyncio.sleep(5.0)
        assert await call.state() is RecordingState.PROVEN


@virtual_time
async def test_a_clock_that_was_set_is_no_loss() -> None:
    """The worker's was put an hour forward, or back, during the call."""
    w = Recorded()
    async with w.prover():
        for jump in (3600.0, -3600.0):
            call = await w.call()
            w.clock.advance(BEGAN_S + TALKED_S)
            ended_at = w.clock.now() + jump
            await call.write(ended_at=ended_at, recording=(await call.recording()).evolve(state=RecordingState.ENDED))
            await asyncio.sleep(4.0)
            assert w.count("broken") == w.count("missing") == 0
            call.lands()
            await asyncio.sleep(3.0)
            assert await call.state() is RecordingState.PROVEN


@virtual_time
async def test_a_store_that_is_away_changes_nothing() -> None:
    """Its answer to the proof was lost, too: it is written once."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        w.store.down(20.0)
        call.lands()
        await asyncio.sleep(21.0)
        w.store.lose_replies(1)
        await asyncio.sleep(10.0)
        assert await call.state() is RecordingState.PROVEN
        assert [e.state for e in await w.store.events(call.id) if isinstance(e, RecordingChanged)] == ["proven"]


@virtual_time
async def test_what_was_recorded_before_a_no_is_thrown_away() -> None:
    """A machine had answered: its worker wrote that there is to be none, in mid-call, and the file landed."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        await call.change(state=RecordingState.DECLINED, trouble="machine")
        call.lands()
        assert await w.store.unsettled_calls() == [call.id]
        await asyncio.sleep(5.0)
        assert w.bucket.names == []
        assert (await w.store.unsettled_calls(), (await call.recording()).parts) == ([], ())
        assert (w.count("declined"), w.count("broken")) == (1, 0)


@pytest.mark.parametrize("backed_up", [True, False])
def test_a_hole_between_two_files_is_on_the_workers_own_track(backed_up: bool) -> None:
    """Somebody stopped the first file, the second began 6 s later: both are whole, and what was said between is not
    on them."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover():
            call = await w.call()
            at = call.record.started_at
            assert call.record.recording is not None
            second = w.begin(call.record.room, call.names.part(2), at + 26.0)
            broken = call.record.recording.paused(at + 20.0, "broken").resumed(at + 26.0)
            resumed = broken.with_part(Part(second.name, at + 25.0, second.egress_id, at + 26.0))
            await call.write(recording=resumed.evolve(state=RecordingState.RUNNING))
            w.clock.advance(BEGAN_S + TALKED_S)
            await call.end()
            call.lands(17.0)
            w.recorder.breaks(second.egress_id, EgressStatus.COMPLETE)
            w.bucket.put(second.name, ogg_file(18.0))
            await asyncio.sleep(6.0)
            assert await call.state() is RecordingState.ENDED
            if backed_up:
                call.backup()
            await asyncio.sleep(45.0)
            found = await call.recording()
            wanted = RecordingState.BACKUP if backed_up else RecordingState.PROVEN
            assert (found.state, found.trouble) == (wanted, "interrupted")
            assert all(part.proven for part in found.parts)
            assert w.count("broken") == (0 if backed_up else 1)  # then it is nowhere

    run()


@virtual_time
async def test_a_recording_that_began_seconds_after_its_notice_needs_the_workers_own_track() -> None:
    """Egress took 9 s: what was said meanwhile is on the worker's track, which is kept."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        await call.change(notice_at=call.record.started_at + BEGAN_S - 9.0)
        call.lands()
        backup = call.backup()
        await asyncio.sleep(4.0)
        found = await call.recording()
        assert (found.state, found.trouble, found.backups) == (RecordingState.BACKUP, "began_late", (backup,))
        assert backup in w.bucket.names
