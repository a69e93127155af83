"""What a settled recording says goes beside it and into the call's record, once, also after a restart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from calls.events import CallerSpoke
from calls.ids import new_call_id
from calls.outcome import Outcome
from calls.ports import Write
from calls.record import CallRecord
from calls.recording import Part, Recording, RecordingState
from control.metrics import Metrics
from control.recordings.measurer import Measurer
from ops.clock import SystemClock
from ops.tasks import TaskSet
from recording.names import Names
from recording.sidecar import MAIN, File, encoded, sidecar
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record
from tests.support.stereo import ogg, side

CLOCK = SystemClock()


class Place:
    """A call whose recording is settled: asked at 2 s, answered at 2.5 s."""

    def __init__(self, tmp_path: Path, state: RecordingState = RecordingState.PROVEN) -> None:
        self.at = CLOCK.now() - 60.0
        self.store, self.bucket, self.metrics = FakeStore(CLOCK), FakeBucket(), Metrics()
        call_id = new_call_id(FakeClock(self.at))
        self.names = Names("recordings", self.at, "front-desk", call_id)
        main = self.names.part(1)
        part = Part(main, self.at, started_at=self.at, duration_s=6.0, proven=state is RecordingState.PROVEN)
        recording = Recording("required", state, (part,), backups=(self.names.backup(1),))
        self.record = replace(a_record(call_id), started_at=self.at, recording=recording)
        self.record = self.record.close(self.at + 8.0, Outcome.RESOLVED)
        sound = ogg(tmp_path / "a.ogg", side(6, [(2.5, 4.0)]), side(6, [(0.5, 2.0)])).read_bytes()
        name = main if state is RecordingState.PROVEN else self.names.backup(1)
        self.bucket.put(name, sound)
        times = (self.at + 0.6, self.at + 2.2)
        spoke = CallerSpoke(
            call_id=call_id, seq=1, at=times[1], turn=1, text="Hi.", began_at=times[0], ended_at=times[1]
        )
        text = encoded(sidecar(self.record, [spoke], [File(name, MAIN, self.at, 6.0, len(sound))], self.at + 9))
        self.bucket.put(self.names.sidecar, text, "application/json")

    async def written(self) -> None:
        await self.store.write(Write("k", self.record, 0))

    async def until(self, there: Callable[[CallRecord], bool]) -> CallRecord:
        async with asyncio.timeout(30):
            while True:
                record = await self.store.record(self.record.call_id)
                if record is not None and there(record):
                    return record
                await asyncio.sleep(0.02)

    @property
    def waits(self) -> float:
        """Answers that were counted: after the record was written."""
        line = {"line": self.record.line}
        return self.metrics.registry.get_sample_value("control_voice_to_voice_seconds_count", line) or 0.0

    def measurer(self) -> Measurer:
        return Measurer(self.store, self.bucket, CLOCK, self.metrics)


@pytest.mark.parametrize("state", [RecordingState.PROVEN, RecordingState.BACKUP])
async def test_what_was_heard_is_in_the_record_in_the_sidecar_and_drawn(tmp_path: Path, state: RecordingState) -> None:
    """Of egress' file, or of the worker's own where that is all there is."""
    place, tasks = Place(tmp_path, state), TaskSet("test")
    measurer = place.measurer()
    tasks.spawn(measurer.run(), name="measurer")
    await place.written()
    measurer.add(place.record.call_id)
    record = await place.until(lambda record: bool(record.measured) and place.waits > 0)
    await tasks.aclose()
    assert record.measured["voice_to_voice_p50_s"] == pytest.approx(0.5, abs=0.02)
    told = json.loads(place.bucket.kept[place.names.sidecar].data)
    assert told["call"]["measured"] == record.measured
    assert told["turns"][0]["voice_to_voice_s"] == pytest.approx(0.5, abs=0.02)
    plot = place.bucket.kept[place.names.plot]
    assert plot.data.startswith(b"<svg")
    assert plot.about.delete_at is not None
    assert plot.about.metadata["call-id"] == record.call_id
    assert place.waits == 1


async def test_what_a_control_that_stopped_left_undone_the_next_one_does(tmp_path: Path) -> None:
    """Nobody told it of the call: it finds it among those of the last day."""
    place, tasks = Place(tmp_path), TaskSet("test")
    await place.written()
    tasks.spawn(place.measurer().run(), name="measurer")
    await place.until(lambda record: bool(record.measured))
    await tasks.aclose()


async def test_what_cannot_be_measured_is_counted_and_stops_nobody(tmp_path: Path) -> None:
    """A file that is no sound; the next call is measured all the same."""
    place, tasks = Place(tmp_path), TaskSet("test")
    await place.written()
    broken = Place(tmp_path)
    broken.bucket, broken.store = place.bucket, place.store
    place.bucket.put(broken.names.part(1), b"no sound at all" * 20)
    await place.store.write(Write("k2", broken.record, 0))
    measurer = place.measurer()
    measurer.add(broken.record.call_id)
    measurer.add(place.record.call_id)
    tasks.spawn(measurer.run(), name="measurer")
    await place.until(lambda record: bool(record.measured))
    await tasks.aclose()
    assert place.metrics.registry.get_sample_value("control_recordings_unmeasured_total") == 1.0


async def test_nothing_is_brought_back_of_a_call_that_was_deleted(tmp_path: Path) -> None:
    """Its caller had it deleted while it was measured: no drawing and no record come after that."""
    place, tasks = Place(tmp_path), TaskSet("test")
    await place.written()
    measurer = place.measurer()
    real = place.bucket.download

    async def deleted_meanwhile(name: str, to: Path) -> object:
        found = await real(name, to)
        await place.store.erase(place.record.call_id)
        return found

    place.bucket.download = deleted_meanwhile  # type: ignore[assignment,method-assign]
    measurer.add(place.record.call_id)
    await measurer._one(place.record.call_id)
    await tasks.aclose()
    assert place.names.plot not in place.bucket.kept
    assert await place.store.record(place.record.call_id) is None


async def test_a_drawing_that_comes_after_the_deletion_goes(tmp_path: Path) -> None:
    """Deleted between the question and the last word: drawing and sidecar would have stayed for ever."""
    place = Place(tmp_path)
    await place.written()
    measurer = place.measurer()
    real = place.bucket.write

    async def deleted_meanwhile(name: str, *args: Any, **options: Any) -> object:
        if not await place.store.erased(place.record.call_id):
            place.bucket.kept.clear()
            await place.store.erase(place.record.call_id)
        return await real(name, *args, **{**options, "replace": None})

    place.bucket.write = deleted_meanwhile  # type: ignore[assignment,method-assign]
    measurer.add(place.record.call_id)
    await measurer._one(place.record.call_id)
    assert place.bucket.names == []


async def test_what_is_held_stays_and_the_record_has_its_figures(tmp_path: Path) -> None:
    """A legal hold is on the sidecar: nobody may replace it."""
    place = Place(tmp_path)
    await place.written()
    await place.bucket.mark(place.names.sidecar, held=True)
    before = place.bucket.kept[place.names.sidecar].data
    measurer = place.measurer()
    measurer.add(place.record.call_id)
    await measurer._one(place.record.call_id)
    record = await place.store.record(place.record.call_id)
    assert record is not None
    assert record.measured
    assert place.bucket.kept[place.names.sidecar].data == before
