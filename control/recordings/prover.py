"""Looks for the recording of each call that has ended until it is known what became of it, and after those of calls
that go on. Polls; egress' webhooks make it look at once, and where one is lost, repeated or late nothing else is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from calls.ports import CallStore, Egress, Leases, Recorder, RecorderDown, RecordUnreadable, Rooms, StoreDown
from calls.recording import RecordingState
from control.metrics import Metrics
from control.recordings.alarms import Alarms
from control.recordings.proof import Proof
from control.recordings.shelf import Shelf
from control.recordings.watch import Watch
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet
from recording.bucket import BucketDown, BucketRefused
from recording.names import call_of

_log = logging.get("control.recordings")

LOOK_S = 2.0
_EARLY_S = 0.5  # what a look may take without the next one's being put off by a whole turn
APART_S = 0.2  # many calls end at once: one look serves all of them
OPEN_S = 15.0  # a call that goes on; its egress' webhooks come sooner
# One that is missing: a backup comes within seconds or, from a worker that was away, hours later.
MISSING_S, MISSING_LATER_S, _LATER_S = 10.0, 60.0, 600.0
TIDY_S = (10.0, 60.0)  # after it was settled: a worker may have been bringing its own track just then
FAILED_S = 5.0  # something could not be asked
UNKNOWN_S = 60.0  # a call whose record cannot be read, or is gone
_AT_ONCE = 16
_STORE_S, _ONE_S, _ALL_LEASES_S = 5.0, 60.0, 3600.0
_MOST = 20_000  # calls looked after: what webhooks name beyond that waits for the next turn


@dataclass
class _Call:
    """`at`: when it is looked at next; `since`: the first look at it after its end (monotonic). `done`: need not be."""

    at: float
    goes_on: bool = True
    since: float | None = None
    ended_at: float | None = None
    state: RecordingState | None = None
    tidied: int = 0
    done: bool = False

    @property
    def missing(self) -> bool:
        return self.state is RecordingState.MISSING

    @property
    def waits(self) -> bool:
        """It has ended, and nobody knows or was told what became of its recording."""
        return self.ended_at is not None and not self.missing and not self.tidied and not self.done


class Prover:
    def __init__(
        self,
        state: tuple[CallStore, Leases],
        rooms: Rooms,
        recorder: Recorder,
        shelf: Shelf,
        clock: Clock,
        metrics: Metrics,
        settled: Callable[[str], None] | None = None,
    ) -> None:
        """`settled` is told of each call whose recording is there, as soon as its record says so."""
        self._store, self._leases = state
        self._clock, self._metrics, self._settled = clock, metrics, settled
        alarms = Alarms(clock, metrics)
        self._proof = Proof(self._store, rooms, recorder, shelf, clock, alarms)
        self._watch = Watch(recorder, alarms, clock)
        self._calls: dict[str, _Call] = {}
        self._rooms: dict[str, str] = {}  # the call that goes on there
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._held: AbstractSet[str] = frozenset()
        self._news = asyncio.Event()
        self._slots, self._watching = asyncio.Semaphore(_AT_ONCE), asyncio.Semaphore(_AT_ONCE)
        self._works = False

    def heard(self, egress: Egress) -> None:
        """A webhook told of this: look at its call now. Anything may come, at any time and any number of times."""
        call_id = call_of(egress.name) or self._rooms.get(egress.room)
        if not self._works or call_id is None or (call_id not in self._calls and len(self._calls) >= _MOST):
            return
        self._call(call_id).at = self._clock.monotonic()
        self._again.add(call_id)
        self._news.set()

    async def run(self) -> None:
        """Until cancelled; what it began ends with it."""
        tasks = TaskSet("prover")
        self._works = True
        try:
            while True:
                self._news.clear()
                await self._turn(tasks)
                await self._clock.sleep(APART_S)
                try:
                    async with deadline(LOOK_S - APART_S, "news"):
                        await self._news.wait()
                except DeadlineExceeded:
                    continue
        finally:
            self._works = False
            await tasks.aclose()
            for kept in (self._calls, self._rooms, self._busy, self._again):
                kept.clear()
            self._show()

    async def _turn(self, tasks: TaskSet) -> None:
        try:
            async with deadline(_STORE_S, "store"):
                # In this order: a call that begins in between is taken for one that ended, and its record knows better.
                going_on = frozenset(await self._store.open_calls())
                unsettled = frozenset(await self._store.unsettled_calls())
                held = await self._leases.held(_ALL_LEASES_S)
        except (StoreDown, DeadlineExceeded) as error:
            _log.warning("look put off", component="prover", error_type=type(error).__name__)
            return
        self._held = frozenset(each.lease.call_id for each in held if each.left_s > 0)
        self._take_in(unsettled, going_on)
        now = self._clock.monotonic()
        for call_id, call in self._calls.items():
            if call.at - _EARLY_S <= now and call_id not in self._busy:
                self._busy.add(call_id)
                self._again.discard(call_id)
                tasks.spawn(self._one(call_id, call), name="prove")
        self._show()

    def _call(self, call_id: str) -> _Call:
        return self._calls.setdefault(call_id, _Call(self._clock.monotonic()))

    def _take_in(self, unsettled: AbstractSet[str], going_on: AbstractSet[str]) -> None:
        for call_id in unsettled:
            call = self._call(call_id)
            if (call.goes_on and call_id not in going_on) or call.tidied:  # or its worker's last words came over ours
                call.goes_on, call.tidied, call.done, call.at = False, 0, False, self._clock.monotonic()
        self._rooms = {room: call_id for room, call_id in self._rooms.items() if call_id in going_on}
        for call_id in self._calls.keys() - unsettled - self._busy:
            if self._calls[call_id].done:
                del self._calls[call_id]
                self._watch.forget(call_id)

    def _show(self) -> None:
        now = self._clock.now()
        ages = [now - (call.ended_at or now) for call in self._calls.values() if call.waits]
        self._metrics.recordings_missing.set(sum(call.missing for call in self._calls.values()))
        self._metrics.recordings_oldest.set(max(ages, default=0.0))

    async def _one(self, call_id: str, call: _Call) -> None:
        again_s = FAILED_S
        try:
            # Of their own: many calls that go on, and a media server that does not answer, keep no ended one waiting.
            async with self._watching if call.goes_on else self._slots, deadline(_ONE_S, "recording"):
                again_s = await self._look_at(call_id, call)
        except RecordUnreadable:
            _log.warning("recording cannot be looked for", call_id=call_id, reason="record_unreadable")
            again_s = UNKNOWN_S
        except (StoreDown, RecorderDown, BucketDown, BucketRefused, DeadlineExceeded) as error:
            _log.warning("look put off", component="prover", call_id=call_id, error_type=type(error).__name__)
        except Exception:  # noqa: BLE001 - a bug on one odd call must stop neither the others nor the watcher
            _log.exception("look broke", component="prover", call_id=call_id)
            again_s = UNKNOWN_S
        finally:
            self._busy.discard(call_id)
        call.at = self._clock.monotonic() + again_s
        if call_id in self._again:  # something was told meanwhile
            call.at = self._clock.monotonic()
            self._news.set()

    async def _look_at(self, call_id: str, call: _Call) -> float:
        """After how many seconds it is to be looked at again."""
        record = await self._store.record(call_id)
        if record is None or record.recording is None:
            call.done = True
            return UNKNOWN_S
        if not record.closed:
            call.goes_on = True  # also where it began while the lists were read: its end is to be seen
            self._rooms[record.room] = call_id
            return LOOK_S if await self._watch.look(record) else OPEN_S
        call.goes_on, call.ended_at, call.state = False, record.ended_at, record.recording.state
        if not record.unsettled:
            await self._proof.tidy(record, record.recording)
            call.tidied += 1
            call.done = call.tidied > len(TIDY_S)
            return TIDY_S[min(call.tidied, len(TIDY_S)) - 1]
        call.since = self._clock.monotonic() if call.since is None else call.since
        seen_s = self._clock.monotonic() - call.since
        recording = await self._proof.look(record, record.recording, seen_s, held=call_id in self._held)
        if recording is None:
            return APART_S
        call.state = recording.state
        if not recording.settled or recording.unwanted:
            return self._pause_s(call)
        call.tidied = 1
        if self._settled is not None:
            self._settled(call_id)
        return TIDY_S[0]

    def _pause_s(self, call: _Call) -> float:
        now = self._clock.monotonic()
        if not call.missing and now - (now if call.since is None else call.since) < _LATER_S:
            return LOOK_S
        age_s = self._clock.now() - (call.ended_at or 0.0)
        return MISSING_S if age_s < _LATER_S else MISSING_LATER_S
