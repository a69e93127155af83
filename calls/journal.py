"""The write-behind log of calls: `record` returns at once, the store learns of it a moment later.

Nothing on the audio path waits for storage: the worker's memory is the truth while the call lives. What is lost when:

- Store down, slow, or back without what it had confirmed: nothing. Each call's whole history stays in memory until the
  call is closed and stored, and on disk too (calls/spilling.py) while the store does not answer.
- Worker killed: what was recorded in the last `flush_s`, and in the moment a store stops answering once more as much.
  What is on disk the worker's parent process brings to the store, or the next job process on this machine
  (calls/replay.py).
- Worker killed and the store's data lost at once: as above if the store was down before, else the whole call.
- Disk full too: nothing, as long as the call's events fit into memory (`CAPACITY`); beyond, the oldest are dropped and
  counted. Neither ends the journal: store and disk are tried again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from calls.bringing import bring, retry_s
from calls.events import Event
from calls.pending import Pending
from calls.ports import CallStore, StoreDown
from calls.record import CallRecord
from calls.replay import Replay
from calls.spill import Spill
from calls.spilling import Spilling
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get("calls.journal")

CAPACITY = 20_000
"""Events of one call in memory: an hour's talk has about 2,000. 20,000 are some 10 MB."""

_REASSERT_S = 5.0


