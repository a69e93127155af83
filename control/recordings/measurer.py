"""Has each recording measured once it is settled, and writes what it says: drawings and sidecar, then the record.

Waits for nobody and nobody waits for it. What a control that stopped left undone, the next one finds among the calls of
the last day.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress

from calls.ids import began_at
from calls.ports import CallStore, RecordUnreadable, StoreDown, VersionConflict, Write
from calls.record import CallRecord
from calls.recording import Recording, RecordingState
from control.metrics import Metrics
from control.recordings.measuring import Measured, Measuring, NotMeasured
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from recording import marks
from recording.bucket import Bucket, BucketDown, BucketRefused, Exists
from recording.heard import with_heard
from recording.names import beside, call_of
from recording.sidecar import LARGEST_BYTES

_log = logging.get("control.recordings")

_CATCH_UP_S = 24 * 3600.0
_STORE_S, _WRITE_S = 10.0, 60.0
_AGAIN_S, _TRIES = 30.0, 10  # something could not be asked
_MOST = 20_000
_LOOKS = 5  # at a record or a sidecar that changes under our hands


class Measurer:
    def __init__(self, store: CallStore, bucket: Bucket, clock: Clock, metrics: Metrics) -> None:
        self._store, self._bucket, self._clock, self._metrics = store, bucket, clock, metrics
        self._measuring = Measuring(bucket)
        self._due: dict[str, int] = {}  # tries so far, in the order in which they came
        self._told: set[str] = set()  # those of `add`: measured also where they were before
        self._news = asyncio.Event()

    def add(self, call_id: str) -> None:
        """What became of this call's recording is known, or is another now. Returns at once."""
        if len(self._due) < _MOST:
            self._due[call_id] = 0
            self._told.add(call_id)
            self._news.set()

    async def run(self) -> None:
        """Until cancelled."""
        await self._catch_up()
        while True:
            self._news.clear()
            for call_id in list(self._due):
                await self._one(call_id)
            with suppress(DeadlineExceeded):
                async with deadline(_AGAIN_S, "recordings to measure"):
                    await self._news.wait()

    async def _catch_up(self) -> None:
        try:
            async with deadline(_STORE_S, "recorded calls"):
                known = await self._store.recorded_calls()
        except (StoreDown, DeadlineExceeded) as error:
            _log.warning("look put off", component="measurer", error_type=type(error).__name__)
            return
        since = self._clock.now() - _CATCH_UP_S
        for call_id in known:
            if (at := began_at(call_id)) is not None and at >= since:
                self._due.setdefault(call_id, 0)

    async def _one(self, call_id: str) -> None:
        tries = self._due.pop(call_id)
        try:
            await self._measure(call_id)
            self._told.discard(call_id)
        except RecordUnreadable:
            self._told.discard(call_id)
        except NotMeasured as error:
            self._told.discard(call_id)
            self._metrics.recordings_unmeasured.inc()
            _log.warning("recording not measured", call_id=call_id, reason=str(error))
        except (StoreDown, BucketDown, BucketRefused, FileNotFoundError, Exists, DeadlineExceeded) as error:
            _log.warning("look put off", component="measurer", call_id=call_id, error_type=type(error).__name__)
            if tries < _TRIES:
                self._due.setdefault(call_id, tries + 1)
            else:
                self._told.discard(call_id)
        except Exception:  # noqa: BLE001 - a bug on one odd recording must stop neither the others nor the watcher
            _log.exception("look broke", component="measurer", call_id=call_id)

    async def _measure(self, call_id: str) -> None:
        async with deadline(_STORE_S, "record"):
            record = await self._store.record(call_id)
        if record is None or record.recording is None or not (names := _files(record.recording)):
            return
        if record.measured and call_id not in self._told:
            return
        measured = await self._measuring.measure(names, call_id)
        async with deadline(_WRITE_S, "what was measured"):
            if not await self._store.erased(call_id):
                try:
                    await self._draw(record, measured)
                    await self._beside(record, measured)
                except BucketRefused as error:
                    if error.reason != "held":  # what is held stays as it was
                        raise
                await self._into_record(call_id, measured)
                await self._unless_erased(call_id, measured)
                if not record.measured:
                    for wait_s in measured.waits:
                        self._metrics.waits.labels(record.line).observe(wait_s)

    async def _draw(self, record: CallRecord, measured: Measured) -> None:
        for number, (file, plot) in enumerate(measured.plots.items(), 1):
            name = beside(file, ".svg" if number == 1 else f"-{number}.svg")
            there = await self._bucket.stat(name)
            await self._bucket.write(name, plot, "image/svg+xml", replace=there.generation if there else None)
            await self._bucket.mark(name, delete_at=marks.delete_at(record), metadata=marks.metadata_of(record))

    async def _unless_erased(self, call_id: str, measured: Measured) -> None:
        """It was deleted while we wrote: what came after goes, too."""
        if not await self._store.erased(call_id):
            return
        for file in measured.plots:
            async for each in self._bucket.list(beside(file, "")):
                if call_of(each.name) == call_id and each.name.endswith((".svg", ".json")):
                    await self._bucket.delete(each.name, each.generation)

    async def _beside(self, record: CallRecord, measured: Measured) -> None:
        name = beside(next(iter(measured.plots)), ".json")
        for _ in range(_LOOKS):
            there = await self._bucket.stat(name)
            if there is None:
                return
            try:
                told = json.loads(await self._bucket.read(name, LARGEST_BYTES))
                text = json.dumps(with_heard(told, measured.figures, measured.by_file), ensure_ascii=False, indent=1)
            except (ValueError, LookupError, TypeError):
                raise NotMeasured("its sidecar cannot be read") from None
            with suppress(Exists):
                data = text.encode() + b"\n"
                await self._bucket.write(name, data, "application/json", replace=there.generation)
                await self._bucket.mark(name, delete_at=marks.delete_at(record), metadata=marks.metadata_of(record))
                return

    async def _into_record(self, call_id: str, measured: Measured) -> None:
        for _ in range(_LOOKS):
            record = await self._store.record(call_id)
            if record is None:
                return
            new = record.evolve(measured=measured.figures)
            with suppress(VersionConflict):
                await self._store.write(Write(f"measured-{secrets.token_hex(6)}", new, record.version))
                return


def _files(recording: Recording) -> list[str]:
    """Those to measure: of what egress wrote, or of the workers' own tracks where that is not whole."""
    if recording.state is RecordingState.PROVEN:
        return [part.name for part in recording.parts if part.proven]
    return list(recording.backups) if recording.state is RecordingState.BACKUP else []
