"""One call's own history as it is made: the growing record, the numbered events, the journal they go to.

Everything here is synchronous and O(1): it is called from the audio path. Storage happens behind the journal.
"""

from __future__ import annotations

from typing import Any, Protocol

from agent.recall import Past
from calls.events import CallEnded, CallerSpoke, CallResumed, CallStarted, Event
from calls.outcome import Outcome
from calls.record import CallRecord
from ops.clock import Clock


class Journal(Protocol):
    def record(self, event: Event, snapshot: CallRecord) -> None: ...


class Chronicle:
    """Writes events in order and keeps the record in step. After `close` only the first outcome stands."""

    def __init__(self, record: CallRecord, journal: Journal, clock: Clock) -> None:
        self.record = record
        self._journal, self._clock = journal, clock
        self._seq, self._ended = 0, False

    def opened(self) -> None:
        r = self.record
        self.add(CallStarted, room=r.room, line=r.line, persona=r.persona, direction=r.direction, caller=r.caller)

    def resumed(self, past: Past | None) -> None:
        """Another worker held the call: go on with its numbers. None: nothing of it could be read."""
        self._seq = past.last_seq if past else 0
        silent_s = None
        if past is not None and past.last_at is not None:
            silent_s = max(0.0, self._clock.now() - past.last_at)
        self.add(CallResumed, known=len(past.events) if past else 0, silent_s=silent_s)

    def add(self, kind: type[Event], **fields: Any) -> None:
        """Make the next event and hand it to the journal together with the record as it now is.

        After the end there are no events: what comes late (a timer, the last key) belongs to no call.
        """
        if self._ended:
            return
        self._seq += 1
        epoch = self.record.epoch
        event = kind(call_id=self.record.call_id, epoch=epoch, seq=self._seq, at=self._clock.now(), **fields)
        if isinstance(event, CallerSpoke):
            self.record = self.record.evolve(turns=event.turn)
        self._journal.record(event, self.record)

    def change(self, **changes: Any) -> None:
        """Change the record; the next event carries it to the journal. A closed one stays as it is."""
        if self.record.closed:
            return
        self.record = self.record.evolve(**changes)

    def note(self, **data: Any) -> None:
        """Merge what a tool achieved into the record's data; `message` has a place of its own."""
        if self.record.closed:
            return
        message = data.pop("message", None)
        if message is not None:
            self.record = self.record.evolve(message=str(message))
        if data:
            self.record = self.record.evolve(data={**self.record.data, **data})

    def close(self, outcome: Outcome, reason: str, failure: str | None = None) -> bool:
        """Write the end. Returns False where the call was closed already: the first reason is the true one."""
        if self.record.closed:
            return False
        self.record = self.record.close(self._clock.now(), outcome, failure)
        self.add(CallEnded, outcome=outcome, reason=reason, failure=failure)
        self._ended = True
        return True
