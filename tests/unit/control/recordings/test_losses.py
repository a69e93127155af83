"""Each way in which a recording can be lost: alarmed within a minute, and settled by the worker's own track."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from calls.ports import EgressStatus
from calls.recording import Part, RecordingState
from tests.support.a_recorded_call import TALKED_S, Recorded, RecordedCall
from tests.support.ogg_file import ogg_file, page
from tests.support.virtual_time import virtual_time


def _says(status: EgressStatus) -> Callable[[RecordedCall], None]:
    return lambda call: call.egress(status)


def _hangs(call: RecordedCall) -> None:
    """Killed: neither an end nor a file, and stopping it does nothing."""
    call.world.recorder.stops_after_s = None


def _forgotten(call: RecordedCall) -> None:
    call.world.recorder.items.clear()


def _down(call: RecordedCall) -> None:
    call.world.recorder.is_down = True


def _file(data: bytes) -> Callable[[RecordedCall], None]:
    def lands(call: RecordedCall) -> None:
        call.egress()
        call.world.bucket.put(call.name, data)

    return lands


def _bucket_down(call: RecordedCall) -> None:
    call.lands()
    call.world.bucket.down = True


def _refused(call: RecordedCall) -> None:
    call.lands()
    call.world.bucket.refuses = "no_permission"


LOSSES = [
    ("aborted", _says(EgressStatus.ABORTED), "aborted"),
    ("failed", _says(EgressStatus.FAILED), "failed"),
    ("uploads nothing", _says(EgressStatus.COMPLETE), "no_object"),
    ("never ends", _hangs, "not_ended"),
    ("forgotten", _forgotten, "no_object"),
    ("server down", _down, "recorder_unreachable"),
    ("half of it", _file(ogg_file(TALKED_S / 2)), "too_short"),
    ("cut off", _file(ogg_file(TALKED_S)[:2000]), "too_short"),
    ("empty", _file(b""), "empty"),
    ("no sound", _file(ogg_file(0.0)), "empty"),
    ("an error page", _file(b"<html>no such bucket</html>"), "no_ogg"),
    ("one channel", _file(ogg_file(TALKED_S, channels=1)), "one_channel"),
    ("a length without sound", _file(ogg_file(5.0) + page(b"\xfc", position=48_000 * 3600, serial=7)), "damaged"),
    ("bucket down", _bucket_down, "bucket_down"),
    ("no permission", _refused, "no_permission"),
]


@pytest.mark.parametrize(("injected", "trouble"), [loss[1:] for loss in LOSSES], ids=[loss[0] for loss in LOSSES])
def test_a_loss_is_alarmed_within_a_minute(
    injected: Callable[[RecordedCall], None], trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Of every kind, without a webhook: an ERROR that names the call, the metrics, and the record says why."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover():
            call = await w.ended()
            injected(call)
            await asyncio.sleep(44.0)
            assert await call.state() is RecordingState.ENDED
            await asyncio.sleep(6.0)
            found = await call.recording()
            assert (found.state, found.trouble) == (RecordingState.MISSING, trouble)
            assert w.value("control_recordings_missing") == w.count("missing") == w.count("broken") == 1
            errors = [record.message for record in caplog.records if record.levelname == "ERROR"]
            assert errors == ["recording broke", "recording is not there"]
            await asyncio.sleep(300.0)
            assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 2  # told once

    run()


@pytest.mark.parametrize(
    ("injected", "trouble"), [loss[1:] for loss in LOSSES[:13]], ids=[loss[0] for loss in LOSSES[:13]]
)
def test_the_workers_own_track_is_taken_in_its_place(injected: Callable[[RecordedCall], None], trouble: str) -> None:
    """It came 9 s after the end: the record says so, the sidecar lists both, and it is not missing."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover():
            call = await w.ended()
            injected(call)
            await asyncio.sleep(9.0)
            backup = call.backup()
            await asyncio.sleep(41.0)
            found = await call.recording()
            assert (found.state, found.trouble, found.backups) == (RecordingState.BACKUP, trouble, (backup,))
            assert (w.count("backup"), w.count("broken"), w.count("missing")) == (1, 1, 0)
            said = json.loads(w.bucket.kept[call.names.sidecar].data)
            kinds = {file["name"]: (file["kind"], file["proven"]) for file in said["audio"]}
            assert kinds[backup] == ("backup", False)
            assert said["turns"][0]["audio"][-1] == {"name": backup, "began_s": 5.0, "ended_s": 8.0}
            assert w.bucket.kept[backup].about.delete_at is not None

    run()


