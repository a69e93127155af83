"""One look at the recording of a call that has ended: what is seen, what follows from it, and what is done of it."""

from __future__ import annotations

from collections.abc import Sequence

from calls.ports import CallStore, Egress, Recorder, Rooms
from calls.record import CallRecord
from calls.recording import Recording, RecordingState
from control.recordings.alarms import Alarms
from control.recordings.evidence import Evidence, Gatherer
from control.recordings.ghosts import stop
from control.recordings.made_anew import MadeAnew
from control.recordings.settle import Settle
from control.recordings.shelf import Shelf, is_backup
from control.recordings.verdict import Verdict, declined, ghosts_of, judge
from ops.clock import Clock
from recording.bucket import BucketDown, BucketRefused

_WRITING_S = 30.0  # a worker that holds its call so long after the end has nothing to write any more
_LATE = (RecordingState.BACKUP, RecordingState.LOST)


class Proof:
    def __init__(
        self, store: CallStore, rooms: Rooms, recorder: Recorder, shelf: Shelf, clock: Clock, alarms: Alarms
    ) -> None:
        self._recorder, self._shelf, self._clock, self._alarms = recorder, shelf, clock, alarms
        self._settle, self._made_anew = Settle(store, shelf, clock), MadeAnew(rooms)
        self._gatherer = Gatherer(recorder, shelf, clock)

    async def look(self, record: CallRecord, recording: Recording, seen_s: float, *, held: bool) -> Recording | None:
        """The recording as its record has it now. None: somebody else was at it, look again.

        `held`: a worker still holds the call. Raises StoreDown, RecorderDown, BucketDown and BucketRefused.
        """
        evidence = await self._gatherer.gather(record)
        verdict = judge(record, evidence, self._clock.now(), seen_s)
        for each in verdict.broken:
            self._alarms.broken(record, each.name, each.reason)
        await self._nobody_stays(record, evidence, verdict.ghosts)
        if declined(recording) and verdict.delete:
            return None if await self._thrown_away(record, verdict) else recording
        still_written = held and self._clock.now() - (record.ended_at or 0.0) < _WRITING_S
        new = verdict.recording
        is_news = new.state is not recording.state or (recording.unwanted and not new.unwanted)
        if not is_news or still_written:
            return recording
        return await self._write(record, verdict, evidence)

    async def tidy(self, record: CallRecord, recording: Recording) -> None:
        """Of one that is settled: what came after that. Raises as `look` does."""
        evidence = await self._gatherer.gather(record)
        await self._nobody_stays(record, evidence, ghosts_of(record, evidence, self._clock.now()))
        audio = [each for each in (evidence.objects or {}).values() if each.name in evidence.sounds]
        if recording.state is RecordingState.DECLINED:
            await self._shelf.delete(audio)
            return
        if recording.state is RecordingState.PROVEN and not recording.trouble:
            await self._shelf.delete([each for each in audio if is_backup(each.name)])
            audio = [each for each in audio if not is_backup(each.name)]
        if recording.state in _LATE and any(each.delete_at is None for each in audio):
            await self._settle.beside(record, evidence)
        await self._shelf.mark(record, audio)

    async def _nobody_stays(self, record: CallRecord, evidence: Evidence, ghosts: Sequence[Egress]) -> None:
        for ghost in ghosts:
            await stop(self._recorder, self._alarms, record, ghost, "ghost")
        await self._made_anew.clear(record, evidence, self._clock.now())

    async def _thrown_away(self, record: CallRecord, verdict: Verdict) -> bool:
        """False: it is held. Whoever said no is still on file then, and somebody is told."""
        try:
            all_gone = await self._shelf.delete(verdict.delete)
        except BucketRefused as error:
            self._alarms.held_up(record, error.reason)
            raise
        if not all_gone:
            self._alarms.held_up(record, "held")
        return all_gone

    async def _write(self, record: CallRecord, verdict: Verdict, evidence: Evidence) -> Recording | None:
        new = record.evolve(recording=verdict.recording)
        try:
            await self._settle.beside(new, evidence, {each.name for each in verdict.delete})
        except (BucketDown, BucketRefused) as error:
            self._alarms.held_up(record, error.reason if isinstance(error, BucketRefused) else "bucket_down")
            if verdict.recording.state is not RecordingState.MISSING:
                raise
        if not await self._settle.record(new, record.version):
            return None
        self._alarms.changed(new, verdict.recording)
        await self._shelf.delete(verdict.delete)
        return verdict.recording
