"""Calls that lack the recording they should have, and recordings that belong to no call.

Bucket and store are read once, and 100,000 calls take some tens of megabytes: of each call one number is kept, the set
of its files. What looks wrong is asked for again before it is told: it may have come meanwhile.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from calls.ids import began_at
from calls.ports import CallStore, RecordUnreadable
from calls.record import CallRecord
from calls.recording import Recording, RecordingState
from recording.bucket import Bucket
from recording.names import backup_epoch, call_of, part_number

PROOF_S = 60.0  # after its end a call's recording is proven, or alarmed
NEW_S = 300.0  # a call that began so lately may have a file before its record could be written
_DAY_S = 24 * 3600.0
_AT_ONCE = 16
_BACKUPS = 1024  # bit of the first backup: parts have numbers below 1,000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be. `what`: missing, lost, unsettled (nobody looked), gone (it was there),
    changed (it is another file than was proven), unwanted (recorded against the call's word), no_call, foreign (no
    call's file), unreadable."""

    what: str
    call_id: str = ""
    line: str = ""
    at: float = 0.0  # the call's end, where known
    reason: str = ""
    name: str = ""


@dataclass
class Audit:
    """`states` counts the recorded calls that were looked at, by what became of their recording."""

    bucket: Bucket
    store: CallStore
    prefix: str
    since: float
    now: float
    states: Counter[str] = field(default_factory=Counter)
    _files: dict[str, int] = field(default_factory=dict)
    _sums: dict[str, int] = field(default_factory=dict)  # of the checksums of a call's parts

    async def run(self) -> AsyncIterator[Finding]:
        """Once. Raises StoreDown, BucketDown and BucketRefused."""
        async for name in self._foreign():
            yield Finding("foreign", name=name)
        known = await self.store.recorded_calls()
        for some in _chunks(call_id for call_id in known if self._is_in_time(call_id)):
            for found in await asyncio.gather(*(self._of_call(call_id) for call_id in some)):
                for finding in found:
                    yield finding
        for call_id in [call_id for call_id in self._files if self._is_in_time(call_id)]:
            for finding in await self._without_call(call_id):
                yield finding

    async def _foreign(self) -> AsyncIterator[str]:
        """Reads the bucket; yields what lies among the recordings and is none."""
        day = datetime.fromtimestamp(self.since - _DAY_S, UTC).date()
        while day <= datetime.fromtimestamp(self.now, UTC).date():
            async for each in self.bucket.list(f"{self.prefix}/{day:%Y/%m/%d}/"):
                call_id = call_of(each.name)
                if call_id is not None:
                    self._files[call_id] = self._files.get(call_id, 0) | _bit(each.name)
                    if part_number(each.name):
                        self._sums[call_id] = self._sums.get(call_id, 0) ^ _sum(each.name, each.md5)
                elif not each.name.endswith(".json"):  # egress' manifests
                    yield each.name
            day += timedelta(days=1)

    def _is_in_time(self, call_id: str) -> bool:
        """By its id it may be: calls go on for hours. An id that tells no time may always be."""
        at = began_at(call_id)
        return at is None or at >= self.since - _DAY_S

    async def _of_call(self, call_id: str) -> list[Finding]:
        files, sums = self._files.pop(call_id, 0), self._sums.pop(call_id, 0)
        try:
            record = await self.store.record(call_id)
        except RecordUnreadable:
            return [Finding("unreadable", call_id)]
        if record is None or record.recording is None:
            if files:
                self._files[call_id] = files
            return []
        if record.ended_at is None or record.ended_at < self.since:
            return []
        recording = record.recording
        self.states[recording.state.value] += 1
        found = [finding async for finding in self._wrong(record, recording, files, record.ended_at)]
        return found + [finding async for finding in self._changed(record, recording, sums, record.ended_at)]

    async def _wrong(
        self, record: CallRecord, recording: Recording, files: int, ended_at: float
    ) -> AsyncIterator[Finding]:
        def finding(what: str, reason: str = "", name: str = "") -> Finding:
            return Finding(what, record.call_id, record.line, ended_at, reason, name)

        if recording.state in (RecordingState.MISSING, RecordingState.LOST):
            yield finding(recording.state.value, recording.trouble)
        elif recording.state in (RecordingState.DECLINED, RecordingState.NOT_BEGUN):
            if files:
                yield finding("unwanted", recording.state.value)
        elif not recording.settled:
            if self.now - ended_at > PROOF_S:
                yield finding("unsettled", recording.state.value)
        else:
            for name in _should_be(recording):
                if not files & _bit(name) and await self.bucket.stat(name) is None:
                    yield finding("gone", recording.state.value, name)

    async def _changed(
        self, record: CallRecord, recording: Recording, sums: int, ended_at: float
    ) -> AsyncIterator[Finding]:
        """Each part that was proven and that somebody has replaced since."""
        proven = [part for part in recording.parts if part.proven and part.md5]
        for part in proven:
            sums ^= _sum(part.name, part.md5)
        for part in proven if sums else ():
            there = await self.bucket.stat(part.name)
            if there is not None and there.md5 != part.md5:
                yield Finding("changed", record.call_id, record.line, ended_at, recording.state.value, part.name)

    async def _without_call(self, call_id: str) -> list[Finding]:
        """It has files, and is none of the calls that were to be recorded."""
        began = began_at(call_id)
        if not self._files[call_id] or (began is not None and not self.since <= began < self.now - NEW_S):
            return []
        try:
            record = await self.store.record(call_id)
        except RecordUnreadable:
            return [Finding("unreadable", call_id)]
        if record is None:
            return [Finding("no_call", call_id)]
        return (
            [Finding("unwanted", call_id, record.line, record.ended_at or 0.0, "off")] if not record.recording else []
        )


def _should_be(recording: Recording) -> list[str]:
    """The files that the record says are there."""
    return [part.name for part in recording.parts if part.proven] + list(recording.backups)


def _bit(name: str) -> int:
    """0 for what is no sound."""
    if number := part_number(name):
        return 1 << number
    epoch = backup_epoch(name)
    return 1 << (_BACKUPS + epoch) if epoch else 0


def _sum(name: str, md5: str) -> int:
    return zlib.crc32(f"{name} {md5}".encode())


def _chunks(ids: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