async def _never_began(w: Recorded, calls: int = 1) -> list[RecordedCall]:
    """The notice was heard, egress was asked, and refused: their workers know of no file."""
    begun = [await w.call(recorded=False) for _ in range(calls)]
    w.clock.advance(15.0)
    for call in begun:
        await call.end(notice_at=call.record.started_at + 3.0, trouble="resource_exhausted")
    return begun


@virtual_time
async def test_a_recording_that_never_began_is_told_of_as_soon_as_that_is_sure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither egress nor bucket knows of a file 10 s after the end: nothing can come any more but the worker's own
    track. The one that came settles it then, and the one that comes 40 s late is no page."""
    w = Recorded()
    async with w.prover():
        prompt, late = await _never_began(w, 2)
        prompt.backup(15.0)
        await asyncio.sleep(9.0)
        assert (w.count("broken"), await prompt.state()) == (0, RecordingState.ENDED)
        await asyncio.sleep(4.0)
        assert w.count("broken") == 2
        found = await prompt.recording()
        assert (found.state, found.trouble) == (RecordingState.BACKUP, "never_started")
        assert await late.state() is RecordingState.ENDED
        await asyncio.sleep(27.0)
        late.backup(15.0)
        await asyncio.sleep(4.0)
        assert (await late.state(), w.count("missing"), w.count("broken")) == (RecordingState.BACKUP, 0, 2)
        assert [record.message for record in caplog.records if record.levelname == "ERROR"] == ["recording broke"] * 2


@pytest.mark.parametrize("asked", ["recorder", "bucket"])
def test_what_nobody_can_be_asked_of_is_waited_for_longer(asked: str) -> None:
    """45 s: egress, or the bucket, may have what is looked for."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover():
            w.recorder.is_down, w.bucket.down = asked == "recorder", asked == "bucket"
            await _never_began(w)
            await asyncio.sleep(44.0)
            assert w.count("broken") == w.count("missing") == 0
            await asyncio.sleep(4.0)
            assert w.count("broken") == w.count("missing") == 1

    run()


@virtual_time
async def test_a_call_that_was_over_before_its_recording_was_due_is_no_loss() -> None:
    """Hung up two seconds after the notice: what the worker had of it is kept, and nobody is alarmed."""
    w = Recorded()
    async with w.prover():
        call = await w.call(recorded=False)
        w.clock.advance(5.0)
        await call.end(notice_at=call.record.started_at + 3.0)
        call.backup(5.0)
        await asyncio.sleep(60.0)
        assert (await call.state(), w.count("broken")) == (RecordingState.BACKUP, 0)


@pytest.mark.parametrize(("injected", "trouble"), [(_hangs, "not_ended"), (_forgotten, "no_object")])
def test_what_hardly_comes_is_told_of_and_waited_for(injected: Callable[[RecordedCall], None], trouble: str) -> None:
    """An egress that is at work in a room that is gone, or that the server has forgotten: told 15 s after the end. Cut
    off from the server for half a minute, it lands after all, and is proven."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover():
            call = await w.ended()
            began = w.recorder.items[call.egress_id]
            injected(call)
            call.backup()
            await asyncio.sleep(14.0)
            assert w.count("broken") == 0
            await asyncio.sleep(4.0)
            assert (w.count("broken"), await call.state()) == (1, RecordingState.ENDED)
            await asyncio.sleep(12.0)
            w.recorder.items[call.egress_id] = began
            call.lands()
            await asyncio.sleep(4.0)
            assert (await call.state(), w.count("missing"), w.count("broken")) == (RecordingState.PROVEN, 0, 1)

    run()


@virtual_time
async def test_an_egress_that_is_bringing_its_file_is_not_doubted() -> None:
    """ENDING for 40 s: a long call, over a slow line."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        call.egress(EgressStatus.ENDING)
        await asyncio.sleep(40.0)
        call.lands()
        await asyncio.sleep(4.0)
        assert (await call.state(), w.count("broken")) == (RecordingState.PROVEN, 0)


@virtual_time
async def test_a_file_that_was_asked_for_just_before_the_end_and_never_began_is_no_loss() -> None:
    """The card was typed, the recording was to go on, and the caller hung up in the same second."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        late = Part(call.names.part(2), (call.record.ended_at or 0.0) - 1.0)
        recording = (await call.recording()).paused(call.record.started_at + 30.0, "card")
        await call.write(recording=recording.with_part(late).evolve(state=RecordingState.ENDED))
        call.lands()
        await asyncio.sleep(15.0)
        assert (await call.state(), w.count("broken")) == (RecordingState.PROVEN, 0)
