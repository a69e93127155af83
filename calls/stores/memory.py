"""The store of one process: its memory, and where a directory is given also the files it leaves there."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calls.events import Event
from calls.ports import Held, Lease, StoreDown, VersionConflict, Write
from calls.record import CallRecord
from calls.stores.files import Files
from calls.stores.lease_table import LeaseTable
from calls.stores.names import checked_id
from ops.clock import Clock, SystemClock
from ops.deadline import DeadlineExceeded, deadline

_DISK_S = 5.0
_KEYS = 64  # keys remembered per call: a repeat follows its first attempt, with few writes between


@dataclass
class _Kept:
    record: CallRecord | None = None
    events: dict[tuple[int, int], Event] = field(default_factory=dict)  # by (epoch, seq)
    answers: OrderedDict[str, int] = field(default_factory=OrderedDict)
    offset: int = 0  # bytes of the events' file that are ours


class MemoryStore:
    """A CallStore and Leases. Without a directory it is never down and forgets all at its end.

    With one, a write is done when it is on disk (StoreDown when it cannot be), and a call that is not in memory is read
    from there, so that the next process finds it. One process at a time writes a call. Files are read and written in a
    thread. `keep` closed calls stay in memory, the oldest leave first. Leases are in memory only: who is not in this
    process sees none. A call's id that is none is a ValueError.
    """

    def __init__(self, directory: Path | None = None, *, keep: int = 500, clock: Clock | None = None) -> None:
        self._files = Files(directory) if directory else None
        self._calls: OrderedDict[str, _Kept] = OrderedDict()
        self._keep = keep
        self._erased: set[str] = set()  # for as long as the process lives
        self._lock = asyncio.Lock()
        self._leases = LeaseTable(clock or SystemClock())
        self._thread = ThreadPoolExecutor(1, "call-records") if directory else None

    async def write(self, write: Write) -> int:
        async with self._lock:
            kept = await self._kept(write.record.call_id)
            if write.record.call_id in self._erased:
                return write.record.version
            if write.key in kept.answers:
                return kept.answers[write.key]
            stored = kept.record.version if kept.record else 0
            if stored != write.expected_version:
                raise VersionConflict(write.record.call_id, write.expected_version, stored)
            new = {(e.epoch, e.seq): e for e in write.events if (e.epoch, e.seq) not in kept.events}
            if self._files is not None:
                kept.offset = await self._off_loop(self._files.write, write.record, list(new.values()), kept.offset)
            kept.events |= new
            kept.record = write.record
            kept.answers[write.key] = write.record.version
            while len(kept.answers) > _KEYS:
                kept.answers.popitem(last=False)
            self._calls[write.record.call_id] = kept
            self._forget_oldest()
            return write.record.version

    async def record(self, call_id: str) -> CallRecord | None:
        async with self._lock:
            return (await self._kept(call_id)).record

    async def events(self, call_id: str, after: int = 0) -> Sequence[Event]:
        async with self._lock:
            events = (await self._kept(call_id)).events
        return [events[place] for place in sorted(events) if place[1] > after]

    async def open_calls(self) -> Sequence[str]:
        return sorted(call_id for call_id, record in (await self._records()).items() if not record.closed)

    async def unsettled_calls(self) -> Sequence[str]:
        return sorted(call_id for call_id, record in (await self._records()).items() if record.unsettled)

    async def recorded_calls(self) -> Sequence[str]:
        return sorted(call_id for call_id, record in (await self._records()).items() if record.recording is not None)

    async def calls_of(self, number: str) -> Sequence[str]:
        return sorted(call_id for call_id, record in (await self._records()).items() if record.caller.number == number)

    async def erase(self, call_id: str, number: str | None = None) -> bool:  # noqa: ARG002 - the port's
        async with self._lock:
            kept = await self._kept(call_id)
            if self._files is not None:
                await self._off_loop(self._files.erase, call_id)
            self._calls.pop(call_id, None)
            self._erased.add(call_id)
            self._leases.forget(call_id)
        return kept.record is not None

    async def erased(self, call_id: str) -> bool:
        return checked_id(call_id) in self._erased

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        self._leases.renew(lease, ttl_s)

    async def give_up(self, call_id: str, epoch: int) -> None:
        self._leases.give_up(call_id, epoch)

    async def release(self, call_id: str, epoch: int) -> None:
        self._leases.release(call_id, epoch)

    async def held(self, below_s: float) -> Sequence[Held]:
        return self._leases.held(below_s)

    async def ready(self) -> bool:
        if self._files is None:
            return True
        try:
            await self._off_loop(self._files.check)
        except StoreDown:
            return False
        return True

    async def aclose(self) -> None:
        if self._thread is not None:
            self._thread.shutdown(wait=False)

    async def _records(self) -> dict[str, CallRecord]:
        async with self._lock:
            known = {call_id: kept.record for call_id, kept in self._calls.items() if kept.record is not None}
            if self._files is not None:
                known = await self._off_loop(self._files.records) | known
        return {call_id: record for call_id, record in known.items() if record is not None}

    async def _kept(self, call_id: str) -> _Kept:
        """What is known of the call; empty, and not yet kept, where it is new."""
        checked_id(call_id)
        if call_id in self._calls or self._files is None:
            return self._calls.get(call_id) or _Kept()
        record, events, offset = await self._off_loop(self._files.read, call_id)
        return _Kept(record, {(event.epoch, event.seq): event for event in events}, offset=offset)

    async def _off_loop(self, work: Any, *args: Any) -> Any:
        try:
            async with deadline(_DISK_S, "call records on disk"):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
        except (OSError, DeadlineExceeded, RuntimeError) as error:  # RuntimeError: the store was closed
            raise StoreDown(f"call records on disk: {error}") from error

    def _forget_oldest(self) -> None:
        closed = [call_id for call_id, kept in self._calls.items() if kept.record and kept.record.closed]
        for call_id in closed[: max(0, len(closed) - self._keep)]:
            del self._calls[call_id]
