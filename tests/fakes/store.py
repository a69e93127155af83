"""A CallStore with Leases and a script: down from one moment to another, slow, or applying a write unsaid."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from calls.events import Event
from calls.ports import Held, Lease, RecordUnreadable, StoreDown, VersionConflict, Write
from calls.record import CallRecord
from calls.stores.lease_table import LeaseTable
from calls.stores.names import checked_id
from ops.clock import Clock


class FakeStore:
    """`writes` are those applied, in order; `attempts` counts all. Times are the clock's monotonic seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._outages: list[tuple[float, float]] = []
        self._lost_replies = 0
        self.slow_s = 0.0
        self.attempts = 0
        self.writes: list[Write] = []
        self.closed = False
        self.unreadable: set[str] = set()  # calls whose record a newer version wrote
        self._records: dict[str, CallRecord] = {}
        self._events: dict[str, dict[tuple[int, int], Event]] = {}
        self._answers: dict[str, int] = {}
        self.forgotten: set[str] = set()  # what was erased
        self._leases = LeaseTable(clock)

    def down(self, seconds: float, after: float = 0.0) -> None:
        """Be down for `seconds`, starting `after` seconds from now."""
        start = self._clock.monotonic() + after
        self._outages.append((start, start + seconds))

    def mend(self) -> None:
        self._outages.clear()

    def lose_replies(self, count: int) -> None:
        """Apply the next `count` writes and renewals, and answer StoreDown."""
        self._lost_replies = count

    def seqs(self, call_id: str) -> list[int]:
        return [seq for _, seq in sorted(self._events.get(call_id, {}))]

    async def write(self, write: Write) -> int:
        self.attempts += 1
        checked_id(write.record.call_id)
        await self._answer()
        if write.record.call_id in self.forgotten:
            return write.record.version
        if write.key not in self._answers:
            self._apply(write)
        self._reply()
        return self._answers[write.key]

    async def record(self, call_id: str) -> CallRecord | None:
        checked_id(call_id)
        await self._answer()
        if call_id in self.unreadable:
            raise RecordUnreadable("the stored record is not a record")
        return self._records.get(call_id)

    async def events(self, call_id: str, after: int = 0) -> Sequence[Event]:
        checked_id(call_id)
        await self._answer()
        events = self._events.get(call_id, {})
        return [events[place] for place in sorted(events) if place[1] > after]

    async def open_calls(self) -> Sequence[str]:
        await self._answer()
        return [call_id for call_id, record in self._records.items() if not record.closed]

    async def unsettled_calls(self) -> Sequence[str]:
        await self._answer()
        return [call_id for call_id, record in self._records.items() if record.unsettled]

    async def recorded_calls(self) -> Sequence[str]:
        await self._answer()
        return [call_id for call_id, record in self._records.items() if record.recording is not None]

    async def calls_of(self, number: str) -> Sequence[str]:
        await self._answer()
        return [call_id for call_id, record in self._records.items() if record.caller.number == number]

    async def erase(self, call_id: str, number: str | None = None) -> bool:
        checked_id(call_id)
        await self._answer()
        self.forgotten.add(call_id)
        self._events.pop(call_id, None)
        self._leases.forget(call_id)
        found = self._records.pop(call_id, None)
        self._reply()
        return found is not None

    async def erased(self, call_id: str) -> bool:
        checked_id(call_id)
        await self._answer()
        return call_id in self.forgotten

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        await self._answer()
        self._leases.renew(lease, ttl_s)
        self._reply()

    async def give_up(self, call_id: str, epoch: int) -> None:
        await self._answer()
        self._leases.give_up(call_id, epoch)

    async def release(self, call_id: str, epoch: int) -> None:
        await self._answer()
        self._leases.release(call_id, epoch)

    async def held(self, below_s: float) -> Sequence[Held]:
        await self._answer()
        return self._leases.held(below_s)

    async def ready(self) -> bool:
        return not self._is_down()

    async def aclose(self) -> None:
        self.closed = True

    def _apply(self, write: Write) -> None:
        record = self._records.get(write.record.call_id)
        stored = record.version if record else 0
        if stored != write.expected_version:
            raise VersionConflict(write.record.call_id, write.expected_version, stored)
        known = self._events.setdefault(write.record.call_id, {})
        for event in write.events:
            known.setdefault((event.epoch, event.seq), event)
        self._records[write.record.call_id] = write.record
        self._answers[write.key] = write.record.version
        self.writes.append(write)

    def _reply(self) -> None:
        if self._lost_replies:
            self._lost_replies -= 1
            raise StoreDown("the reply was lost")

    async def _answer(self) -> None:
        await asyncio.sleep(self.slow_s)
        if self._is_down():
            raise StoreDown("the script says so")

    def _is_down(self) -> bool:
        return any(start <= self._clock.monotonic() < end for start, end in self._outages)
