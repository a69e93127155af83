"""Calls that were recorded, as control finds them: a record in the store, an egress, files in the bucket; and a prover
that looks for them. All of it on the test's clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from calls.events import AgentSpoke, CallerSpoke, Event
from calls.ids import new_call_id
from calls.outcome import Outcome
from calls.ports import Egress, EgressStatus, Lease, Write
from calls.record import Caller, CallRecord, Direction, Leg
from calls.recording import Part, Recording, RecordingState
from control.metrics import Metrics
from control.recordings.prover import Prover
from control.recordings.shelf import Shelf
from ops.tasks import TaskSet
from recording import marks
from recording.bucket import Bucket
from recording.names import Names
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.recorder import FakeRecorder
from tests.fakes.rooms import FakeRooms
from tests.fakes.store import FakeStore
from tests.support.ogg_file import ogg_file

NUMBER = "+15550100123"
BEGAN_S, TALKED_S = 3.0, 40.0  # after the call's start recording begins, and so long it runs


@dataclass
class RecordedCall:
    """One call, `TALKED_S` + 3 s long, that ends when `end` is called. Its recording begins 3 s after its start."""

    world: Recorded
    record: CallRecord
    names: Names
    egress_id: str = ""

    @property
    def id(self) -> str:
        return self.record.call_id

    @property
    def name(self) -> str:
        return self.names.part(1)

    async def write(self, *events: Event, **changes: Any) -> None:
        """As its worker does."""
        stored = await self.world.store.record(self.id)
        before = stored or replace(self.record, version=0)
        self.record = before.evolve(**changes)
        key = f"{self.id}-{self.record.version}"
        await self.world.store.write(Write(key, self.record, before.version, events))

    async def change(self, **changes: Any) -> None:
        assert self.record.recording is not None
        await self.write(recording=self.record.recording.evolve(**changes))

    async def end(self, state: RecordingState = RecordingState.ENDED, **changes: Any) -> None:
        """The room goes, and the worker writes its last words."""
        assert self.record.recording is not None
        recording = self.record.recording.evolve(state=state, **changes)
        await self.write(ended_at=self.world.clock.now(), outcome=Outcome.RESOLVED, recording=recording)

    def egress(self, status: EgressStatus = EgressStatus.COMPLETE, **changes: Any) -> None:
        """What the media server says of it from now on."""
        self.world.recorder.items[self.egress_id] = replace(
            self.world.recorder.items[self.egress_id], status=status, ended_at=self.world.clock.now(), **changes
        )

    def lands(self, seconds: float = TALKED_S + 2.0, name: str = "", **about: Any) -> None:
        """The file is in the bucket, and egress is through."""
        self.egress()
        self.world.bucket.put(name or self.name, ogg_file(seconds), **about)

    def backup(self, seconds: float = TALKED_S + BEGAN_S, epoch: int = 1) -> str:
        """The worker's own track is brought."""
        name = self.names.backup(epoch)
        about = {marks.STARTED_AT: str(self.record.started_at)}
        self.world.bucket.put(name, ogg_file(seconds), metadata=about)
        return name

    async def recording(self) -> Recording:
        record = await self.world.store.record(self.id)
        assert record is not None
        assert record.recording is not None
        return record.recording

    async def state(self) -> RecordingState:
        return (await self.recording()).state


@dataclass
class Recorded:
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.store, self.recorder = FakeStore(self.clock), FakeRecorder(self.clock)
        self.bucket, self.metrics, self.rooms = FakeBucket(self.clock), Metrics(), FakeRooms(self.clock)

    async def call(self, *, line: str = "main", policy: str = "required", recorded: bool = True) -> RecordedCall:
        """A call that goes on, and is being recorded."""
        call_id, started_at = new_call_id(self.clock), self.clock.now()
        record = CallRecord(
            call_id=call_id,
            room=f"room-{call_id[-6:]}",
            line=line,
            persona="ada",
            direction=Direction.INBOUND,
            caller=Caller(Leg.SIP, "caller", number=NUMBER),
            started_at=started_at,
            recording=Recording(policy),
        )
        call = RecordedCall(self, record, Names("recordings", started_at, line, call_id))
        if recorded:
            began = started_at + BEGAN_S
            call.egress_id = self.begin(record.room, call.name, began).egress_id
            part = Part(call.name, began - 0.5, call.egress_id, began)
            recording = Recording(policy, RecordingState.RUNNING, (part,), notice_at=began - 0.5)
            await call.write(recording=recording)
        else:
            await call.write()
        return call

    async def ended(self, **options: Any) -> RecordedCall:
        """A call that was just now recorded to its end, of which nothing has landed yet."""
        call = await self.call(**options)
        self.clock.advance(BEGAN_S + TALKED_S)
        at = call.record.started_at
        await call.write(
            AgentSpoke(call_id=call.id, seq=1, at=at + 9, turn=0, text="Hello.", began_at=at + 5.0, ended_at=at + 8.0),
            CallerSpoke(
                call_id=call.id, seq=2, at=at + 13, turn=1, text="A table.", began_at=at + 9.5, ended_at=at + 12
            ),
            CallerSpoke(call_id=call.id, seq=3, at=at + 15, turn=2, text="Please."),
        )
        await call.end()
        return call

    def begin(self, room: str, name: str, at: float) -> Egress:
        """An egress that is active since `at`, UTC epoch seconds."""
        self.recorder.active_after_s = None  # it is what it is said to be here
        begun = self.recorder.begin(room, name)
        self.recorder.items[begun.egress_id] = replace(begun, status=EgressStatus.ACTIVE, started_at=at)
        return self.recorder.items[begun.egress_id]

    async def hold(self, call: RecordedCall, seconds: float) -> None:
        lease = Lease(call.id, 1, call.record.room, "agent", "receptionist", "main", "ada")
        await self.store.renew(lease, seconds)

    @asynccontextmanager
    async def prover(self, bucket: Bucket | None = None, *, none: bool = False) -> AsyncIterator[Prover]:
        """A control that leads; with `none` one without a bucket."""
        shelf = Shelf(None if none else bucket or self.bucket, "recordings")
        prover = Prover((self.store, self.store), self.rooms, self.recorder, shelf, self.clock, self.metrics)
        tasks = TaskSet("test")
        tasks.spawn(prover.run(), name="prover")
        try:
            yield prover
        finally:
            await tasks.aclose()

    def count(self, result: str, line: str = "main") -> float:
        return self.value("control_recordings_total", line=line, result=result)

    def value(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0
