"""Looks at a recording while its call lasts: what breaks is told at once, and what nobody wants there is stopped.

Its own record is the agent's to write: nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calls.ports import Egress, EgressStatus, Recorder
from calls.record import CallRecord
from calls.recording import Part, RecordingState
from control.recordings.alarms import Alarms
from control.recordings.ghosts import stop
from ops.clock import Clock
from recording.names import call_of, part_number

SURE_S = 4.0  # the record of a living call is behind by the journal's half second, and more while the store is slow
BEGIN_S = 20.0  # policy.recording.start_s twice, and the notice of it
STOPPED = "stopped"
_FAILED = {EgressStatus.FAILED: "failed", EgressStatus.ABORTED: "aborted", EgressStatus.LIMIT_REACHED: "limit"}
_AT_WORK = (EgressStatus.STARTING, EgressStatus.ACTIVE)
_NOTHING = (RecordingState.PAUSED, RecordingState.DECLINED, RecordingState.NOT_BEGUN)


class Watch:
    def __init__(self, recorder: Recorder, alarms: Alarms, clock: Clock) -> None:
        self._recorder, self._alarms, self._clock = recorder, alarms, clock
        self._since: dict[str, dict[str, float]] = {}

    async def look(self, record: CallRecord) -> bool:
        """True: something is suspected, look again soon. Raises RecorderDown."""
        found = await self._recorder.of_room(record.room)
        suspects = _unwanted(record, found) | _stopped_early(record, found)
        sure = self._sure(record.call_id, suspects)
        for each in found:
            part = _part_of(record, each)
            if part is not None and each.status in _FAILED:
                self._alarms.broken(record, part.name, _FAILED[each.status])
            elif part is not None and each.egress_id in sure and suspects[each.egress_id] == STOPPED:
                self._alarms.broken(record, part.name, STOPPED)
            elif each.egress_id in sure:
                await stop(self._recorder, self._alarms, record, each, suspects[each.egress_id])
        self._late(record, found)
        return len(sure) < len(suspects)

    def forget(self, call_id: str) -> None:
        """The call is over."""
        self._since.pop(call_id, None)

    def _sure(self, call_id: str, suspects: Iterable[str]) -> set[str]:
        """Those that were suspected before, long enough ago."""
        now, before = self._clock.monotonic(), self._since.get(call_id, {})
        since = {egress_id: before.get(egress_id, now) for egress_id in suspects}
        self._since[call_id] = since
        return {egress_id for egress_id, first in since.items() if now - first >= SURE_S}

    def _late(self, record: CallRecord, found: Sequence[Egress]) -> None:
        """Asked for, or due since the notice was heard, and nothing records."""
        recording = record.recording
        if recording is None or any(each.status is EgressStatus.ACTIVE for each in found):
            return
        part = recording.part
        due = part.asked_at if part is not None else recording.notice_at
        waiting = recording.state in (RecordingState.WANTED, RecordingState.STARTING)
        if waiting and due is not None and self._clock.now() - due >= BEGIN_S:
            self._alarms.broken(record, part.name if part is not None else "", "never_started")


def _part_of(record: CallRecord, egress: Egress) -> Part | None:
    parts = record.recording.parts if record.recording else ()
    known = [part for part in parts if part.egress_id == egress.egress_id]
    return known[0] if known else next((p for p in parts if p.name == egress.name and not p.egress_id), None)


def _unwanted(record: CallRecord, found: Sequence[Egress]) -> dict[str, str]:
    """What records in the room and should not, with the reason, by its id. A file of this call that the record does
    not know of yet is its newest: its worker's way to the store may be broken, and nothing else."""
    recording = record.recording
    at_work = [each for each in found if each.status in _AT_WORK]
    if recording is None:
        return {}
    ours = [each for each in at_work if call_of(each.name) == record.call_id]
    known = {part.name for part in recording.parts}
    reasons = {each.egress_id: "second" for each in at_work}
    if recording.state in _NOTHING or recording.consent == "declined":
        reasons |= {each.egress_id: "unwanted" for each in ours}
        ours = [each for each in ours if each.name not in known]
    ids = {part.egress_id for part in recording.parts}
    kept = max(ours, key=lambda e: (part_number(e.name), e.egress_id in ids, -(e.started_at or 0.0)), default=None)
    return {egress_id: why for egress_id, why in reasons.items() if kept is None or egress_id != kept.egress_id}


def _stopped_early(record: CallRecord, found: Sequence[Egress]) -> dict[str, str]:
    """The newest part's, where it ended though the record says that it runs."""
    recording = record.recording
    if recording is None or recording.part is None or recording.state is not RecordingState.RUNNING:
        return {}
    name = recording.part.name
    return {e.egress_id: STOPPED for e in found if e.name == name and e.status is EgressStatus.COMPLETE}
