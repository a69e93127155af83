"""Writes what became of a recording: beside its files first, then into the record. Done again it is the same."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence

from calls.events import Event, RecordingChanged
from calls.ports import CallStore, VersionConflict, Write
from calls.record import CallRecord
from calls.recording import Recording, RecordingState
from control.recordings.evidence import Evidence
from control.recordings.shelf import Shelf, is_backup
from ops import logging
from ops.clock import Clock
from recording import marks
from recording.bucket import BucketRefused, Object
from recording.sidecar import BACKUP, MAIN, File, encoded, sidecar

_log = logging.get("control.recordings")

_TOLD = (RecordingState.PROVEN, RecordingState.BACKUP, RecordingState.MISSING, RecordingState.LOST)


class Settle:
    def __init__(self, store: CallStore, shelf: Shelf, clock: Clock) -> None:
        self._store, self._shelf, self._clock = store, shelf, clock

    async def beside(self, record: CallRecord, evidence: Evidence, spare: Collection[str] = ()) -> None:
        """Sidecar and marks, where there is any sound that is not `spare`. Raises StoreDown, BucketDown and
        BucketRefused."""
        recording = record.recording
        kept = [each for each in (evidence.objects or {}).values() if each.name in evidence.sounds.keys() - set(spare)]
        if recording is None or recording.state not in _TOLD or not kept:
            return
        events = await self._store.events(record.call_id)
        text = encoded(sidecar(record, events, files(recording, evidence, kept), self._clock.now()))
        try:
            kept.append(await self._shelf.put_sidecar(record, text))
        except BucketRefused as error:
            if error.reason != "held":
                raise
            _log.warning("sidecar is held, and stays as it was", call_id=record.call_id)
        await self._shelf.mark(record, kept)
        if await self._store.erased(record.call_id):  # while we wrote
            await self._shelf.delete(each for each in kept if each.name == self._shelf.sidecar_of(record))

    async def record(self, record: CallRecord, expected_version: int) -> bool:
        """False: somebody else was at the record, look again. Raises StoreDown."""
        assert record.recording is not None  # noqa: S101 - whoever settles it has it; for mypy
        events = await self._store.events(record.call_id)
        event = self._event(record, record.recording, events)
        try:
            await self._store.write(Write(f"recording-{secrets.token_hex(6)}", record, expected_version, [event]))
        except VersionConflict:
            return False
        return True

    def _event(self, record: CallRecord, recording: Recording, events: Sequence[Event]) -> RecordingChanged:
        # Above every worker's numbers: what one of them still has to bring must not meet this event's. The record stays
        # in its worker's epoch: a worker that wrote its last words late is not told that another had the call.
        return RecordingChanged(
            call_id=record.call_id,
            seq=max((event.seq for event in events), default=0) + 1,
            at=self._clock.now(),
            epoch=max([record.epoch + 1, *(event.epoch for event in events)]),
            state=recording.state.value,
            reason=recording.trouble,
            name=recording.part.name if recording.part else "",
        )


def files(recording: Recording, evidence: Evidence, objects: Sequence[Object]) -> list[File]:
    """What the sidecar says of each: parts in their order, then backups."""
    parts = {part.name: (number, part) for number, part in enumerate(recording.parts)}
    found = []
    for each in objects:
        number, part = parts.get(each.name, (len(parts), None))
        sound = evidence.sounds[each.name]
        file = File(
            name=each.name,
            kind=BACKUP if is_backup(each.name) else MAIN,
            started_at=part.started_at if part is not None else _seconds(each.metadata.get(marks.STARTED_AT, "")),
            duration_s=sound.duration_s or None,
            size=each.size,
            md5=each.md5,
            crc32c=each.crc32c,
            generation=each.generation,
            egress_id=part.egress_id if part is not None else "",
            proven=part is not None and part.proven,
            trouble=part.trouble if part is not None else sound.trouble,
        )
        found.append((number, file))
    return [file for _, file in sorted(found, key=lambda pair: (pair[0], pair[1].name))]


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
