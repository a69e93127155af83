"""A call whose line records, its tape, and a recorder with a script; on the clock of the test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agent.chronicle import Chronicle
from agent.recording.parts import Parts
from agent.recording.tape import Tape
from calls.events import Event, RecordingChanged
from calls.record import Caller, CallRecord, Direction, Leg
from calls.recording import Recording
from ops.tasks import TaskSet
from recording.names import Names
from tests.fakes.clock import FakeClock
from tests.fakes.recorder import FakeRecorder

CALL_ID = "019a0000-0000-7000-8000-000000000001"
ROOM = "call_+15550199_abc"
START_S = 5.0


@dataclass
class Written:
    """A journal."""

    events: list[Event] = field(default_factory=list)

    def record(self, event: Event, snapshot: CallRecord) -> None:
        self.events.append(event)


class TapeScene:
    """`failures` counts what the call was told; `states` are the recording's events so far."""

    def __init__(self, recorder: FakeRecorder | None = None, recording: Recording | None = None) -> None:
        self.clock = FakeClock()
        self.recorder = recorder or FakeRecorder(self.clock)
        self.tasks = TaskSet("test")
        self.failures = 0
        self.written = Written()
        record = CallRecord(
            *(CALL_ID, ROOM, "clinic", "p", Direction.INBOUND, Caller(Leg.SIP, "caller", "+15550199")),
            started_at=self.clock.now(),
            recording=recording or Recording("best_effort"),
        )
        self.chronicle = Chronicle(record, self.written, self.clock)
        self.names = Names("recordings", record.started_at, "clinic", CALL_ID)
        self.parts = Parts(self.chronicle, self.names, self.clock)
        self.tape = Tape(self.recorder, ROOM, self.parts, START_S, self.clock, self.tasks, self._failed)

    def _failed(self) -> None:
        self.failures += 1

    @property
    def recording(self) -> Recording:
        return self.parts.recording

    @property
    def states(self) -> list[str]:
        return [event.state for event in self.written.events if isinstance(event, RecordingChanged)]

    @property
    def reasons(self) -> list[str]:
        return [e.reason for e in self.written.events if isinstance(e, RecordingChanged) and e.reason]

    @property
    def gaps(self) -> list[Any]:
        """Their reasons, and whether they are over."""
        return [(gap.reason, gap.until is not None) for gap in self.recording.gaps]

    def begin(self) -> None:
        self.parts.noticed()
        self.tape.begin()

    async def over(self) -> None:
        self.tape.close()
        await self.tasks.aclose()