@dataclass(frozen=True, slots=True)
class State:
    """Counts of events: `behind` not known to be stored, the others since the journal was made.

    `spilled` were written to disk, `replayed` of these (and of what dead processes left) are in the store. `dropped`
    stays 0 unless store and disk are both down for longer than memory lasts. `lag_s`: age of the oldest one behind.
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


class Observer(Protocol):
    """Is told how it goes, for metrics. None of it may wait or raise."""

    def wrote(self, seconds: float, events: int) -> None:
        """The store took `events` events in `seconds`."""
        ...

    def failed(self) -> None:
        """A flush did not succeed."""
        ...

    def stands(self, state: State) -> None:
        """After each flush; while the store is in trouble each `flush_s`; at the end."""
        ...


class Journal:
    """Owns its store: `aclose` closes it. One per call, or one for several calls."""

    def __init__(
        self,
        store: CallStore,
        clock: Clock,
        *,
        spill_dir: Path | None,
        flush_s: float = 0.4,
        capacity: int = CAPACITY,
        observer: Observer | None = None,
    ) -> None:
        self._store, self._clock, self._observer = store, clock, observer
        self._flush_s, self._capacity = flush_s, capacity
        self._disk = Spilling(Spill(spill_dir) if spill_dir else None)
        self._replay = Replay(store, spill_dir, clock) if spill_dir else None
        self._pending: dict[str, Pending] = {}
        self._dropped = self._failures = 0
        self._behind_since: float | None = None
        self._closed = self._down = False
        self._something, self._trouble, self._replay_due = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._one_pass = asyncio.Lock()
        self._tasks = TaskSet("journal")

    @property
    def state(self) -> State:
        behind = sum(pending.behind for pending in self._pending.values())
        lag_s = self._clock.monotonic() - self._behind_since if self._behind_since is not None else 0.0
        replayed = self._disk.replayed + (self._replay.replayed if self._replay else 0)
        return State(behind, self._disk.spilled, replayed, self._dropped, lag_s, self._down)

    def __repr__(self) -> str:
        return f"<Journal {self.state}>"

    def record(self, event: Event, snapshot: CallRecord) -> None:
        """Take `event`, and `snapshot` as the newest of its call. O(1), never waits, never raises."""
        if self._closed:
            self._dropped += 1
            _log.error("event after the journal was closed", call_id=snapshot.call_id, seq=event.seq)
            return
        pending = self._pending.get(snapshot.call_id)
        if pending is None:
            pending = self._pending[snapshot.call_id] = Pending(snapshot, touched=self._clock.monotonic())
        pending.add(event, snapshot)
        if lost := pending.trim(self._capacity):
            self._dropped += lost
            _log.critical("events dropped", call_id=snapshot.call_id, dropped=lost)
        if self._behind_since is None:
            self._behind_since = self._clock.monotonic()
        self._something.set()

    def adopt(self, record: CallRecord, events: Iterable[Event]) -> None:
        """Go on with a call of another worker, which the store has as `record` and `events`. Before the first `record`
        of that call, whose snapshots are of a higher epoch."""
        pending = self._pending[record.call_id] = Pending.adopted(record, events)
        pending.touched = self._clock.monotonic()

    async def start(self) -> None:
        """Begin to write behind; also replays, in the background, what dead processes left in `spill_dir`."""
        self._replay_due.set()
        self._tasks.spawn(self._write_behind(), name="write")
        self._tasks.spawn(self._keep_safe(), name="spill")
        if self._replay is not None:
            self._tasks.spawn(self._replay_behind(self._replay), name="replay")

    async def flush(self, timeout_s: float) -> bool:
        """Try until everything recorded so far is stored: True; False when `timeout_s` has passed."""
        try:
            async with deadline(timeout_s, "journal flush"):
                while not await self._pass():
                    await self._clock.sleep(retry_s(self._failures))
        except DeadlineExceeded:
            return False
        return True

    def reassert(self) -> None:
        """Write the open calls' snapshots again now: a store that has lost them says so, and gets all of them again.
        Happens by itself where a call was idle for 5 s."""
        for pending in self._pending.values():
            pending.reassert()
        self._something.set()

    async def recover(self, call_id: str, timeout_s: float) -> bool:
        """Bring what dead processes on this machine spilled of the call to the store, before it is read. False: the
        store did not take it within `timeout_s`, for which a living process that holds some of it is waited for too."""
        return self._replay is None or await self._replay.recover(call_id, timeout_s)

    async def replay(self) -> bool:
        """Bring what dead processes spilled to the store, one try. False: some of it is still on disk."""
        return self._replay is None or await self._replay.once()

    async def aclose(self, timeout_s: float) -> None:
        """Flush for at most `timeout_s`, spill what remains, close the store. What is recorded later is dropped."""
        if self._closed:
            return
        self._closed = True
        await self._tasks.aclose()
        if not await self.flush(timeout_s) and not await self._disk.save(self._pending.values()):
            self._lose_the_rest()
        await self._disk.forget(self._pending.values())
        await self._disk.aclose()
        self._tell()
        await self._store.aclose()

    async def _write_behind(self) -> None:
        while True:
            if not self._failures:
                await self._news_or_idle()
            await self._clock.sleep(self._gather_s() if not self._failures else retry_s(self._failures))
            self._something.clear()
            await self._pass()

    async def _news_or_idle(self) -> None:
        try:
            async with deadline(_REASSERT_S, "anything new"):
                await self._something.wait()
        except DeadlineExceeded:
            pass

    def _gather_s(self) -> float:
        """Job processes that were started by the same event do not write at the same instant for ever."""
        return self._flush_s * random.uniform(0.85, 1.0)  # noqa: S311 - spreads writes, keeps no secret

    async def _pass(self) -> bool:
        """One try at all there is. False: the store is down."""
        async with self._one_pass:
            slow = asyncio.get_running_loop().call_later(self._flush_s, self._trouble.set)
            try:
                for pending in list(self._pending.values()):
                    self._assert_if_idle(pending)
                    await bring(self._store, pending, self._clock, self._wrote)
            except Exception as error:  # noqa: BLE001 - whatever a store raises, the events are kept and tried again
                self._went_wrong(error)
                return False
            finally:
                slow.cancel()
            self._went_well()
        return True

    def _assert_if_idle(self, pending: Pending) -> None:
        if pending.empty and not pending.record.closed and self._clock.monotonic() - pending.touched >= _REASSERT_S:
            pending.reassert()

    def _wrote(self, seconds: float, events: int) -> None:
        if self._observer is not None:
            self._observer.wrote(seconds, events)

    def _went_well(self) -> None:
        self._trouble.clear()
        if self._down:
            _log.info("store is back", spilled=self.state.spilled, replayed=self.state.replayed)
            self._replay_due.set()
        self._down, self._failures = False, 0
        self._behind_since = self._clock.monotonic() if self.state.behind else None
        self._give_back()
        self._tell()

    def _went_wrong(self, error: Exception) -> None:
        self._trouble.set()
        self._failures += 1
        if not isinstance(error, StoreDown):
            _log.error("store failed in a way it may not", exc_info=error)
        elif not self._down:
            _log.error("store is down", behind=self.state.behind)
        self._down = True
        if self._observer is not None:
            self._observer.failed()
        self._tell()

    def _give_back(self) -> None:
        """A call that is closed and stored, and off the disk, needs no memory."""
        for call_id, pending in list(self._pending.items()):
            if pending.empty and pending.record.closed and not pending.in_file:
                del self._pending[call_id]

    async def _keep_safe(self) -> None:
        """While the store is in trouble nothing waits for it in memory only."""
        while True:
            await self._trouble.wait()
            tidy = False
            while self._trouble.is_set() or not tidy:
                if self._trouble.is_set():
                    await self._disk.save(list(self._pending.values()))
                    self._tell()
                    await self._clock.sleep(self._flush_s)
                if not self._trouble.is_set():
                    tidy = await self._disk.forget(list(self._pending.values()))
                    self._give_back()
                    self._tell()
                    self._replay_due.set()
                    await self._clock.sleep(self._flush_s)

    async def _replay_behind(self, replay: Replay) -> None:
        while True:
            await self._replay_due.wait()
            self._replay_due.clear()
            await replay.everything()

    def _lose_the_rest(self) -> None:
        for pending in self._pending.values():
            if lost := len(pending.events) - max(pending.stored_to, pending.on_disk):
                self._dropped += lost
                _log.critical("events dropped", call_id=pending.record.call_id, dropped=lost)

    def _tell(self) -> None:
        if self._observer is not None:
            self._observer.stands(self.state)
