"""A bucket and a store with a few calls of two callers in them, as a day at the practice leaves them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from calls.outcome import Outcome
from calls.ports import Write
from calls.record import CallRecord
from calls.recording import Part, Recording, RecordingState
from recording.bucket import Object
from recording.deletion import Deletion
from recording.marks import metadata_of
from recording.names import Names, redacted
from tests.fakes.bucket import FakeBucket
from tests.fakes.clock import FakeClock
from tests.fakes.outbound_calls import FakeOutboundCalls
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record, spoke

PREFIX = "recordings"
ANN, BOB = "+442079460123", "+15550100002"
STARTED = 1_795_284_000.0  # 2026-11-21T18:00:00Z


def an_id(number: int) -> str:
    """As calls.ids makes them, of that moment."""
    text = f"{int(STARTED * 1000):012x}"
    return f"{text[:8]}-{text[8:]}-7000-8000-{number:012d}"


@dataclass
class Shelf:
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.bucket = FakeBucket(self.clock)
        self.store = FakeStore(self.clock)
        self.orders = FakeOutboundCalls(self.clock)

    @property
    def deletion(self) -> Deletion:
        return Deletion(self.bucket, self.store, self.orders, PREFIX, self.clock)

    async def call(self, number: int, caller: str = ANN, state: RecordingState = RecordingState.PROVEN) -> CallRecord:
        """A call that is over, with its record, two turns, sound of two parts, backup, sidecar and plot."""
        call_id = an_id(number)
        names = Names(PREFIX, STARTED, "front-desk", call_id)
        parts = tuple(Part(names.part(each), STARTED, f"EG_{number}{each}") for each in (1, 2))
        record = replace(
            a_record(call_id),
            started_at=STARTED,
            caller=replace(a_record().caller, number=caller),
            recording=Recording("required", state, parts=parts),
        ).close(STARTED + 60.0, Outcome.RESOLVED)
        await self.store.write(Write(f"k-{call_id}", record, 0, [spoke(record, 1), spoke(record, 2)]))
        about = metadata_of(record)
        for name in (names.part(1), names.part(2), names.backup(1), redacted(names.part(1)), names.plot):
            self.bucket.put(name, f"{name} of {number}".encode(), metadata=about)
        audio = [{"egress_id": part.egress_id} for part in parts]
        self.bucket.put(names.sidecar, json.dumps({"audio": audio}).encode(), "application/json", metadata=about)
        return record

    def manifest(self, egress: str, text: str = "{}") -> Object:
        """As egress leaves them unless it is told not to."""
        return self.bucket.put(f"{PREFIX}/2026/11/21/front-desk/{egress}.json", text.encode(), "application/json")

    def names_of(self, number: int) -> list[str]:
        return [name for name in self.bucket.names if an_id(number) in name and name.startswith(f"{PREFIX}/2")]
