"""Recordings proven over a real Redis and a real fake-gcs-server, by the parts that control/build.py puts together; and
the audit that finds what is missing there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from calls.events import CallerSpoke
from calls.ids import new_call_id
from calls.outcome import Outcome
from calls.ports import EgressStatus, StateStore, Write
from calls.record import Caller, CallRecord, Direction, Leg
from calls.recording import Part, Recording, RecordingState
from calls.stores.redis import redis_store
from control.build import Outside, Recordings, make_crew
from control.metrics import Metrics
from ops.clock import SystemClock
from ops.tasks import TaskSet
from recording import settings
from recording.__main__ import main
from recording.bucket import Object
from recording.gcs import GcsBucket
from recording.marks import STARTED_AT
from recording.names import Names
from tests.fakes.clock import FakeClock
from tests.fakes.lock import FakeLock
from tests.fakes.recorder import FakeRecorder
from tests.fakes.rooms import FakeRooms
from tests.support.gcs_server import gcs_server
from tests.support.ogg_file import ogg_file
from tests.support.redis_server import redis_server

CLOCK = SystemClock()
TALKED_S = 30.0


class _Place:
    """A store, a bucket, a recorder that says what it is told to, and a control that leads."""

    def __init__(self, store: StateStore, bucket: GcsBucket) -> None:
        self.store, self.bucket, self.recorder, self.metrics = store, bucket, FakeRecorder(CLOCK), Metrics()
        self.recorder.active_after_s = None
        lock = FakeLock(CLOCK).contender()
        outside = Outside(store, FakeRooms(CLOCK), lock, None, Recordings(self.recorder, bucket))
        self.crew = make_crew(outside, CLOCK, self.metrics, worker="receptionist")

    async def ended(self, status: EgressStatus) -> tuple[Names, str]:
        """A call that ended just now, its egress with `status`."""
        at = CLOCK.now() - TALKED_S - 2.0
        call_id = new_call_id(FakeClock(at))
        names = Names("recordings", at, "main", call_id)
        egress = self.recorder.begin(f"room-{call_id}", names.part(1))
        egress = replace(egress, status=status, started_at=at + 1.0, ended_at=CLOCK.now())
        self.recorder.items[egress.egress_id] = egress
        part = Part(names.part(1), at + 0.5, egress.egress_id, at + 1.0)
        recording = Recording("required", RecordingState.ENDED, (part,), notice_at=at + 0.5)
        record = CallRecord(
            call_id=call_id,
            room=egress.room,
            line="main",
            persona="ada",
            direction=Direction.INBOUND,
            caller=Caller(Leg.SIP, "caller", number="+15550100123"),
            started_at=at,
            ended_at=CLOCK.now(),
            outcome=Outcome.RESOLVED,
            version=1,
            recording=recording,
        )
        spoke = CallerSpoke(call_id=call_id, seq=1, at=at + 9, turn=1, text="Hi.", began_at=at + 7.5, ended_at=at + 8)
        await self.store.write(Write(call_id, record, 0, [spoke]))
        return names, egress.egress_id

    async def settled(self, names: Names) -> Recording:
        async with asyncio.timeout(20):
            while True:
                record = await self.store.record(names.call_id)
                assert record is not None
                assert record.recording is not None
                if record.recording.settled:
                    return record.recording
                await asyncio.sleep(0.05)

    async def marked(self, name: str) -> Object:
        """Once its end is set: measuring writes a sidecar anew, which for a moment has none."""
        async with asyncio.timeout(20):
            while (about := await self.bucket.stat(name)) is None or about.delete_at is None:
                await asyncio.sleep(0.05)
        return about


@pytest_asyncio.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[_Place]:
    async with gcs_server(tmp_path) as gcs, redis_server(tmp_path / "redis", appendonly=False) as redis:
        monkeypatch.setenv("RECORDING_BUCKET", gcs.bucket)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs.url)
        monkeypatch.setenv("STATE_URL", redis.url)
        bucket, store, tasks = GcsBucket(settings.shelf()), redis_store(redis.url), TaskSet("test")
        made = _Place(store, bucket)
        tasks.spawn(made.crew.leader.run(), name="leader")
        try:
            yield made
        finally:
            await tasks.aclose()
            await bucket.aclose()
            await store.aclose()


async def test_what_lands_is_proven_what_breaks_is_on_the_backup_and_the_audit_knows(
    place: _Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """One call whose file landed, one whose egress was aborted and whose worker brings its own track; then a file is
    taken away, and another left that belongs to nobody."""
    well, egress_id = await place.ended(EgressStatus.COMPLETE)
    await place.bucket.write(well.part(1), ogg_file(TALKED_S + 3), "audio/ogg")
    assert place.crew.prover is not None
    place.crew.prover.heard(place.recorder.items[egress_id])
    broken, _ = await place.ended(EgressStatus.ABORTED)
    assert (await place.settled(well)).state is RecordingState.PROVEN
    began = CLOCK.now() - TALKED_S - 2.0
    await place.bucket.write(broken.backup(1), ogg_file(TALKED_S + 2), "audio/ogg")
    await place.bucket.mark(broken.backup(1), metadata={STARTED_AT: f"{began:.3f}"})
    found = await place.settled(broken)
    assert (found.state, found.trouble) == (RecordingState.BACKUP, "aborted")
    assert await place.store.unsettled_calls() == []

    told = json.loads(await place.bucket.read(well.sidecar, 100_000))
    assert [(turn["text"], turn["audio"]) for turn in told["turns"]] == [
        ("Hi.", [{"name": well.part(1), "began_s": 6.5, "ended_s": 7.0}])
    ]
    for name in (well.part(1), well.sidecar, broken.backup(1), broken.sidecar):
        assert (await place.marked(name)).metadata["call-id"] in (well.call_id, broken.call_id)

    assert await asyncio.to_thread(main, ["audit", "--since", "1h"]) == 0
    assert "2 calls that were to be recorded: 1 backup, 1 proven. 0 findings." in capsys.readouterr().out
    gone = await place.bucket.stat(well.part(1))
    assert gone is not None
    await place.bucket.delete(gone.name, gone.generation)
    nobody = Names("recordings", CLOCK.now(), "main", new_call_id(FakeClock(CLOCK.now() - 1800.0)))
    await place.bucket.write(nobody.part(1), ogg_file(1.0), "audio/ogg")
    assert await asyncio.to_thread(main, ["audit", "--since", "1h"]) == 1
    said = capsys.readouterr().out
    assert f"{well.call_id}  main  gone" in said
    assert f"{nobody.call_id}  no_call" in said
    assert "2 findings." in said


async def test_two_writers_of_one_record_settle_it_once(place: _Place) -> None:
    """Its worker writes its last words in the same moments."""
    well, _ = await place.ended(EgressStatus.COMPLETE)
    await place.bucket.write(well.part(1), ogg_file(TALKED_S), "audio/ogg")
    for number in range(20):
        record = await place.store.record(well.call_id)
        assert record is not None
        try:
            await place.store.write(Write(f"w{number}", record.evolve(turns=number), record.version))
        except Exception as error:  # noqa: BLE001 - a conflict is the other's luck
            assert "version" in str(error)
        await asyncio.sleep(0.05)
    assert (await place.settled(well)).state is RecordingState.PROVEN
    record = await place.store.record(well.call_id)
    assert record is not None
    assert record.turns >= 18
