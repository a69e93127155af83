"""The write-behind log of calls: `record` returns at once, the store learns of it a moment later.

Nothing on the audio path waits for storage: the worker's memory is the truth while the call lives. When the store is
down the journal keeps, then spills to disk, and writes all of it when the store is back. While the disk has room,
nothing is lost.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from calls.events import Event
from calls.pending import Pending
from calls.ports import CallStore, StoreDown, VersionConflict, Write
from calls.record import CallRecord
from calls.spill import Spill
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get("calls.journal")
_RETRY_S = (0.25, 0.5, 1.0, 2.0, 4.0)  # the last one is repeated; each job has its own store, so no jitter is needed
_DISK_S = 5.0
_CONFLICTS = 5  # in a row, for one write: then another writer is at it as fast as we are, and we wait like for a store


@dataclass(frozen=True, slots=True)
class State:
    """Counts of events: `behind` not known to be stored and in memory, the others since the journal was made.

    `dropped` stays 0 unless the store is down and there is no disk to spill to. `lag_s`: age of the oldest one behind.
    """

    behind: int = 0
    spilled: int = 0
    replayed: int = 0
    dropped: int = 0
    lag_s: float = 0.0
    down: bool = False

    def __str__(self) -> str:
        counts = {"behind": self.behind, "spilled": self.spilled - self.replayed, "dropped": self.dropped}
        said = ", ".join(f"{count} {name}" for name, count in counts.items() if count > 0)
        return f"journal={said or 'ok'}{' store down' if self.down else ''}"


class Journal:
    """Owns its store: `aclose` closes it. One per call, or one for several calls.

    `capacity` bounds the events kept in memory while the store is down; beyond it they go to `spill_dir`.
    """

    def __init__(
        self, store: CallStore, clock: Clock, *, spill_dir: Path | None, flush_s: float = 0.3, capacity: int = 1000
    ) -> None:
        self._store, self._clock = store, clock
        self._spill = Spill(spill_dir) if spill_dir else None
        self._flush_s, self._capacity = flush_s, capacity
        self._pending: dict[str, Pending] = {}
        self._spilled = self._replayed = self._dropped = self._failures = 0
        self._behind_since: float | None = None
        self._closed = self._down = self._replay_due = False
        self._something = asyncio.Event()
        self._one_pass = asyncio.Lock()
        self._tasks = TaskSet("journal")

    @property
    def state(self) -> State:
        behind = sum(pending.behind for pending in self._pending.values())
        lag_s = self._clock.monotonic() - self._behind_since if self._behind_since is not None else 0.0
        return State(behind, self._spilled, self._replayed, self._dropped, lag_s, self._down)

    def __repr__(self) -> str:
        return f"<Journal {self.state}>"

    def record(self, event: Event, snapshot: CallRecord) -> None:
        """Take `event`, and `snapshot` as the newest of its call. O(1), never waits, never raises."""
        if self._closed:
            self._dropped += 1
            _log.error("event after the journal was closed", call_id=snapshot.call_id, seq=event.seq)
            return
        pending = self._pending.setdefault(snapshot.call_id, Pending(snapshot))
        pending.add(event, snapshot)
        if self._behind_since is None:
            self._behind_since = self._clock.monotonic()
        self._something.set()

    async def start(self) -> None:
        """Begin to write behind; also replays, in the background, what dead processes left in `spill_dir`."""
        self._replay_due = self._spill is not None
        self._something.set()
        self._tasks.spawn(self._write_behind(), name="write")

    async def flush(self, timeout_s: float) -> bool:
        """Try until everything recorded so far is stored, replays included: True; False when `timeout_s` has passed."""
        try:
            async with deadline(timeout_s, "journal flush"):
                while not await self._pass():
                    await self._clock.sleep(self._retry_s())
        except DeadlineExceeded:
            return False
        return True

    async def replay(self) -> bool:
        """Write what was spilled, by this process or by dead ones, to the store. False: it is still down."""
        self._replay_due = self._spill is not None
        return await self._pass()

    async def aclose(self, timeout_s: float) -> None:
        """Flush for at most `timeout_s`, spill what remains, close the store. What is recorded later is dropped."""
        if self._closed:
            return
        self._closed = True
        await self._tasks.aclose()
        if not await self.flush(timeout_s):
            await self._spill_all(keep=0)
        if self._spill is not None:
            await asyncio.to_thread(self._spill.close)
        await self._store.aclose()

    async def _write_behind(self) -> None:
        while True:
            await self._something.wait()
            await self._clock.sleep(self._flush_s if not self._failures else self._retry_s())
            self._something.clear()
            if not await self._pass():
                self._something.set()

    def _retry_s(self) -> float:
        return _RETRY_S[min(self._failures, len(_RETRY_S)) - 1]

    async def _pass(self) -> bool:
        """One try at all there is. False: the store is down, and what is too much for memory was spilled."""
        async with self._one_pass:
            try:
                if self._replay_due:
                    await self._replay()
                for pending in list(self._pending.values()):
                    while (write := pending.next()) is not None:
                        await self._write(pending, write)
                self._went_well()
            except Exception as error:  # noqa: BLE001 - whatever a store raises, the events are kept and tried again
                self._went_wrong(error)
                await self._spill_all(keep=self._capacity)
                return False
        return True

    async def _write(self, pending: Pending, write: Write) -> None:
        for _ in range(_CONFLICTS):
            try:
                pending.stored(await self._store.write(write))
            except VersionConflict as conflict:
                pending.merge(await self._store.record(write.record.call_id), conflict.stored)
                if pending.superseded:
                    _log.warning("another writer is ahead", call_id=write.record.call_id, version=conflict.stored)
                write = pending.next() or write
            else:
                return
        raise StoreDown(f"{_CONFLICTS} version conflicts in a row")

    def _went_well(self) -> None:
        if self._down:
            _log.info("store is back", spilled=self._spilled, replayed=self._replayed)
        self._down, self._failures = False, 0
        self._behind_since = self._clock.monotonic() if self.state.behind else None
        closed = [call_id for call_id, pending in self._pending.items() if pending.empty and pending.record.closed]
        for call_id in closed:
            del self._pending[call_id]

    def _went_wrong(self, error: Exception) -> None:
        self._failures += 1
        if not isinstance(error, StoreDown):
            _log.error("store failed in a way it may not", exc_info=error)
        elif not self._down:
            _log.error("store is down", behind=self.state.behind)
        self._down = True

    async def _spill_all(self, keep: int) -> None:
        """Where more than `keep` events are in memory, move all to disk. Without a disk the newest `keep` stay."""
        if self.state.behind <= keep > 0:
            return
        for call_id, pending in self._pending.items():
            if pending.empty:
                continue
            writes = pending.take_all()
            try:
                await self._to_disk(call_id, writes)
            except asyncio.CancelledError:  # perhaps on disk as well: a repeat is harmless
                pending.put_back(writes, keep=None)
                raise
            except OSError as error:  # DeadlineExceeded is one
                dropped = pending.put_back(writes, keep=keep)
                self._dropped += dropped
                _log.critical("cannot spill", call_id=call_id, dropped=dropped, error=error)

    async def _to_disk(self, call_id: str, writes: list[Write]) -> None:
        if self._spill is None:
            raise OSError("no directory to spill to")
        async with deadline(_DISK_S, "spill"):
            await asyncio.to_thread(self._spill.append, call_id, writes)
        self._spilled += sum(len(write.events) for write in writes)
        self._replay_due = True

    async def _replay(self) -> None:
        assert self._spill is not None  # noqa: S101 - only a spill makes a replay due
        try:
            for file in await asyncio.to_thread(self._spill.claim):
                try:
                    writes = await asyncio.to_thread(self._spill.read, file)
                except OSError as error:
                    _log.error("spill file unreadable", error=error)
                    continue
                for write in writes:
                    await self._write(Pending(write.record, batch=write), write)
                    self._replayed += len(write.events)
                await asyncio.to_thread(self._spill.done, file)
        finally:
            self._spill.release()
        self._replay_due = False
